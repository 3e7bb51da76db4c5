/** Measures what text that a program makes takes of the data money, by strategy and collection. */

import type { World } from './relevance/world.ts';
import { type Check, type Section, table } from './section.ts';
import { type Attempted, attempt, SMALL_BYTES, variantsOf } from './strategies/attempts.ts';
import {
  ANSWERS_MAX,
  FOREIGN_MAX_BPS,
  MADE_MAX_BPS,
  type Strategy,
  UNSETTLED_MAX_BPS,
} from './strategies/list.ts';
import {
  type Column,
  collectionRows,
  figuresOf,
  largest,
  limitOf,
  megabytes,
  strategyRows,
} from './strategies/tables.ts';

const BPS = 10_000;

const now = (each: Attempted): number => each.now;

/** Checks the limits of all that have this one. */
const limitCheck = (name: string, all: readonly Attempted[], limitBps: number, small: number): Check => {
  const limited = all.filter((each) => limitOf(each, small) === limitBps);
  return {
    name,
    cases: limited.length,
    failures: limited.filter((each) => BPS * each.now > limitBps).length,
    seen: limited.length === 0 ? 'nothing was played' : `at most ${largest(limited, now)}`,
  };
};

export type StrategiesScale = {
  readonly seed: number;
  /** About how many bytes of data most collections have. */
  readonly dataBytes: number;
};

const sizeText = (bytes: number): string => `${bytes / 1000} KB`;

const textOf = (
  all: readonly Attempted[],
  played: readonly Attempted['world'][],
  { last, many, first, large, own, ownLarge }: ReturnType<typeof variantsOf>,
): string => {
  const fees = Math.max(0, ...all.map(({ cost }) => cost.fees));
  const [small, big] = [sizeText(last.bytes), sizeText(large.bytes)];
  const inTheirs: readonly Column[] = [
    { title: `before: ${small}, last in line`, variant: last, of: 'before' },
    { title: 'now', variant: last, of: 'now' },
    { title: 'costs, OPEN', variant: last, of: 'cost' },
    { title: `now: in ${many.accounts} accounts`, variant: many, of: 'now' },
    { title: 'now: first in line', variant: first, of: 'now' },
    { title: `before: ${big}, last in line`, variant: large, of: 'before' },
    { title: 'now', variant: large, of: 'now' },
  ];
  const inOwn: readonly Column[] = [
    { title: `before: ${small}`, variant: own, of: 'before' },
    { title: 'now', variant: own, of: 'now' },
    { title: `before: ${big}`, variant: ownLarge, of: 'before' },
    { title: 'now', variant: ownLarge, of: 'now' },
    { title: 'costs, OPEN', variant: ownLarge, of: 'cost' },
  ];
  const tableOf = (columns: readonly Column[]): string =>
    table(
      ['what is registered', 'limit', ...columns.map(({ title }) => title)],
      strategyRows(
        all.filter(({ strategy }) => strategy.isSettled),
        columns,
      ),
    );
  const unsettled = all.filter(({ strategy }) => !strategy.isSettled);
  return `Somebody registers text that a program made, and waits to be paid for answers that others’ data explains. At most ${ANSWERS_MAX.toLocaleString('en')} answers are paid in each collection, evenly chosen. The limits are for ${small} at most, last in line, in any number of accounts.
The table gives the largest share of D in any collection: before, when the rest of D went by novel tokens, and now:

${tableOf(inTheirs)}

The share of D now, of ${small} last in line, in each collection, with the size of its data:

${table(
  ['', ...played.map((world) => `${world.name}, ${megabytes(world)}`)],
  collectionRows(
    all.filter(({ variant, strategy }) => variant === last && strategy.isSettled),
    played,
  ),
)}

- **Volume pays nothing by itself.** Before, a share of D was bought by the byte, with any text at all.
- **Last in line there is little left.** Only the first three chunks in which a phrase stands may bear it, copied ones among them, so frequent phrases are taken, and rare ones are in few answers. More accounts change nothing.
- **First in line a program is paid as an author is.** Whoever is first with the idiom of a domain bears it. In a small collection ${small} have most of that idiom. Nothing on the chain can tell who wrote it first in the world; the reviewers of a Datanet and those who pin it can.
- **Answers of another model to the same questions are relevant text**, and are paid as such; they have no limit. A program that writes what users will be answered is paid for it.
- **Random marks** are pictures. Punctuation separates words by version 2 of the rules, and is no token, so a text of it alone cannot be registered.
- **It costs** the bonds of the contribution and of the reviewers who accept it, by the parameters of genesis. They come back if no witness brings the contribution down. The fees, of at most ${fees.toExponential(0)} OPEN, do not.

**The owner of a model pins a Datanet of its own**, beside that of the data. It is its only reviewer, by as many accounts as there have to be, and what nobody has brought to that Datanet is new there. The text comes last in line:

${tableOf(inOwn)}

- **Random marks took what they were of the volume**, and take nothing now. The attack is also played on a devnet, with the services that ship (\`test/e2e/own-datanet.test.ts\`).
- **Rows that the other Datanet has** count as new in this one. But nearly all of their phrases stand in three chunks that came first, or in chunks that add as much and came first.
- **Relevant text that a machine wrote is paid**, whoever pins it. It is not forbidden, and [shown](economy.md#what-a-model-pays-to-its-owner): \`openledger model show\` says how much of its data money a model has paid to the side of its owner.

**Attestors settle nothing.** The answers repeat texts of the data, for which spans pay most of D. If no attestor settles them, nothing of D is paid by matches or phrases. The table gives what somebody with random marks gains by that:

${table(['', 'limit', ...inTheirs.map(({ title }) => title)], strategyRows(unsettled, inTheirs))}

- **Before, all of D went by novel tokens then**, also what spans would have paid. D is half of a fee. Now it goes to the treasury, and nobody gains.
- **The contributors whose texts are repeated lose all of it**, before as now. The costs include what the attestors do not earn. One attestor who settles is enough, and is paid for it.`;
};

/**
 * @param worlds - makes the worlds one after another, so that only one has its index in memory
 * @param play - plays a strategy in a world; a parameter, so that a test can pass a share that is too large
 */
export const strategies = (
  worlds: Iterable<World>,
  list: readonly Strategy[],
  { seed, dataBytes }: StrategiesScale,
  progress: (text: string) => void,
  play: typeof attempt = attempt,
): Section => {
  const small = Math.min(SMALL_BYTES, dataBytes / 15);
  const variants = variantsOf(small);
  const all: Attempted[] = [];
  const played: Attempted['world'][] = [];
  for (const world of worlds) {
    const summary = { name: world.name, bytes: world.bytes };
    played.push(summary);
    for (const strategy of list) {
      progress(`${world.name}, ${strategy.name}`);
      for (const variant of Object.values(variants)) {
        const attempted = play(strategy, world, variant, seed);
        if (attempted !== undefined) all.push({ ...attempted, strategy, variant, world: summary });
      }
    }
  }
  const size = sizeText(small);
  return {
    name: 'strategies',
    title: 'Paid for what others wrote',
    text: textOf(all, played, variants),
    figures: { strategies: all.map((each) => ({ ...figuresOf(each, small) })) },
    checks: [
      limitCheck(
        `text made of the data’s own words, ${size} last in line, takes at most ${MADE_MAX_BPS} bps of D, in a Datanet of its own too`,
        all,
        MADE_MAX_BPS,
        small,
      ),
      limitCheck(
        `off-topic text and random marks, ${size} last in line, take at most ${FOREIGN_MAX_BPS} bps, in a Datanet of their own too`,
        all,
        FOREIGN_MAX_BPS,
        small,
      ),
      limitCheck('nobody gains by it that attestors settle nothing', all, UNSETTLED_MAX_BPS, small),
    ],
    fallsShort: [
      `**Relevant text is paid, whoever wrote it.** Answers of another model to what users ask are paid as text of people is: ${size} of them, last in line, take this much of D: ${largest(
        all.filter(({ strategy, variant }) => strategy.limitBps === undefined && variant === variants.last),
        now,
      )}.`,
      `**First in line a program is paid as an author is**: what it makes or copies of the data’s own words takes up to this much of D with ${size}: ${largest(
        all.filter(
          ({ strategy, variant }) => strategy.limitBps === MADE_MAX_BPS && variant === variants.first,
        ),
        now,
      )}. No rule of the chain prevents that, only who reviews and who pins.`,
    ],
  };
};
