/** The forms in which wallets and libraries give a signature. */
import { fromHex, toHex } from '../../../src/lib/bytes.ts';
import { unwrap } from '../../../src/lib/errors.ts';

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

const highS = (signature: Uint8Array): Uint8Array => {
  const s = ORDER - BigInt(toHex(signature.subarray(32, 64)));
  const out = signature.slice();
  out.set(unwrap(fromHex(`0x${s.toString(16).padStart(64, '0')}`)), 32);
  out[64] = out[64] === 27 ? 28 : 27;
  return out;
};

const compact = (signature: Uint8Array): Uint8Array => {
  const out = signature.slice(0, 64);
  out[32] = (out[32] ?? 0) | (signature[64] === 28 ? 0x80 : 0);
  return out;
};

const vOf0 = (signature: Uint8Array): Uint8Array => signature.with(64, (signature[64] ?? 0) - 27);

/** Each takes a signature r‖s‖v with v 27 or 28 and a low s. */
export const SIGNATURE_FORMS: readonly (readonly [
  name: string,
  change: (signature: Uint8Array) => Uint8Array,
])[] = [
  ['r‖s‖v', (signature) => signature],
  ['v of 0 or 1', vOf0],
  ['a high s', highS],
  ['a high s with v of 0 or 1', (signature) => vOf0(highS(signature))],
  ['the compact form of EIP-2098', compact],
];
