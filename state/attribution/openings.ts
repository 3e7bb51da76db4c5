/**
 * Openings: consecutive chunks of a committed text, with everything that proves them against its root. An opening shows
 * what was committed, whether it is well-formed or not; `malformed.ts` checks that. There are two forms:
 * - A text opening has the head `{tokens, information, bytes, count}`, the chunks from `first` on, and their branch.
 * - An item opening has the same with the head `{tokens, promptTokens, source, count}`, and `items`, `item` and
 * `itemBranch`, which prove the item against the root of its contribution.
 *
 * `count` and `items` are the lengths of the lists of chunks and of items, which the roots mix in.
 */
import { type Brand, type Root, ZERO_ROOT } from '../../src/lib/brands.ts';
import { equal } from '../../src/lib/bytes.ts';
import { ok } from '../../src/lib/errors.ts';
import { container, list, root32, uint32, union, type ValueOf } from '../../src/lib/ssz.ts';
import { ItemChunkType, ItemSourceType, TextChunkType } from './commitment.ts';
import { fail, type Result } from './errors.ts';
import { depthOf, foldRange, mixInLength, numberLeaf, pairRoot } from './merkle-range.ts';
import { NOVEL_RUNS_MAX, NovelRunType } from './novel-runs.ts';
import { CHUNK_TOKENS, ITEM_TOKENS_MAX, ITEMS_MAX } from './parameters.ts';
import { PASSAGES_MAX, PassageType } from './passages.ts';

/** The most chunks that an answer may open. Witnesses open fewer, because they are small. */
export const OPENED_CHUNKS_MAX = 64;
/**
 * The most passages that an opening holds. At most 43 passages lie over 320 tokens, which are the chunks of the longest
 * match, if copied runs have 16 tokens.
 */
export const OPENED_PASSAGES_MAX = 128;
/** The most nodes of a branch: two siblings per level of the deepest tree, that of the passages. */
const BRANCH_MAX = 36;

export const TextOpeningType = container({
  /** The number of tokens of the text, as committed. */
  tokens: uint32,
  /** The information of all tokens as committed, in Q8 bits. */
  information: uint32,
  /** The length of the text in bytes, as committed. */
  bytes: uint32,
  /** The length of the list of chunks, as committed. */
  count: uint32,
  /** The index of the first chunk that is opened. */
  first: uint32,
  chunks: list(TextChunkType, OPENED_CHUNKS_MAX),
  /** The branch of the opened chunks in the list of chunks, for {@link foldRange}. */
  branch: list(root32, BRANCH_MAX),
});
/** The opening of an output or a prompt. */
export type TextOpening = ValueOf<typeof TextOpeningType>;

export const ItemOpeningType = container({
  /** The length of the list of items, as committed. */
  items: uint32,
  /** The index of the item in its contribution. */
  item: uint32,
  /** The branch of the item in the list of items. */
  itemBranch: list(root32, 16),
  /** The number of tokens of the item, as committed. */
  tokens: uint32,
  /** The number of tokens of its prompt part, as committed. */
  promptTokens: uint32,
  /** The length and the hash of its bytes, as committed. */
  source: ItemSourceType,
  /** The length of the list of chunks, as committed. */
  count: uint32,
  /** The index of the first chunk that is opened. */
  first: uint32,
  chunks: list(ItemChunkType, OPENED_CHUNKS_MAX),
  /** The branch of the opened chunks in the list of chunks. */
  branch: list(root32, BRANCH_MAX),
});
/**
 * The opening of an item of a contribution. If `item` is not below `items`, it proves only that there is no such item.
 */
export type ItemOpening = ValueOf<typeof ItemOpeningType>;

export const OpeningType = union({
  text: TextOpeningType,
  item: ItemOpeningType,
});
export type Opening = ValueOf<typeof OpeningType>;

export const PassagesOpeningType = container({
  /** The number of passages of the contribution. */
  count: uint32,
  /** The index of the first passage that is opened. */
  first: uint32,
  /** The passages, consecutive. */
  passages: list(PassageType, OPENED_PASSAGES_MAX),
  /** The branch of the opened passages in the list of passages. */
  branch: list(root32, BRANCH_MAX),
});
/** Consecutive passages of a contribution. */
export type PassagesOpening = ValueOf<typeof PassagesOpeningType>;

export const NovelRunOpeningType = container({
  /** The number of novel runs that the contribution declared. */
  count: uint32,
  /** The index of the run in the declared list. */
  index: uint32,
  run: NovelRunType,
  /** The branch of the run in that list. */
  branch: list(root32, BRANCH_MAX),
});
/** One of the novel runs that a contribution declared. */
export type NovelRunOpening = ValueOf<typeof NovelRunOpeningType>;

/** The most novel runs that an opening holds: one for each token of a chunk and of the longest phrase that begins at its end. */
export const OPENED_RUNS_MAX = 128;

export const NovelRunsOpeningType = container({
  /** The number of novel runs that the contribution declared. */
  count: uint32,
  /** The index of the first run that is opened. */
  first: uint32,
  /** The runs, consecutive; none to show the number alone. */
  runs: list(NovelRunType, OPENED_RUNS_MAX),
  /** The branch of the opened runs in the declared list. */
  branch: list(root32, BRANCH_MAX),
});
/** Consecutive novel runs that a contribution declared. */
export type NovelRunsOpening = ValueOf<typeof NovelRunsOpeningType>;

/** An opening that was checked against the root that it belongs to. */
export type Proven<T> = Brand<T, 'Proven'>;

const NOT_OF_ROOT = fail('WITNESS_ROOT', 'the opening does not fit the root of the commitment');

/** Returns the root of a list of which some chunks or items are opened; undefined if the branch does not fit. */
const listRoot = (
  leaves: readonly Uint8Array[],
  { first, count, limit, branch }: { first: number; count: number; limit: number; branch: readonly Root[] },
): Root | undefined => {
  // Elements past the length of a list do not belong to it.
  if (leaves.length > 0 && first + leaves.length > count) return undefined;
  const elements = foldRange(leaves, first, depthOf(limit), branch);
  return elements.ok ? mixInLength(elements.value, count) : undefined;
};

const proven = <T>(opening: T, found: Uint8Array | undefined, root: Root): Result<Proven<T>> =>
  found !== undefined && equal(found, root) ? ok(opening as Proven<T>) : NOT_OF_ROOT;

/** Returns the root of a text from the root of its list of chunks. */
export const textHeadRoot = (
  chunks: Root,
  { tokens, information, bytes }: Pick<TextOpening, 'tokens' | 'information' | 'bytes'>,
): Root =>
  pairRoot(pairRoot(chunks, numberLeaf(tokens)), pairRoot(numberLeaf(information), numberLeaf(bytes)));

/** Returns the root of an item from the root of its list of chunks. */
const itemHeadRoot = (
  chunks: Root,
  { tokens, promptTokens, source }: Pick<ItemOpening, 'tokens' | 'promptTokens' | 'source'>,
): Root =>
  pairRoot(
    pairRoot(chunks, numberLeaf(tokens)),
    pairRoot(numberLeaf(promptTokens), ItemSourceType.root(source)),
  );

/** Returns the most chunks that a text of so many tokens has. */
const chunksMax = (tokensMax: number): number => tokensMax >>> depthOf(CHUNK_TOKENS);

/**
 * Checks an opening of a text against its root. Fault `WITNESS_ROOT`.
 * @param tokensMax - the limit of an output or a prompt, which determines the depth of the tree
 */
export const openText = (
  opening: TextOpening,
  root: Root,
  tokensMax: number,
): Result<Proven<TextOpening>> => {
  const { count, first, chunks, branch } = opening;
  const leaves = chunks.map((chunk) => TextChunkType.root(chunk));
  const list = listRoot(leaves, { first, count, limit: chunksMax(tokensMax), branch });
  return proven(opening, list === undefined ? undefined : textHeadRoot(list, opening), root);
};

/** Checks whether the item is absent because the list of items is shorter. */
export const isAbsent = ({ item, items }: Pick<ItemOpening, 'item' | 'items'>): boolean => item >= items;

/**
 * Checks an opening of an item against a root. Fault `WITNESS_ROOT`.
 * @param root - the root of the contribution
 */
export const openItem = (opening: ItemOpening, root: Root): Result<Proven<ItemOpening>> => {
  const { items, item, itemBranch, tokens, promptTokens, source, count, first, chunks, branch } = opening;
  const inItems = { first: item, count: items, limit: ITEMS_MAX, branch: itemBranch };
  if (isAbsent(opening)) {
    const numbers = tokens + promptTokens + source.bytes + count + first + chunks.length + branch.length;
    const isEmpty = numbers === 0 && equal(source.hash, ZERO_ROOT);
    return isEmpty ? proven(opening, listRoot([], inItems), root) : NOT_OF_ROOT;
  }
  const leaves = chunks.map((chunk) => ItemChunkType.root(chunk));
  const list = listRoot(leaves, { first, count, limit: chunksMax(ITEM_TOKENS_MAX), branch });
  if (list === undefined) return NOT_OF_ROOT;
  return proven(opening, listRoot([itemHeadRoot(list, opening)], inItems), root);
};

/**
 * Checks an opening of passages against a root. Fault `WITNESS_ROOT`.
 * @param root - the root of the passages of the contribution
 */
export const openPassages = (opening: PassagesOpening, root: Root): Result<Proven<PassagesOpening>> => {
  const { count, first, passages, branch } = opening;
  const leaves = passages.map((passage) => PassageType.root(passage));
  return proven(opening, listRoot(leaves, { first, count, limit: PASSAGES_MAX, branch }), root);
};

/**
 * Checks an opening of a novel run against a root. Fault `WITNESS_ROOT`.
 * @param root - the root of the novel runs of the contribution
 */
export const openNovelRun = (opening: NovelRunOpening, root: Root): Result<Proven<NovelRunOpening>> => {
  const { count, index, run, branch } = opening;
  const leaves = [NovelRunType.root(run)];
  return proven(opening, listRoot(leaves, { first: index, count, limit: NOVEL_RUNS_MAX, branch }), root);
};

/**
 * Checks an opening of novel runs against a root. Fault `WITNESS_ROOT`.
 * @param root - the root of the novel runs of the contribution
 */
export const openNovelRuns = (opening: NovelRunsOpening, root: Root): Result<Proven<NovelRunsOpening>> => {
  const { count, first, runs, branch } = opening;
  const leaves = runs.map((run) => NovelRunType.root(run));
  return proven(opening, listRoot(leaves, { first, count, limit: NOVEL_RUNS_MAX, branch }), root);
};
