import type { BytesPlatform } from '../platform.ts';

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export const hexOf: BytesPlatform['hexOf'] = (bytes) => bufferOf(bytes).toString('hex');

export const bytesOfHex: BytesPlatform['bytesOfHex'] = (digits) => {
  const bytes = new Uint8Array(digits.length / 2);
  bytes.set(Buffer.from(digits, 'hex'));
  return bytes;
};

export const latin1Of: BytesPlatform['latin1Of'] = (bytes) => bufferOf(bytes).toString('latin1');

export const bytesOfLatin1: BytesPlatform['bytesOfLatin1'] = (text) => Buffer.from(text, 'latin1');

export const compareBytes: BytesPlatform['compareBytes'] = (a, b) => Buffer.compare(a, b);
