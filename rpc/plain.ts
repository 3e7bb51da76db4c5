/**
 * Plain values, which queries and methods return: they contain bigints, bytes and `undefined`. The dispatcher turns them
 * into JSON by the rule of SSZ types: bytes become 0x-hex, bigints decimal strings, and `undefined` null.
 */
import { type Hex, toHex } from '../src/lib/bytes.ts';
import type { Json } from '../src/lib/ssz.ts';

/** The plain values whose JSON form is `J`, the result type of a schema. */
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

/** A 0x-hex string may be bytes, and any other open string a bigint. A name from a list is only itself. */
type PlainString<J extends string> = string extends J ? J | bigint : J extends Hex ? J | Uint8Array : J;

/** Returns the JSON form of a plain value. JSON stays as it is. */
export const jsonOf = (value: unknown): unknown => {
  if (typeof value === 'bigint') return value.toString();
  if (value === undefined) return null;
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(jsonOf);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, jsonOf(field)]));
};
