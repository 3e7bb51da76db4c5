import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { infoTable } from '../../../src/attribution/info-table.ts';
import type { Root } from '../../../src/lib/brands.ts';
import { toBareHex } from '../../../src/lib/bytes.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import {
  chunkSalt,
  contributionRoot,
  itemChunks,
  itemRoot,
  outputRoot,
  packChunk,
  promptRoot,
  textChunks,
} from '../../../state/attribution/commitment.ts';
import { informationOf } from '../../../state/attribution/info1.ts';
import type { Tokens } from '../../../state/attribution/pt1.ts';
import { tokensOf } from './support.ts';

const salt = new Uint8Array(32).fill(9);
const words = (count: number): Tokens => tokensOf(Array.from({ length: count }, (_, i) => `w${i}`).join(' '));
const root = (tokens: Tokens, promptTokens = 0, itemSalt = salt): string =>
  toBareHex(unwrap(itemRoot(tokens, promptTokens, itemSalt)));

// SSZ merkleisation, written again from the specification and by hand.
const sha = (...parts: Uint8Array[]): Buffer =>
  parts.reduce((h, part) => h.update(part), createHash('sha256')).digest();
const le = (value: number): Buffer => {
  const out = Buffer.alloc(32);
  out.writeUInt32LE(value);
  return out;
};
const merkle = (leaves: Uint8Array[], limit: number): Uint8Array => {
  let layer = leaves;
  let zero: Uint8Array = Buffer.alloc(32);
  for (let width = limit; width > 1; width /= 2) {
    const above: Uint8Array[] = [];
    for (let i = 0; i < layer.length; i += 2) above.push(sha(layer[i] ?? zero, layer[i + 1] ?? zero));
    layer = above;
    zero = sha(zero, zero);
  }
  return layer[0] ?? zero;
};
const bytesRoot = (bytes: Uint8Array, limitChunks: number): Buffer => {
  const leaves = Array.from({ length: Math.ceil(bytes.length / 32) }, (_, i) => {
    const leaf = Buffer.alloc(32);
    leaf.set(bytes.subarray(32 * i, 32 * i + 32));
    return leaf;
  });
  return sha(merkle(leaves, limitChunks), le(bytes.length));
};
const packed = (texts: string[]): Buffer =>
  Buffer.concat(texts.map((text) => Buffer.from([text.length, ...Buffer.from(text)])));

describe('the commitment of an item', () => {
  test('is the SSZ root of its salted chunks, its tokens and its prompt part', () => {
    const texts = Array.from({ length: 130 }, (_, i) => `w${i}`);
    const leaves = [0, 1, 2].map((index) =>
      sha(
        sha(salt, le(index).subarray(0, 4)),
        bytesRoot(packed(texts.slice(64 * index, 64 * index + 64)), 64),
      ),
    );
    const chunks = sha(merkle(leaves, 1024), le(3));
    expect(root(words(130), 5)).toBe(toBareHex(merkle([chunks, le(130), le(5)], 4)));
  });

  test('has chunks of exactly 64 tokens, the last shorter, and none for no tokens', () => {
    const sizes = (count: number): number[] =>
      itemChunks(words(count), salt).map(({ tokens }) => {
        let size = 0;
        for (let at = 0; at < tokens.length; at += 1 + (tokens[at] ?? 0)) size += 1;
        return size;
      });
    expect([0, 1, 63, 64, 65, 128, 129].map(sizes)).toEqual([
      [],
      [1],
      [63],
      [64],
      [64, 1],
      [64, 64],
      [64, 64, 1],
    ]);
    expect(toBareHex(packChunk(tokensOf('Ab, c'), 0))).toBe('026162012c0163');
  });

  test('differs for every change of tokens, lengths, prompt part and salt', () => {
    const roots = [
      root(words(0)),
      root(words(1)),
      root(words(63)),
      root(words(64)),
      root(words(65)),
      root(words(64), 1),
      root(words(64), 64),
      root(words(64), 0, new Uint8Array(32).fill(8)),
      root(tokensOf('ab c')),
      root(tokensOf('a bc')),
    ];
    expect(new Set(roots).size).toBe(roots.length);
  });

  test('salts each chunk apart, so that one opened says nothing of its neighbours', () => {
    expect(toBareHex(chunkSalt(salt, 0))).not.toBe(toBareHex(chunkSalt(salt, 1)));
  });

  test('refuses an item past 65,536 tokens, and a prompt part longer than the item', () => {
    const long = tokensOf('. '.repeat(65_537));
    expect(itemRoot(long, 0, salt)).toMatchObject({ ok: false, fault: { code: 'ITEM_TOO_LONG' } });
    expect(itemRoot(tokensOf('. '.repeat(65_536)), 0, salt).ok).toBe(true);
    expect(itemRoot(words(3), 4, salt)).toMatchObject({ ok: false, fault: { code: 'ITEM_PROMPT_PART' } });
  });
});

describe('the commitment of a contribution', () => {
  const leaf = (byte: number): Root => new Uint8Array(32).fill(byte) as Root;

  test('is the SSZ root of its list of items, so order and number count', () => {
    const two = unwrap(contributionRoot([leaf(1), leaf(2)]));
    expect(toBareHex(two)).toBe(toBareHex(sha(merkle([leaf(1), leaf(2)], 65_536), le(2))));
    expect(toBareHex(unwrap(contributionRoot([leaf(2), leaf(1)])))).not.toBe(toBareHex(two));
    expect(toBareHex(unwrap(contributionRoot([leaf(1), leaf(2), leaf(0)])))).not.toBe(toBareHex(two));
  });

  test('refuses more items than any contribution has', () => {
    const items = new Array<Root>(65_537).fill(leaf(1));
    expect(contributionRoot(items)).toMatchObject({ ok: false, fault: { code: 'CONTRIBUTION_TOO_LONG' } });
  });
});

describe('the commitment of an output or a prompt', () => {
  const text = words(150);
  const info = informationOf(infoTable(), text);

  test('holds with each chunk the information before it, and with all the total', () => {
    const before = textChunks(text, info).map(({ infoBefore }) => infoBefore);
    const sum = (to: number): number => info.subarray(0, to).reduce((all, bits) => all + bits, 0);
    expect(before).toEqual([0, sum(64), sum(128)]);
    const leaves = textChunks(text, info).map(({ tokens, infoBefore }) =>
      sha(bytesRoot(tokens, 64), le(infoBefore)),
    );
    const expected = (chunkLimit: number): string =>
      toBareHex(merkle([sha(merkle(leaves, chunkLimit), le(3)), le(150), le(sum(150))], 4));
    expect(toBareHex(unwrap(outputRoot(text, info)))).toBe(expected(64));
    expect(toBareHex(unwrap(promptRoot(text, info)))).toBe(expected(512));
  });

  test('takes 4,096 tokens of output and 32,768 of prompt, and not one more', () => {
    const dots = (count: number): [Tokens, Uint16Array] => {
      const tokens = tokensOf('.'.repeat(count));
      return [tokens, informationOf(infoTable(), tokens)];
    };
    expect(outputRoot(...dots(4096)).ok && promptRoot(...dots(32_768)).ok && outputRoot(...dots(0)).ok).toBe(
      true,
    );
    expect(outputRoot(...dots(4097))).toMatchObject({ ok: false, fault: { code: 'OUTPUT_TOO_LONG' } });
    expect(promptRoot(...dots(32_769))).toMatchObject({ ok: false, fault: { code: 'PROMPT_TOO_LONG' } });
  });
});
