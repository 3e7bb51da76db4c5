/**
 * INFO-1, the information of a token in Q8 bits (256 per bit). It is a fixed table of 65,536 buckets, so that no
 * contributor can influence it and no corpus has to be committed for it (docs/attribution.md#information-info-1).
 *
 * The table is a value. Callers read the file that holds it (`info-1.bin`), because nothing in here does I/O.
 */
import type { Brand, Root } from '../../src/lib/brands.ts';
import { equal, fromHex } from '../../src/lib/bytes.ts';
import { ok, unwrap } from '../../src/lib/errors.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { fail, type Result } from './errors.ts';
import type { Tokens } from './tokens.ts';

export const BUCKETS = 65_536;
/** The bounds of the information of one token, in Q8 bits: 1 and 24 bits. */
export const INFO_MIN = 256;
export const INFO_MAX = 6144;

/** The information by bucket, in Q8 bits. */
export type InfoTable = Brand<Uint16Array, 'InfoTable'>;

/** The SHA-256 of `info-1.bin`, which genesis pins. */
export const INFO1_HASH = unwrap(
  fromHex('0x39d4b4aea8765b9bb2fb6504dd092982ade98211a3acff985fb2bf215a01beb8'),
) as Root;

/**
 * Returns the table from the bytes of `info-1.bin` (big-endian uint16). Fault `INFO1_HASH` if they do not have the
 * pinned hash.
 */
export const decodeInfoTable = (bytes: Uint8Array): Result<InfoTable> => {
  if (bytes.length !== 2 * BUCKETS || !equal(sha256(bytes), INFO1_HASH))
    return fail('INFO1_HASH', 'the INFO-1 table is not the one whose hash genesis pins');
  const table = new Uint16Array(BUCKETS);
  for (let bucket = 0; bucket < BUCKETS; bucket++)
    table[bucket] = ((bytes[2 * bucket] ?? 0) << 8) | (bytes[2 * bucket + 1] ?? 0);
  return ok(table as InfoTable);
};

/** Returns the 32-bit FNV-1a (draft-eastlake-fnv) of `bytes[from .. to)`, as a signed integer. */
export const fnv1a32 = (bytes: Uint8Array, from: number, to: number): number => {
  let hash = 0x811c9dc5;
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193);
  return hash;
};

/** Returns the bucket of a token: the high half of its FNV-1a xor the low half. */
export const bucketOf = (bytes: Uint8Array, from: number, to: number): number => {
  const hash = fnv1a32(bytes, from, to);
  return (hash >>> 16) ^ (hash & 0xffff);
};

/** Returns the information of every token, in Q8 bits. */
export const informationOf = (table: InfoTable, tokens: Tokens): Uint16Array => {
  const { bytes, offsets, count } = tokens;
  const out = new Uint16Array(count);
  let from = 0;
  for (let i = 0; i < count; i++) {
    const to = offsets[i + 1] ?? 0;
    out[i] = table[bucketOf(bytes, from, to)] ?? 0;
    from = to;
  }
  return out;
};

/** Checks whether two tokens of a text, given by where their bytes begin and end, are the same. */
const areSame = (
  bytes: Uint8Array,
  from: number,
  to: number,
  otherFrom: number,
  otherTo: number,
): boolean => {
  if (to - from !== otherTo - otherFrom) return false;
  for (let i = 0; i < to - from; i++) if (bytes[from + i] !== bytes[otherFrom + i]) return false;
  return true;
};

/**
 * Returns the information of every token, in Q8 bits, where a token that equals one of the `repeat` tokens before it bears
 * none.
 */
export const informationOfNew = (table: InfoTable, tokens: Tokens, repeat: number): Uint16Array => {
  const out = informationOf(table, tokens);
  const { bytes, offsets, count } = tokens;
  for (let i = 1; i < count; i++) {
    const from = offsets[i] ?? 0;
    const to = offsets[i + 1] ?? 0;
    for (let j = Math.max(0, i - repeat); j < i; j++)
      if (areSame(bytes, from, to, offsets[j] ?? 0, offsets[j + 1] ?? 0)) {
        out[i] = 0;
        break;
      }
  }
  return out;
};

/**
 * Computes the table from reference counts. An entry is the largest k with 2^k·(n+1)^256 <= (N+65536)^256, clamped,
 * where n is the count of the bucket and N the sum of all. It is the floor of 256·log2((N + 65536) / (n + 1)), computed
 * in integers.
 */
export const computeInfoTable = (counts: readonly number[]): Uint16Array => {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const whole = BigInt(total + BUCKETS) ** 256n;
  const byCount = new Map<number, number>();
  return Uint16Array.from(counts, (count) => {
    const known = byCount.get(count);
    if (known !== undefined) return known;
    const part = BigInt(count + 1) ** 256n;
    let low = INFO_MIN;
    let high = INFO_MAX;
    // The condition changes from true to false as k grows. Below the lower bound the clamp applies in any case.
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (part << BigInt(middle) <= whole) low = middle;
      else high = middle - 1;
    }
    byCount.set(count, low);
    return low;
  });
};
