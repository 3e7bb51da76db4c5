/**
 * Opens chunks of committed texts, for witnesses and answers: chunks of an output or a prompt, or of an item. The text
 * is known as a whole, or from a larger opening that somebody has published, such as an answer to a demand.
 */
import {
  type ItemChunk,
  ItemChunkType,
  ItemRootsType,
  type ItemSource,
  itemChunks,
  type Salted,
  type TextChunk,
  TextChunkType,
  textChunks,
} from '../../../state/attribution/commitment.ts';
import { depthOf, mixInLength } from '../../../state/attribution/merkle-range.ts';
import {
  type ItemOpening,
  type Opening,
  type TextOpening,
  textHeadRoot,
} from '../../../state/attribution/openings.ts';
import { CHUNK_TOKENS, ITEM_TOKENS_MAX, ITEMS_MAX } from '../../../state/attribution/parameters.ts';
import { type Root, ZERO_ROOT } from '../../lib/brands.ts';
import { invariant } from '../../lib/errors.ts';
import { branchOf, type MerkleNodes, nodesOf, nodesOfRange } from './merkle-nodes.ts';

export type TextEvidence = {
  /** The root of the text, or of the contribution that contains the item. */
  readonly root: Root;
  /** Opens the chunks in which tokens [start, end) lie. If the range is empty, it opens only the head. */
  open(start: number, end: number): Opening;
  /** Opens chunks [first, first + count). Throws if one of them is not known. */
  openChunks(first: number, count: number): Opening;
};

/** Returns the range of the chunks in which tokens [start, end) lie. */
const chunkRange = (start: number, end: number): readonly [number, number] => {
  if (start >= end) return [0, 0];
  const first = Math.floor(start / CHUNK_TOKENS);
  return [first, Math.ceil(end / CHUNK_TOKENS) - first];
};

type OpenChunks = TextEvidence['openChunks'];

const evidence = (root: Root, openChunks: OpenChunks): TextEvidence => ({
  root,
  open: (start, end) => openChunks(...chunkRange(start, end)),
  openChunks,
});

/** The known part of a list of chunks, from chunk `from` on. */
type Known<C> = {
  readonly chunks: readonly C[];
  readonly from: number;
  readonly nodes: MerkleNodes;
  readonly depth: number;
};

type Opened<C> = { readonly first: number; readonly chunks: readonly C[]; readonly branch: readonly Root[] };

const openKnown = <C>({ chunks, from, nodes, depth }: Known<C>, first: number, count: number): Opened<C> => {
  const at = count === 0 ? 0 : first - from;
  invariant(at >= 0 && at + count <= chunks.length, 'the chunks opened are known');
  return {
    first: count === 0 ? 0 : first,
    chunks: chunks.slice(at, at + count),
    branch: branchOf(nodes, depth, first, count),
  };
};

const widthOf = (tokensMax: number): number => depthOf(tokensMax / CHUNK_TOKENS);

// ------------------------------------------------------------------------------------------------- outputs and prompts

type TextHead = Pick<TextOpening, 'tokens' | 'information' | 'bytes' | 'count'>;

const textEvidence = (
  { tokens, information, bytes, count }: TextHead,
  known: Known<TextChunk>,
): TextEvidence => {
  const [elements = ZERO_ROOT] = branchOf(known.nodes, known.depth, 0, 0);
  const head = { tokens, information, bytes };
  return evidence(textHeadRoot(mixInLength(elements, count), head), (first, chunks) => ({
    type: 'text',
    value: { ...head, count, ...openKnown(known, first, chunks) },
  }));
};

/**
 * Returns evidence for chunks as they were committed, well-formed or not.
 * @param tokensMax - the limit of an output or of a prompt
 */
export const proveTextChunks = (
  chunks: readonly TextChunk[],
  head: Omit<TextHead, 'count'>,
  tokensMax: number,
): TextEvidence => {
  const depth = widthOf(tokensMax);
  const nodes = nodesOf(
    chunks.map((chunk) => TextChunkType.root(chunk)),
    depth,
  );
  return textEvidence({ ...head, count: chunks.length }, { chunks, from: 0, nodes, depth });
};

/**
 * Returns evidence for a whole text.
 * @param info - the information of every token, in Q8 bits
 * @param tokensMax - the limit of an output or of a prompt
 */
export const proveText = (text: Salted, info: Uint16Array, tokensMax: number): TextEvidence =>
  proveTextChunks(
    textChunks(text, info),
    {
      tokens: text.tokens.count,
      information: info.reduce((sum, bits) => sum + bits, 0),
      bytes: text.source.length,
    },
    tokensMax,
  );

// ---------------------------------------------------------------------------------------------------------------- items

export type ContributionEvidence = {
  readonly root: Root;
  readonly items: number;
  /** Returns the branch of one item in the list of items. For an item past the end it is the root of the list. */
  itemBranch(item: number): readonly Root[];
};

/**
 * Returns evidence for the items of a contribution.
 * @param itemRoots - the roots of all its items, in order
 */
export const proveContribution = (itemRoots: readonly Root[]): ContributionEvidence => {
  const depth = depthOf(ITEMS_MAX);
  const nodes = nodesOf(itemRoots, depth);
  return {
    root: ItemRootsType.root(itemRoots),
    items: itemRoots.length,
    itemBranch: (item) => branchOf(nodes, depth, item, item < itemRoots.length ? 1 : 0),
  };
};

type ItemHead = Omit<ItemOpening, 'first' | 'chunks' | 'branch'>;

const itemEvidence = (root: Root, head: ItemHead, known: Known<ItemChunk>): TextEvidence =>
  evidence(root, (first, chunks) => ({
    type: 'item',
    value: { ...head, ...openKnown(known, first, chunks) },
  }));

/** Returns evidence for chunks of an item as they were committed, well-formed or not. */
export const proveItemChunks = (
  contribution: ContributionEvidence,
  item: number,
  chunks: readonly ItemChunk[],
  { tokens, promptTokens, source }: Pick<ItemHead, 'tokens' | 'promptTokens' | 'source'>,
): TextEvidence => {
  const depth = widthOf(ITEM_TOKENS_MAX);
  const nodes = nodesOf(
    chunks.map((chunk) => ItemChunkType.root(chunk)),
    depth,
  );
  const { root, items } = contribution;
  const itemBranch = contribution.itemBranch(item);
  const head = { items, item, itemBranch, tokens, promptTokens, source, count: chunks.length };
  return itemEvidence(root, head, { chunks, from: 0, nodes, depth });
};

/** Returns evidence for a whole item. */
export const proveItem = (
  contribution: ContributionEvidence,
  item: number,
  {
    tokens,
    promptTokens,
    salt,
    source,
  }: Pick<Salted, 'tokens' | 'salt'> & { readonly promptTokens: number; readonly source: ItemSource },
): TextEvidence =>
  proveItemChunks(contribution, item, itemChunks({ tokens, salt }), {
    tokens: tokens.count,
    promptTokens,
    source,
  });

/** Returns an opening that proves that a contribution has no such item. */
export const proveNoItem = (contribution: ContributionEvidence, item: number): Opening => {
  invariant(item >= contribution.items, 'the item is past the end of the list');
  const { items } = contribution;
  const source = { hash: ZERO_ROOT, bytes: 0 };
  const nothing = { tokens: 0, promptTokens: 0, source, count: 0, first: 0, chunks: [], branch: [] };
  return { type: 'item', value: { items, item, itemBranch: contribution.itemBranch(item), ...nothing } };
};

// ------------------------------------------------------------------------------------------------- openings as evidence

/**
 * Returns evidence from an opening, to open a part of it: a witness is smaller than an answer to a demand.
 *
 *
 * @param root - the root that the opening was checked against
 * @param tokensMax - the limit of an output or of a prompt
 */
export const proveOpened = (opening: Opening, root: Root, tokensMax: number): TextEvidence => {
  const { chunks, first, branch } = opening.value;
  if (opening.type === 'text') {
    const depth = widthOf(tokensMax);
    const leaves = opening.value.chunks.map((chunk) => TextChunkType.root(chunk));
    const nodes = nodesOfRange(leaves, first, depth, branch);
    return textEvidence(opening.value, { chunks: opening.value.chunks, from: first, nodes, depth });
  }
  const depth = widthOf(ITEM_TOKENS_MAX);
  const leaves = opening.value.chunks.map((chunk) => ItemChunkType.root(chunk));
  const nodes = nodesOfRange(leaves, first, depth, branch);
  const { items, item, itemBranch, tokens, promptTokens, source, count } = opening.value;
  invariant(chunks.length > 0 || item < items, 'an item that is not there has no chunks to open');
  return itemEvidence(
    root,
    { items, item, itemBranch, tokens, promptTokens, source, count },
    { chunks: opening.value.chunks, from: first, nodes, depth },
  );
};
