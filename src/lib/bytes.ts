import { ok } from './errors.ts';
import { fail, type Result } from './lib-errors.ts';

/** 0x-prefixed lower-case hex, the form of bytes in every JSON of this project. */
export type Hex = `0x${string}`;

const HEX = /^0x(?:[0-9a-fA-F]{2})*$/;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export const toHex = (bytes: Uint8Array): Hex => `0x${bufferOf(bytes).toString('hex')}`;

/** Hex without its prefix: for keys of the state. */
export const toBareHex = (bytes: Uint8Array): string => bufferOf(bytes).toString('hex');

/** Parses 0x-hex of either case. Fault `HEX_INVALID`, or `HEX_LENGTH` when `length` (bytes) is asked for and differs. */
export const fromHex = (text: string, length?: number): Result<Uint8Array> => {
  if (!HEX.test(text)) return fail('HEX_INVALID', 'expected 0x followed by an even number of hex digits');
  const bytes = new Uint8Array((text.length - 2) / 2);
  bytes.set(Buffer.from(text.slice(2), 'hex'));
  if (length !== undefined && bytes.length !== length)
    return fail('HEX_LENGTH', `expected ${length} bytes, got ${bytes.length}`, {
      expected: length,
      got: bytes.length,
    });
  return ok(bytes);
};

export const utf8 = (text: string): Uint8Array => encoder.encode(text);

/** Strict: no replacement characters, no byte order mark taken away. Fault `UTF8_INVALID`. */
export const fromUtf8 = (bytes: Uint8Array): Result<string> => {
  try {
    return ok(decoder.decode(bytes));
  } catch {
    return fail('UTF8_INVALID', 'the bytes are not valid UTF-8');
  }
};

export const concat = (...parts: readonly Uint8Array[]): Uint8Array => {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
};

export const equal = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && compare(a, b) === 0;

/** Lexicographic, unsigned: the order of every sorted list of bytes here. */
export const compare = (a: Uint8Array, b: Uint8Array): number => Buffer.compare(a, b);

/** Big-endian, so that the order of keys is the order of numbers. */
export const uint64Bytes = (value: bigint): Uint8Array => {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, value);
  return out;
};
