import type { BytesPlatform } from '../platform.ts';

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

export const hexOf: BytesPlatform['hexOf'] = (bytes) => {
  let text = '';
  for (const byte of bytes) text += HEX[byte];
  return text;
};

export const bytesOfHex: BytesPlatform['bytesOfHex'] = (digits) =>
  Uint8Array.from({ length: digits.length / 2 }, (_, i) =>
    Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16),
  );

export const latin1Of: BytesPlatform['latin1Of'] = (bytes) => {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
};

export const bytesOfLatin1: BytesPlatform['bytesOfLatin1'] = (text) =>
  Uint8Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));

export const compareBytes: BytesPlatform['compareBytes'] = (a, b) => {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
};
