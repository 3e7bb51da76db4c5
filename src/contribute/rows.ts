/** Makes items of a Datanet from rows: those of a program, or the lines of a .jsonl file. */

import { unitsOf } from '../../state/attribution/commitment.ts';
import { ITEM_BYTES_MAX, ITEM_TOKENS_MAX } from '../../state/attribution/parameters.ts';
import { type RulesVersion, rulesOf, type TextRules } from '../../state/attribution/rules.ts';
import type { Tokens } from '../../state/attribution/tokens.ts';
import type { ItemSchema } from '../../state/tx/datanet-create.ts';
import { linesOf } from '../attribution/lines.ts';
import { utf8 } from '../lib/bytes.ts';
import { type Fault, ok } from '../lib/errors.ts';
import { readJsonText } from '../lib/json.ts';
import { type ContributeCode, fail, type Result } from './errors.ts';

export type Row = {
  /** The line in the file, or the place in the list of rows; the first is 1. */
  readonly line: number;
  readonly text: string;
  /** The length of the text in UTF-8. */
  readonly bytes: number;
  readonly tokens: Tokens;
  readonly promptTokens: number;
};

/** Whether the text is in Unicode NFC, as almost all text is. */
export const isComposed = ({ text }: Pick<Row, 'text'>): boolean => text === text.normalize('NFC');

/**
 * The most combining marks that may follow each other. Text in a language has a few (Unicode recommends 30 at most,
 * UAX #15, section 13). To compose characters takes a time that grows with the square of their number.
 */
const MARKS_MAX = 1_000;

/** Runs of marks. Of longer ones a part is matched: the engine keeps a place on its stack for each mark. */
const MARKS = new RegExp(`\\p{M}{1,${MARKS_MAX + 1}}`, 'gu');

/** Fault `CONTRIBUTE_ROW`. */
const checkMarks = (text: string): Result<undefined> => {
  for (const [run] of text.matchAll(MARKS))
    if (run.length > MARKS_MAX && [...run].length > MARKS_MAX)
      return fail(
        'CONTRIBUTE_ROW',
        `the text has more than ${MARKS_MAX} combining marks, such as accents, in a row; no language needs so many`,
      );
  return ok(undefined);
};

/** How rows become items: the rules of the Datanet, the names of the fields, and how many of them are the prompt part. */
type Fields = {
  readonly rules: TextRules;
  readonly names: readonly string[];
  readonly promptFields: number;
};

/** What a Datanet says about its items. */
export type ItemTerms = { readonly rules: RulesVersion; readonly schema: ItemSchema };

/**
 * Returns the names of the fields of a row that make an item. Fault `CONTRIBUTE_FIELDS`.
 * @param given - the names in the file, in the order of the schema; if undefined, the file has the names of the schema
 */
const fieldsOf = ({ rules, schema }: ItemTerms, given: readonly string[] | undefined): Result<Fields> => {
  const { fields, promptFields } = schema;
  if (given !== undefined && given.length !== fields.length)
    return fail(
      'CONTRIBUTE_FIELDS',
      `an item of this Datanet has ${fields.length} fields (${fields.join(', ')}), but ${given.length} are named`,
      { fields },
    );
  return ok({ rules: rulesOf(rules), names: given ?? fields, promptFields });
};

const textsOf = (value: unknown, { names }: Fields): Result<readonly string[]> => {
  if (typeof value === 'string' && names.length === 1) return ok([value]);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return fail('CONTRIBUTE_ROW', `the row is not an object with the fields ${names.join(', ')}`);
  const texts: string[] = [];
  for (const name of names) {
    const text: unknown = Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
    if (typeof text !== 'string')
      return fail('CONTRIBUTE_ROW', `the row has no text in the field ${JSON.stringify(name)}`, {
        field: name,
      });
    texts.push(text);
  }
  return ok(texts);
};

/**
 * What to do with text whose characters are not composed as almost all text is (Unicode NFC). Letters with accents that are
 * written in two characters (NFD, as file systems of macOS do) match no text that is composed, so nobody is paid for them.
 */
export type Normalization = 'nfc' | 'as it is';

const rowOf = (line: number, value: unknown, fields: Fields, as: Normalization): Result<Row> => {
  const given = textsOf(value, fields);
  if (!given.ok) return given;
  for (const text of given.value) {
    const marks = checkMarks(text);
    if (!marks.ok) return marks;
  }
  const texts = ok(as === 'nfc' ? given.value.map((text) => text.normalize('NFC')) : given.value);
  const text = texts.value.join('\n');
  const { tokenizeText } = fields.rules;
  const tokens = tokenizeText(text);
  if (!tokens.ok) return tokens;
  // A newline separates tokens, so the tokens of the first fields are the first tokens of the item.
  const prompt = tokenizeText(texts.value.slice(0, fields.promptFields).join('\n'));
  if (!prompt.ok) return prompt;
  const bytes = utf8(text).length;
  const { count } = tokens.value;
  if (count === 0)
    return fail('CONTRIBUTE_ROW', 'the text has no tokens, and the chain takes no empty items');
  if (unitsOf(count, bytes) > ITEM_TOKENS_MAX)
    return fail(
      'CONTRIBUTE_ROW',
      `the text has ${count} tokens and ${bytes} bytes: an item has at most ${ITEM_TOKENS_MAX} tokens and ${ITEM_BYTES_MAX} bytes`,
    );
  return ok({ line, text, bytes, tokens: tokens.value, promptTokens: prompt.value.count });
};

const parsed = (line: string): Result<unknown> => {
  const row = readJsonText(line, 'any');
  if (row.ok) return row;
  const { code, message } = row.fault;
  return fail('CONTRIBUTE_ROW', code === 'JSON_SYNTAX' ? 'the line is not valid JSON' : message);
};

/** Puts the row before a fault. */
const inRow = (where: string, line: number, { code, message, data }: Fault<ContributeCode>): Result<never> =>
  fail(code, `${where}: ${message}`, { ...data, line });

/**
 * Returns rows as items: objects with the fields of the schema, or strings if the schema has one field. Faults:
 * `CONTRIBUTE_FIELDS`, `CONTRIBUTE_EMPTY`; `CONTRIBUTE_ROW` and the faults of tokens, each with its row, counted from 1.
 *
 * @param given - the names of the fields in the rows, in the order of the schema; if undefined, they are the schema's
 */
export const rowsOf = (
  values: unknown,
  terms: ItemTerms,
  given: readonly string[] | undefined,
  as: Normalization = 'as it is',
): Result<readonly Row[]> => {
  const fields = fieldsOf(terms, given);
  if (!fields.ok) return fields;
  if (!Array.isArray(values)) return fail('CONTRIBUTE_ROW', 'rows must be a list of objects or of strings');
  const rows: Row[] = [];
  for (const [i, value] of values.entries()) {
    const row = rowOf(i + 1, value, fields.value, as);
    if (!row.ok) return inRow(`row ${i + 1}`, i + 1, row.fault);
    rows.push(row.value);
  }
  return rows.length === 0 ? fail('CONTRIBUTE_EMPTY', 'there are no rows') : ok(rows);
};

/**
 * Returns the rows of a .jsonl file, every line of which that is not blank is one. Faults: as of {@link rowsOf}, with the
 * line, and `UTF8_INVALID`.
 *
 * @param source - what messages call the file
 */
export const rowsOfLines = (
  bytes: Uint8Array,
  source: string,
  terms: ItemTerms,
  given: readonly string[] | undefined,
  as: Normalization = 'as it is',
): Result<readonly Row[]> => {
  const fields = fieldsOf(terms, given);
  if (!fields.ok) return fields;
  const lines = linesOf(bytes);
  if (!lines.ok) return fail(lines.fault.code, `${source}: ${lines.fault.message}`, lines.fault.data);
  const rows: Row[] = [];
  for (const { number, text } of lines.value) {
    const value = parsed(text);
    const row = value.ok ? rowOf(number, value.value, fields.value, as) : value;
    if (!row.ok) return inRow(`${source}:${number}`, number, row.fault);
    rows.push(row.value);
  }
  return rows.length === 0 ? fail('CONTRIBUTE_EMPTY', `${source} has no rows`) : ok(rows);
};
