/**
 * Writes a result as JSON in pieces, in the form of its schema. Neither the JSON of a whole block nor its text is ever
 * held in one piece, and between pieces the rest of the node gets its turn.
 */
import type { Json } from '../src/lib/ssz.ts';
import { formOf, hasFields, hasForm } from './schemas/form.ts';

/** What of a JSON Schema decides where a text is cut: between the fields of an object, and the elements of a list. */
type Schema = {
  readonly type?: unknown;
  readonly anyOf?: unknown;
  readonly items?: object;
  readonly properties?: Readonly<Record<string, object>>;
};

/** Yields the text of a result in pieces. An element of a list is the largest piece. */
export function* textOf(schema: Schema, value: unknown): Generator<string, undefined, undefined> {
  const isWhole = hasForm(schema);
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
    return;
  }
  if (!isWhole && schema.type === 'array' && schema.items !== undefined && Array.isArray(value)) {
    const { write } = formOf(schema.items);
    let before = '[';
    for (const element of value as readonly unknown[]) {
      yield before + (jsonText(write(element)) ?? 'null');
      before = ',';
    }
    yield before === '[' ? '[]' : ']';
    return;
  }
  const text = jsonText(formOf(schema).write(value));
  if (text !== undefined) yield text;
}

/** Undefined for a value without JSON: a field that has none is left out. */
const jsonText = (json: Json): string | undefined => JSON.stringify(json);
