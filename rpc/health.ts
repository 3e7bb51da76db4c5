/** The answer to `GET /health`, for whatever watches a node: 200 if nothing is wrong with it, else 503 with what is. */
import type { Json } from '../src/lib/ssz.ts';
import type { NodeBackend } from './backend.ts';
import { formOf } from './schemas/form.ts';
import { PROBLEM, type Problem } from './schemas/waiting.ts';

const jsonOf = (problem: Problem): Record<string, Json> =>
  formOf(PROBLEM).write(problem) as Record<string, Json>;

export const healthAnswer = (
  node: Pick<NodeBackend, 'status' | 'problems'>,
): { readonly status: 200 | 503; readonly body: Json } => {
  const { height, peers, syncing } = node.status();
  const facts = { height: height.toString(), peers, syncing };
  const problems = node.problems().map(jsonOf);
  const [first] = problems;
  return first === undefined
    ? { status: 200, body: { status: 'ok', ...facts } }
    : { status: 503, body: { status: 'unavailable', ...first, problems, ...facts } };
};
