/** A payload's JSON Schema for people: its shape in lines, and an example to start from. */
import type { Json, JsonSchema } from '../lib/ssz.ts';

const isSchema = (value: Json | undefined): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

const fieldsOf = (schema: JsonSchema): readonly (readonly [string, JsonSchema])[] =>
  Object.entries(isSchema(schema.properties) ? schema.properties : {}).flatMap(([name, field]) =>
    isSchema(field) ? [[name, field] as const] : [],
  );

const itemsOf = (schema: JsonSchema): JsonSchema => (isSchema(schema.items) ? schema.items : {});

/** The variants of a union, each an object of its name and its value. */
const variantsOf = (schema: JsonSchema): readonly JsonSchema[] | undefined =>
  isList(schema.oneOf) ? schema.oneOf.filter(isSchema) : undefined;

/** Returns the schema of a value that may be null, for when it is not null. */
const presentOf = (schema: JsonSchema): JsonSchema | undefined => {
  const either = isList(schema.anyOf) ? schema.anyOf.filter(isSchema) : [];
  return either.some(({ type }) => type === 'null') ? either.find(({ type }) => type !== 'null') : undefined;
};

/** Array.isArray alone would make of a readonly list a list of anything. */
const listOf = (value: Json | undefined): readonly Json[] | undefined =>
  Array.isArray(value) ? (value as readonly Json[]) : undefined;

const bytesOfPattern = (pattern: string): number | undefined => {
  const digits = /^\^0x\[0-9a-fA-F\]\{([0-9]+)\}\$$/.exec(pattern)?.[1];
  return digits === undefined ? undefined : Number(digits) / 2;
};

const scalarText = (schema: JsonSchema): string => {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const choices = listOf(schema.enum);
  if (choices !== undefined) return choices.map((value) => JSON.stringify(value)).join(' | ');
  if (schema.type === 'boolean') return 'true | false';
  if (schema.type === 'integer') return `integer, 0 to ${JSON.stringify(schema.maximum)}`;
  if (typeof schema.description === 'string' && schema.description.startsWith('uint'))
    return `${schema.description}, a decimal string`;
  if (typeof schema.pattern === 'string') {
    const length = bytesOfPattern(schema.pattern);
    return length === undefined ? 'bytes, 0x-hex' : `${length} bytes, 0x-hex`;
  }
  return `text${typeof schema.maxLength === 'number' ? `, at most ${schema.maxLength} bytes` : ''}`;
};

const describeVariants = (variants: readonly JsonSchema[], indent: string): readonly string[] =>
  variants.flatMap((variant) => describeSchema(variant, indent));

/** One line a field, what is nested indented. */
export const describeSchema = (schema: JsonSchema, indent = ''): readonly string[] => {
  const fields = fieldsOf(schema);
  const width = Math.max(0, ...fields.map(([name]) => name.length));
  return fields.flatMap(([name, given]) => {
    const present = presentOf(given);
    const field = present ?? given;
    const head = `${indent}${name.padEnd(width)}  ${present === undefined ? '' : 'null or '}`;
    const variants = variantsOf(field);
    if (variants !== undefined) return [`${head}one of`, ...describeVariants(variants, `${indent}  `)];
    if (field.type === 'object') return [`${head}object`, ...describeSchema(field, `${indent}  `)];
    if (field.type !== 'array') return [`${head}${scalarText(field)}`];
    const items = itemsOf(field);
    const limit = typeof field.maxItems === 'number' ? `, at most ${field.maxItems}` : '';
    const each = variantsOf(items);
    if (each !== undefined)
      return [`${head}list${limit}: each one of`, ...describeVariants(each, `${indent}  `)];
    if (items.type === 'object')
      return [`${head}list of objects${limit}`, ...describeSchema(items, `${indent}  `)];
    return [`${head}list${limit}: each ${scalarText(items)}`];
  });
};

/** A value of the schema: zeros, empty texts, lists of one, nothing null; of a union the first variant. */
export const exampleOf = (schema: JsonSchema): Json => {
  if (schema.const !== undefined) return schema.const;
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
      if (typeof schema.description === 'string' && schema.description.startsWith('uint')) return '0';
      if (typeof schema.pattern === 'string') return `0x${'00'.repeat(bytesOfPattern(schema.pattern) ?? 0)}`;
      return '';
    }
  }
};
