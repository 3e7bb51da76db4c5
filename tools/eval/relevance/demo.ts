/** The data and the answers of the demo (docs/demo.md): what each track pays of the data money of its models, and to whom. */
import type { ContributionId } from '../../../src/lib/ids.ts';
import { solvedProblems, trainProblems } from '../../demo/dataset.ts';
import { itemText, partition } from '../../demo/partition.ts';
import { registryQuestions, smallQuestions } from '../../demo/questions.ts';
import { answersTo } from '../../demo/retriever.ts';
import { CLONED_ENTRY, cloneOf, type Entry, noticeOf, SMALL_DATANET, swcEntries } from '../../demo/swc.ts';
import { calibrate, prepare } from '../calibrate.ts';
import { type Contribution, type Inference, type Item, tokensOf } from '../collections.ts';
import { type Income, type Paid, play } from './tracks.ts';
import { Words } from './words.ts';
import { NO_SPANS } from './world.ts';

type DemoModel = {
  readonly name: string;
  readonly contributions: readonly Contribution[];
  readonly inferences: readonly Inference[];
};

/** The number of contributions to the Datanet of maths. */
const CONTRIBUTIONS = 40;

const itemOf = (text: string): Item => ({ tokens: tokensOf(text), promptTokens: 0 });

const inferenceOf = ({
  prompt,
  output,
}: {
  readonly prompt: string;
  readonly output: string;
}): Inference => ({
  prompt: tokensOf(prompt),
  output: tokensOf(output),
});

/** @param thin - only every `thin`-th question is answered, and the data is that of the same part of the rows */
const mathsModel = (thin: number): DemoModel => {
  const rows = trainProblems().filter((_, i) => i % thin === 0);
  return {
    name: 'maths model: recorded answers of a language model',
    // People take turns, and each brings all that they have.
    contributions: partition(rows.length, CONTRIBUTIONS)
      .toSorted((a, b) => a.contributor - b.contributor)
      .map(({ contributor, from, to }, i) => ({
        contribution: i + 1,
        owner: `contributor ${contributor + 1}`,
        items: rows.slice(from, to).map((row) => ({
          tokens: tokensOf(itemText(row)),
          promptTokens: tokensOf(row.question).count,
        })),
      })),
    inferences: solvedProblems()
      .filter((_, i) => i % thin === 0)
      .map((row) => inferenceOf({ prompt: row.question, output: row['175b_finetuning'].solution })),
  };
};

/** The entries as contributions, each author's together, as in the demo. */
const byAuthor = (entries: readonly Entry[], from: ContributionId): readonly Contribution[] =>
  [...Map.groupBy(entries, ({ author }) => author).values()]
    .flat()
    .map(({ author, text }, i) => ({ contribution: from + i, owner: author, items: [itemOf(text)] }));

const registryModel = (entries: readonly Entry[]): DemoModel => {
  const notice: Contribution = {
    contribution: 1,
    owner: 'nobody',
    commons: true,
    items: [itemOf(noticeOf(entries))],
  };
  const clones = entries.filter(({ name }) => name === CLONED_ENTRY).map(({ text }) => cloneOf(text));
  const own = byAuthor(entries, 2);
  return {
    name: 'registry model: answers with sections of entries',
    contributions: [
      notice,
      ...own,
      ...clones.map((text, i) => ({
        contribution: 2 + own.length + i,
        owner: 'copyist',
        items: [itemOf(text)],
      })),
    ],
    inferences: answersTo([...entries.map(({ text }) => text), ...clones], registryQuestions(entries)).map(
      inferenceOf,
    ),
  };
};

const smallModel = (entries: readonly Entry[]): DemoModel => {
  const small = SMALL_DATANET.flatMap((name) => entries.filter((entry) => entry.name === name));
  return {
    name: 'small registry model: the same of four entries',
    contributions: byAuthor(small, 1),
    inferences: answersTo(
      small.map(({ text }) => text),
      smallQuestions(small),
    ).map(inferenceOf),
  };
};

export type DemoTracks = {
  readonly models: readonly { readonly name: string; readonly answers: number; readonly paid: Paid }[];
  /** What each contributor gets of all models together. */
  readonly byOwner: ReadonlyMap<string, Income>;
};

const NOTHING: Income = { spans: 0n, novelty: 0n, relevance: 0n };

/** Plays an epoch of each model of the demo, and adds up what contributors get. */
export const playDemo = (thin: number, seed: number, draws: number): DemoTracks => {
  const entries = swcEntries();
  const words = new Words();
  const models = [mathsModel(thin), registryModel(entries), smallModel(entries)].map(
    ({ name, contributions, inferences }) => ({
      name,
      answers: inferences.length,
      paid: play({
        contributions,
        inferences,
        words,
        rules: calibrate(prepare(contributions), seed, draws).rules ?? NO_SPANS,
      }),
    }),
  );
  const byOwner = new Map<string, Income>();
  for (const { paid } of models)
    for (const [owner, { spans, novelty, relevance }] of paid.byOwner) {
      const before = byOwner.get(owner) ?? NOTHING;
      byOwner.set(owner, {
        spans: before.spans + spans,
        novelty: before.novelty + novelty,
        relevance: before.relevance + relevance,
      });
    }
  return { models, byOwner };
};
