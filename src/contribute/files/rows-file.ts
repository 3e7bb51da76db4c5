/** Reads the rows of a .jsonl file. */
import { readBytes } from '../../attribution/corpus-files.ts';
import { ok } from '../../lib/errors.ts';
import type { Result } from '../errors.ts';
import { type ItemTerms, type Normalization, type Row, rowsOfLines } from '../rows.ts';

export type RowsFile = { readonly bytes: Uint8Array; readonly rows: readonly Row[] };

/** Faults: `FILE_UNREADABLE`, and those of {@link rowsOfLines}. */
export const readRows = (
  path: string,
  terms: ItemTerms,
  given: readonly string[] | undefined,
  as: Normalization = 'as it is',
): Result<RowsFile> => {
  const bytes = readBytes(path);
  if (!bytes.ok) return bytes;
  const rows = rowsOfLines(bytes.value, path, terms, given, as);
  return rows.ok ? ok({ bytes: bytes.value, rows: rows.value }) : rows;
};
