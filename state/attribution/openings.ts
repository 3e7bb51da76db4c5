/**
 * Openings: some consecutive chunks of a committed text, with all that binds them to its root. What stands in an
 * opening is what was committed, well-formed or not: `malformed.ts` says which.
 *
 *     text opening   head {tokens, information, count}, chunks first .. first + n, branch
 *     item opening   items, item, itemBranch; head {tokens, promptTokens, count}, chunks first .. first + n, branch
 *
 * `count` and `items` are the lengths of the lists of chunks and of items that the roots mix in.
 */
import type { Root } from '../../src/lib/brands.ts';
import { container, list, root32, type Ssz, uint32, union, type Variant } from '../../src/lib/ssz.ts';
import { type ItemChunk, ItemChunkType, type TextChunk, TextChunkType } from './commitment.ts';
import { type NovelRun, NovelRunType } from './novel-runs.ts';
import { type Passage, PassageType } from './passages.ts';

/** What an answer may open; witnesses open fewer, as they are small. */
export const OPENED_CHUNKS_MAX = 64;
/** Over 320 tokens, the chunks of the longest match, lie at most 43 passages where copied runs have 16 tokens. */
export const OPENED_PASSAGES_MAX = 128;
/** Two siblings a level, of the deepest tree: passages. */
const BRANCH_MAX = 36;

/** Of an output or a prompt. */
export type TextOpening = {
  readonly tokens: number;
  /** Q8 bits of all tokens, as committed. */
  readonly information: number;
  /** The length of the list of chunks, as committed. */
  readonly count: number;
  readonly first: number;
  readonly chunks: readonly TextChunk[];
  /** {@link foldRange}: of the chunks opened, in the list of chunks. */
  readonly branch: readonly Root[];
};

/** Of an item of a contribution. With `item` at or past `items` it shows only that there is no such item. */
export type ItemOpening = {
  /** The length of the list of items, as committed. */
  readonly items: number;
  readonly item: number;
  readonly itemBranch: readonly Root[];
  readonly tokens: number;
  readonly promptTokens: number;
  readonly count: number;
  readonly first: number;
  readonly chunks: readonly ItemChunk[];
  readonly branch: readonly Root[];
};

export type Opening = Variant<{ text: TextOpening; item: ItemOpening }>;

/** Consecutive passages of a contribution. */
export type PassagesOpening = {
  /** How many the contribution has. */
  readonly count: number;
  readonly first: number;
  readonly passages: readonly Passage[];
  readonly branch: readonly Root[];
};

/** One of the novel runs that a contribution declared. */
export type NovelRunOpening = {
  /** How many it declared. */
  readonly count: number;
  readonly index: number;
  readonly run: NovelRun;
  readonly branch: readonly Root[];
};

export const TextOpeningType: Ssz<TextOpening> = container<TextOpening>({
  tokens: uint32,
  information: uint32,
  count: uint32,
  first: uint32,
  chunks: list(TextChunkType, OPENED_CHUNKS_MAX),
  branch: list(root32, BRANCH_MAX),
});

export const ItemOpeningType: Ssz<ItemOpening> = container<ItemOpening>({
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

export const OpeningType: Ssz<Opening> = union<{ text: TextOpening; item: ItemOpening }>({
  text: TextOpeningType,
  item: ItemOpeningType,
});

export const PassagesOpeningType: Ssz<PassagesOpening> = container<PassagesOpening>({
  count: uint32,
  first: uint32,
  passages: list(PassageType, OPENED_PASSAGES_MAX),
  branch: list(root32, BRANCH_MAX),
});

export const NovelRunOpeningType: Ssz<NovelRunOpening> = container<NovelRunOpening>({
  count: uint32,
  index: uint32,
  run: NovelRunType,
  branch: list(root32, BRANCH_MAX),
});
