/**
 * What differs between Node and browsers. The folders `node/` and `web/` beside this file export the same names, with the
 * types below. `#platform/…` stands for the file of one of them: the conditions of `imports` in package.json choose. Both
 * give the same results for the same input. Node's are faster.
 */

/** `#platform/bytes`. Hex is lower-case and has no prefix. */
export type BytesPlatform = {
  readonly hexOf: (bytes: Uint8Array) => string;
  /** @param digits - an even number of hex digits, upper or lower case */
  readonly bytesOfHex: (digits: string) => Uint8Array;
  /** A string with one character, of code 0 to 255, for each byte. */
  readonly latin1Of: (bytes: Uint8Array) => string;
  readonly bytesOfLatin1: (text: string) => Uint8Array;
  /** Compares as lists of unsigned bytes: below, equal to or above 0. */
  readonly compareBytes: (a: Uint8Array, b: Uint8Array) => number;
};

/** `#platform/hash`: SHA-256 (FIPS 180-4). */
export type HashPlatform = {
  readonly sha256Of: (data: Uint8Array) => Uint8Array;
  /** Hashes n blocks of 64 bytes into n digests of 32 bytes. */
  readonly sha256Blocks: (blocks: Uint8Array) => Uint8Array;
};

/** The parts of libsecp256k1 that are used. `ecdsaRecover` throws if no key can be recovered. */
export type NativeSecp256k1 = {
  publicKeyCreate(privateKey: Uint8Array, compressed: boolean): Uint8Array;
  ecdsaSign(digest: Uint8Array, privateKey: Uint8Array): { signature: Uint8Array; recid: number };
  ecdsaRecover(signature: Uint8Array, recid: number, digest: Uint8Array, compressed: boolean): Uint8Array;
};

/** `#platform/secp256k1`. */
export type Secp256k1Platform = {
  /** Undefined where the binding does not load. Then noble does the work. */
  readonly native: NativeSecp256k1 | undefined;
};

/** `#platform/ed25519`. */
export type Ed25519Platform = {
  /** Accepts only signatures that noble accepts under ZIP-215. A rejection is not final: noble decides. */
  readonly quickAccepts: (signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array) => boolean;
  /** Returns what signs with a 32-byte seed (RFC 8032, 5.1.5). */
  readonly signWith: (seed: Uint8Array) => (message: Uint8Array) => Uint8Array;
};

/** An SSZ type without its checks of values, which the functions of `src/lib/ssz/` make before they call it. */
export type SszCodec = {
  /** The most bytes of an encoding. */
  readonly maxSize: number;
  serialize(value: unknown): Uint8Array;
  /** @throws an error, of any class, for bytes that are not the canonical encoding of a value */
  deserialize(bytes: Uint8Array): unknown;
  /** The hash_tree_root. */
  hashTreeRoot(value: unknown): Uint8Array;
};

/** `#platform/ssz`: the types of SSZ, each with the values that it encodes. */
export type SszPlatform = {
  readonly byteVector: (length: number) => SszCodec;
  readonly byteList: (limit: number) => SszCodec;
  readonly uintNumber: (byteLength: 1 | 2 | 4) => SszCodec;
  readonly uintBigint: (byteLength: 8 | 16 | 32) => SszCodec;
  readonly bool: () => SszCodec;
  readonly container: (fields: readonly (readonly [string, SszCodec])[]) => SszCodec;
  readonly list: (element: SszCodec, limit: number) => SszCodec;
  /** The codec of lists of booleans, which {@link bitsOf} and {@link booleansOf} convert. */
  readonly bitList: (limit: number) => SszCodec;
  readonly bitsOf: (booleans: readonly boolean[]) => unknown;
  readonly booleansOf: (bits: unknown) => readonly boolean[];
  /** EIP-6475. An absent value is null. */
  readonly optional: (element: SszCodec) => SszCodec;
  /** The codec of values `{ selector, value }`, where the selector is the index of the variant. */
  readonly union: (variants: readonly SszCodec[]) => SszCodec;
};
