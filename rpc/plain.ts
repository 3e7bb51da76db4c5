/**
 * Plain values: what queries and methods return, with bigints, bytes and `undefined`. The dispatcher makes the JSON of
 * them, by the same rule as SSZ types: bytes become 0x-hex, bigints decimal strings, `undefined` null.
 */
import { type Hex, toHex } from '../src/lib/bytes.ts';
import type { Json } from '../src/lib/ssz.ts';

/** The plain values whose JSON is a `J`: the result type of a schema. */
export type Plain<J> = Json extends J ? J : PlainOf<J>;

type PlainOf<J> = J extends null
  ? null | undefined
  : J extends string
    ? PlainString<J>
    : J extends readonly (infer E)[]
      ? readonly Plain<E>[]
      : J extends object
        ? { readonly [K in keyof J]: Plain<J[K]> }
        : J;

/** Bytes for 0x-hex, a bigint for a string of any digits; a name out of a list only for itself. */
type PlainString<J extends string> = string extends J ? J | bigint : J extends Hex ? J | Uint8Array : J;

/** The JSON of a plain value. JSON stays as it is. */
export const jsonOf = (value: unknown): unknown => {
  if (typeof value === 'bigint') return value.toString();
  if (value === undefined) return null;
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(jsonOf);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, jsonOf(field)]));
};
