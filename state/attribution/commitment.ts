/**
 * The Merkle commitments to texts (docs/attribution.md#commitments). All are SSZ objects, so that one branch proves any
 * chunk, any length, and that a position is past the end. The objects are:
 * - contribution: a list of the roots of its items. The root mixes in the number of items.
 * - item: `{chunks, tokens, promptTokens}`, where `chunks` is a list of the roots of `{salt, tokens}`.
 * - output and prompt: `{chunks, tokens, information}`, where `chunks` is a list of the roots of `{tokens,
 * infoBefore}`.
 *
 * A chunk is exactly 64 tokens; only the last may be shorter. Its tokens are packed: each is one byte with its length
 * (1 to 16), then its bytes. Each chunk of an item has its own salt. So nobody can guess the text of an erased item, or
 * the chunks beside one that was opened.
 */
import type { Root } from '../../src/lib/brands.ts';
import { invariant, ok } from '../../src/lib/errors.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { divCeilNumber } from '../../src/lib/math.ts';
import {
  byteList,
  bytes,
  container,
  list,
  root32,
  type Ssz,
  uint32,
  type ValueOf,
} from '../../src/lib/ssz.ts';
import { fail, type Result } from './errors.ts';
import {
  CHUNK_TOKENS,
  ITEM_TOKENS_MAX,
  ITEMS_MAX,
  OUTPUT_TOKENS_MAX,
  PROMPT_TOKENS_MAX,
} from './parameters.ts';
import { TOKEN_BYTES_MAX, type Tokens } from './pt1.ts';

export const SALT_BYTES = 32;

const packedTokens = byteList(CHUNK_TOKENS * (1 + TOKEN_BYTES_MAX));

export const ItemChunkType = container({
  /** The salt of the chunk, which follows from that of the item. */
  salt: bytes(SALT_BYTES),
  /** The tokens of the chunk, packed. */
  tokens: packedTokens,
});
/** A leaf of an item: its salt is {@link chunkSalt}. */
export type ItemChunk = ValueOf<typeof ItemChunkType>;

export const TextChunkType = container({
  /** The tokens of the chunk, packed. */
  tokens: packedTokens,
  /** The information of all tokens before the chunk, in Q8 bits. */
  infoBefore: uint32,
});
/** A leaf of an output or a prompt. `infoBefore` is the information of all tokens before the chunk, Q8 bits. */
export type TextChunk = ValueOf<typeof TextChunkType>;

export const ItemTreeType = container({
  chunks: list(root32, ITEM_TOKENS_MAX >>> 6),
  tokens: uint32,
  /** The number of tokens of the prompt, with which the item begins. */
  promptTokens: uint32,
});

/** @param tokensMax - the most tokens that the text may have */
const textTreeType = (tokensMax: number) =>
  container({
    chunks: list(root32, tokensMax >>> 6),
    tokens: uint32,
    /** The information of all tokens, Q8 bits. */
    information: uint32,
  });
export const OutputTreeType = textTreeType(OUTPUT_TOKENS_MAX);
export const PromptTreeType = textTreeType(PROMPT_TOKENS_MAX);

/** The roots of a contribution's items, in order. */
export const ItemRootsType: Ssz<readonly Root[]> = list(root32, ITEMS_MAX);

/** Returns chunk `index` of a text, packed. */
export const packChunk = (tokens: Tokens, index: number): Uint8Array => {
  const first = index * CHUNK_TOKENS;
  const past = Math.min(first + CHUNK_TOKENS, tokens.count);
  const { offsets } = tokens;
  const from = offsets[first] ?? 0;
  const out = new Uint8Array(past - first + (offsets[past] ?? 0) - from);
  let at = 0;
  for (let i = first; i < past; i++) {
    const start = offsets[i] ?? 0;
    const end = offsets[i + 1] ?? 0;
    out[at++] = end - start;
    for (let b = start; b < end; b++) out[at++] = tokens.bytes[b] ?? 0;
  }
  return out;
};

/** Returns H(item salt, index): the salt of one chunk. Opening it does not reveal the salts of its neighbours. */
export const chunkSalt = (itemSalt: Uint8Array, index: number): Root => {
  const place = new Uint8Array(4);
  new DataView(place.buffer).setUint32(0, index, true);
  return sha256(itemSalt, place);
};

const chunkCount = (tokens: Tokens): number => divCeilNumber(tokens.count, CHUNK_TOKENS);

/** Returns the leaves of an item, with which any stretch of it is proven. */
export const itemChunks = (tokens: Tokens, salt: Uint8Array): readonly ItemChunk[] =>
  Array.from({ length: chunkCount(tokens) }, (_, index) => ({
    salt: chunkSalt(salt, index),
    tokens: packChunk(tokens, index),
  }));

/**
 * Returns the root of one item. Faults: `ITEM_TOO_LONG`, `ITEM_PROMPT_PART` (the prompt is longer than the item).
 * @param salt - 32 bytes, secret, and used for this item only
 */
export const itemRoot = (tokens: Tokens, promptTokens: number, salt: Uint8Array): Result<Root> => {
  if (tokens.count > ITEM_TOKENS_MAX)
    return fail('ITEM_TOO_LONG', `an item of ${tokens.count} tokens; at most ${ITEM_TOKENS_MAX}`, {
      tokens: tokens.count,
    });
  if (promptTokens > tokens.count)
    return fail('ITEM_PROMPT_PART', `a prompt part of ${promptTokens} tokens in an item of ${tokens.count}`, {
      promptTokens,
      tokens: tokens.count,
    });
  const chunks = itemChunks(tokens, salt).map((chunk) => ItemChunkType.root(chunk));
  return ok(ItemTreeType.root({ chunks, tokens: tokens.count, promptTokens }));
};

/** Returns the root of a contribution from the roots of its items, in order. Fault `CONTRIBUTION_TOO_LONG`. */
export const contributionRoot = (itemRoots: readonly Root[]): Result<Root> =>
  itemRoots.length > ITEMS_MAX
    ? fail('CONTRIBUTION_TOO_LONG', `${itemRoots.length} items; at most ${ITEMS_MAX}`, {
        items: itemRoots.length,
      })
    : ok(ItemRootsType.root(itemRoots));

/**
 * Returns the leaves of an output or a prompt.
 * @param info - the information of every token, in Q8 bits
 */
export const textChunks = (tokens: Tokens, info: Uint16Array): readonly TextChunk[] => {
  invariant(info.length === tokens.count, 'every token has its information');
  let infoBefore = 0;
  return Array.from({ length: chunkCount(tokens) }, (_, index) => {
    const chunk = { tokens: packChunk(tokens, index), infoBefore };
    const first = index * CHUNK_TOKENS;
    for (const bits of info.subarray(first, first + CHUNK_TOKENS)) infoBefore += bits;
    return chunk;
  });
};

const textRoot = (
  type: ReturnType<typeof textTreeType>,
  code: 'PROMPT_TOO_LONG' | 'OUTPUT_TOO_LONG',
  tokensMax: number,
  tokens: Tokens,
  info: Uint16Array,
): Result<Root> => {
  if (tokens.count > tokensMax)
    return fail(code, `a text of ${tokens.count} tokens; at most ${tokensMax}`, { tokens: tokens.count });
  const chunks = textChunks(tokens, info).map((chunk) => TextChunkType.root(chunk));
  const information = info.reduce((sum, bits) => sum + bits, 0);
  return ok(type.root({ chunks, tokens: tokens.count, information }));
};

/** Returns the root of an output. Fault `OUTPUT_TOO_LONG`: a longer answer needs several receipts. */
export const outputRoot = (tokens: Tokens, info: Uint16Array): Result<Root> =>
  textRoot(OutputTreeType, 'OUTPUT_TOO_LONG', OUTPUT_TOKENS_MAX, tokens, info);

/** Returns the root of a prompt. Fault `PROMPT_TOO_LONG`. */
export const promptRoot = (tokens: Tokens, info: Uint16Array): Result<Root> =>
  textRoot(PromptTreeType, 'PROMPT_TOO_LONG', PROMPT_TOKENS_MAX, tokens, info);
