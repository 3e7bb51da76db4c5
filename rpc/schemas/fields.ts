/**
 * The types of fields from which the schemas of methods are built. The JSON form follows the type, never the value:
 * bytes are 0x-hex; uint64 and wider are decimal strings in results, and strings or numbers in parameters; uint32 and
 * narrower are numbers. The server checks a parameter strictly and then decodes it, so that a method gets a bigint or
 * bytes. It returns bigints and bytes too. The client writes parameters and reads results by the same forms, so that a
 * program at either end sees no hex.
 */

import type { TSchema } from 'typebox';
// A namespace, as everywhere in this folder: the default export would bring all of typebox into a bundle of the client.
import * as Type from 'typebox';
import { type Address, type Height, type Root, toHeight } from '../../src/lib/brands.ts';
import { fromHex, toHex } from '../../src/lib/bytes.ts';
import { type FaultData, isFaultValue, unwrap } from '../../src/lib/errors.ts';
import type { ContributionId, DatanetId, ModelId } from '../../src/lib/ids.ts';
import { MAX_UINT32 } from '../../src/lib/math.ts';
import { COMPACT_LENGTH, parseAddress } from '../../src/lib/secp256k1.ts';
import { at } from '../../src/lib/ssz/type.ts';
import type { Json, JsonSchema, Ssz } from '../../src/lib/ssz.ts';
import type { RuleCode } from './codes.ts';
import { type Form, hasFields, misfit, withForm } from './form.ts';

/** What a program may write for an unsigned integer of 64 bits or more. The client sends a bigint as a string. */
export type UintInput = string | number | bigint;
/** What a program may write for bytes. The client sends bytes as 0x-hex. */
export type BytesInput = string | Uint8Array;

/** On the wire it is hex, as the schema has checked. */
const bytesOf = (input: BytesInput, length?: number): Uint8Array =>
  typeof input === 'string' ? unwrap(fromHex(input, length)) : input;

// ------------------------------------------------------------------------------------------------------- parameters

/** The digits of an unsigned integer. */
export const DECIMAL = '^(0|[1-9][0-9]{0,77})$';

/** The hex of a signature of an account, whose last byte is left out in the form of EIP-2098. */
export const SIGNATURE = `^0x[0-9a-fA-F]{${2 * COMPACT_LENGTH}}([0-9a-fA-F]{2})?$`;

const bigUintIn = (bits: number, description: string) => {
  const limit = 1n << BigInt(bits);
  const input = Type.Unsafe<UintInput>({
    type: ['string', 'integer'],
    pattern: DECIMAL,
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
    description: `${description} uint${bits}.`,
  });
  const inRange = Type.Refine(
    input,
    (value) => BigInt(value) < limit,
    () => `must be below 2^${bits}`,
  );
  return Type.Decode(inRange, (value) => BigInt(value));
};

export const uint64In = (description: string) => bigUintIn(64, description);
export const heightIn = (description: string) =>
  Type.Decode(bigUintIn(64, description), (value): Height => toHeight(value));
export const uint128In = (description: string) => bigUintIn(128, description);

export const uint32In = (description: string) =>
  Type.Integer({ minimum: 0, maximum: MAX_UINT32, description });
const idIn =
  <T extends number>() =>
  (description: string) =>
    Type.Unsafe<T>(uint32In(description));
export const contributionIn = idIn<ContributionId>();
export const datanetIn = idIn<DatanetId>();
export const modelIn = idIn<ModelId>();
export const countIn = (maximum: number, description: string) =>
  Type.Integer({ minimum: 1, maximum, description });

/** Exactly `length` bytes. */
export const fixedBytesIn = <T extends Uint8Array>(length: number, description: string) =>
  Type.Decode(
    Type.Unsafe<BytesInput>({ type: 'string', pattern: `^0x[0-9a-fA-F]{${2 * length}}$`, description }),
    (value): T => bytesOf(value, length) as T,
  );

/** A signature of an account: r‖s‖v, or the 64 bytes of EIP-2098. */
export const signatureIn = (description: string) =>
  Type.Decode(Type.Unsafe<BytesInput>({ type: 'string', pattern: SIGNATURE, description }), (value) =>
    bytesOf(value),
  );

export const rootIn = (description: string) => fixedBytesIn<Root>(32, `${description} 32 bytes, 0x-hex.`);

export const bytesIn = (maximum: number, description: string) =>
  Type.Decode(
    Type.Refine(
      Type.Unsafe<BytesInput>({
        type: 'string',
        maxLength: 2 + 2 * maximum,
        description: `${description} 0x-hex.`,
      }),
      (value) => typeof value === 'string' && fromHex(value).ok,
      () => 'must be 0x followed by an even number of hex digits',
    ),
    (value) => bytesOf(value),
  );

/** Mixed case must carry a right EIP-55 checksum: else it is likely a typo. */
export const addressIn = (description: string) =>
  Type.Decode(
    Type.Refine(
      Type.Unsafe<BytesInput>({
        type: 'string',
        minLength: 42,
        maxLength: 42,
        description: `${description} An address: 20 bytes, 0x-hex.`,
      }),
      (value) => parseAddress(String(value)).ok,
      (value) => {
        const parsed = parseAddress(String(value));
        return parsed.ok ? '' : parsed.fault.message;
      },
    ),
    (value): Address => unwrap(parseAddress(String(value))),
  );

/** Any JSON value, checked later by the type that it is a form of. */
export const jsonIn = (description: string) => Type.Unsafe<Json>({ description });

// ---------------------------------------------------------------------------------------------------------- results

const described = <T extends object>(schema: T, description: string | undefined): T =>
  description === undefined ? schema : { ...schema, description };

const leafOut = <T>(schema: JsonSchema, description: string | undefined, form: Form<T>) =>
  withForm(Type.Unsafe<T>(described(schema, description)), form);

/** An integer as a decimal string. No 256-bit integer has more than 78 digits. */
const decimalOut = <T extends bigint>(
  pattern: string,
  description: string,
  expected: string,
  fits: (value: bigint) => boolean,
) => {
  const digits = new RegExp(pattern);
  return leafOut<T>({ type: 'string', pattern }, description.trim(), {
    read: (json, path) => {
      if (typeof json !== 'string' || !digits.test(json)) return misfit(json, path, expected);
      const value = BigInt(json);
      return fits(value) ? (value as T) : misfit(json, path, expected);
    },
    write: (value) => value.toString(),
  });
};
const uintOut = <T extends bigint>(bits: number, description: string) => {
  const limit = 1n << BigInt(bits);
  return decimalOut<T>(
    DECIMAL,
    description,
    `an integer of 0 to 2^${bits} - 1 as a decimal string`,
    (value) => value < limit,
  );
};

export const uint64Out = (description = '') => uintOut<bigint>(64, `${description} uint64.`);
/** The number of a block. */
export const heightOut = (description = '') => uintOut<Height>(64, `${description} uint64.`);
/** Base units: 10^-18 OPEN. */
export const amountOut = (description = '') => uintOut<bigint>(128, `${description} Base units.`);
/** A sum of products of amounts. */
export const uint256Out = (description = '') => uintOut<bigint>(256, `${description} uint256.`);
/** Basis points of a share that may be below 0. */
export const signedBpsOut = (description: string) =>
  decimalOut<bigint>(`^(0|-?[1-9][0-9]{0,77})$`, description, 'an integer as a decimal string', () => true);
export const uint32Out = (description?: string) =>
  Type.Integer(described({ minimum: 0, maximum: MAX_UINT32 }, description));
const idOut =
  <T extends number>() =>
  (description?: string) =>
    Type.Unsafe<T>(uint32Out(description));
export const contributionOut = idOut<ContributionId>();
export const datanetOut = idOut<DatanetId>();
export const modelOut = idOut<ModelId>();

const hexOut = <T extends Uint8Array>(pattern: string, length: number | undefined, description?: string) => {
  const expected = length === undefined ? '0x-hex' : `${length} bytes of 0x-hex`;
  return leafOut<T>({ type: 'string', pattern }, description, {
    read: (json, path) => {
      const bytes = fromHex(typeof json === 'string' ? json : '', length);
      return bytes.ok ? (bytes.value as T) : misfit(json, path, expected);
    },
    write: toHex,
  });
};
export const bytesOut = (description?: string) =>
  hexOut<Uint8Array>('^0x([0-9a-f]{2})*$', undefined, description);
export const rootOut = (description?: string) => hexOut<Root>('^0x[0-9a-f]{64}$', 32, description);
export const addressOut = (description?: string) => hexOut<Address>('^0x[0-9a-f]{40}$', 20, description);
export const textOut = (description?: string) => Type.String(described({}, description));
export const ruleCodeOut = (description: string) => Type.Unsafe<RuleCode>(textOut(description));
/** The fields of a fault. */
export const faultDataOut = () =>
  leafOut<FaultData>({ type: 'object' }, undefined, {
    read: (json, path) => {
      if (!hasFields(json)) return misfit(json, path, 'an object');
      for (const [name, value] of Object.entries(json))
        if (!isFaultValue(value))
          return misfit(value, at(path, name), 'text, a number, a boolean or a list of text');
      return json as FaultData;
    },
    write: (value) => ({ ...value }),
  });
export const jsonOut = (description?: string) => Type.Unsafe<Json>(described({}, description));
export const listOut = <T extends TSchema>(items: T, description?: string) =>
  Type.Array(items, described({}, description));
export const enumOut = <const T extends readonly string[]>(values: T, description?: string) =>
  leafOut<T[number]>({ type: 'string', enum: [...values] }, description, {
    read: (json, path) =>
      values.find((value) => value === json) ?? misfit(json, path, `one of ${values.join(', ')}`),
    write: (value) => value,
  });

/** The result schema of an SSZ type: one source for its value, its encoding and its JSON. */
export const sszOut = <T>(type: Ssz<T>, description?: string) =>
  leafOut<T>(type.schema, description, {
    read: (json, path) =>
      json === undefined
        ? misfit(json, path, 'the JSON of its type')
        : unwrap(type.fromJson(json as Json, path, 'ignored')),
    write: type.toJson,
  });

export const nullable = <T extends TSchema>(schema: T, description?: string) =>
  Type.Union([schema, Type.Null()], described({}, description));

export const strict = { additionalProperties: false };
