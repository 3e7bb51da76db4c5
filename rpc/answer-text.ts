/**
 * Writes a result as JSON in pieces, in the form of its schema. Neither the JSON of a whole block nor its text is ever
 * held in one piece, and between pieces the rest of the node gets its turn.
 */
import type { Json } from '../src/lib/ssz.ts';
import { branchOf, formOf, hasFields, hasForm } from './schemas/form.ts';

/** The characters of a long text that are written at a time. In JSON each has six at most. */
const TEXT_PIECE = 8_192;

/** What of a JSON Schema decides where a text is cut: between the fields of an object, and the elements of a list. */
type Schema = {
  readonly type?: unknown;
  readonly anyOf?: readonly object[];
  readonly items?: object;
  readonly properties?: Readonly<Record<string, object>>;
};

/** Yields the text of a result in pieces: an element of a list, or a part of a long text, is the largest. */
export function* textOf(schema: Schema, value: unknown): Generator<string, undefined, undefined> {
  const isWhole = hasForm(schema);
  if (!isWhole && schema.anyOf !== undefined) {
    const branch = branchOf(schema.anyOf, value);
    if (branch !== undefined) return yield* textOf(branch, value);
  }
  if (!isWhole && schema.type === 'object' && schema.properties !== undefined && hasFields(value)) {
    let before = '{';
    for (const [name, field] of Object.entries(schema.properties)) {
      let head = `${before}${JSON.stringify(name)}:`;
      for (const text of textOf(field, value[name])) {
        yield head + text;
        head = '';
        before = ',';
      }
    }
    yield before === '{' ? '{}' : '}';
    return undefined;
  }
  if (!isWhole && schema.type === 'array' && schema.items !== undefined && Array.isArray(value)) {
    const { write } = formOf(schema.items);
    let before = '[';
    for (const element of value as readonly unknown[]) {
      yield before + (jsonText(write(element)) ?? 'null');
      before = ',';
    }
    yield before === '[' ? '[]' : ']';
    return undefined;
  }
  const json = formOf(schema).write(value);
  if (typeof json === 'string' && json.length > TEXT_PIECE) return yield* piecesOf(json);
  const text = jsonText(json);
  if (text !== undefined) yield text;
  return undefined;
}

/** Yields a long text in JSON, cut between characters. */
function* piecesOf(text: string): Generator<string, undefined, undefined> {
  let before = '"';
  for (let from = 0; from < text.length; ) {
    const most = Math.min(text.length, from + TEXT_PIECE);
    const end = most < text.length && isHighSurrogate(text.charCodeAt(most - 1)) ? most - 1 : most;
    yield before + JSON.stringify(text.slice(from, end)).slice(1, -1);
    before = '';
    from = end;
  }
  yield '"';
  return undefined;
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00;

/** Undefined for a value without JSON: a field that has none is left out. */
const jsonText = (json: Json): string | undefined => JSON.stringify(json);
