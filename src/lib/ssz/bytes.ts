/** Byte strings of a fixed or bounded length. Their JSON is 0x-hex. */
import { byteList as byteListCodec, byteVector } from '#platform/ssz';
import type { Address, Root } from '../brands.ts';
import { fromHex, toHex } from '../bytes.ts';
import { ok } from '../errors.ts';
import { COMPACT_LENGTH, normalSignature, parseAddress, SIGNATURE_LENGTH } from '../secp256k1.ts';
import { badJson, range } from './errors.ts';
import { make, type Ssz } from './type.ts';

const isBytes = (value: unknown): value is Uint8Array => value instanceof Uint8Array;

const parseBytes = (json: unknown, path: string): Uint8Array => {
  // A copy, which no caller changes later, and of the plain kind: a Buffer's slice shares its memory.
  if (isBytes(json)) return Uint8Array.from(json);
  if (typeof json !== 'string') return badJson(path, 'expected bytes, as a Uint8Array or 0x-hex');
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

const address = bytes<Address>(20);
/** An address. Its JSON is 0x-hex; if it has letters of both cases, they have to be the checksum of EIP-55. */
export const address20: Ssz<Address> = make<Address>(
  {
    ...address.core,
    parse: (json, path, unknown) => {
      const value = address.core.parse(json, path, unknown);
      const checked = typeof json === 'string' ? parseAddress(json) : ok(value);
      return checked.ok ? value : badJson(path, checked.fault.message);
    },
  },
  address.schema,
);

const signature = bytes(SIGNATURE_LENGTH);
/**
 * A signature of an account, r‖s‖v. Its JSON may have any form that wallets give, also 64 bytes (EIP-2098), and is brought to
 * the one form that the chain takes. Bytes are decoded as they are.
 */
export const signature65: Ssz<Uint8Array> = make<Uint8Array>(
  {
    ...signature.core,
    parse: (json, path, unknown) => {
      const given = parseBytes(json, path);
      return given.length === COMPACT_LENGTH
        ? normalSignature(given)
        : normalSignature(signature.core.parse(given, path, unknown));
    },
  },
  signature.schema,
);

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
