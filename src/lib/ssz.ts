/**
 * SSZ (Ethereum consensus specs, ssz/simple-serialize) behind types that check their ranges. The library wraps
 * integers that do not fit without a word and checks the limits of lists on decoding only; here a value out of range
 * throws `SSZ_RANGE` on the way out, and bytes that are not the one canonical encoding are a returned fault
 * (`SSZ_DECODE`) on the way in. JSON follows one rule by type, never by value: uint64 and wider are decimal strings,
 * narrower integers are numbers, bytes are 0x-hex.
 */

import { setHasher } from '@chainsafe/persistent-merkle-tree';
import { hasher as hashtreeHasher } from '@chainsafe/persistent-merkle-tree/hasher/hashtree';
import {
  BitArray,
  BitListType,
  BooleanType,
  ByteListType,
  ByteVectorType,
  ContainerType,
  isCompositeType,
  ListBasicType,
  ListCompositeType,
  type Type,
  UintBigintType,
  UintNumberType,
  UnionType,
} from '@chainsafe/ssz';
import type { Address, Root } from './brands.ts';
import { fromHex, fromUtf8, toHex, utf8 } from './bytes.ts';
import { CodedError, type Fault, fail, fault, ok, type Result } from './errors.ts';

setHasher(hashtreeHasher);

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
/** A JSON Schema (2020-12) of the JSON form, for the RPC's documents. */
export type JsonSchema = { readonly [key: string]: Json };

/** The parts of a type that another type needs to contain it; only this file looks inside. */
type Core<T> = {
  readonly inner: Type<unknown>;
  /** True if the library's value is the value itself, all the way down: then nothing is converted. */
  readonly plain: boolean;
  /** Undefined if in range, else why not. `path` names the field. */
  check(value: T, path: string): Fault | undefined;
  lower(value: T): unknown;
  raise(value: unknown, path: string): T;
  json(value: T): Json;
  parse(json: Json | undefined, path: string): T;
};

export interface Ssz<T> {
  readonly core: Core<T>;
  readonly schema: JsonSchema;
  /** The most bytes an encoding can have: what decoders refuse past, before they look. */
  readonly maxBytes: number;
  /** @throws CodedError `SSZ_RANGE` */
  encode(value: T): Uint8Array;
  /** Faults: `SSZ_DECODE` for bytes that are not the canonical encoding of a value in range. */
  decode(bytes: Uint8Array): Result<T>;
  /** hash_tree_root. @throws CodedError `SSZ_RANGE` */
  root(value: T): Root;
  toJson(value: T): Json;
  /** Faults: `JSON_INVALID` with the path of the field. Unknown and missing fields are faults too. */
  fromJson(json: Json | undefined, path?: string): Result<T>;
  /** The fault of a value that is out of range, or undefined. */
  check(value: T): Fault | undefined;
}

export type ValueOf<S> = S extends Ssz<infer T> ? T : never;

const range = (path: string, message: string): Fault =>
  fault('SSZ_RANGE', `${path || 'value'}: ${message}`, { path });
const badJson = (path: string, message: string): never => {
  throw new CodedError(fault('JSON_INVALID', `${path || 'value'}: ${message}`, { path }));
};
const at = (path: string, key: string | number): string =>
  typeof key === 'number' ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;

const caught = <T>(run: () => T, code: string): Result<T> => {
  try {
    return ok(run());
  } catch (error) {
    if (error instanceof CodedError) return { ok: false, fault: error.fault };
    return fail(code, error instanceof Error ? error.message : String(error));
  }
};

/** A Buffer would give Buffers inside the value, whose `slice` shares memory where a Uint8Array's copies. */
const withoutBuffer = (bytes: Uint8Array): Uint8Array =>
  Buffer.isBuffer(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length) : bytes;

const make = <T>(core: Core<T>, schema: JsonSchema): Ssz<T> => {
  const { inner } = core;
  const lowered = (value: T): unknown => {
    const bad = core.check(value, '');
    if (bad !== undefined) throw new CodedError(bad);
    return core.plain ? value : core.lower(value);
  };
  const root = (value: T): Root =>
    (isCompositeType(inner)
      ? inner.hashTreeRoot(lowered(value))
      : inner.hashTreeRoot(lowered(value))) as Root;
  return {
    core,
    schema,
    maxBytes: inner.maxSize,
    encode: (value) => inner.serialize(lowered(value)),
    decode: (bytes) => {
      if (bytes.length > inner.maxSize)
        return fail('SSZ_DECODE', `too long: ${bytes.length} bytes, at most ${inner.maxSize}`);
      return caught(() => {
        const value = inner.deserialize(withoutBuffer(bytes));
        return core.plain ? (value as T) : core.raise(value, '');
      }, 'SSZ_DECODE');
    },
    root,
    toJson: core.json,
    fromJson: (json, path = '') => caught(() => core.parse(json, path), 'JSON_INVALID'),
    check: (value) => core.check(value, ''),
  };
};

// ---------------------------------------------------------------------------------------------------------- integers

const smallUint = (byteLength: 1 | 2 | 4): Ssz<number> => {
  const max = 2 ** (8 * byteLength) - 1;
  const fits = (value: unknown): value is number =>
    Number.isInteger(value) && Number(value) >= 0 && Number(value) <= max;
  return make<number>(
    {
      inner: new UintNumberType(byteLength),
      plain: true,
      check: (value, path) => (fits(value) ? undefined : range(path, `expected an integer of 0 to ${max}`)),
      lower: (value) => value,
      raise: (value) => value as number,
      json: (value) => value,
      parse: (json, path) => (fits(json) ? json : badJson(path, `expected an integer of 0 to ${max}`)),
    },
    { type: 'integer', minimum: 0, maximum: max },
  );
};

const DECIMAL = /^(?:0|[1-9][0-9]*)$/;

const bigUint = (byteLength: 8 | 16 | 32): Ssz<bigint> => {
  const bits = 8 * byteLength;
  const max = (1n << BigInt(bits)) - 1n;
  const expected = `expected an unsigned integer below 2^${bits}, as a decimal string or a safe number`;
  return make<bigint>(
    {
      inner: new UintBigintType(byteLength),
      plain: true,
      check: (value, path) =>
        typeof value === 'bigint' && value >= 0n && value <= max
          ? undefined
          : range(path, `expected a bigint of 0 to 2^${bits} - 1`),
      lower: (value) => value,
      raise: (value) => value as bigint,
      json: (value) => value.toString(),
      parse: (json, path) => {
        if (typeof json === 'number' && Number.isSafeInteger(json) && json >= 0) return BigInt(json);
        if (typeof json !== 'string' || json.length > 78 || !DECIMAL.test(json))
          return badJson(path, expected);
        const value = BigInt(json);
        return value <= max ? value : badJson(path, expected);
      },
    },
    { type: 'string', pattern: '^(0|[1-9][0-9]*)$', description: `uint${bits}` },
  );
};

export const uint8 = smallUint(1);
export const uint16 = smallUint(2);
export const uint32 = smallUint(4);
export const uint64 = bigUint(8);
export const uint128 = bigUint(16);
export const uint256 = bigUint(32);

export const boolean: Ssz<boolean> = make<boolean>(
  {
    inner: new BooleanType(),
    plain: true,
    check: (value, path) => (typeof value === 'boolean' ? undefined : range(path, 'expected true or false')),
    lower: (value) => value,
    raise: (value) => value as boolean,
    json: (value) => value,
    parse: (json, path) => (typeof json === 'boolean' ? json : badJson(path, 'expected true or false')),
  },
  { type: 'boolean' },
);

// ------------------------------------------------------------------------------------------------------------- bytes

const isBytes = (value: unknown): value is Uint8Array => value instanceof Uint8Array;

const parseBytes = (json: Json | undefined, path: string): Uint8Array => {
  if (typeof json !== 'string') return badJson(path, 'expected 0x-hex');
  const bytes = fromHex(json);
  return bytes.ok ? bytes.value : badJson(path, bytes.fault.message);
};

/** Exactly `length` bytes. */
export const bytes = <T extends Uint8Array = Uint8Array>(length: number): Ssz<T> =>
  make<T>(
    {
      inner: new ByteVectorType(length),
      plain: true,
      check: (value, path) =>
        isBytes(value) && value.length === length ? undefined : range(path, `expected ${length} bytes`),
      lower: (value) => value,
      raise: (value) => value as T,
      json: (value) => toHex(value),
      parse: (json, path) => {
        const value = parseBytes(json, path);
        return value.length === length
          ? (value as T)
          : badJson(path, `expected ${length} bytes, got ${value.length}`);
      },
    },
    { type: 'string', pattern: `^0x[0-9a-fA-F]{${2 * length}}$` },
  );

export const root32: Ssz<Root> = bytes<Root>(32);
export const address20: Ssz<Address> = bytes<Address>(20);

/** Up to `limit` bytes. */
export const byteList = (limit: number): Ssz<Uint8Array> =>
  make<Uint8Array>(
    {
      inner: new ByteListType(limit),
      plain: true,
      check: (value, path) =>
        isBytes(value) && value.length <= limit ? undefined : range(path, `expected at most ${limit} bytes`),
      lower: (value) => value,
      raise: (value) => value as Uint8Array,
      json: (value) => toHex(value),
      parse: (json, path) => {
        const value = parseBytes(json, path);
        return value.length <= limit
          ? value
          : badJson(path, `expected at most ${limit} bytes, got ${value.length}`);
      },
    },
    { type: 'string', pattern: `^0x([0-9a-fA-F]{2}){0,${limit > 1000 ? '' : limit}}$` },
  );

/** A string of at most `limit` bytes of UTF-8. A lone surrogate is out of range, invalid UTF-8 does not decode. */
export const text = (limit: number): Ssz<string> => {
  const fits = (value: unknown): value is string =>
    typeof value === 'string' &&
    value.length <= limit &&
    value.isWellFormed() &&
    // A UTF-16 unit is at most three bytes of UTF-8: short texts need no encoding to be measured.
    (3 * value.length <= limit || utf8(value).length <= limit);
  const expected = `expected well-formed text of at most ${limit} bytes of UTF-8`;
  return make<string>(
    {
      inner: new ByteListType(limit),
      plain: false,
      check: (value, path) => (fits(value) ? undefined : range(path, expected)),
      lower: (value) => utf8(value),
      raise: (value, path) => {
        const decoded = fromUtf8(value as Uint8Array);
        if (!decoded.ok) throw new CodedError(range(path, decoded.fault.message));
        return decoded.value;
      },
      json: (value) => value,
      parse: (json, path) => (fits(json) ? json : badJson(path, expected)),
    },
    { type: 'string', maxLength: limit },
  );
};

/** Up to `limit` bits, one boolean each. */
export const bitlist = (limit: number): Ssz<readonly boolean[]> =>
  make<readonly boolean[]>(
    {
      inner: new BitListType(limit),
      plain: false,
      check: (value, path) =>
        Array.isArray(value) && value.length <= limit && value.every((bit) => typeof bit === 'boolean')
          ? undefined
          : range(path, `expected at most ${limit} bits`),
      lower: (value) => BitArray.fromBoolArray([...value]),
      raise: (value) => (value as BitArray).toBoolArray(),
      json: (value) => [...value],
      parse: (json, path) =>
        Array.isArray(json) && json.length <= limit && json.every((bit) => typeof bit === 'boolean')
          ? json
          : badJson(path, `expected at most ${limit} booleans`),
    },
    { type: 'array', items: { type: 'boolean' }, maxItems: limit },
  );

// --------------------------------------------------------------------------------------------------- lists, containers

/** Up to `limit` elements of one type. */
export const list = <T>(element: Ssz<T>, limit: number): Ssz<readonly T[]> => {
  const item = element.core;
  const inner: Type<unknown> = isCompositeType(item.inner)
    ? new ListCompositeType(item.inner, limit)
    : new ListBasicType(item.inner as UintNumberType, limit);
  return make<readonly T[]>(
    {
      inner,
      plain: item.plain,
      check: (value, path) => {
        if (!Array.isArray(value)) return range(path, 'expected a list');
        if (value.length > limit)
          return range(path, `expected at most ${limit} elements, got ${value.length}`);
        for (let i = 0; i < value.length; i++) {
          const bad = item.check(value[i] as T, path);
          if (bad !== undefined) return item.check(value[i] as T, at(path, i));
        }
        return undefined;
      },
      lower: (value) => value.map((each) => item.lower(each)),
      raise: (value, path) => (value as unknown[]).map((each, i) => item.raise(each, at(path, i))),
      json: (value) => value.map((each) => item.json(each)),
      parse: (json, path) => {
        if (!Array.isArray(json)) return badJson(path, 'expected a list');
        if (json.length > limit)
          return badJson(path, `expected at most ${limit} elements, got ${json.length}`);
        return json.map((each: Json, i) => item.parse(each, at(path, i)));
      },
    },
    { type: 'array', items: element.schema, maxItems: limit },
  );
};

type Fields = { readonly [name: string]: Ssz<unknown> };
type FieldsOf<T> = { readonly [K in keyof T]: Ssz<T[K]> };

/** A struct: its fields in the order written. The order is part of the encoding. */
export const container = <T extends object>(fields: FieldsOf<T>): Ssz<T> => {
  const entries = Object.entries(fields as Fields);
  const inner = new ContainerType(Object.fromEntries(entries.map(([name, type]) => [name, type.core.inner])));
  const read = (value: unknown, name: string): unknown => (value as Record<string, unknown>)[name];
  return make<T>(
    {
      inner,
      plain: entries.every(([, type]) => type.core.plain),
      check: (value, path) => {
        if (typeof value !== 'object' || value === null) return range(path, 'expected an object');
        for (const [name, type] of entries) {
          const bad = type.core.check(read(value, name), '');
          if (bad !== undefined) return type.core.check(read(value, name), at(path, name));
        }
        return undefined;
      },
      lower: (value) =>
        Object.fromEntries(entries.map(([name, type]) => [name, type.core.lower(read(value, name))])),
      raise: (value, path) =>
        Object.fromEntries(
          entries.map(([name, type]) => [name, type.core.raise(read(value, name), at(path, name))]),
        ) as T,
      json: (value) =>
        Object.fromEntries(entries.map(([name, type]) => [name, type.core.json(read(value, name))])),
      parse: (json, path) => {
        if (typeof json !== 'object' || json === null || Array.isArray(json))
          return badJson(path, 'expected an object');
        for (const key of Object.keys(json)) {
          if (!Object.hasOwn(fields, key))
            return badJson(at(path, key), `unknown field; the fields are ${Object.keys(fields).join(', ')}`);
        }
        const record = json as { readonly [key: string]: Json };
        return Object.fromEntries(
          entries.map(([name, type]) => {
            if (!Object.hasOwn(record, name)) return badJson(at(path, name), 'missing field');
            return [name, type.core.parse(record[name], at(path, name))];
          }),
        ) as T;
      },
    },
    {
      type: 'object',
      properties: Object.fromEntries(entries.map(([name, type]) => [name, type.schema])),
      required: entries.map(([name]) => name),
      additionalProperties: false,
    },
  );
};

/** The library's own reads past the end of an empty encoding, into the bytes of the field that follows. */
class StrictUnionType extends UnionType<Type<unknown>[]> {
  override value_deserializeFromBytes(
    ...args: Parameters<UnionType<Type<unknown>[]>['value_deserializeFromBytes']>
  ): ReturnType<UnionType<Type<unknown>[]>['value_deserializeFromBytes']> {
    const [, start, end] = args;
    if (start >= end) throw new CodedError(fault('SSZ_DECODE', 'a union begins with its selector'));
    return super.value_deserializeFromBytes(...args);
  }
}

/** One of the variants of a union, by its name. */
export type Variant<T> = { readonly [K in keyof T]: { readonly type: K; readonly value: T[K] } }[keyof T];

/**
 * An SSZ Union: one byte with the variant's place in the list, then its value. Variants are only ever added at the end.
 * In JSON `{"type": name, "value": …}`.
 */
export const union = <T extends object>(variants: FieldsOf<T>): Ssz<Variant<T>> => {
  const entries = Object.entries(variants as Fields);
  const names = entries.map(([name]) => name);
  const expected = `expected one of ${names.join(', ')}`;
  type Loose = { readonly type: unknown; readonly value: unknown };
  /** The place and the type of the variant that a value claims to be. */
  const variantOf = (name: unknown): readonly [number, Ssz<unknown>] | undefined => {
    const place = typeof name === 'string' ? names.indexOf(name) : -1;
    const entry = entries[place];
    return entry === undefined ? undefined : [place, entry[1]];
  };
  const known = (value: Variant<T>, path: string): readonly [number, Ssz<unknown>] => {
    const variant = variantOf((value as Loose).type);
    if (variant === undefined) throw new CodedError(range(at(path, 'type'), expected));
    return variant;
  };
  return make<Variant<T>>(
    {
      inner: new StrictUnionType(entries.map(([, type]) => type.core.inner)),
      plain: false,
      check: (value, path) => {
        if (typeof value !== 'object' || value === null) return range(path, 'expected an object');
        const variant = variantOf((value as Loose).type);
        if (variant === undefined) return range(at(path, 'type'), expected);
        return variant[1].core.check((value as Loose).value, at(path, 'value'));
      },
      lower: (value) => {
        const [selector, type] = known(value, '');
        return { selector, value: type.core.lower((value as Loose).value) };
      },
      raise: (lowered, path) => {
        const { selector, value } = lowered as { readonly selector: number; readonly value: unknown };
        const entry = entries[selector];
        if (entry === undefined) throw new CodedError(fault('SSZ_DECODE', `${path}: ${expected}`, { path }));
        const [type, variant] = entry;
        return { type, value: variant.core.raise(value, at(path, 'value')) } as Variant<T>;
      },
      json: (value) => ({
        type: String((value as Loose).type),
        value: known(value, '')[1].core.json((value as Loose).value),
      }),
      parse: (json, path) => {
        if (typeof json !== 'object' || json === null || Array.isArray(json))
          return badJson(path, 'expected an object');
        for (const key of Object.keys(json))
          if (key !== 'type' && key !== 'value')
            return badJson(at(path, key), 'unknown field; the fields are type, value');
        const record = json as { readonly [key: string]: Json };
        const variant = variantOf(record.type);
        if (variant === undefined) return badJson(at(path, 'type'), expected);
        if (!Object.hasOwn(record, 'value')) return badJson(at(path, 'value'), 'missing field');
        return {
          type: record.type,
          value: variant[1].core.parse(record.value, at(path, 'value')),
        } as Variant<T>;
      },
    },
    {
      oneOf: entries.map(([name, type]) => ({
        type: 'object',
        properties: { type: { const: name }, value: type.schema },
        required: ['type', 'value'],
        additionalProperties: false,
      })),
    },
  );
};
