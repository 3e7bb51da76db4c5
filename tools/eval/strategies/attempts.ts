/** Plays a strategy in a collection: at its place in line, with so many bytes and accounts. */
import type { ContributionId } from '../../../src/lib/ids.ts';
import { randomFrom } from '../../lib/random.ts';
import {
  type Contribution,
  type Provenance,
  provenanceOf,
  textOf,
  tokensOf,
  wordsOf,
} from '../collections.ts';
import { PhraseIndex } from '../relevance/phrase-index.ts';
import { type Paid, play, shareBefore, shareNow } from '../relevance/tracks.ts';
import type { World } from '../relevance/world.ts';
import { type Cost, costOf } from './cost.ts';
import type { Strategy } from './list.ts';
import { bytesOf, type Row } from './rows.ts';

export type Variant = {
  /** Whether the contributions come before or after all others. */
  readonly place: 'first' | 'last';
  readonly bytes: number;
  readonly accounts: number;
};

/** What is registered in most variants, and what is registered in the last one. */
export const SMALL_BYTES = 100_000;
const LARGE = 10;

/**
 * Returns the variants. Limits apply to the first two: last in line, in one account and in many.
 * @param bytes - those of a small attempt
 */
export const variantsOf = (bytes: number): readonly Variant[] => [
  { place: 'last', bytes, accounts: 1 },
  { place: 'last', bytes, accounts: 20 },
  { place: 'first', bytes, accounts: 1 },
  { place: 'last', bytes: LARGE * bytes, accounts: 1 },
];

export type Attempted = {
  readonly strategy: Strategy;
  readonly world: Pick<World, 'name' | 'bytes'>;
  readonly variant: Variant;
  /** The bytes that were registered. */
  readonly bytes: number;
  readonly cost: Cost;
  /** The share of D before, when the remainder went by novel tokens, and now. */
  readonly before: number;
  readonly now: number;
};

const FIRST: ContributionId = 1;
const LAST: ContributionId = 1_000_000;

const ACCOUNT = /^attacker \d+$/;

/** Returns the rows as contributions, one for each account, which have about as many rows each. */
const registered = (rows: readonly Row[], { place, accounts }: Variant): readonly Contribution[] => {
  const each = Math.ceil(rows.length / accounts);
  return Array.from({ length: accounts }, (_, i) => ({
    contribution: (place === 'first' ? FIRST : LAST) + i,
    owner: `attacker ${i + 1}`,
    items: rows
      .slice(i * each, (i + 1) * each)
      .map((row) => ({ tokens: tokensOf(textOf(row)), promptTokens: 0 })),
  })).filter(({ items }) => items.length > 0);
};

const inLine = (
  world: World,
  added: readonly Contribution[],
  place: Variant['place'],
): {
  readonly contributions: readonly Contribution[];
  readonly provenance: Provenance;
  /** The novel runs of the items that were added. */
  readonly novel: Provenance['novel'];
  readonly index: PhraseIndex;
} => {
  const { words } = world;
  const contributions =
    place === 'first' ? [...added, ...world.contributions] : [...world.contributions, ...added];
  const provenance = provenanceOf(contributions);
  const items = added.reduce((sum, each) => sum + each.items.length, 0);
  const novel =
    place === 'first' ? provenance.novel.slice(0, items) : provenance.novel.slice(world.novel.length);
  const index =
    place === 'first'
      ? new PhraseIndex(words).addAll(contributions, provenance.novel)
      : new PhraseIndex(words, world.index).addAll(added, novel);
  return { contributions, provenance, novel, index };
};

/** Returns what all accounts of the attacker got together. */
const takenBy = (paid: Paid): Pick<Attempted, 'before' | 'now'> => {
  const own = [...paid.byOwner].filter(([owner]) => ACCOUNT.test(owner)).map(([, income]) => income);
  const sum = {
    spans: own.reduce((total, { spans }) => total + spans, 0n),
    novelty: own.reduce((total, { novelty }) => total + novelty, 0n),
    relevance: own.reduce((total, { relevance }) => total + relevance, 0n),
  };
  return { before: shareBefore(sum, paid), now: shareNow(sum, paid) };
};

/** Returns undefined if the strategy does not apply to the collection. */
export const attempt = (
  strategy: Strategy,
  world: World,
  variant: Variant,
  seed: number,
): Attempted | undefined => {
  const rows = world.contributions
    .filter(({ commons }) => commons !== true)
    .flatMap(({ items }) => items.map(({ tokens }) => wordsOf(tokens)));
  const made = strategy.make(world, { rows, random: randomFrom(seed) }, variant.bytes);
  if (made === undefined || made.rows.length === 0) return undefined;
  const added = registered(made.rows, variant);
  const { contributions, provenance, novel, index } = inLine(world, added, variant.place);
  const { rules, words } = world;
  const paid = play({ contributions, inferences: made.inferences, rules, words, provenance, index });
  const bytes = made.rows.reduce((sum, row) => sum + bytesOf(row), 0);
  return {
    strategy,
    world,
    variant,
    bytes,
    cost: costOf(novel, { bytes, contributions: added.length }),
    ...takenBy(paid),
  };
};
