/**
 * The types of fields from which the schemas of methods are built. The JSON form follows the type, never the value:
 * bytes are 0x-hex; uint64 and wider are decimal strings in results, and strings or numbers in parameters; uint32 and
 * narrower are numbers. The server checks a parameter strictly and then decodes it, so that a method gets a bigint or
 * bytes.
 */
import Type, { type TSchema } from 'typebox';
import { type Address, type Height, type Root, toHeight } from '../../src/lib/brands.ts';
import { fromHex, type Hex } from '../../src/lib/bytes.ts';
import { unwrap } from '../../src/lib/errors.ts';
import type { ContributionId, DatanetId, ModelId } from '../../src/lib/ids.ts';
import { MAX_UINT32 } from '../../src/lib/math.ts';
import { parseAddress } from '../../src/lib/secp256k1.ts';
import type { Json, Ssz } from '../../src/lib/ssz.ts';

/** What a client may write for an unsigned integer of 64 bits or more. The client sends a bigint as a string. */
export type UintInput = string | number | bigint;

// ------------------------------------------------------------------------------------------------------- parameters

const DECIMAL = '^(0|[1-9][0-9]{0,77})$';

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
    Type.Unsafe<string>({ type: 'string', pattern: `^0x[0-9a-fA-F]{${2 * length}}$`, description }),
    (value): T => {
      const bytes = unwrap(fromHex(value, length));
      return bytes as T;
    },
  );

export const rootIn = (description: string) => fixedBytesIn<Root>(32, `${description} 32 bytes, 0x-hex.`);

export const bytesIn = (maximum: number, description: string) =>
  Type.Decode(
    Type.Refine(
      Type.Unsafe<string>({
        type: 'string',
        maxLength: 2 + 2 * maximum,
        description: `${description} 0x-hex.`,
      }),
      (value) => fromHex(value).ok,
      () => 'must be 0x followed by an even number of hex digits',
    ),
    (value) => unwrap(fromHex(value)),
  );

/** Mixed case must carry a right EIP-55 checksum: else it is likely a typo. */
export const addressIn = (description: string) =>
  Type.Decode(
    Type.Refine(
      Type.Unsafe<string>({
        type: 'string',
        minLength: 42,
        maxLength: 42,
        description: `${description} An address: 20 bytes, 0x-hex.`,
      }),
      (value) => parseAddress(value).ok,
      (value) => {
        const parsed = parseAddress(value);
        return parsed.ok ? '' : parsed.fault.message;
      },
    ),
    (value): Address => unwrap(parseAddress(value)),
  );

/** Any JSON value, checked later by the type that it is a form of. */
export const jsonIn = (description: string) => Type.Unsafe<Json>({ description });

// ---------------------------------------------------------------------------------------------------------- results

const described = <T extends object>(schema: T, description: string | undefined): T =>
  description === undefined ? schema : { ...schema, description };

export const uint64Out = (description?: string) =>
  Type.Unsafe<string>(described({ type: 'string', pattern: DECIMAL }, `${description ?? ''} uint64.`.trim()));
/** Base units: 10^-18 OPEN. */
export const amountOut = (description?: string) =>
  Type.Unsafe<string>(
    described({ type: 'string', pattern: DECIMAL }, `${description ?? ''} Base units.`.trim()),
  );
export const uint32Out = (description?: string) =>
  Type.Integer(described({ minimum: 0, maximum: MAX_UINT32 }, description));
const idOut =
  <T extends number>() =>
  (description?: string) =>
    Type.Unsafe<T>(uint32Out(description));
export const contributionOut = idOut<ContributionId>();
export const datanetOut = idOut<DatanetId>();
export const modelOut = idOut<ModelId>();
export const bytesOut = (description?: string) =>
  Type.Unsafe<Hex>(described({ type: 'string', pattern: '^0x([0-9a-f]{2})*$' }, description));
export const rootOut = (description?: string) =>
  Type.Unsafe<Hex>(described({ type: 'string', pattern: '^0x[0-9a-f]{64}$' }, description));
export const addressOut = (description?: string) =>
  Type.Unsafe<Hex>(described({ type: 'string', pattern: '^0x[0-9a-f]{40}$' }, description));
export const textOut = (description?: string) => Type.String(described({}, description));
export const jsonOut = (description?: string) => Type.Unsafe<Json>(described({}, description));
export const listOut = <T extends TSchema>(items: T, description?: string) =>
  Type.Array(items, described({}, description));
export const enumOut = <const T extends readonly string[]>(values: T, description?: string) =>
  Type.Unsafe<T[number]>(described({ type: 'string', enum: [...values] }, description));

/** The JSON form of a value by the rule above: what {@link Ssz.toJson} writes. */
export type JsonForm<T> = T extends Uint8Array
  ? Hex
  : T extends bigint
    ? string
    : T extends number
      ? T
      : T extends undefined
        ? null
        : T extends readonly (infer E)[]
          ? JsonForm<E>[]
          : T extends object
            ? { [K in keyof T]: JsonForm<T[K]> }
            : T;

/** The result schema of an SSZ type: one source for the encoding and its JSON. */
export const sszOut = <T>(type: Ssz<T>, description?: string) =>
  Type.Unsafe<JsonForm<T>>(described(type.schema, description));

export const nullable = <T extends TSchema>(schema: T, description?: string) =>
  Type.Union([schema, Type.Null()], described({}, description));

export const strict = { additionalProperties: false };
