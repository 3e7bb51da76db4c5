/**
 * EIP-712 typed data, which wallets sign. Structs have members of static types and strings only. There is no nesting and
 * there are no arrays, so a wallet shows every field as it is.
 */
import type { Root } from './brands.ts';
import { concat, toHex, utf8 } from './bytes.ts';
import type { ChainIdentity } from './chain.ts';
import { invariant } from './errors.ts';
import { keccak256 } from './hash.ts';
import { MAX_UINT64, MAX_UINT128 } from './math.ts';
import type { Json } from './ssz.ts';

export type Eip712Type = 'address' | 'uint32' | 'uint64' | 'uint128' | 'bytes32' | 'string';
export type Eip712Value = Uint8Array | bigint | string;
export type Eip712Field = { readonly name: string; readonly type: Eip712Type };
export type Eip712Struct = { readonly name: string; readonly fields: readonly Eip712Field[] };

const NAME = 'OpenLedger';
const VERSION = '1';

export const EIP712_DOMAIN_TYPE = 'EIP712Domain(string name,string version,uint256 chainId,bytes32 salt)';

const word = (value: bigint): Uint8Array => {
  const out = new Uint8Array(32);
  let rest = value;
  for (let i = 31; i >= 0 && rest > 0n; i--) {
    out[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return out;
};

const LIMITS = { uint32: 0xffff_ffffn, uint64: MAX_UINT64, uint128: MAX_UINT128 } as const;

const encodeField = (field: Eip712Field, value: Eip712Value | undefined): Uint8Array => {
  switch (field.type) {
    case 'string':
      // A lone surrogate has no UTF-8. The encoder would write U+FFFD, and two texts would have the same digest.
      invariant(typeof value === 'string' && value.isWellFormed(), `${field.name} is well-formed text`);
      return keccak256(utf8(value));
    case 'uint32':
    case 'uint64':
    case 'uint128': {
      const limit = LIMITS[field.type];
      invariant(
        typeof value === 'bigint' && value >= 0n && value <= limit,
        `${field.name} is a ${field.type}`,
      );
      return word(value);
    }
    case 'bytes32':
      invariant(value instanceof Uint8Array && value.length === 32, `${field.name} is 32 bytes`);
      return value;
    case 'address': {
      invariant(value instanceof Uint8Array && value.length === 20, `${field.name} is 20 bytes`);
      const out = new Uint8Array(32);
      out.set(value, 12);
      return out;
    }
  }
};

/** The encodeType of the EIP: `Name(type member,…)`. */
export const encodeType = (struct: Eip712Struct): string =>
  `${struct.name}(${struct.fields.map((f) => `${f.type} ${f.name}`).join(',')})`;

const typeHashes = new WeakMap<Eip712Struct, Uint8Array>();
const typeHash = (struct: Eip712Struct): Uint8Array => {
  const known = typeHashes.get(struct);
  if (known !== undefined) return known;
  const made = keccak256(utf8(encodeType(struct)));
  typeHashes.set(struct, made);
  return made;
};

/** Returns the separator of the domain of a chain. Its salt is the genesis hash, because two chains may have the same id. */
export const domainSeparator = (chain: ChainIdentity): Root =>
  keccak256(
    concat(
      keccak256(utf8(EIP712_DOMAIN_TYPE)),
      keccak256(utf8(NAME)),
      keccak256(utf8(VERSION)),
      word(chain.chainId),
      chain.genesisHash,
    ),
  );

/** The digest that is signed: keccak256(0x1901 ‖ `separator` ‖ hashStruct). {@link domainSeparator} makes `separator`. */
export const typedDataDigest = (
  separator: Root,
  struct: Eip712Struct,
  values: Readonly<Record<string, Eip712Value>>,
): Root => {
  const encoded = struct.fields.map((field) => encodeField(field, values[field.name]));
  return keccak256(
    concat(Uint8Array.of(0x19, 0x01), separator, keccak256(concat(typeHash(struct), ...encoded))),
  );
};

/** Wallets compare a number with the id of their chain. A number above 2^53 would be another id. */
const chainIdJson = ({ chainId }: ChainIdentity): Json =>
  chainId <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(chainId) : chainId.toString();

/** The argument of `eth_signTypedData_v4`, as JSON. */
export const typedDataPayload = (
  chain: ChainIdentity,
  struct: Eip712Struct,
  values: Readonly<Record<string, Eip712Value>>,
): { readonly [key: string]: Json } => ({
  domain: { name: NAME, version: VERSION, chainId: chainIdJson(chain), salt: toHex(chain.genesisHash) },
  primaryType: struct.name,
  types: {
    EIP712Domain: [
      { name: 'name', type: 'string' },
      { name: 'version', type: 'string' },
      { name: 'chainId', type: 'uint256' },
      { name: 'salt', type: 'bytes32' },
    ],
    [struct.name]: struct.fields.map((f) => ({ name: f.name, type: f.type })),
  },
  message: Object.fromEntries(
    struct.fields.map((field) => {
      const value = values[field.name];
      if (typeof value === 'bigint') return [field.name, value.toString()];
      return [field.name, value instanceof Uint8Array ? toHex(value) : (value ?? '')];
    }),
  ),
});
