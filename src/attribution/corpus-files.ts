/** Reads contributions from files, without a chain: .jsonl files by rows, and every other file as one item. */
import { readFileSync } from 'node:fs';
import { type Tokens, tokenize, tokenizeText } from '../../state/attribution/pt1.ts';
import { fromUtf8 } from '../lib/bytes.ts';
import { ok } from '../lib/errors.ts';
import { systemCode } from '../lib/files.ts';
import { type Fault, fail, type Result } from './errors.ts';

export type FileContribution = {
  /** The origin of the item in messages: a path, or a path and its line. */
  readonly source: string;
  readonly items: readonly Tokens[];
};

/** The field of a row that is an object, if no field is named. */
const DEFAULT_FIELD = 'text';

const at = (source: string, fault: Fault): Result<never> =>
  fail(fault.code, `${source}: ${fault.message}`, { source, ...fault.data });

const systemReason = (error: unknown): string => {
  switch (systemCode(error)) {
    case 'ENOENT':
      return 'no such file';
    case 'EISDIR':
      return 'is a directory; name the files in it';
    case 'EACCES':
      return 'may not be read';
    default:
      return error instanceof Error ? error.message : String(error);
  }
};

/** Returns the fault `FILE_UNREADABLE` for an error of the system. */
export const unreadable = (path: string, error: unknown): Result<never> =>
  at(path, { code: 'FILE_UNREADABLE', message: systemReason(error) });

/** Reads a file. Fault `FILE_UNREADABLE`. */
export const readBytes = (path: string): Result<Uint8Array> => {
  try {
    return ok(readFileSync(path));
  } catch (error) {
    return unreadable(path, error);
  }
};

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

/** Returns the text of a file of lines. Fault `UTF8_INVALID`, with the line and the byte, both counted from 1. */
export const linesText = (bytes: Uint8Array): Result<string> => {
  const text = fromUtf8(bytes);
  if (text.ok) return text;
  const at = firstInvalid(bytes);
  const before = bytes.subarray(0, at);
  const line = before.reduce((count, byte) => count + (byte === NEWLINE ? 1 : 0), 1);
  const byte = at - before.lastIndexOf(NEWLINE);
  return fail(text.fault.code, `line ${line}, byte ${byte}: no valid UTF-8`, { line, byte });
};

const describe = (value: unknown): string =>
  value === null
    ? 'null'
    : Array.isArray(value)
      ? 'an array'
      : typeof value === 'object'
        ? 'an object'
        : `a ${typeof value}`;

/**
 * Returns the texts of a row: those of its field if the row is an object, or of the row itself if no field is named.
 */
const textsOf = (row: unknown, field: string | undefined): Result<readonly string[]> => {
  let value = row;
  let name = 'the row';
  const isObject = typeof row === 'object' && row !== null && !Array.isArray(row);
  if (isObject || field !== undefined) {
    const key = field ?? DEFAULT_FIELD;
    if (!isObject)
      return fail(
        'CORPUS_ROW',
        `${describe(row)}, where an object with the field ${JSON.stringify(key)} was expected`,
      );
    if (!Object.hasOwn(row, key))
      return fail(
        'CORPUS_ROW',
        `no field ${JSON.stringify(key)}${field === undefined ? '; name one with --field' : ''}`,
      );
    value = Reflect.get(row, key);
    name = `the field ${JSON.stringify(key)}`;
  }
  if (typeof value === 'string') return ok([value]);
  if (!Array.isArray(value))
    return fail(
      'CORPUS_ROW',
      `${name} is ${describe(value)}, where a string or an array of strings was expected`,
    );
  const other: unknown = value.find((each) => typeof each !== 'string');
  if (other !== undefined || !value.every((each) => typeof each === 'string'))
    return fail('CORPUS_ROW', `${name} holds ${describe(other)}, where strings were expected`);
  return ok(value);
};

/**
 * Returns the texts of one row, each of which is an item. Faults, with `source` at the start of the message:
 * `CORPUS_JSON`, `CORPUS_ROW`.
 *
 * @param field - as in {@link readCorpus}
 */
export const readRowTexts = (
  line: string,
  source: string,
  field: string | undefined,
): Result<readonly string[]> => {
  let row: unknown;
  try {
    row = JSON.parse(line);
  } catch {
    return at(source, { code: 'CORPUS_JSON', message: 'not a line of JSON' });
  }
  const texts = textsOf(row, field);
  return texts.ok ? texts : at(source, texts.fault);
};

const readRow = (line: string, source: string, field: string | undefined): Result<FileContribution> => {
  const texts = readRowTexts(line, source, field);
  if (!texts.ok) return texts;
  const items: Tokens[] = [];
  for (const text of texts.value) {
    const tokens = tokenizeText(text);
    if (!tokens.ok) return at(source, tokens.fault);
    items.push(tokens.value);
  }
  return ok({ source, items });
};

const readRows = (
  bytes: Uint8Array,
  path: string,
  field: string | undefined,
): Result<readonly FileContribution[]> => {
  const text = linesText(bytes);
  if (!text.ok) return at(path, text.fault);
  const contributions: FileContribution[] = [];
  // Some editors put a byte order mark before the first row.
  for (const [index, line] of text.value
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    // The last line ends with a newline too, and a blank line is not a row.
    if (line.trim() === '') continue;
    const row = readRow(line, `${path}:${index + 1}`, field);
    if (!row.ok) return row;
    contributions.push(row.value);
  }
  return ok(contributions);
};

/**
 * Returns the contributions of the files. Their place in the list of paths is their contribution id. Faults:
 * `FILE_UNREADABLE`, `UTF8_INVALID`, `PT1_UTF8_INVALID`, `PT1_LONE_SURROGATE`, `CORPUS_JSON`, `CORPUS_ROW`.
 *
 * @param field - the field of a row to read: a string is one item, an array of strings is several. By default a row is
 * itself a string or such an array, or an object with a field `text`.
 */
export const readCorpus = (paths: readonly string[], field?: string): Result<readonly FileContribution[]> => {
  const contributions: FileContribution[] = [];
  for (const path of paths) {
    const bytes = readBytes(path);
    if (!bytes.ok) return bytes;
    if (path.endsWith('.jsonl')) {
      const rows = readRows(bytes.value, path, field);
      if (!rows.ok) return rows;
      for (const row of rows.value) contributions.push(row);
    } else {
      const tokens = tokenize(bytes.value);
      if (!tokens.ok) return at(path, tokens.fault);
      contributions.push({ source: path, items: [tokens.value] });
    }
  }
  return ok(contributions);
};
