/** What browsers get for `#platform/…` against what Node gets. `ssz-web.test.ts` does the same for SSZ. */
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as nodeBytes from '../../../src/lib/platform/node/bytes.ts';
import * as nodeEd25519 from '../../../src/lib/platform/node/ed25519.ts';
import * as nodeHash from '../../../src/lib/platform/node/hash.ts';
import * as webBytes from '../../../src/lib/platform/web/bytes.ts';
import * as webEd25519 from '../../../src/lib/platform/web/ed25519.ts';
import * as webHash from '../../../src/lib/platform/web/hash.ts';
import { native } from '../../../src/lib/platform/web/secp256k1.ts';

const bytes = fc.uint8Array({ maxLength: 300 });

describe('in a browser', () => {
  test('bytes become hex and Latin-1, and come back, as in Node', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        const hex = nodeBytes.hexOf(value);
        expect(webBytes.hexOf(value)).toBe(hex);
        expect(webBytes.bytesOfHex(hex)).toEqual(value);
        expect(webBytes.bytesOfHex(hex.toUpperCase())).toEqual(nodeBytes.bytesOfHex(hex.toUpperCase()));
        const text = nodeBytes.latin1Of(value);
        expect(webBytes.latin1Of(value)).toBe(text);
        expect(webBytes.bytesOfLatin1(text)).toEqual(new Uint8Array(nodeBytes.bytesOfLatin1(text)));
      }),
    );
  });

  test('bytes have the order that they have in Node', () => {
    const similar = fc
      .tuple(bytes, bytes, bytes)
      .map(([head, a, b]) => [Uint8Array.of(...head, ...a), Uint8Array.of(...head, ...b)]);
    fc.assert(
      fc.property(similar, ([a = new Uint8Array(), b = new Uint8Array()]) => {
        expect(Math.sign(webBytes.compareBytes(a, b))).toBe(nodeBytes.compareBytes(a, b));
        expect(webBytes.compareBytes(a, a)).toBe(0);
      }),
    );
  });

  test('hashes are those of Node, of one text and of many blocks', () => {
    fc.assert(
      fc.property(bytes, fc.nat(20), (value, blocks) => {
        expect(webHash.sha256Of(value)).toEqual(nodeHash.sha256Of(value));
        const chunk = new Uint8Array(randomBytes(64 * blocks));
        expect(webHash.sha256Blocks(chunk)).toEqual(nodeHash.sha256Blocks(chunk));
      }),
    );
  });

  test('a seed signs as in Node, and no signature is accepted quickly: noble decides', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), bytes, (seed, message) => {
        const signature = webEd25519.signWith(seed)(message);
        expect(signature).toEqual(nodeEd25519.signWith(seed)(message));
        expect(webEd25519.quickAccepts(signature, message, seed)).toBe(false);
      }),
      { numRuns: 20 },
    );
  });

  test('no native binding is there', () => {
    expect(native).toBeUndefined();
  });
});
