/** Reads the bytes of a file of lines as text. */
import { ok } from '../lib/errors.ts';
import { readUtf8 } from '../lib/text.ts';
import type { Result } from './errors.ts';

/** A line that is not blank. */
export type Line = { readonly number: number; readonly text: string };

/** Returns the lines that are not blank, numbered from 1. Fault `UTF8_INVALID`, with the line and the byte. */
export const linesOf = (bytes: Uint8Array): Result<readonly Line[]> => {
  const text = readUtf8(bytes);
  if (!text.ok) return text;
  const lines = text.value.split('\n');
  return ok(lines.flatMap((line, i) => (line.trim() === '' ? [] : [{ number: i + 1, text: line }])));
};
