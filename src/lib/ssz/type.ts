/**
 * What an SSZ type of this project is: its value, its bytes, its Merkle root and its JSON. The functions in this folder
 * make one from a {@link Core}, the part that other types use to contain it.
 */
import { setHasher } from '@chainsafe/persistent-merkle-tree';
import { hasher as hashtreeHasher } from '@chainsafe/persistent-merkle-tree/hasher/hashtree';
import { isCompositeType, type Type } from '@chainsafe/ssz';
import type { Root } from '../brands.ts';
import { CodedError, failWith, isFaultOf, ok } from '../errors.ts';
import { type Fault, fail, fault, LIB_ERRORS, type Result } from '../lib-errors.ts';

setHasher(hashtreeHasher);

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
/** A JSON Schema (2020-12) of the JSON form, for the documents of the RPC. */
export type JsonSchema = { readonly [key: string]: Json };

/** The parts of a type that another type needs to contain it. Only this folder reads them. */
type Core<T> = {
  /** The type of the library. Its values are what `lower` returns and `raise` takes. */
  readonly inner: Type<unknown>;
  /** True if the library's value is the value itself, at every depth. Then nothing is converted. */
  readonly plain: boolean;
  /** Returns the fault of a value that is out of range, else undefined. `path` names the field in the message. */
  check(value: T, path: string): Fault | undefined;
  /** Converts a checked value to the library's. */
  lower(value: T): unknown;
  /** Converts the library's value back. @throws CodedError `SSZ_DECODE` or `SSZ_RANGE` */
  raise(value: unknown, path: string): T;
  json(value: T): Json;
  /** @throws CodedError `JSON_INVALID` */
  parse(json: Json | undefined, path: string): T;
};

export interface Ssz<T> {
  readonly core: Core<T>;
  readonly schema: JsonSchema;
  /** The largest number of bytes an encoding can have. `decode` refuses longer input before it reads it. */
  readonly maxBytes: number;
  /** @throws CodedError `SSZ_RANGE` */
  encode(value: T): Uint8Array;
  /**
   * Faults: `SSZ_DECODE` for bytes that are not the canonical encoding of a value, `SSZ_RANGE` for text that is not
   * UTF-8.
   */
  decode(bytes: Uint8Array): Result<T>;
  /** The hash_tree_root of the value. @throws CodedError `SSZ_RANGE` */
  root(value: T): Root;
  toJson(value: T): Json;
  /** Fault: `JSON_INVALID` with the path of the field. Unknown and missing fields are refused. */
  fromJson(json: Json | undefined, path?: string): Result<T>;
  /** Returns the fault of a value that is out of range, else undefined. */
  check(value: T): Fault | undefined;
}

/** The TypeScript type of an SSZ type's values: `type Foo = ValueOf<typeof FooType>`. */
export type ValueOf<S> = S extends Ssz<infer T> ? T : never;

/** The fault of a value that its type cannot hold. */
export const range = (path: string, message: string): Fault =>
  fault('SSZ_RANGE', `${path || 'value'}: ${message}`, { path });

/** Refuses bytes that are the encoding of no value. */
export const badBytes = (path: string, message: string): never => {
  throw new CodedError(fault('SSZ_DECODE', `${path || 'value'}: ${message}`, { path }));
};

export const badJson = (path: string, message: string): never => {
  throw new CodedError(fault('JSON_INVALID', `${path || 'value'}: ${message}`, { path }));
};

/** The path of a field or of an element, below `path`. */
export const at = (path: string, key: string | number): string =>
  typeof key === 'number' ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;

const caught = <T>(run: () => T, code: 'SSZ_DECODE' | 'JSON_INVALID'): Result<T> => {
  try {
    return ok(run());
  } catch (error) {
    if (error instanceof CodedError && isFaultOf(LIB_ERRORS, error.fault)) return failWith(error.fault);
    return fail(code, error instanceof Error ? error.message : String(error));
  }
};

/** From a Buffer the library would make Buffers, whose `slice` shares memory. A Uint8Array's `slice` copies. */
const withoutBuffer = (bytes: Uint8Array): Uint8Array =>
  Buffer.isBuffer(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length) : bytes;

export const make = <T>(core: Core<T>, schema: JsonSchema): Ssz<T> => {
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
