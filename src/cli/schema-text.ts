/** Payloads for people: each field with its type, its range and its meaning, and an example to start from. */
import type { Json, JsonSchema } from '../lib/ssz.ts';
import { EXAMPLE_ACCOUNTS } from './payload-examples.ts';
import { PAYLOAD_TYPES, TYPE_FIELDS } from './payload-table.ts';
import {
  bitsOf,
  byteLengthOf,
  fieldsOf,
  isList,
  itemsOf,
  presentOf,
  scalarOf,
  variantsOf,
} from './schema.ts';

/** Array.isArray alone would make of a readonly list a list of anything. */
const listOf = (value: Json | undefined): readonly Json[] | undefined =>
  Array.isArray(value) ? (value as readonly Json[]) : undefined;

/** Returns the type and the range of a value without fields. */
export const scalarText = (schema: JsonSchema): string => {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const choices = listOf(schema.enum);
  if (choices !== undefined) return choices.map((value) => JSON.stringify(value)).join(' | ');
  if (schema.type === 'boolean') return 'true | false';
  if (schema.type === 'integer') return `integer, 0 to ${JSON.stringify(schema.maximum)}`;
  const scalar = scalarOf(schema);
  if (scalar === 'address') return 'account: an address, or a name';
  if (scalar === 'amount') return 'amount: "1.5 OPEN", or base units as "1500"';
  const bits = bitsOf(schema);
  if (bits !== undefined) return `integer, 0 to 2^${bits} - 1, as a decimal string`;
  if (typeof schema.pattern === 'string') {
    const length = byteLengthOf(schema);
    return length === undefined ? 'bytes, 0x-hex' : `${length} bytes, 0x-hex`;
  }
  return `text${typeof schema.maxLength === 'number' ? `, at most ${schema.maxLength} bytes` : ''}`;
};

type Described = { readonly head: string; readonly inside: JsonSchema | undefined };

/** Returns the type of a field in words, and the schema of what has fields of its own. */
const typeOf = (schema: JsonSchema): Described => {
  const present = presentOf(schema);
  if (present !== undefined) {
    const { head, inside } = typeOf(present);
    return { head: `null or ${head}`, inside };
  }
  if (variantsOf(schema) !== undefined) return { head: 'one of', inside: schema };
  if (schema.type === 'object') return { head: 'object', inside: schema };
  if (schema.type !== 'array') return { head: scalarText(schema), inside: undefined };
  const limit = typeof schema.maxItems === 'number' ? `, at most ${schema.maxItems}` : '';
  const each = typeOf(itemsOf(schema));
  if (each.inside === undefined) return { head: `list${limit}: each ${each.head}`, inside: undefined };
  return {
    head: each.head === 'object' ? `list of objects${limit}` : `list${limit}: each ${each.head}`,
    inside: each.inside,
  };
};

/** Writes the lines of one payload. A type that was explained once is named the next time. */
const describe = (
  schema: JsonSchema,
  type: string | undefined,
  indent: string,
  known: Map<string, string>,
): readonly string[] => {
  const variants = variantsOf(schema);
  if (variants !== undefined)
    return variants.flatMap((variant) => {
      const [[, named] = ['', {}], [, value] = ['', {}]] = fieldsOf(variant);
      const name = typeof named.const === 'string' ? named.const : '';
      return describeField(`{"type": "${name}", "value": …}`, value, type, name, indent, 0, known);
    });
  const fields = fieldsOf(schema);
  const width = Math.max(0, ...fields.map(([name]) => name.length));
  return fields.flatMap(([name, field]) => describeField(name, field, type, name, indent, width, known));
};

const describeField = (
  label: string,
  schema: JsonSchema,
  owner: string | undefined,
  name: string,
  indent: string,
  width: number,
  known: Map<string, string>,
): readonly string[] => {
  const meaning = owner === undefined ? undefined : TYPE_FIELDS[owner]?.[name];
  const { head, inside } = typeOf(schema);
  const column = `${indent}${' '.repeat(Math.max(width, 2))}  `;
  const lines = [
    `${indent}${label.padEnd(width)}  ${head}${schema.default === undefined ? '' : '; may be left out'}`,
    ...(meaning === undefined ? [] : [`${column}${meaning.means}`]),
  ];
  if (inside === undefined) return lines;
  const before = meaning?.type === undefined ? undefined : known.get(meaning.type);
  if (before !== undefined) return [...lines, `${column}Its fields are those of "${before}" above.`];
  if (meaning?.type !== undefined) known.set(meaning.type, name);
  return [...lines, ...describe(inside, meaning?.type, `${indent}  `, known)];
};

/** Returns a field per line, what is nested indented. Without a type there are no meanings. */
export const describeSchema = (schema: JsonSchema, indent = '', type?: string): readonly string[] =>
  describe(schema, type, indent, new Map());

/** Explains the payload of a kind, or the voucher. */
export const describePayload = (name: string, schema: JsonSchema): string =>
  describeSchema(schema, '  ', PAYLOAD_TYPES[name]).join('\n');

/**
 * A value to start from, as a file may have it: zeros, empty texts, lists of one, nothing null, and of a union the first
 * variant. Accounts have the name of one of a devnet, and amounts their unit.
 */
export const exampleOf = (schema: JsonSchema): Json => {
  if (schema.const !== undefined) return schema.const;
  if (typeof schema.default === 'number') return schema.default;
  const present = presentOf(schema);
  if (present !== undefined) return exampleOf(present);
  const [first] = variantsOf(schema) ?? [];
  if (first !== undefined) return exampleOf(first);
  if (isList(schema.enum)) return schema.enum[0] ?? null;
  switch (schema.type) {
    case 'object':
      return Object.fromEntries(fieldsOf(schema).map(([name, field]) => [name, exampleOf(field)]));
    case 'array':
      return [exampleOf(itemsOf(schema))];
    case 'boolean':
      return false;
    case 'integer':
      return 0;
    default: {
      const scalar = scalarOf(schema);
      if (scalar === 'address') return EXAMPLE_ACCOUNTS[0];
      if (scalar === 'amount') return '1 OPEN';
      if (bitsOf(schema) !== undefined) return '0';
      if (typeof schema.pattern === 'string') return `0x${'00'.repeat(byteLengthOf(schema) ?? 0)}`;
      return '';
    }
  }
};
