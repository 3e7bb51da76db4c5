/** Reads the rows of a .jsonl file as items of a Datanet. */
import { ITEM_BYTES_MAX, ITEM_TOKENS_MAX } from '../../state/attribution/parameters.ts';
import { type Tokens, tokenizeText } from '../../state/attribution/pt1.ts';
import type { ItemSchema } from '../../state/tx/datanet-create.ts';
import { linesText, readBytes } from '../attribution/corpus-files.ts';
import { utf8 } from '../lib/bytes.ts';
import { ok } from '../lib/errors.ts';
import { fail, type Result } from './errors.ts';

export type Row = {
  /** The line in the file; the first is 1. */
  readonly line: number;
  readonly text: string;
  /** The length of the text in UTF-8. */
  readonly bytes: number;
  readonly tokens: Tokens;
  readonly promptTokens: number;
};

type Fields = { readonly names: readonly string[]; readonly promptFields: number };

/**
 * Returns the names of the fields of a row that make an item. Fault `CONTRIBUTE_FIELDS`.
 * @param given - the names in the file, in the order of the schema; if undefined, the file has the names of the schema
 */
const fieldsOf = (schema: ItemSchema, given: readonly string[] | undefined): Result<Fields> => {
  const { fields, promptFields } = schema;
  if (given !== undefined && given.length !== fields.length)
    return fail(
      'CONTRIBUTE_FIELDS',
      `an item of this Datanet has ${fields.length} fields (${fields.join(', ')}), but --field names ${given.length}`,
      { fields },
    );
  return ok({ names: given ?? fields, promptFields });
};

const textsOf = (value: unknown, { names }: Fields): Result<readonly string[]> => {
  if (typeof value === 'string' && names.length === 1) return ok([value]);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return fail('CONTRIBUTE_ROW', `the line is not an object with the fields ${names.join(', ')}`);
  const texts: string[] = [];
  for (const name of names) {
    const text: unknown = Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
    if (typeof text !== 'string')
      return fail(
        'CONTRIBUTE_ROW',
        `the row has no text in the field ${JSON.stringify(name)}; name its fields with --field`,
      );
    texts.push(text);
  }
  return ok(texts);
};

const rowOf = (line: number, content: string, fields: Fields): Result<Row> => {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    return fail('CONTRIBUTE_ROW', 'the line is not valid JSON');
  }
  const texts = textsOf(value, fields);
  if (!texts.ok) return texts;
  const text = texts.value.join('\n');
  const tokens = tokenizeText(text);
  if (!tokens.ok) return tokens;
  // A newline separates tokens, so the tokens of the first fields are the first tokens of the item.
  const prompt = tokenizeText(texts.value.slice(0, fields.promptFields).join('\n'));
  if (!prompt.ok) return prompt;
  const bytes = utf8(text).length;
  const { count } = tokens.value;
  if (count === 0)
    return fail('CONTRIBUTE_ROW', 'the text has no tokens, and the chain takes no empty items');
  if (count > ITEM_TOKENS_MAX || bytes > ITEM_BYTES_MAX)
    return fail(
      'CONTRIBUTE_ROW',
      `the text has ${count} tokens and ${bytes} bytes: an item has at most ${ITEM_TOKENS_MAX} tokens and ${ITEM_BYTES_MAX} bytes`,
    );
  return ok({ line, text, bytes, tokens: tokens.value, promptTokens: prompt.value.count });
};

export type Rows = { readonly bytes: Uint8Array; readonly rows: readonly Row[] };

/**
 * Reads the rows of a file. Every line that is not blank is a row: an object with the fields of the schema, or a string
 * if the schema has one field. Faults: `FILE_UNREADABLE`, `UTF8_INVALID`, `CONTRIBUTE_FIELDS`, `CONTRIBUTE_EMPTY`;
 * `CONTRIBUTE_ROW` and the faults of PT-1, each with its line.
 */
export const readRows = (
  path: string,
  schema: ItemSchema,
  given: readonly string[] | undefined,
): Result<Rows> => {
  const fields = fieldsOf(schema, given);
  if (!fields.ok) return fields;
  const bytes = readBytes(path);
  if (!bytes.ok) return bytes;
  const content = linesText(bytes.value);
  if (!content.ok) return fail(content.fault.code, `${path}: ${content.fault.message}`, content.fault.data);
  const rows: Row[] = [];
  for (const [index, line] of content.value
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    if (line.trim() === '') continue;
    const row = rowOf(index + 1, line, fields.value);
    if (!row.ok)
      return fail(row.fault.code, `${path}:${index + 1}: ${row.fault.message}`, {
        ...row.fault.data,
        line: index + 1,
      });
    rows.push(row.value);
  }
  return rows.length === 0
    ? fail('CONTRIBUTE_EMPTY', `${path} has no rows`)
    : ok({ bytes: bytes.value, rows });
};
