/** Byte strings of a fixed or bounded length. Their JSON is 0x-hex. */
import { byteList as byteListCodec, byteVector } from '#platform/ssz';
import type { Address, Root } from '../brands.ts';
import { fromHex, toHex } from '../bytes.ts';
import { badJson, range } from './errors.ts';
import { type Json, make, type Ssz } from './type.ts';

const isBytes = (value: unknown): value is Uint8Array => value instanceof Uint8Array;

const parseBytes = (json: Json | undefined, path: string): Uint8Array => {
  if (typeof json !== 'string') return badJson(path, 'expected 0x-hex');
  const bytes = fromHex(json);
  return bytes.ok ? bytes.value : badJson(path, bytes.fault.message);
};

/** A byte string of exactly `length` bytes. */
export const bytes = <T extends Uint8Array = Uint8Array>(length: number): Ssz<T> =>
  make<T>(
    {
      inner: byteVector(length),
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

/** A byte string of at most `limit` bytes. */
export const byteList = (limit: number): Ssz<Uint8Array> =>
  make<Uint8Array>(
    {
      inner: byteListCodec(limit),
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
