/** Types with a meaning. The compiler refuses a bare number or byte array where one of them is expected. */
declare const brand: unique symbol;
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** 32 bytes: a Merkle root, a sha256 digest or an id made of one. */
export type Root = Brand<Uint8Array, 'Root'>;
/** 20 bytes: the EVM address of an account's secp256k1 key, or the address of a validator's ed25519 key. */
export type Address = Brand<Uint8Array, 'Address'>;

/** The number of a block: 1 for the first, 0 for genesis. */
export type Height = Brand<bigint, 'Height'>;
/** The number of an attempt to decide a height, from 0. */
export type Round = Brand<number, 'Round'>;

/** Says that a bigint is a height: a number from outside, or one that is known to be a height by how it was computed. */
export const toHeight = (value: bigint): Height => value as Height;
/** The height `blocks` blocks after `height`. */
export const heightAfter = (height: Height, blocks: bigint): Height => toHeight(height + blocks);
export const nextHeight = (height: Height): Height => heightAfter(height, 1n);
/** Says that a number is a round. */
export const toRound = (value: number): Round => value as Round;
export const nextRound = (round: Round): Round => toRound(round + 1);
export const FIRST_ROUND: Round = toRound(0);

export const ZERO_ROOT = new Uint8Array(32) as Root;
export const ZERO_ADDRESS = new Uint8Array(20) as Address;
