/** Reads the vendored data, which is described in `data/README.md`. */
import { readdirSync, readFileSync } from 'node:fs';
import Type, { type Static } from 'typebox';
import Value from 'typebox/value';

export type Problem = { readonly question: string; readonly answer: string };

export const SOLVERS = ['6b_finetuning', '6b_verification', '175b_finetuning', '175b_verification'] as const;

const Solution = Type.Object({ solution: Type.String() });
const SolvedRow = Type.Object({
  question: Type.String(),
  ground_truth: Type.String(),
  '6b_finetuning': Solution,
  '6b_verification': Solution,
  '175b_finetuning': Solution,
  '175b_verification': Solution,
});
/** A held-out question with the human answer and what four fine-tuned models answered. */
export type SolvedProblem = Static<typeof SolvedRow>;

const ProblemRow = Type.Object({ question: Type.String(), answer: Type.String() });
const AuthorsFile = Type.Record(Type.String(), Type.Array(Type.Tuple([Type.String(), Type.Integer()])));

const pathOf = (name: string): URL => new URL(`data/${name}`, import.meta.url);
const textOf = (name: string): string => readFileSync(pathOf(name), 'utf8');

const rowsOf = (name: string): unknown[] =>
  textOf(name)
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line));

/** All 7,473 training problems, in the order of the file. */
export const trainProblems = (): readonly Problem[] =>
  rowsOf('gsm8k/train.jsonl').map((row) => Value.Parse(ProblemRow, row));

/** All 1,319 held-out problems, in the order of the file. */
export const solvedProblems = (): readonly SolvedProblem[] =>
  rowsOf('gsm8k/example_model_solutions.jsonl').map((row) => Value.Parse(SolvedRow, row));

/** Text and name of each SWC entry, by number. */
export const swcTexts = (): readonly { readonly name: string; readonly text: string }[] =>
  readdirSync(pathOf('swc'))
    .filter((file) => /^SWC-\d+\.md$/.test(file))
    .sort()
    .map((file) => ({ name: file.slice(0, -'.md'.length), text: textOf(`swc/${file}`) }));

/** Returns the authors of each SWC entry, each with a number of commits, as `authors.json` lists them. */
export const swcAuthors = (): Readonly<Record<string, readonly (readonly [string, number])[]>> =>
  Value.Parse(AuthorsFile, JSON.parse(textOf('swc/authors.json')));
