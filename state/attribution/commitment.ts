/**
 * The Merkle commitments to texts (docs/attribution.md#commitments). All are SSZ objects, so that one branch proves any
 * chunk, any length, and that a position is past the end. The objects are:
 * - contribution: a list of the roots of its items. The root mixes in the number of items.
 * - item: `{chunks, tokens, promptTokens, source}`, where `chunks` is a list of the roots of `{salt, tokens}`, and `source`
 * is `{hash, bytes}`.
 * - output and prompt: `{chunks, tokens, information, bytes}`, where `chunks` is a list of the roots of `{salt, tokens,
 * infoBefore}`.
 * - texts of a receipt: `{prompt, output, ids}`, the hashes of the bytes of its prompt and output, and of the token ids.
 *
 * A chunk is exactly 64 tokens; only the last may be shorter. Its tokens are packed: each is one byte with its length
 * (1 to 16), then its bytes. Tokens leave out what does not matter to a match, such as capitals and marks, so the bytes are
 * committed beside them: nobody can show another text with the same tokens.
 *
 * Each chunk and each hash of bytes has its own salt. So nobody can guess the text of an erased item or of a private
 * receipt, or the chunks beside one that was opened.
 */
import { type Root, ZERO_ROOT } from '../../src/lib/brands.ts';
import { utf8 } from '../../src/lib/bytes.ts';
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
import type { InfoTable } from './info1.ts';
import {
  BYTES_PER_UNIT,
  CHUNK_TOKENS,
  ITEM_TOKENS_MAX,
  ITEMS_MAX,
  OUTPUT_BYTES_MAX,
  OUTPUT_TOKENS_MAX,
  PROMPT_BYTES_MAX,
  PROMPT_TOKENS_MAX,
} from './parameters.ts';
import type { RulesVersion, TextRules } from './rules.ts';
import { TOKEN_BYTES_MAX, type Tokens } from './tokens.ts';

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
  /** The salt of the chunk, which follows from that of the text. */
  salt: bytes(SALT_BYTES),
  /** The tokens of the chunk, packed. */
  tokens: packedTokens,
  /** The information of all tokens before the chunk, in Q8 bits. */
  infoBefore: uint32,
});
/** A leaf of an output or a prompt. `infoBefore` is the information of all tokens before the chunk, Q8 bits. */
export type TextChunk = ValueOf<typeof TextChunkType>;

export const ItemSourceType = container({
  /** The {@link bytesHash} of the text. */
  hash: root32,
  /** The length of the text, in bytes of UTF-8. */
  bytes: uint32,
});
/** The bytes of an item, of which its tokens are made. */
export type ItemSource = ValueOf<typeof ItemSourceType>;

export const ItemTreeType = container({
  chunks: list(root32, ITEM_TOKENS_MAX >>> 6),
  tokens: uint32,
  /** The number of tokens of the prompt, with which the item begins. */
  promptTokens: uint32,
  source: ItemSourceType,
});

/** @param tokensMax - the most tokens that the text may have */
const textTreeType = (tokensMax: number) =>
  container({
    chunks: list(root32, tokensMax >>> 6),
    tokens: uint32,
    /** The information of all tokens, Q8 bits. */
    information: uint32,
    /** The length of the text, in bytes of UTF-8. */
    bytes: uint32,
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

/**
 * Returns H(salt, index): the salt of one chunk of an item or a text. Opening it does not reveal the salts of its
 * neighbours.
 */
export const chunkSalt = (salt: Uint8Array, index: number): Root => {
  const place = new Uint8Array(4);
  new DataView(place.buffer).setUint32(0, index, true);
  return sha256(salt, place);
};

/** Returns sha256(salt ‖ sha256(bytes)), which commits to every byte of a text and reveals none. */
export const bytesHash = (salt: Uint8Array, source: Uint8Array): Root => sha256(salt, sha256(source));

const chunkCount = (tokens: Tokens): number => divCeilNumber(tokens.count, CHUNK_TOKENS);

/** Returns the leaves of an item, with which any stretch of it is proven. */
export const itemChunks = ({ tokens, salt }: Pick<Salted, 'tokens' | 'salt'>): readonly ItemChunk[] =>
  Array.from({ length: chunkCount(tokens) }, (_, index) => ({
    salt: chunkSalt(salt, index),
    tokens: packChunk(tokens, index),
  }));

/** A text and its salt, as their commitment needs them. */
export type Salted = {
  /** The tokens of `source`, by the rules of its version. */
  readonly tokens: Tokens;
  /** UTF-8. */
  readonly source: Uint8Array;
  /** 32 bytes, secret, and used for this text only. */
  readonly salt: Uint8Array;
};

/** Returns the bytes of an item as they are committed. */
export const itemSource = ({ source, salt }: Pick<Salted, 'source' | 'salt'>): ItemSource => ({
  hash: bytesHash(salt, source),
  bytes: source.length,
});

/**
 * Returns how much a text counts towards fees and limits: its tokens, but at least one for every eight bytes begun.
 * Otherwise text of marks alone, which has no tokens, would be free.
 */
export const unitsOf = (tokens: number, size: number): number =>
  Math.max(tokens, divCeilNumber(size, BYTES_PER_UNIT));

/**
 * Returns the root of one item. Faults: `ITEM_TOO_LONG`, `ITEM_PROMPT_PART` (the prompt is longer than the item).
 */
export const itemRoot = (item: Salted & { readonly promptTokens: number }): Result<Root> => {
  const { tokens, promptTokens, source } = item;
  if (unitsOf(tokens.count, source.length) > ITEM_TOKENS_MAX)
    return fail('ITEM_TOO_LONG', tooLong('an item', tokens, source, ITEM_TOKENS_MAX), {
      tokens: tokens.count,
      bytes: source.length,
    });
  if (promptTokens > tokens.count)
    return fail('ITEM_PROMPT_PART', `a prompt part of ${promptTokens} tokens in an item of ${tokens.count}`, {
      promptTokens,
      tokens: tokens.count,
    });
  const chunks = itemChunks(item).map((chunk) => ItemChunkType.root(chunk));
  return ok(ItemTreeType.root({ chunks, tokens: tokens.count, promptTokens, source: itemSource(item) }));
};

const tooLong = (what: string, tokens: Tokens, source: Uint8Array, max: number): string =>
  `${what} of ${tokens.count} tokens in ${source.length} bytes; at most ${max} tokens and ${max * BYTES_PER_UNIT} bytes`;

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
export const textChunks = (
  { tokens, salt }: Pick<Salted, 'tokens' | 'salt'>,
  info: Uint16Array,
): readonly TextChunk[] => {
  invariant(info.length === tokens.count, 'every token has its information');
  let infoBefore = 0;
  return Array.from({ length: chunkCount(tokens) }, (_, index) => {
    const chunk = { salt: chunkSalt(salt, index), tokens: packChunk(tokens, index), infoBefore };
    const first = index * CHUNK_TOKENS;
    for (const bits of info.subarray(first, first + CHUNK_TOKENS)) infoBefore += bits;
    return chunk;
  });
};

const rootOfText = (
  type: ReturnType<typeof textTreeType>,
  code: 'PROMPT_TOO_LONG' | 'OUTPUT_TOO_LONG',
  tokensMax: number,
  text: Salted,
  info: Uint16Array,
): Result<Root> => {
  const { tokens, source } = text;
  if (unitsOf(tokens.count, source.length) > tokensMax)
    return fail(code, tooLong('a text', tokens, source, tokensMax), {
      tokens: tokens.count,
      bytes: source.length,
    });
  const chunks = textChunks(text, info).map((chunk) => TextChunkType.root(chunk));
  const information = info.reduce((sum, bits) => sum + bits, 0);
  return ok(type.root({ chunks, tokens: tokens.count, information, bytes: source.length }));
};

/** Returns the root of an output. Fault `OUTPUT_TOO_LONG`: a longer answer needs several receipts. */
export const outputRoot = (text: Salted, info: Uint16Array): Result<Root> =>
  rootOfText(OutputTreeType, 'OUTPUT_TOO_LONG', OUTPUT_TOKENS_MAX, text, info);

/** Returns the root of a prompt. Fault `PROMPT_TOO_LONG`. */
export const promptRoot = (text: Salted, info: Uint16Array): Result<Root> =>
  rootOfText(PromptTreeType, 'PROMPT_TOO_LONG', PROMPT_TOKENS_MAX, text, info);

/** What has a salt of its own: an item, and the parts of a receipt. */
export type SaltedPart = 'item' | 'prompt' | 'output' | 'ids';

/**
 * Returns the salt of an item, or of one part of a receipt, from the secret that is stored with it. Opening a part of a
 * receipt reveals nothing of the others. The salt depends on the version of the rules: a text without marks has the same
 * tokens in all versions, and nobody can store it under its root as one of another version.
 */
export const partSalt = (secret: Uint8Array, version: RulesVersion, part: SaltedPart): Root =>
  sha256(secret, Uint8Array.of(version), utf8(part));

/**
 * The ids of the tokens of the model, as its own tokenizer numbers them. There are no more than bytes: a token of a model
 * stands for a byte or more.
 */
export const TokenIdsType = container({
  prompt: list(uint32, PROMPT_BYTES_MAX),
  output: list(uint32, OUTPUT_BYTES_MAX),
});
export type TokenIds = ValueOf<typeof TokenIdsType>;

const ReceiptTextsType = container({
  /** The {@link bytesHash} of the prompt. */
  prompt: root32,
  /** The {@link bytesHash} of the output. */
  output: root32,
  /** The hash of the token ids; zero if they are not committed. */
  ids: root32,
});

const InferenceRootsType = container({
  /** The root of the prompt's tokens. */
  promptRoot: root32,
  /** The root of the output's tokens. */
  outputRoot: root32,
  /** The root of the bytes of both, and of the token ids of the model if they are committed. */
  textRoot: root32,
});
/** What a receipt commits to of its texts. */
export type InferenceRoots = ValueOf<typeof InferenceRootsType>;

/** Returns the root under which the texts of a receipt are stored: nothing can stand there that differs from one of the three. */
export const inferenceRoot = (roots: InferenceRoots): Root => InferenceRootsType.root(roots);

/** The texts of a receipt, in UTF-8, and what hides them. */
export type InferenceTexts = {
  readonly prompt: Uint8Array;
  readonly output: Uint8Array;
  /** The token ids of the model; undefined if the receipt does not commit to them. */
  readonly ids: TokenIds | undefined;
  /** The salt of the receipt: 32 bytes, secret, and used for this receipt only. */
  readonly salt: Uint8Array;
};

const textRootOf = ({ prompt, output, ids, salt }: InferenceTexts, version: RulesVersion): Root =>
  ReceiptTextsType.root({
    prompt: bytesHash(partSalt(salt, version, 'prompt'), prompt),
    output: bytesHash(partSalt(salt, version, 'output'), output),
    ids: ids === undefined ? ZERO_ROOT : sha256(partSalt(salt, version, 'ids'), TokenIdsType.root(ids)),
  });

/**
 * Returns the roots that a receipt has of its texts. Faults: those of the tokens, `PROMPT_TOO_LONG`, `OUTPUT_TOO_LONG`.
 */
export const inferenceRoots = (
  rules: TextRules,
  table: InfoTable,
  texts: InferenceTexts,
): Result<InferenceRoots> => {
  const rootOf = (part: 'prompt' | 'output', root: typeof outputRoot): Result<Root> => {
    const source = texts[part];
    const tokens = rules.tokenize(source);
    if (!tokens.ok) return tokens;
    const text = { tokens: tokens.value, source, salt: partSalt(texts.salt, rules.version, part) };
    return root(text, rules.informationOf(table, tokens.value));
  };
  const prompt = rootOf('prompt', promptRoot);
  if (!prompt.ok) return prompt;
  const output = rootOf('output', outputRoot);
  if (!output.ok) return output;
  return ok({
    promptRoot: prompt.value,
    outputRoot: output.value,
    textRoot: textRootOf(texts, rules.version),
  });
};
