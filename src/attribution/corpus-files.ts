/** Reads contributions from files, without a chain: .jsonl files by rows, and every other file as one item. */
import type { TextRules } from '../../state/attribution/rules.ts';
import type { Tokens } from '../../state/attribution/tokens.ts';
import { CodedError, failWith, ok } from '../lib/errors.ts';
import { systemCode } from '../lib/files.ts';
import { readJsonText } from '../lib/json.ts';
import { CORPUS_BYTES_MAX, readBounded } from '../lib/read-file.ts';
import { type Fault, fail, type Result } from './errors.ts';
import { linesOf } from './lines.ts';

export type FileContribution = {
  /** The origin of the item in messages: a path, or a path and its line. */
  readonly source: string;
  readonly items: readonly Tokens[];
};

export type ReadOptions = {
  /** The rules by which the texts are cut into tokens. */
  readonly rules: TextRules;
  /**
   * The field of a row to read: a string is one item, an array of strings is several. By default a row is itself a string or
   * such an array, or an object with a field `text`.
   */
  readonly field: string | undefined;
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

/** Reads a file. Faults: `FILE_UNREADABLE`, `FILE_TOO_LARGE`. */
export const readBytes = (path: string): Result<Uint8Array> => {
  try {
    return ok(readBounded(path, CORPUS_BYTES_MAX));
  } catch (error) {
    if (error instanceof CodedError) return failWith(error.fault as Fault);
    return unreadable(path, error);
  }
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
 * `CORPUS_JSON`, `CORPUS_ROW`, `JSON_DUPLICATE_KEY`.
 *
 * @param field - as in {@link ReadOptions}
 */
export const readRowTexts = (
  line: string,
  source: string,
  field: string | undefined,
): Result<readonly string[]> => {
  const row = readJsonText(line, 'any');
  if (!row.ok)
    return at(
      source,
      row.fault.code === 'JSON_SYNTAX' ? { code: 'CORPUS_JSON', message: 'not a line of JSON' } : row.fault,
    );
  const texts = textsOf(row.value, field);
  return texts.ok ? texts : at(source, texts.fault);
};

const readRow = (line: string, source: string, { rules, field }: ReadOptions): Result<FileContribution> => {
  const texts = readRowTexts(line, source, field);
  if (!texts.ok) return texts;
  const items: Tokens[] = [];
  for (const text of texts.value) {
    const tokens = rules.tokenizeText(text);
    if (!tokens.ok) return at(source, tokens.fault);
    items.push(tokens.value);
  }
  return ok({ source, items });
};

const readRows = (
  bytes: Uint8Array,
  path: string,
  options: ReadOptions,
): Result<readonly FileContribution[]> => {
  const lines = linesOf(bytes);
  if (!lines.ok) return at(path, lines.fault);
  const contributions: FileContribution[] = [];
  for (const { number, text } of lines.value) {
    const row = readRow(text, `${path}:${number}`, options);
    if (!row.ok) return row;
    contributions.push(row.value);
  }
  return ok(contributions);
};

/**
 * Returns the contributions of the files. Their place in the list of paths is their contribution id. Faults:
 * `FILE_UNREADABLE`, `FILE_TOO_LARGE`, `UTF8_INVALID`, `TEXT_UTF8_INVALID`, `TEXT_LONE_SURROGATE`, `CORPUS_JSON`, `CORPUS_ROW`.
 */
export const readCorpus = (
  paths: readonly string[],
  options: ReadOptions,
): Result<readonly FileContribution[]> => {
  const contributions: FileContribution[] = [];
  for (const path of paths) {
    const bytes = readBytes(path);
    if (!bytes.ok) return bytes;
    if (path.endsWith('.jsonl')) {
      const rows = readRows(bytes.value, path, options);
      if (!rows.ok) return rows;
      for (const row of rows.value) contributions.push(row);
    } else {
      const tokens = options.rules.tokenize(bytes.value);
      if (!tokens.ok) return at(path, tokens.fault);
      contributions.push({ source: path, items: [tokens.value] });
    }
  }
  return ok(contributions);
};
