/**
 * Finds openings of commitments that no text has. A root can commit to any bytes, so what was opened is laid out first:
 * a position has a token, and exactly one, only if the count, the lengths and the chunks agree.
 *
 * Codes for a commitment: `MALFORMED_ITEMS` (another number of items than declared), `MALFORMED_TOKENS` (another number
 * of tokens than declared), `MALFORMED_BYTES` (another number of bytes than declared, or fewer than tokens),
 * `MALFORMED_LENGTH` (past the limit), `MALFORMED_PROMPT_PART` (the prompt is longer than the item), `MALFORMED_COUNT`
 * (another number of chunks than the tokens need). Codes for a chunk: `MALFORMED_PACKING`,
 * `MALFORMED_CHUNK` (its number of tokens), `MALFORMED_TOKEN` (not one of the rules), `MALFORMED_INFORMATION` (a running sum, or
 * the total).
 */
import { equal } from '../../src/lib/bytes.ts';
import { ok } from '../../src/lib/errors.ts';
import { divCeilNumber } from '../../src/lib/math.ts';
import { type Fault, fail, fault, type Result } from './errors.ts';
import { type ItemOpening, isAbsent, type Proven, type TextOpening } from './openings.ts';
import { CHUNK_TOKENS, ITEM_BYTES_MAX, ITEM_TOKENS_MAX } from './parameters.ts';
import type { TextRules, Weighing } from './rules.ts';
import { listTokens, TOKEN_BYTES_MAX } from './tokens.ts';
import type { CommittedText } from './witness/subject.ts';

/**
 * The tokens of a packed chunk: `ends` has the places in `bytes` where tokens begin and end, one more than there are
 * tokens.
 */
type Packed = { readonly bytes: Uint8Array; readonly ends: readonly number[] };

/**
 * Reads packed tokens, each one byte with its length and then its bytes. Returns undefined if the bytes are not packed
 * so.
 */
const unpack = (bytes: Uint8Array): Packed | undefined => {
  const ends = [0];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes[at] ?? 0;
    at += 1 + length;
    if (length < 1 || length > TOKEN_BYTES_MAX || at > bytes.length) return undefined;
    ends.push(at);
  }
  return { bytes, ends };
};

const tokenOf = ({ bytes, ends }: Packed, index: number): Uint8Array =>
  bytes.subarray((ends[index] ?? 0) + 1, ends[index + 1]);

/** The opened part of a well-formed text: its tokens by position. */
export class Stretch {
  /** The number of tokens of the whole text. */
  readonly tokens: number;
  readonly #first: number;
  readonly #chunks: readonly Packed[];

  constructor(tokens: number, firstChunk: number, chunks: readonly Packed[]) {
    this.tokens = tokens;
    this.#first = firstChunk * CHUNK_TOKENS;
    this.#chunks = chunks;
  }

  /** Returns a token; undefined if it was not opened, or is past the end. */
  token(position: number): Uint8Array | undefined {
    const offset = position - this.#first;
    if (offset < 0 || position >= this.tokens) return undefined;
    const chunk = this.#chunks[offset >>> 6];
    return chunk === undefined ? undefined : tokenOf(chunk, offset & (CHUNK_TOKENS - 1));
  }
}

type Head = Pick<TextOpening, 'tokens' | 'count' | 'first'> & {
  readonly chunks: readonly { readonly tokens: Uint8Array }[];
};

const layOut = ({ tokens, count, first, chunks }: Head, tokensMax: number): Result<Stretch> => {
  if (tokens > tokensMax)
    return fail('MALFORMED_LENGTH', `a text of ${tokens} tokens; at most ${tokensMax}`, { tokens });
  if (count !== divCeilNumber(tokens, CHUNK_TOKENS))
    return fail('MALFORMED_COUNT', `${count} chunks for ${tokens} tokens`, { count, tokens });
  const unpacked: Packed[] = [];
  for (const [i, chunk] of chunks.entries()) {
    const packed = unpack(chunk.tokens);
    if (packed === undefined)
      return fail('MALFORMED_PACKING', `chunk ${first + i} is no list of tokens`, { chunk: first + i });
    const expected = Math.min(CHUNK_TOKENS, tokens - (first + i) * CHUNK_TOKENS);
    if (packed.ends.length - 1 !== expected)
      return fail(
        'MALFORMED_CHUNK',
        `chunk ${first + i} has ${packed.ends.length - 1} tokens, not ${expected}`,
        {
          chunk: first + i,
        },
      );
    unpacked.push(packed);
  }
  return ok(new Stretch(tokens, first, unpacked));
};

/**
 * Lays out the opened chunks of a text. Faults: `MALFORMED_LENGTH`, `MALFORMED_COUNT`, `MALFORMED_PACKING`,
 * `MALFORMED_CHUNK`.
 */
export const layOutText = (opened: Proven<TextOpening>, tokensMax: number): Result<Stretch> =>
  layOut(opened, tokensMax);

/**
 * Lays out the opened chunks of an item; an absent item has no tokens. Faults: those of {@link layOutText}, and
 * `MALFORMED_PROMPT_PART`.
 */
export const layOutItem = (opened: Proven<ItemOpening>): Result<Stretch> => {
  const { item, tokens, promptTokens } = opened;
  return promptTokens > tokens
    ? fail('MALFORMED_PROMPT_PART', `a prompt part of ${promptTokens} tokens in an item of ${tokens}`, {
        item,
        promptTokens,
        tokens,
      })
    : layOut(opened, ITEM_TOKENS_MAX);
};

/**
 * Checks that all tokens are tokens of the rules: only then does tokenising them, joined by spaces, return exactly the same
 * tokens.
 */
const isTokenised = ({ bytes, ends }: Packed, rules: TextRules): boolean => {
  const count = ends.length - 1;
  const spaced = bytes.slice();
  // The byte with the length before every token becomes the separator.
  for (let i = 0; i < count; i++) spaced[ends[i] ?? 0] = 0x20;
  const tokens = rules.tokenize(spaced);
  if (!tokens.ok || tokens.value.count !== count) return false;
  const { offsets, bytes: folded } = tokens.value;
  for (let i = 0; i < count; i++)
    if (!equal(tokenOf({ bytes, ends }, i), folded.subarray(offsets[i], offsets[i + 1]))) return false;
  return true;
};

const tokensOf = (packed: Packed): readonly Uint8Array[] =>
  Array.from({ length: packed.ends.length - 1 }, (_, i) => tokenOf(packed, i));

/**
 * Returns the information of all tokens of a chunk.
 * @param before - the tokens right before the chunk, of which there are as many as the rules look at
 */
const informationIn = (before: readonly Uint8Array[], packed: Packed, { rules, table }: Weighing): number => {
  const tokens = [...before, ...tokensOf(packed)];
  return rules
    .informationOf(table, listTokens(tokens))
    .subarray(before.length)
    .reduce((sum, bits) => sum + bits, 0);
};

const notTokens = (chunk: number): Fault =>
  fault('MALFORMED_TOKEN', `chunk ${chunk} holds bytes that are not a token`, { chunk });

/** The fault of bytes that hold fewer bytes than tokens: a token is at least one byte. */
const tooFewBytes = (tokens: number, bytes: number): Fault =>
  fault('MALFORMED_BYTES', `${tokens} tokens in ${bytes} bytes`, { tokens, bytes });

/**
 * Returns the fault of a malformed text. The sums of a chunk are checked if the tokens before it that decide about them are
 * opened too.
 * @param declared - the tokens and bytes that the receipt declares
 */
export const malformedText = (
  opened: Proven<TextOpening>,
  declared: Pick<CommittedText, 'tokensMax' | 'tokens' | 'bytes'>,
  weighing: Weighing,
): Fault | undefined => {
  const { tokens, information, bytes, count, first, chunks } = opened;
  if (tokens !== declared.tokens)
    return fault('MALFORMED_TOKENS', `the text has ${tokens} tokens, but ${declared.tokens} were declared`, {
      tokens,
      declared: declared.tokens,
    });
  if (bytes !== declared.bytes)
    return fault('MALFORMED_BYTES', `the text has ${bytes} bytes, but ${declared.bytes} were declared`, {
      bytes,
      declared: declared.bytes,
    });
  if (tokens > bytes) return tooFewBytes(tokens, bytes);
  const laidOut = layOut(opened, declared.tokensMax);
  if (!laidOut.ok) return laidOut.fault;
  const wrong = (chunk: number): Fault =>
    fault(
      'MALFORMED_INFORMATION',
      `the information at the end of chunk ${chunk} is not the sum of its tokens`,
      {
        chunk,
      },
    );
  if (count === 0 && information !== 0) return wrong(0);
  const { context } = weighing.rules;
  let before: readonly Uint8Array[] | undefined = first === 0 ? [] : undefined;
  for (const [i, chunk] of chunks.entries()) {
    const place = first + i;
    const packed = unpack(chunk.tokens);
    if (packed === undefined || !isTokenised(packed, weighing.rules)) return notTokens(place);
    if (place === 0 && chunk.infoBefore !== 0) return wrong(0);
    const after = place + 1 === count ? information : chunks[i + 1]?.infoBefore;
    const known = context === 0 ? [] : before;
    if (
      after !== undefined &&
      known !== undefined &&
      chunk.infoBefore + informationIn(known, packed, weighing) !== after
    )
      return wrong(place);
    before = context === 0 ? [] : tokensOf(packed).slice(-context);
  }
  return undefined;
};

/**
 * Returns the fault of a malformed item.
 * @param declared - the number of items that the contribution declares
 */
export const malformedItem = (
  opened: Proven<ItemOpening>,
  declared: number,
  rules: TextRules,
): Fault | undefined => {
  const { items, first, chunks } = opened;
  if (items !== declared)
    return fault('MALFORMED_ITEMS', `the contribution has ${items} items, but ${declared} were declared`, {
      items,
      declared,
    });
  if (isAbsent(opened)) return undefined;
  const { tokens, source } = opened;
  if (source.bytes > ITEM_BYTES_MAX)
    return fault('MALFORMED_LENGTH', `a text of ${source.bytes} bytes; at most ${ITEM_BYTES_MAX}`, {
      bytes: source.bytes,
    });
  if (tokens > source.bytes) return tooFewBytes(tokens, source.bytes);
  const laidOut = layOutItem(opened);
  if (!laidOut.ok) return laidOut.fault;
  for (const [i, chunk] of chunks.entries()) {
    const packed = unpack(chunk.tokens);
    if (packed === undefined || !isTokenised(packed, rules)) return notTokens(first + i);
  }
  return undefined;
};
