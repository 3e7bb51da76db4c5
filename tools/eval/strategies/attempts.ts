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
import { type Cost, costOf, earnedByAttestors } from './cost.ts';
import type { Strategy } from './list.ts';
import { bytesOf, type Row } from './rows.ts';

export type Variant = {
  /** Whether the contributions come before or after all others. */
  readonly place: 'first' | 'last';
  /** Whether they are in the Datanet of the data, or in another one, which the model pins too. */
  readonly datanet: 'same' | 'own';
  readonly bytes: number;
  readonly accounts: number;
};

/** What is registered in most variants, and what is registered in the last one. */
export const SMALL_BYTES = 100_000;
const LARGE = 10;

/**
 * Returns the variants. Limits apply to those that are small and last in line.
 * @param bytes - those of a small attempt
 */
export const variantsOf = (bytes: number) =>
  ({
    last: { place: 'last', datanet: 'same', bytes, accounts: 1 },
    many: { place: 'last', datanet: 'same', bytes, accounts: 20 },
    first: { place: 'first', datanet: 'same', bytes, accounts: 1 },
    large: { place: 'last', datanet: 'same', bytes: LARGE * bytes, accounts: 1 },
    own: { place: 'last', datanet: 'own', bytes, accounts: 1 },
    ownLarge: { place: 'last', datanet: 'own', bytes: LARGE * bytes, accounts: 1 },
  }) as const satisfies Record<string, Variant>;

export type Attempted = {
  readonly strategy: Strategy;
  readonly world: Pick<World, 'name' | 'bytes'>;
  readonly variant: Variant;
  /** The bytes that were registered. */
  readonly bytes: number;
  readonly cost: Cost;
  /**
   * The share of D before, when the remainder went by novel tokens, and now. Where attestors settle nothing, what is gained by
   * it.
   */
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

type InLine = {
  readonly contributions: readonly Contribution[];
  readonly provenance: Provenance;
  /** What the items that were added declare. */
  readonly declared: Provenance;
  readonly index: PhraseIndex;
};

/** Returns the declarations of all, and of what was added. What is in a Datanet of its own is compared with nothing else. */
const declared = (
  { contributions, novel, copied }: World,
  added: readonly Contribution[],
  { place, datanet }: Variant,
): Pick<InLine, 'contributions' | 'provenance' | 'declared'> => {
  const all = place === 'first' ? [...added, ...contributions] : [...contributions, ...added];
  if (datanet === 'own') {
    const own = provenanceOf(added);
    return {
      contributions: all,
      provenance: { novel: [...novel, ...own.novel], copied: [...copied, ...own.copied] },
      declared: own,
    };
  }
  const provenance = provenanceOf(all);
  const items = added.reduce((sum, each) => sum + each.items.length, 0);
  const part = place === 'first' ? [0, items] : [novel.length];
  return {
    contributions: all,
    provenance,
    declared: { novel: provenance.novel.slice(...part), copied: provenance.copied.slice(...part) },
  };
};

const inLine = (world: World, added: readonly Contribution[], variant: Variant): InLine => {
  const { words } = world;
  const found = declared(world, added, variant);
  const index =
    variant.place === 'first'
      ? new PhraseIndex(words).addAll(found.contributions, found.provenance.novel)
      : new PhraseIndex(words, world.index).addAll(added, found.declared.novel);
  return { ...found, index };
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
  const { declared: own, ...line } = inLine(world, added, variant);
  const { rules, words } = world;
  const epoch = (isSettled: boolean): Paid =>
    play({ ...line, inferences: made.inferences, rules, words, isSettled });
  const bytes = made.rows.reduce((sum, row) => sum + bytesOf(row), 0);
  const paid = epoch(true);
  const taken = takenBy(paid);
  const cost = costOf({ ...own, bytes, contributions: added.length });
  const attempted = { strategy, world, variant, bytes };
  if (strategy.isSettled) return { ...attempted, cost, ...taken };
  const unsettled = takenBy(epoch(false));
  return {
    ...attempted,
    cost: { ...cost, forgone: earnedByAttestors(paid.data) },
    before: unsettled.before - taken.before,
    now: unsettled.now - taken.now,
  };
};
