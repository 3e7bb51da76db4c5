/**
 * What an SSZ type of this project is: its value, its bytes, its Merkle root and its JSON. The functions in this folder
 * make one from a {@link Core}, the part that other types use to contain it.
 */
import type { Root } from '../brands.ts';
import { type Fault, fail, failWith, ok, type Result } from '../errors.ts';
import type { SszCodec } from '../platform/platform.ts';
import { type SszCode, SszError } from './errors.ts';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
/** A JSON Schema (2020-12) of the JSON form, for the documents of the RPC. */
export type JsonSchema = { readonly [key: string]: Json };

/** The parts of a type that another type needs to contain it. Only this folder reads them. */
type Core<T> = {
  /** The codec. Its values are what `lower` returns and `raise` takes. */
  readonly inner: SszCodec;
  /** True if the codec's value is the value itself, at every depth. Then nothing is converted. */
  readonly plain: boolean;
  /** Returns the fault of a value that is out of range, else undefined. `path` names the field in the message. */
  check(value: T, path: string): Fault<SszCode> | undefined;
  /** Converts a checked value to the codec's. */
  lower(value: T): unknown;
  /** Converts the codec's value back. @throws SszError `SSZ_DECODE` */
  raise(value: unknown, path: string): T;
  json(value: T): Json;
  /** @throws SszError `JSON_INVALID` */
  parse(json: unknown, path: string, unknown: UnknownFields): T;
  /** The value of a field that the JSON of a struct leaves out. Without it, every field has to be there. */
  readonly absent?: { readonly value: T };
};

/**
 * What becomes of fields that a type does not know. They are `refused` in what somebody asks for, where they are likely a
 * typo, and `ignored` in answers, because a later version of the node may add some.
 */
export type UnknownFields = 'refused' | 'ignored';

export interface Ssz<T> {
  readonly core: Core<T>;
  readonly schema: JsonSchema;
  /** The largest number of bytes an encoding can have. `decode` refuses longer input before it reads it. */
  readonly maxBytes: number;
  /** @throws SszError `SSZ_RANGE` */
  encode(value: T): Uint8Array;
  /** Fault: `SSZ_DECODE` for bytes that are not the canonical encoding of a value. */
  decode(bytes: Uint8Array): Result<T, SszCode>;
  /** The hash_tree_root of the value. @throws SszError `SSZ_RANGE` */
  root(value: T): Root;
  toJson(value: T): Json;
  /**
   * Reads the JSON form. Bytes may also stand in it as a Uint8Array, integers as a bigint and absent values as undefined,
   * as a program has them. Fault: `JSON_INVALID`, which lists all fields that are missing, unknown or wrong in `problems`,
   * with the path of the first one.
   * Unknown fields are refused unless told otherwise.
   */
  fromJson(json: unknown, path?: string, unknown?: UnknownFields): Result<T, SszCode>;
  /** Returns the fault of a value that is out of range, else undefined. */
  check(value: T): Fault<SszCode> | undefined;
}

/** The TypeScript type of an SSZ type's values: `type Foo = ValueOf<typeof FooType>`. */
export type ValueOf<S> = S extends Ssz<infer T> ? T : never;

/** The path of a field or of an element, below `path`. */
export const at = (path: string, key: string | number): string =>
  typeof key === 'number' ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;

/** Whatever a conversion throws is a fault of the input: a codec has errors without codes. */
const caught = <T>(run: () => T, code: SszCode): Result<T, SszCode> => {
  try {
    return ok(run());
  } catch (error) {
    if (error instanceof SszError) return failWith(error.refused);
    return fail(code, error instanceof Error ? error.message : String(error));
  }
};

/** Says of the error of a view, which is not about the bytes, what is wrong with them. */
const decoded = <T>(bytes: Uint8Array, run: () => T): T => {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Error(`the ${bytes.length} bytes end before the value does`, { cause: error });
  }
};

/** From a Buffer of Node the codec would make Buffers, whose `slice` shares memory. A Uint8Array's `slice` copies. */
const withoutBuffer = (bytes: Uint8Array): Uint8Array =>
  bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);

/** A type that contains a plain one converts nothing of it. A list of ten thousand structs would be copied twice otherwise. */
const unconverted = <T>(core: Core<T>): Core<T> => ({
  ...core,
  lower: (value) => value,
  raise: (value) => value as T,
});

export const make = <T>(parts: Core<T>, schema: JsonSchema): Ssz<T> => {
  const core = parts.plain ? unconverted(parts) : parts;
  const { inner } = core;
  const lowered = (value: T): unknown => {
    const bad = core.check(value, '');
    if (bad !== undefined) throw new SszError(bad);
    return core.lower(value);
  };
  const root = (value: T): Root => inner.hashTreeRoot(lowered(value)) as Root;
  return {
    core,
    schema,
    maxBytes: inner.maxSize,
    encode: (value) => inner.serialize(lowered(value)),
    decode: (bytes) => {
      if (bytes.length > inner.maxSize)
        return fail('SSZ_DECODE', `too long: ${bytes.length} bytes, at most ${inner.maxSize}`);
      return caught(() => {
        return core.raise(
          decoded(bytes, () => inner.deserialize(withoutBuffer(bytes))),
          '',
        );
      }, 'SSZ_DECODE');
    },
    root,
    toJson: core.json,
    fromJson: (json, path = '', unknown = 'refused') =>
      caught(() => core.parse(json, path, unknown), 'JSON_INVALID'),
    check: (value) => core.check(value, ''),
  };
};
