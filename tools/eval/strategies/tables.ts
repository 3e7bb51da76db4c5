/** The tables of the strategies, and the figures of each attempt. */
import type { World } from '../relevance/world.ts';
import { bps } from '../section.ts';
import type { Attempted, Variant } from './attempts.ts';
import type { Strategy } from './list.ts';

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
  readonly datanet: Variant['datanet'];
  readonly accounts: number;
  readonly bytes: number;
  /** The share of D before, when the remainder went by novel tokens. */
  readonly beforeBps: number;
  readonly shareBps: number;
  readonly limitBps: number | null;
  /** All that it costs or locks, by the parameters of genesis. */
  readonly costOpen: number;
  /** The bonds, which come back if no witness brings the contribution down. */
  readonly comesBackOpen: number;
};

const inBps = (share: number): number => Math.round(BPS * share * 10) / 10;

/** What is registered in another Datanet than that of the data is there because the owner of a model pins both. */
const nameOf = ({ strategy, variant }: Pick<Attempted, 'strategy' | 'variant'>): string =>
  variant.datanet === 'own'
    ? `the owner of a model pins a Datanet of its own: ${strategy.name}`
    : strategy.name;

export const figuresOf = (each: Attempted, small: number): StrategyFigures => ({
  name: nameOf(each),
  collection: each.world.name,
  place: each.variant.place,
  datanet: each.variant.datanet,
  accounts: each.variant.accounts,
  bytes: each.bytes,
  beforeBps: inBps(each.before),
  shareBps: inBps(each.now),
  limitBps: limitOf(each, small) ?? null,
  costOpen: each.cost.fees + each.cost.bonds + each.cost.forgone,
  comesBackOpen: each.cost.bonds,
});

/** The largest of some shares, and in which collection. */
export const largest = (all: readonly Attempted[], of: (each: Attempted) => number): string => {
  const [most] = all.toSorted((a, b) => of(b) - of(a));
  return most === undefined ? '—' : `${bps(of(most))}, ${most.world.name}`;
};

/** The most that it costs in any collection, in OPEN. */
const costText = (all: readonly Attempted[]): string =>
  all.length === 0
    ? '—'
    : Math.max(...all.map(({ cost }) => cost.fees + cost.bonds + cost.forgone)).toFixed(2);

/** The strategies that were played, in their order. */
const strategiesIn = (all: readonly Attempted[]): readonly Strategy[] => [
  ...new Set(all.map(({ strategy }) => strategy)),
];

/** A column: the largest share before or now, or the cost, of one variant. */
export type Column = {
  readonly title: string;
  readonly variant: Variant;
  readonly of: 'before' | 'now' | 'cost';
};

const cell = (all: readonly Attempted[], { variant, of }: Column): string => {
  const own = all.filter((each) => each.variant === variant);
  return of === 'cost' ? costText(own) : largest(own, (each) => each[of]);
};

/** Returns a row for each strategy, with its limit and the largest figures of any collection. */
export const strategyRows = (
  all: readonly Attempted[],
  columns: readonly Column[],
): readonly (readonly string[])[] =>
  strategiesIn(all).map((strategy) => {
    const own = all.filter((each) => each.strategy === strategy);
    return [
      strategy.name,
      strategy.limitBps === undefined ? 'none' : `${strategy.limitBps} bps`,
      ...columns.map((column) => cell(own, column)),
    ];
  });

/** Returns a row for each strategy, with its share in each collection. */
export const collectionRows = (
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

export const megabytes = ({ bytes }: Pick<World, 'bytes'>): string => `${(bytes / 1e6).toFixed(1)} MB`;
