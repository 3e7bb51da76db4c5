/**
 * Checks and decodes the parameters of a call, as its schema says. A stranger may send anything, so checking stops at the
 * first fault, names and lengths are compared before any element is looked at, and after every leaf the reader
 * can give way to the rest of the node. The leaves are checked by typebox; objects, lists and unions are walked here.
 */
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { DecodeUnsafe, Errors } from 'typebox/value';
import { failWith, ok } from '../src/lib/errors.ts';
import { fault, type Result } from './codes.ts';
import { DECIMAL, SIGNATURE } from './schemas/fields.ts';

/** Reads a value, step by step: it yields after each leaf, where it may pause. Fault `PARAMS_INVALID`, which names the path. */
export type Reading<T = unknown> = Generator<undefined, Result<T>, undefined>;

/** @param path - of the value, such as `objects.0.salt`; empty for the parameters themselves */
export type Reader = (value: unknown, path: string) => Reading;

/** What of a JSON Schema decides how a value is read. `~codec` and `~refine` are those of typebox. */
type Schema = {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxLength?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly '~codec'?: { readonly decode: (value: unknown) => unknown };
  readonly '~refine'?: unknown;
};

/** The most characters of a name in a message. */
const NAME_SHOWN = 40;

const invalid = (path: string, message: string): Result<never> =>
  failWith(fault('PARAMS_INVALID', path === '' ? message : `${path}: ${message}`, { path }));

const below = (path: string, name: string | number): string => (path === '' ? `${name}` : `${path}.${name}`);

const readers = new WeakMap<object, Reader>();

/** Returns the reader of a schema. It is made once for each schema. */
export const readerOf = (schema: Schema): Reader => {
  const known = readers.get(schema);
  if (known !== undefined) return known;
  const made = makeReader(schema);
  readers.set(schema, made);
  return made;
};

const makeReader = (schema: Schema): Reader => {
  // What typebox decodes or refines as a whole is small.
  if (schema['~codec'] !== undefined || schema['~refine'] !== undefined) return leafReader(schema);
  if (schema.type === 'object') return objectReader(schema);
  if (schema.type === 'array') return listReader(schema);
  if (schema.anyOf?.every((branch) => branch.const !== undefined) === false) return unionReader(schema.anyOf);
  return leafReader(schema);
};

/** What a value is decoded by: the codec of its schema itself, unless schemas within it have codecs of their own. */
const decoderOf = (schema: Schema): ((value: unknown) => unknown) => {
  const { type, anyOf, '~codec': codec } = schema;
  const isPlain = type !== undefined && type !== 'object' && type !== 'array' && anyOf === undefined;
  // The general way sorts the branches of every schema anew for each value, and takes ten times as long.
  if (!isPlain) return (value) => DecodeUnsafe({}, schema, value);
  return codec === undefined ? (value) => value : codec.decode;
};

const leafReader = (schema: Schema): Reader => {
  const leaf = schema as TSchema;
  const decode = decoderOf(schema);
  let validator: ReturnType<typeof Compile> | undefined;
  const check = (value: unknown, path: string): Result<unknown> => {
    const { maxLength } = schema;
    // A character may be two units of JavaScript. Far too long a text is refused by its length alone.
    if (maxLength !== undefined && typeof value === 'string' && value.length > 2 * maxLength)
      return invalid(path, `must not have more than ${maxLength} characters`);
    validator ??= Compile(leaf);
    return validator.Check(value) ? ok(decode(value)) : invalid(path, flawOf(leaf, value));
  };
  return function* (value, path) {
    const checked = check(value, path);
    yield;
    return checked;
  };
};

/** An address is checked by its length and its checksum. */
const ADDRESS_LENGTH = 42;

/** A pattern in words. `Type.Unsafe` has no place for a message of its own. */
const mustMatch = (pattern: unknown): string | undefined => {
  if (pattern === DECIMAL)
    return 'must be a whole number of 0 or more, as decimal digits in a string or as a number up to 2^53 - 1';
  if (pattern === SIGNATURE) return 'must be 0x and 130 hex digits, or 128 (EIP-2098), in a string';
  const [, digits] = /^\^0x\[0-9a-fA-F\]\{([0-9]+)\}\$$/.exec(String(pattern)) ?? [];
  return digits === undefined ? undefined : `must be 0x and ${digits} hex digits, in a string`;
};

const flawOf = (leaf: TSchema, value: unknown): string => {
  const errors = Errors(leaf, value);
  // What is no string is not made one: a stranger's object may have a `toString` that is no function.
  const isAsLong = typeof value === 'string' && value.length === ADDRESS_LENGTH;
  if ('minLength' in leaf && leaf.minLength === ADDRESS_LENGTH && !isAsLong)
    return 'must be an address, 0x and 40 hex digits, in a string';
  const inWords = 'pattern' in leaf ? mustMatch(leaf.pattern) : undefined;
  if (inWords !== undefined && errors.some(({ keyword }) => keyword === 'pattern' || keyword === 'type'))
    return inWords;
  return (errors.find(({ keyword }) => keyword !== 'boolean') ?? errors[0])?.message ?? 'has a wrong value';
};

const objectReader = ({ properties = {}, required = [] }: Schema): Reader => {
  const fields = Object.entries(properties);
  const isKnown = (name: string): boolean => Object.hasOwn(properties, name);
  return function* (value, path) {
    if (kindOf(value) !== 'object') return invalid(path, 'must be object');
    const given = value as Readonly<Record<string, unknown>>;
    const unknown = Object.keys(given).find((name) => !isKnown(name));
    if (unknown !== undefined) return invalid(path, `unknown ${unknown.slice(0, NAME_SHOWN)}`);
    const missing = required.filter((name) => !Object.hasOwn(given, name));
    if (missing.length > 0) return invalid(path, `missing ${missing.join(', ')}`);
    const read: Record<string, unknown> = {};
    for (const [name, schema] of fields) {
      if (!Object.hasOwn(given, name)) continue;
      const field = yield* readerOf(schema)(given[name], below(path, name));
      if (!field.ok) return field;
      read[name] = field.value;
    }
    return ok(read);
  };
};

const listReader = ({ items = {}, minItems = 0, maxItems = Number.POSITIVE_INFINITY }: Schema): Reader => {
  const element = readerOf(items);
  return function* (value, path) {
    if (!Array.isArray(value)) return invalid(path, 'must be array');
    if (value.length > maxItems) return invalid(path, `must not have more than ${maxItems} items`);
    if (value.length < minItems) return invalid(path, `must not have fewer than ${minItems} items`);
    const read: unknown[] = [];
    for (let i = 0; i < value.length; i++) {
      const each = yield* element(value[i], below(path, i));
      if (!each.ok) return each;
      read.push(each.value);
    }
    return ok(read);
  };
};

/** The types of JSON, by their names in JSON Schema. */
const kindOf = (value: unknown): string => {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
};

/** The types of JSON that a schema takes. Without a type it takes any. */
const kindsOf = ({ type, anyOf }: Schema): readonly string[] => {
  if (anyOf !== undefined) return anyOf.flatMap(kindsOf);
  const types = typeof type === 'string' ? [type] : (type ?? []);
  return types.map((each) => (each === 'integer' ? 'number' : each));
};

const takes = (schema: Schema, value: unknown): boolean => kindsOf(schema).includes(kindOf(value));

/**
 * A union is one of objects, told apart by their field `type`, or of values that their type in JSON tells apart; of two
 * lists, that of their first element does. So one branch is read, and the fault is of the branch that was meant.
 */
const unionReader = (branches: readonly Schema[]): Reader => {
  const tagged = new Map<unknown, Schema>(
    branches.flatMap((branch) => {
      const tag = branch.properties?.type?.const;
      return tag === undefined ? [] : [[tag, branch] as const];
    }),
  );
  const branchOf = (value: unknown): Schema | undefined => {
    const fitting = branches.filter((branch) => takes(branch, value));
    if (fitting.length < 2 || !Array.isArray(value) || value.length === 0) return fitting[0];
    return fitting.find(({ items = {} }) => takes(items, value[0])) ?? fitting[0];
  };
  return function* (value, path) {
    if (tagged.size > 0 && kindOf(value) === 'object') {
      const branch = tagged.get((value as { readonly type?: unknown }).type);
      return branch === undefined
        ? invalid(below(path, 'type'), `must be one of ${[...tagged.keys()].map(String).join(', ')}`)
        : yield* readerOf(branch)(value, path);
    }
    const branch = branchOf(value);
    return branch === undefined
      ? invalid(path, `must be ${[...new Set(branches.flatMap(kindsOf))].join(' or ')}`)
      : yield* readerOf(branch)(value, path);
  };
};
