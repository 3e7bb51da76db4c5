/** Measures what text that a program makes takes of the data money, by strategy and collection. */

import type { World } from './relevance/world.ts';
import { bps, type Check, type Section, table } from './section.ts';
import { type Attempted, attempt, SMALL_BYTES, type Variant, variantsOf } from './strategies/attempts.ts';
import { ANSWERS_MAX, type Strategy } from './strategies/list.ts';

const BPS = 10_000;

/**
 * Returns the limit in basis points; undefined where there is none.
 * @param small - the bytes of a small attempt
 */
export const limitOf = (
  { strategy, variant }: Pick<Attempted, 'strategy' | 'variant'>,
  small: number,
): number | undefined => (variant.place === 'last' && variant.bytes <= small ? strategy.limitBps : undefined);

export type StrategyFigures = {
  readonly name: string;
  readonly collection: string;
  readonly place: Variant['place'];
  readonly accounts: number;
  readonly bytes: number;
  /** The share of D before, when the remainder went by novel tokens. */
  readonly beforeBps: number;
  readonly shareBps: number;
  readonly limitBps: number | null;
  /** Fees and bonds together, by the parameters of genesis. */
  readonly costOpen: number;
  /** The bonds, which come back if no witness brings the contribution down. */
  readonly comesBackOpen: number;
};

const inBps = (share: number): number => Math.round(BPS * share * 10) / 10;

const figuresOf = (each: Attempted, small: number): StrategyFigures => ({
  name: each.strategy.name,
  collection: each.world.name,
  place: each.variant.place,
  accounts: each.variant.accounts,
  bytes: each.bytes,
  beforeBps: inBps(each.before),
  shareBps: inBps(each.now),
  limitBps: limitOf(each, small) ?? null,
  costOpen: each.cost.fees + each.cost.bonds,
  comesBackOpen: each.cost.bonds,
});

/** The largest of some shares, and in which collection. */
const largest = (all: readonly Attempted[], of: (each: Attempted) => number): string => {
  const [most] = all.toSorted((a, b) => of(b) - of(a));
  return most === undefined ? '—' : `${bps(of(most))}, ${most.world.name}`;
};

const now = (each: Attempted): number => each.now;

/** The strategies that were played, in their order. */
const strategiesIn = (all: readonly Attempted[]): readonly Strategy[] => [
  ...new Set(all.map(({ strategy }) => strategy)),
];

const limitText = ({ limitBps }: Strategy): string => (limitBps === undefined ? 'none' : `${limitBps} bps`);

/** Returns a row for each strategy: the largest shares of those given, by variant. */
const strategyRows = (
  all: readonly Attempted[],
  variants: readonly Variant[],
): readonly (readonly string[])[] =>
  strategiesIn(all).map((strategy) => {
    const own = all.filter((each) => each.strategy === strategy);
    return [
      strategy.name,
      limitText(strategy),
      largest(
        own.filter(({ variant }) => variant === variants[0]),
        ({ before }) => before,
      ),
      ...variants.map((variant) =>
        largest(
          own.filter((each) => each.variant === variant),
          now,
        ),
      ),
    ];
  });

/** Returns a row for each strategy, with its share in each collection. */
const collectionRows = (
  all: readonly Attempted[],
  worlds: readonly Attempted['world'][],
): readonly (readonly string[])[] =>
  strategiesIn(all).map((strategy) => [
    strategy.name,
    ...worlds.map((world) => {
      const found = all.find((each) => each.strategy === strategy && each.world === world);
      return found === undefined ? '—' : bps(found.now);
    }),
  ]);

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

const megabytes = ({ bytes }: Pick<World, 'bytes'>): string => `${(bytes / 1e6).toFixed(1)} MB`;

export type StrategiesScale = {
  readonly seed: number;
  /** About how many bytes of data most collections have. */
  readonly dataBytes: number;
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
      for (const variant of variants) {
        const attempted = play(strategy, world, variant, seed);
        if (attempted !== undefined) all.push({ ...attempted, strategy, variant, world: summary });
      }
    }
  }
  const ofOne = all.filter(({ variant }) => variant === variants[0]);
  const fees = Math.max(0, ...all.map(({ cost }) => cost.fees));
  const size = `${small / 1000} KB`;
  return {
    name: 'strategies',
    title: 'Paid for what others wrote',
    text: `Somebody registers text that a program made, and waits to be paid for answers that others’ data explains. At most ${ANSWERS_MAX.toLocaleString('en')} answers are paid in each collection, evenly chosen. The limits are for ${size} at most, last in line, in any number of accounts.
The table gives the largest share of D in any collection: before, when the rest of D went by novel tokens (${size}, last in line), and now:

${table(
  [
    'what is registered',
    'limit',
    'before',
    `now: ${size}, last in line`,
    'the same in 20 accounts',
    `${size}, first in line`,
    `${(10 * small) / 1000} KB, last in line`,
  ],
  strategyRows(all, variants),
)}

The share of D now, of ${size} last in line, in each collection, with the size of its data:

${table(['', ...played.map((world) => `${world.name}, ${megabytes(world)}`)], collectionRows(ofOne, played))}

- **Volume pays nothing by itself.** Before, a share of D was bought by the byte, with any text at all.
- **Last in line there is little left.** Only the first three chunks in which a phrase stands may bear it, copied ones among them, so frequent phrases are taken, and rare ones are in few answers. More accounts change nothing.
- **First in line a program is paid as an author is.** Whoever is first with the idiom of a domain bears it. Nothing on the chain can tell who wrote it first in the world; the reviewers of a Datanet and those who pin it can.
- **Answers of another model to the same questions are relevant text**, and are paid as such; they have no limit. An owner who pins machine-written text that answers what users ask is paid for it.
- **It costs** a bond of 1 OPEN per contribution and 0.1 OPEN per megabyte, by the parameters of genesis. They come back if no witness brings the contribution down. The fees, of at most ${fees.toExponential(0)} OPEN, do not.`,
    figures: { strategies: all.map((each) => ({ ...figuresOf(each, small) })) },
    checks: [
      limitCheck(
        `text made of the data’s own words, ${size} last in line, takes at most 200 bps of D`,
        all,
        200,
        small,
      ),
      limitCheck(
        `off-topic text and random marks, ${size} last in line, take at most 100 bps`,
        all,
        100,
        small,
      ),
    ],
  };
};
