/** Reads the bytes of a file of lines as text. */
import { fromUtf8 } from '../lib/bytes.ts';
import { ok } from '../lib/errors.ts';
import { fail, type Result } from './errors.ts';

const NEWLINE = 0x0a;

/**
 * Returns the place of the first byte that is not valid UTF-8. In a text that ends before it, only the last character
 * can be incomplete.
 */
const firstInvalid = (bytes: Uint8Array): number => {
  let [valid, invalid] = [0, bytes.length];
  while (invalid - valid > 1) {
    const middle = valid + ((invalid - valid) >> 1);
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, middle), { stream: true });
      valid = middle;
    } catch {
      invalid = middle;
    }
  }
  return invalid - 1;
};

/** Returns the text. Fault `UTF8_INVALID`, with the line and the byte, both counted from 1. */
const textOf = (bytes: Uint8Array): Result<string> => {
  const text = fromUtf8(bytes);
  if (text.ok) return text;
  const at = firstInvalid(bytes);
  const before = bytes.subarray(0, at);
  const line = before.reduce((count, byte) => count + (byte === NEWLINE ? 1 : 0), 1);
  const byte = at - before.lastIndexOf(NEWLINE);
  return fail(text.fault.code, `line ${line}, byte ${byte}: no valid UTF-8`, { line, byte });
};

/** A line that is not blank. */
export type Line = { readonly number: number; readonly text: string };

/** Returns the lines that are not blank, numbered from 1. Fault `UTF8_INVALID`, with the line and the byte. */
export const linesOf = (bytes: Uint8Array): Result<readonly Line[]> => {
  const text = textOf(bytes);
  if (!text.ok) return text;
  // Some editors put a byte order mark before the first line.
  const lines = text.value.replace(/^\uFEFF/, '').split('\n');
  return ok(lines.flatMap((line, i) => (line.trim() === '' ? [] : [{ number: i + 1, text: line }])));
};
