/** How the report presents what the tracks pay on the data of the demo, and what its contributors get before and after. */
import { type Figures, percent, ratio, table } from '../section.ts';
import type { DemoTracks } from './demo.ts';
import { type Income, noveltyOf, type Paid } from './tracks.ts';

type Parts = Pick<Paid, 'data' | 'spans' | 'relevance' | 'treasury'> & { readonly novelty: bigint };

const partsOf = (paid: Paid): Parts => ({ ...paid, novelty: noveltyOf(paid) });

const together = (all: readonly Parts[]): Parts => {
  const sum = (of: (parts: Parts) => bigint): bigint => all.reduce((total, parts) => total + of(parts), 0n);
  return {
    data: sum(({ data }) => data),
    spans: sum(({ spans }) => spans),
    novelty: sum(({ novelty }) => novelty),
    relevance: sum(({ relevance }) => relevance),
    treasury: sum(({ treasury }) => treasury),
  };
};

type Track = { readonly name: string; readonly answers: number; readonly parts: Parts };

const tracksOf = ({ models }: DemoTracks): readonly Track[] => {
  const tracks = models.map(({ name, answers, paid }) => ({ name, answers, parts: partsOf(paid) }));
  return [
    ...tracks,
    {
      name: 'all three',
      answers: tracks.reduce((sum, { answers }) => sum + answers, 0),
      parts: together(tracks.map(({ parts }) => parts)),
    },
  ];
};

const dataOf = ({ models }: DemoTracks): bigint => models.reduce((sum, { paid }) => sum + paid.data, 0n);

const trackRow = ({ name, answers, parts }: Track): readonly string[] => [
  name,
  String(answers),
  ...[parts.spans, parts.novelty, parts.relevance, parts.treasury].map((part) =>
    percent(ratio(part, parts.data)),
  ),
];

const contributorRow =
  (data: bigint) =>
  ([name, { spans, novelty, relevance }]: readonly [string, Income]): readonly string[] => [
    name,
    ...[spans + novelty, spans + relevance, spans, relevance].map((part) => percent(ratio(part, data), 2)),
  ];

export const demoText = (
  demo: DemoTracks,
): string => `**The demo.** Its three models, its data and its answers ([what they are](demo.md#the-models)), each model an epoch:

${table(
  ['model', 'answers', 'spans, of D', 'before: by novel tokens', 'now: relevance', 'now: treasury'],
  tracksOf(demo).map(trackRow),
)}

- **Why spans pay so little of it**: nearly all of the data money is the maths model’s. It writes sentences of its own, which repeat next to nothing beyond habit. The other two answer with whole sections of entries, so spans pay most of theirs, up to σ = 80 %, less what people share by habit.
- **Why relevance pays most**: the sentences of the maths model are made of phrases that stand in the rows. What spans leave of the other two goes to the same entries, by their phrases.
- **Why the treasury gets a part**: of some answers too few phrases stand in any row, or in too few rows that may bear them, and a section is paid in full once a tenth of its information is shared. In the registry the notice is nobody’s.

What each of its contributors gets of all D, in the order in which they came:

${table(
  ['contributor', 'before', 'now', 'of that, spans', 'relevance'],
  [...demo.byOwner].map(contributorRow(dataOf(demo))),
)}

The ten people brought as many rows each, so before all got about the same, whatever was answered. Now whoever came first gets most: the first three chunks in which a phrase stands may bear it, and school arithmetic is written in the same phrases. The copyist has one word of its own, and is paid next to nothing, before as now.`;

export const demoFigures = (demo: DemoTracks): Figures => {
  const data = dataOf(demo);
  return {
    tracks: tracksOf(demo).map(({ name, answers, parts }) => ({
      name,
      answers,
      spans: ratio(parts.spans, parts.data),
      noveltyBefore: ratio(parts.novelty, parts.data),
      relevance: ratio(parts.relevance, parts.data),
      treasury: ratio(parts.treasury, parts.data),
    })),
    contributors: [...demo.byOwner].map(([name, { spans, novelty, relevance }]) => ({
      name,
      before: ratio(spans + novelty, data),
      now: ratio(spans + relevance, data),
    })),
  };
};

/** What falls short: whoever came first gets most. */
export const demoShortfall = (demo: DemoTracks): string => {
  const data = dataOf(demo);
  const largest = (of: (income: Income) => bigint): string =>
    percent(Math.max(0, ...[...demo.byOwner.values()].map((income) => ratio(of(income), data))));
  return `**The first on the chain is paid**, who is not always the one who wrote it first, and shares are uneven by it: the largest of a contributor of the demo was ${largest(({ spans, novelty }) => spans + novelty)} of D, and is ${largest(({ spans, relevance }) => spans + relevance)} now.`;
};
