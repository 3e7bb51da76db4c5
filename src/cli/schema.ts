/** The parts of a JSON Schema that SSZ types make. */
import type { Json, JsonSchema } from '../lib/ssz.ts';

export const isSchema = (value: Json | undefined): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

export const fieldsOf = (schema: JsonSchema): readonly (readonly [string, JsonSchema])[] =>
  Object.entries(isSchema(schema.properties) ? schema.properties : {}).flatMap(([name, field]) =>
    isSchema(field) ? [[name, field] as const] : [],
  );

export const itemsOf = (schema: JsonSchema): JsonSchema => (isSchema(schema.items) ? schema.items : {});

/** The variants of a union, each an object of its name and its value. */
export const variantsOf = (schema: JsonSchema): readonly JsonSchema[] | undefined =>
  isList(schema.oneOf) ? schema.oneOf.filter(isSchema) : undefined;

/** Returns the schema of a value that may be null, for when it is not null. */
export const presentOf = (schema: JsonSchema): JsonSchema | undefined => {
  const either = isList(schema.anyOf) ? schema.anyOf.filter(isSchema) : [];
  return either.some(({ type }) => type === 'null') ? either.find(({ type }) => type !== 'null') : undefined;
};

/** Returns the length of a byte string of a fixed length. */
export const byteLengthOf = (schema: JsonSchema): number | undefined => {
  if (typeof schema.pattern !== 'string') return undefined;
  const digits = /^\^0x\[0-9a-fA-F\]\{([0-9]+)\}\$$/.exec(schema.pattern)?.[1];
  return digits === undefined ? undefined : Number(digits) / 2;
};

/** Returns the number of bits of an integer that is a decimal string. */
export const bitsOf = (schema: JsonSchema): number | undefined => {
  const bits =
    typeof schema.description === 'string' ? /^uint([0-9]+)/.exec(schema.description)?.[1] : undefined;
  return bits === undefined ? undefined : Number(bits);
};

/** Whether a value of this schema names an account anywhere. */
export const hasAddress = (schema: JsonSchema): boolean => {
  const present = presentOf(schema);
  if (present !== undefined) return hasAddress(present);
  const variants = variantsOf(schema);
  if (variants !== undefined) return variants.some(hasAddress);
  if (schema.type === 'object') return fieldsOf(schema).some(([, field]) => hasAddress(field));
  return schema.type === 'array' ? hasAddress(itemsOf(schema)) : scalarOf(schema) === 'address';
};

/**
 * What a scalar is to a person. Every integer of 128 bits in a payload is an amount, every string of 20 bytes an address,
 * and every string of 32 bytes a hash.
 */
export const scalarOf = (schema: JsonSchema): 'address' | 'root' | 'amount' | 'other' => {
  const bytes = byteLengthOf(schema);
  if (bytes === 20) return 'address';
  if (bytes === 32) return 'root';
  return bitsOf(schema) === 128 ? 'amount' : 'other';
};
