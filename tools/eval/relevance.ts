/** Measures what the relevance track pays, and to whom, by collection: before it there was the part by novel tokens. */

import type { DemoTracks } from './relevance/demo.ts';
import { demoFigures, demoShortfall, demoText } from './relevance/demo-report.ts';
import { rewrittenRows } from './relevance/rewritten.ts';
import { noveltyOf, type Paid, play, shareBefore, shareNow } from './relevance/tracks.ts';
import { allAnswers, type World } from './relevance/world.ts';
import { check, percent, ratio, type Section, table } from './section.ts';

/** What contributors get: the largest share, the median, and how many get anything. */
export type Spread = { readonly largest: number; readonly median: number; readonly paid: number };

const spreadOf = (shares: readonly number[]): Spread => {
  const sorted = shares.toSorted((a, b) => b - a);
  return {
    largest: sorted[0] ?? 0,
    median: sorted[sorted.length >> 1] ?? 0,
    paid: sorted.filter((share) => share > 0).length,
  };
};

type Tracks = { readonly name: string; readonly answers: number; readonly paid: Paid };

type Measured = {
  readonly name: string;
  readonly contributors: number;
  /** Of the answers of each that gave them. */
  readonly tracks: readonly Tracks[];
  /** Of all answers. */
  readonly before: Spread;
  readonly now: Spread;
  readonly rewritten: { readonly before: number; readonly now: number };
};

const measure = (world: World, seed: number): Measured => {
  const { contributions, rules, words, index } = world;
  const epoch = (inferences: ReturnType<typeof allAnswers>): Paid =>
    play({ contributions, inferences, rules, words, provenance: world, index });
  const whole = epoch(allAnswers(world));
  const incomes = [...whole.byOwner.values()];
  return {
    name: world.name,
    contributors: incomes.length,
    tracks: world.answers.map(({ from, inferences }) => ({
      name: `${world.name}, ${from}`,
      answers: inferences.length,
      paid: world.answers.length === 1 ? whole : epoch(inferences),
    })),
    before: spreadOf(incomes.map((income) => shareBefore(income, whole))),
    now: spreadOf(incomes.map((income) => shareNow(income, whole))),
    rewritten: rewrittenRows(world, seed),
  };
};

const trackRow = ({ name, answers, paid }: Tracks): readonly string[] => [
  name,
  String(answers),
  ...[paid.spans, noveltyOf(paid), paid.relevance, paid.treasury].map((part) =>
    percent(ratio(part, paid.data)),
  ),
];

const spreadText = ({ largest, median, paid }: Spread): readonly string[] => [
  percent(largest),
  percent(median, 2),
  String(paid),
];

const contributorRow = ({ name, contributors, before, now }: Measured): readonly string[] => [
  name,
  String(contributors),
  ...spreadText(before),
  ...spreadText(now),
];

const isWhole = ({ data, spans, relevance, treasury }: Paid): boolean =>
  spans + relevance + treasury === data;

/**
 * @param worlds - makes the worlds one after another, so that only one is in memory
 * @param demo - what the tracks pay on the data of the demo
 */
export const relevance = (
  worlds: Iterable<World>,
  demo: DemoTracks,
  seed: number,
  progress: (text: string) => void,
): Section => {
  const measured: Measured[] = [];
  for (const world of worlds) {
    progress(world.name);
    measured.push(measure(world, seed));
  }
  const tracks = measured.flatMap((each) => each.tracks);
  const notMore = measured.filter(({ rewritten }) => rewritten.now <= rewritten.before);
  const least = Math.min(...measured.map(({ rewritten }) => rewritten.now));
  return {
    name: 'relevance',
    title: 'What each track pays',
    text: `One epoch of answers in each collection. Before, spans paid for matches, and the rest of D went by novel tokens, to everybody in the Datanet whatever the answers were. Now the rest goes to the chunks that share most
phrases with the answers, and what finds no chunk goes to the treasury. Contributors are the authors of the data, in turn, by version 2 of the rules, at the bar that calibration finds. Answers are those of models and of people who wrote none of the data.

${table(
  [
    'collection, answers of',
    'answers',
    'spans, of D',
    'before: by novel tokens',
    'now: relevance',
    'now: treasury',
  ],
  tracks.map(trackRow),
)}

- **Spans pay little where nobody copies**: the answers are by people who wrote none of the data, and by models that repeat it in pieces shorter than a match. Licences are copied, so spans pay there.
- **Relevance pays for those pieces**: phrases of three words that the answer shares with a chunk. A section of an answer pays in full once a tenth of its information is shared, and less where less is.
- **The treasury gets what the data did not contribute to**: answers in other words, and answers about something else.

The shares of the contributors of all these answers together:

${table(
  ['collection', 'contributors', 'before: largest', 'median', 'paid', 'now: largest', 'median', 'paid'],
  measured.map(contributorRow),
)}

- **The share of a contributor now follows what the answers are about.** Before, it was the contributor's part of the novel tokens, so a contributor whose texts no answer resembles was paid like all others.
- **Whoever says first what everybody says, gets more**: only the first three chunks in which a phrase stands may bear it. So the largest share grows where all texts use the same idiom, and the median falls. It would be more even if all chunks bore a phrase; then whoever comes last would take a share with text that a program made.

Rows of the data with three words in ten changed, as answers, each an epoch of its own. The table gives the share of D that their author gets:

${table(
  ['collection', 'before: spans and novel tokens', 'now: spans and relevance'],
  measured.map(({ name, rewritten }) => [name, percent(rewritten.before), percent(rewritten.now)]),
)}

Where many have brought the same text, as with licences, the rows of most are copies, and the money goes to whoever brought the words first.

${demoText(demo)}`,
    figures: {
      tracks: tracks.map(({ name, answers, paid }) => ({
        name,
        answers,
        spans: ratio(paid.spans, paid.data),
        noveltyBefore: ratio(noveltyOf(paid), paid.data),
        relevance: ratio(paid.relevance, paid.data),
        treasury: ratio(paid.treasury, paid.data),
      })),
      demo: demoFigures(demo),
      contributors: measured.map(({ name, contributors, before, now, rewritten }) => ({
        name,
        contributors,
        before: { ...before },
        now: { ...now },
        rewritten: { ...rewritten },
      })),
    },
    checks: [
      {
        name: 'spans, relevance and treasury pay D, to the base unit',
        cases: tracks.length,
        failures: tracks.filter(({ paid }) => !isWhole(paid)).length,
        seen: `${tracks.filter(({ paid }) => isWhole(paid)).length} of ${tracks.length} epochs`,
      },
      check(
        'the author of a row is paid more for an answer that rewrites it than before, in every collection',
        measured.length > 0 && notMore.length === 0,
        measured.length === 0 ? 'no collection was measured' : `${percent(least)} of D at least`,
      ),
    ],
    fallsShort: [demoShortfall(demo)],
  };
};
