/** The texts that the project ships, as collections held out by author. */
import { solvedProblems, trainProblems } from '../../demo/dataset.ts';
import { partition } from '../../demo/partition.ts';
import { noticeOf, swcEntries } from '../../demo/swc.ts';
import type { Sizes, Text, TextCollection } from './text.ts';

type Vendored = Omit<TextCollection, 'name'>;

const byteLength = (text: string): number => Buffer.byteLength(text);

/** Returns every n-th text, with the least n with which all of them fit. */
const thinned = (texts: readonly Text[], room: number): readonly Text[] => {
  const total = texts.reduce((sum, { prompt, text }) => sum + byteLength(prompt) + byteLength(text), 0);
  const every = Math.max(1, Math.ceil(total / room));
  return texts.filter((_, i) => i % every === 0);
};

/**
 * GSM8K does not name its authors. The rows are divided as in the demo; those who answered held-out questions
 * wrote none.
 */
const gsm8k = ({ dataBytes, peopleBytes }: Sizes): Vendored => {
  const problems = trainProblems();
  const rows = partition(problems.length).flatMap(({ contributor, from, to }) =>
    problems.slice(from, to).map(
      ({ question, answer }): Text => ({
        author: `contributor ${contributor}`,
        prompt: question,
        text: answer,
      }),
    ),
  );
  const answers = solvedProblems().map(
    (row): Text => ({ author: 'held out', prompt: row.question, text: row.ground_truth }),
  );
  return {
    description:
      'school arithmetic; ten contributors share the training rows, and people answer the held-out questions',
    data: thinned(rows, dataBytes).toSorted((a, b) =>
      a.author < b.author ? -1 : a.author > b.author ? 1 : 0,
    ),
    people: thinned(answers, peopleBytes),
  };
};

const swc = (): Vendored => {
  const entries = swcEntries();
  return {
    description: 'the SWC registry, whose notice is commons; the author is the first one of each entry',
    notice: noticeOf(entries),
    data: entries.map(({ author, text }) => ({ author, prompt: '', text })),
    people: 'each author in turn',
  };
};

/** The collections that need nothing but the project. */
export const VENDORED_SOURCES: readonly {
  readonly name: string;
  readonly collect: (sizes: Sizes) => Vendored;
}[] = [
  { name: 'GSM8K', collect: gsm8k },
  { name: 'SWC', collect: swc },
];
