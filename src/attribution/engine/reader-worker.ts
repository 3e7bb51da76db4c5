/** A thread that answers queries, from segments in memory that it shares with the others. */
import { rulesOf } from '../../../state/attribution/rules.ts';
import { ok } from '../../lib/errors.ts';
import type { Result } from '../errors.ts';
import { infoTable } from '../info-table.ts';
import { type ReceiptRules, type Trace, trace } from '../tracer.ts';
import { answerJobs } from './calls.ts';
import { Holders, PATIENCE, Room } from './holders.ts';
import type { HashKey } from './lexicon.ts';
import { commonsOf, type Scope } from './scope.ts';
import type { Segment } from './segment.ts';

/** A scope that can be sent to another thread. The rules say whether commons come first. */
export type SentScope = Omit<Scope, 'commonsFirst'>;

export type TraceRequest = {
  readonly output: string;
  readonly prompt: string;
  readonly rules: ReceiptRules;
  readonly scope: SentScope;
  /** The positions of the output, ascending, of whose phrases the first chunks are asked for. */
  readonly chunksAt?: readonly number[] | undefined;
};

export type ReaderJob =
  | {
      readonly type: 'segments';
      readonly key: HashKey;
      readonly added: readonly (readonly [file: string, segment: Segment])[];
      readonly removed: readonly string[];
    }
  | { readonly type: 'trace'; readonly request: TraceRequest };

/** Nothing, for segments taken and given back. */
export type ReaderAnswer = Trace | undefined;

const segments = new Map<string, Segment>();
/** All traces of this thread search with it, one after the other. */
const room = new Room();
let key: HashKey = { start: 0, multiplier: 0 };

const perform = (job: ReaderJob): Result<ReaderAnswer> => {
  switch (job.type) {
    case 'segments':
      key = job.key;
      for (const [file, segment] of job.added) segments.set(file, segment);
      for (const file of job.removed) segments.delete(file);
      return ok(undefined);
    case 'trace': {
      const { rules, scope, chunksAt } = job.request;
      const { tokenizeText, commonsFirst } = rulesOf(rules.version);
      const output = tokenizeText(job.request.output);
      if (!output.ok) return output;
      const prompt = tokenizeText(job.request.prompt);
      if (!prompt.ok) return prompt;
      const all = [...segments.values()];
      const holders = new Holders(key, all, { ...scope, commonsFirst }, PATIENCE, room);
      const texts = { output: output.value, prompt: prompt.value, ...(chunksAt && { chunksAt }) };
      return ok(trace(holders, infoTable(), texts, rules, commonsOf(all, scope), holders));
    }
  }
};

answerJobs(perform);
