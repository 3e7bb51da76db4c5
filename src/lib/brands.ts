/** Types with a meaning. The compiler refuses a bare number or byte array where one of them is expected. */
declare const brand: unique symbol;
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** 32 bytes: a Merkle root, a sha256 digest or an id made of one. */
export type Root = Brand<Uint8Array, 'Root'>;
/** 20 bytes: the EVM address of an account's secp256k1 key, or the address of a validator's ed25519 key. */
export type Address = Brand<Uint8Array, 'Address'>;

export const ZERO_ROOT = new Uint8Array(32) as Root;
export const ZERO_ADDRESS = new Uint8Array(20) as Address;
