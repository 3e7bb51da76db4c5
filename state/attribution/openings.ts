/**
 * Openings: some consecutive chunks of a committed text, with all that binds them to its root. What stands in an
 * opening is what was committed, well-formed or not: `malformed.ts` says which.
 *
 *     text opening   head {tokens, information, count}, chunks first .. first + n, branch
 *     item opening   items, item, itemBranch; head {tokens, promptTokens, count}, chunks first .. first + n, branch
 *
 * `count` and `items` are the lengths of the lists of chunks and of items that the roots mix in.
 */
import { type Brand, type Root, ZERO_ROOT } from '../../src/lib/brands.ts';
import { equal } from '../../src/lib/bytes.ts';
import { ok } from '../../src/lib/errors.ts';
import { container, list, root32, uint32, union, type ValueOf } from '../../src/lib/ssz.ts';
import { ItemChunkType, TextChunkType } from './commitment.ts';
import { fail, type Result } from './errors.ts';
import { depthOf, foldRange, mixInLength, numberLeaf, pairRoot } from './merkle-range.ts';
import { NOVEL_RUNS_MAX, NovelRunType } from './novel-runs.ts';
import { CHUNK_TOKENS, ITEM_TOKENS_MAX, ITEMS_MAX } from './parameters.ts';
import { PASSAGES_MAX, PassageType } from './passages.ts';

/** The limits on what an answer may open. Witnesses open less, because they are small. */
export const OPENED_CHUNKS_MAX = 64;
/** Over 320 tokens, the chunks of the longest match, lie at most 43 passages where copied runs have 16 tokens. */
export const OPENED_PASSAGES_MAX = 128;
/** Two siblings a level, of the deepest tree: passages. */
const BRANCH_MAX = 36;

export const TextOpeningType = container({
  tokens: uint32,
  /** Q8 bits of all tokens, as committed. */
  information: uint32,
  /** The length of the list of chunks, as committed. */
  count: uint32,
  first: uint32,
  chunks: list(TextChunkType, OPENED_CHUNKS_MAX),
  /** {@link foldRange}: of the chunks opened, in the list of chunks. */
  branch: list(root32, BRANCH_MAX),
});
/** Of an output or a prompt. */
export type TextOpening = ValueOf<typeof TextOpeningType>;

export const ItemOpeningType = container({
  /** The length of the list of items, as committed. */
  items: uint32,
  item: uint32,
  itemBranch: list(root32, 16),
  tokens: uint32,
  promptTokens: uint32,
  count: uint32,
  first: uint32,
  chunks: list(ItemChunkType, OPENED_CHUNKS_MAX),
  branch: list(root32, BRANCH_MAX),
});
/** Of an item of a contribution. With `item` at or past `items` it shows only that there is no such item. */
export type ItemOpening = ValueOf<typeof ItemOpeningType>;

export const OpeningType = union({
  text: TextOpeningType,
  item: ItemOpeningType,
});
export type Opening = ValueOf<typeof OpeningType>;

export const PassagesOpeningType = container({
  /** How many the contribution has. */
  count: uint32,
  first: uint32,
  passages: list(PassageType, OPENED_PASSAGES_MAX),
  branch: list(root32, BRANCH_MAX),
});
/** Consecutive passages of a contribution. */
export type PassagesOpening = ValueOf<typeof PassagesOpeningType>;

export const NovelRunOpeningType = container({
  /** How many it declared. */
  count: uint32,
  index: uint32,
  run: NovelRunType,
  branch: list(root32, BRANCH_MAX),
});
/** One of the novel runs that a contribution declared. */
export type NovelRunOpening = ValueOf<typeof NovelRunOpeningType>;

/** An opening that was held against the root it claims to be of. */
export type Proven<T> = Brand<T, 'Proven'>;

const NOT_OF_ROOT = fail('WITNESS_ROOT', 'the opening is not of the commitment that it claims to be of');

/** The root of a list of chunks, or of items, of which some are opened; or undefined. */
const listRoot = (
  leaves: readonly Uint8Array[],
  { first, count, limit, branch }: { first: number; count: number; limit: number; branch: readonly Root[] },
): Root | undefined => {
  // What lies past the length of a list is no part of it, whatever stands there.
  if (leaves.length > 0 && first + leaves.length > count) return undefined;
  const elements = foldRange(leaves, first, depthOf(limit), branch);
  return elements.ok ? mixInLength(elements.value, count) : undefined;
};

const proven = <T>(opening: T, found: Uint8Array | undefined, root: Root): Result<Proven<T>> =>
  found !== undefined && equal(found, root) ? ok(opening as Proven<T>) : NOT_OF_ROOT;

/** Of a text, or an item: its chunks, its tokens, and its information or the tokens of its prompt part. */
const headRoot = (chunks: Root, tokens: number, other: number): Root =>
  pairRoot(pairRoot(chunks, numberLeaf(tokens)), pairRoot(numberLeaf(other), ZERO_ROOT));

/** The most chunks that a text of so many tokens has. */
const chunksMax = (tokensMax: number): number => tokensMax >>> depthOf(CHUNK_TOKENS);

/** Fault `WITNESS_ROOT`. @param tokensMax - of an output or a prompt: it shapes the tree */
export const openText = (
  opening: TextOpening,
  root: Root,
  tokensMax: number,
): Result<Proven<TextOpening>> => {
  const { tokens, information, count, first, chunks, branch } = opening;
  const leaves = chunks.map((chunk) => TextChunkType.root(chunk));
  const list = listRoot(leaves, { first, count, limit: chunksMax(tokensMax), branch });
  return proven(opening, list === undefined ? undefined : headRoot(list, tokens, information), root);
};

/** The item is not there: the list of items is shorter. */
export const isAbsent = ({ item, items }: Pick<ItemOpening, 'item' | 'items'>): boolean => item >= items;

/** Fault `WITNESS_ROOT`. @param root - of the contribution */
export const openItem = (opening: ItemOpening, root: Root): Result<Proven<ItemOpening>> => {
  const { items, item, itemBranch, tokens, promptTokens, count, first, chunks, branch } = opening;
  const inItems = { first: item, count: items, limit: ITEMS_MAX, branch: itemBranch };
  if (isAbsent(opening)) {
    const isEmpty = tokens + promptTokens + count + first + chunks.length + branch.length === 0;
    return isEmpty ? proven(opening, listRoot([], inItems), root) : NOT_OF_ROOT;
  }
  const leaves = chunks.map((chunk) => ItemChunkType.root(chunk));
  const list = listRoot(leaves, { first, count, limit: chunksMax(ITEM_TOKENS_MAX), branch });
  if (list === undefined) return NOT_OF_ROOT;
  return proven(opening, listRoot([headRoot(list, tokens, promptTokens)], inItems), root);
};

/** Fault `WITNESS_ROOT`. @param root - of the contribution's passages */
export const openPassages = (opening: PassagesOpening, root: Root): Result<Proven<PassagesOpening>> => {
  const { count, first, passages, branch } = opening;
  const leaves = passages.map((passage) => PassageType.root(passage));
  return proven(opening, listRoot(leaves, { first, count, limit: PASSAGES_MAX, branch }), root);
};

/** Fault `WITNESS_ROOT`. @param root - of the contribution's novel runs */
export const openNovelRun = (opening: NovelRunOpening, root: Root): Result<Proven<NovelRunOpening>> => {
  const { count, index, run, branch } = opening;
  const leaves = [NovelRunType.root(run)];
  return proven(opening, listRoot(leaves, { first: index, count, limit: NOVEL_RUNS_MAX, branch }), root);
};
