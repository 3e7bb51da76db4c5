import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { infoTable } from '../../../src/attribution/info-table.ts';
import { type Root, ZERO_ROOT } from '../../../src/lib/brands.ts';
import { toBareHex, utf8 } from '../../../src/lib/bytes.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import {
  chunkSalt,
  contributionRoot,
  type InferenceTexts,
  inferenceRoot,
  inferenceRoots,
  itemChunks,
  itemRoot,
  outputRoot,
  packChunk,
  partSalt,
  promptRoot,
  type Salted,
  textChunks,
  unitsOf,
} from '../../../state/attribution/commitment.ts';
import { ITEM_BYTES_MAX, OUTPUT_BYTES_MAX, PROMPT_BYTES_MAX } from '../../../state/attribution/parameters.ts';
import { RULES_VERSIONS, rulesOf } from '../../../state/attribution/rules.ts';
import { bitsOf } from './evidence/texts.ts';
import { saltedOf, tokensOf } from './support.ts';

const salt = new Uint8Array(32).fill(9);
const otherSalt = new Uint8Array(32).fill(8);
const wordsOf = (count: number): string => Array.from({ length: count }, (_, i) => `w${i}`).join(' ');
const words = (count: number): Salted => saltedOf(wordsOf(count), salt);
const root = (item: Salted, promptTokens = 0): string =>
  toBareHex(unwrap(itemRoot({ ...item, promptTokens })));

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
const saltAt = (index: number): Buffer => sha(salt, le(index).subarray(0, 4));
const sourceHash = (text: string, of: Uint8Array = salt): Buffer => sha(of, sha(Buffer.from(text)));

describe('the commitment of an item', () => {
  test('is the SSZ root of its salted chunks, its tokens, its prompt part and its bytes', () => {
    const texts = Array.from({ length: 130 }, (_, i) => `w${i}`);
    const leaves = [0, 1, 2].map((index) =>
      sha(saltAt(index), bytesRoot(packed(texts.slice(64 * index, 64 * index + 64)), 64)),
    );
    const chunks = sha(merkle(leaves, 1024), le(3));
    const source = sha(sourceHash(wordsOf(130)), le(wordsOf(130).length));
    expect(root(words(130), 5)).toBe(toBareHex(merkle([chunks, le(130), le(5), source], 4)));
  });

  test('has chunks of exactly 64 tokens, the last shorter, and none for no tokens', () => {
    const sizes = (count: number): number[] =>
      itemChunks(words(count)).map(({ tokens }) => {
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
    expect(toBareHex(packChunk(tokensOf('Ab, c', 1), 0))).toBe('026162012c0163');
    expect(toBareHex(packChunk(tokensOf('Ab, c', 2), 0))).toBe('0261620163');
  });

  test('differs for every change of tokens, lengths, prompt part, bytes and salt', () => {
    const roots = [
      root(words(0)),
      root(words(1)),
      root(words(63)),
      root(words(64)),
      root(words(65)),
      root(words(64), 1),
      root(words(64), 64),
      root(saltedOf(wordsOf(64), otherSalt)),
      root(saltedOf('ab c', salt)),
      root(saltedOf('a bc', salt)),
      // The same tokens: other capitals, other marks, another space.
      root(saltedOf('Ab c', salt)),
      root(saltedOf('ab, c', salt)),
      root(saltedOf('ab-c', salt)),
      root(saltedOf('ab\nc', salt)),
    ];
    expect(new Set(roots).size).toBe(roots.length);
    const bytes = words(64);
    for (const source of [bytes.source.with(0, 0x57), bytes.source.subarray(1)])
      expect(root({ ...bytes, source })).not.toBe(root(bytes));
  });

  test('salts each chunk and the bytes apart, so that one opened says nothing of the others', () => {
    const salts = [chunkSalt(salt, 0), chunkSalt(salt, 1), salt].map(toBareHex);
    expect(new Set(salts).size).toBe(3);
    const same = saltedOf(`${'a '.repeat(64)}${'a '.repeat(64)}`, salt);
    const [first, second] = itemChunks(same);
    expect(first?.tokens).toEqual(second?.tokens);
    expect(first?.salt).not.toEqual(second?.salt);
    // Of the bytes, a salted hash is all that is shown: that of a guess is another without the salt.
    expect(toBareHex(sourceHash('guess'))).not.toBe(toBareHex(sourceHash('guess', otherSalt)));
  });

  test('refuses an item past 65,536 tokens or eight times as many bytes, and a prompt part longer than the item', () => {
    const code = (text: string, promptTokens = 0): string => {
      const made = itemRoot({ ...saltedOf(text, salt), promptTokens });
      return made.ok ? 'ok' : made.fault.code;
    };
    expect(code('a '.repeat(65_536))).toBe('ok');
    expect(code('a '.repeat(65_537))).toBe('ITEM_TOO_LONG');
    expect(code('.'.repeat(ITEM_BYTES_MAX))).toBe('ok');
    expect(code('.'.repeat(ITEM_BYTES_MAX + 1))).toBe('ITEM_TOO_LONG');
    expect(code(wordsOf(3), 4)).toBe('ITEM_PROMPT_PART');
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
  const info = bitsOf(wordsOf(150));

  test('holds with each chunk its salt and the information before it, and with all the total and the bytes', () => {
    const before = textChunks(text, info).map(({ infoBefore }) => infoBefore);
    const sum = (to: number): number => info.subarray(0, to).reduce((all, bits) => all + bits, 0);
    expect(before).toEqual([0, sum(64), sum(128)]);
    const leaves = textChunks(text, info).map(({ tokens, infoBefore }, index) =>
      merkle([saltAt(index), bytesRoot(tokens, 64), le(infoBefore)], 4),
    );
    const expected = (chunkLimit: number): string =>
      toBareHex(
        merkle([sha(merkle(leaves, chunkLimit), le(3)), le(150), le(sum(150)), le(wordsOf(150).length)], 4),
      );
    expect(toBareHex(unwrap(outputRoot(text, info)))).toBe(expected(64));
    expect(toBareHex(unwrap(promptRoot(text, info)))).toBe(expected(512));
  });

  test('of the same words under another salt is another, and its chunks do not tell', () => {
    const other = saltedOf(wordsOf(150), otherSalt);
    expect(unwrap(outputRoot(other, info))).not.toEqual(unwrap(outputRoot(text, info)));
    for (const [i, { salt: own }] of textChunks(text, info).entries())
      expect(textChunks(other, info)[i]?.salt).not.toEqual(own);
  });

  test('takes 4,096 tokens of output and 32,768 of prompt, eight bytes for each, and not one more', () => {
    const of = (root: typeof outputRoot, source: string): string => {
      const made = root(saltedOf(source, salt), bitsOf(source));
      return made.ok ? 'ok' : made.fault.code;
    };
    const letters = (count: number): string => 'a '.repeat(count);
    expect([of(outputRoot, letters(4096)), of(promptRoot, letters(32_768)), of(outputRoot, '')]).toEqual([
      'ok',
      'ok',
      'ok',
    ]);
    expect(of(outputRoot, letters(4097))).toBe('OUTPUT_TOO_LONG');
    expect(of(promptRoot, letters(32_769))).toBe('PROMPT_TOO_LONG');
    expect([
      of(outputRoot, '.'.repeat(OUTPUT_BYTES_MAX)),
      of(promptRoot, '.'.repeat(PROMPT_BYTES_MAX)),
    ]).toEqual(['ok', 'ok']);
    expect(of(outputRoot, '.'.repeat(OUTPUT_BYTES_MAX + 1))).toBe('OUTPUT_TOO_LONG');
    expect(of(promptRoot, '.'.repeat(PROMPT_BYTES_MAX + 1))).toBe('PROMPT_TOO_LONG');
  });
});

describe('the units of a text', () => {
  test('are its tokens, or one for every eight bytes begun if those are more', () => {
    expect([
      unitsOf(0, 0),
      unitsOf(0, 1),
      unitsOf(0, 8),
      unitsOf(0, 9),
      unitsOf(3, 24),
      unitsOf(3, 25),
      unitsOf(9, 25),
    ]).toEqual([0, 1, 1, 2, 3, 4, 9]);
  });
});

describe('the texts of a receipt', () => {
  const ids = { prompt: [1, 2, 3], output: [4, 5] };
  const texts: InferenceTexts = {
    prompt: utf8('What is it?'),
    output: utf8('It is what it is.'),
    ids: undefined,
    salt,
  };
  const rootsOf = (change: Partial<InferenceTexts> = {}, version: 1 | 2 = 2) =>
    unwrap(inferenceRoots(rulesOf(version), infoTable(), { ...texts, ...change }));
  const part = (name: string, version: 1 | 2 = 2): Buffer => sha(salt, Buffer.of(version), Buffer.from(name));

  test('have the roots of the prompt and the output, each under a salt of its own', () => {
    for (const version of RULES_VERSIONS) {
      const { promptRoot: prompt, outputRoot: output } = rootsOf({}, version);
      const promptText = saltedOf('What is it?', part('prompt', version), version);
      const outputText = saltedOf('It is what it is.', part('output', version), version);
      expect(prompt).toEqual(unwrap(promptRoot(promptText, bitsOf('What is it?', version))));
      expect(output).toEqual(unwrap(outputRoot(outputText, bitsOf('It is what it is.', version))));
    }
    const salts = [partSalt(salt, 2, 'prompt'), partSalt(salt, 2, 'output'), partSalt(salt, 1, 'output')];
    expect(new Set(salts.map(toBareHex)).size).toBe(3);
  });

  test('have a root of their bytes and of the token ids, which is zero in place of ids that are not committed', () => {
    const hashes = [
      sourceHash('What is it?', part('prompt')),
      sourceHash('It is what it is.', part('output')),
    ];
    expect(toBareHex(rootsOf().textRoot)).toBe(toBareHex(merkle([...hashes, ZERO_ROOT], 4)));
    const list = (values: number[], limit: number): Buffer => {
      const leaf = Buffer.alloc(32);
      for (const [i, value] of values.entries()) leaf.writeUInt32LE(value, 4 * i);
      return sha(merkle([leaf], limit / 8), le(values.length));
    };
    const idsHash = sha(
      part('ids'),
      sha(list(ids.prompt, PROMPT_BYTES_MAX), list(ids.output, OUTPUT_BYTES_MAX)),
    );
    expect(toBareHex(rootsOf({ ids }).textRoot)).toBe(toBareHex(merkle([...hashes, idsHash], 4)));
  });

  test('have other roots for other bytes, though the tokens are the same', () => {
    const plain = rootsOf();
    const marked = rootsOf({ output: utf8('It is what it is!') });
    expect(marked.textRoot).not.toEqual(plain.textRoot);
    // As long as before, of the same tokens: only the root of the bytes tells.
    expect(marked.outputRoot).toEqual(plain.outputRoot);
    expect(inferenceRoot(marked)).not.toEqual(inferenceRoot(plain));
    const capital = rootsOf({ prompt: utf8('what is it?') });
    expect([capital.promptRoot, capital.outputRoot]).toEqual([plain.promptRoot, plain.outputRoot]);
    expect(capital.textRoot).not.toEqual(plain.textRoot);
    for (const other of [{ ids }, { ids: { ...ids, output: [5, 4] } }, { ids: { prompt: [], output: [] } }])
      expect(rootsOf(other).textRoot).not.toEqual(plain.textRoot);
  });

  test('have other roots under another salt, all three of them', () => {
    const [plain, other] = [rootsOf({ ids }), rootsOf({ ids, salt: otherSalt })];
    for (const name of ['promptRoot', 'outputRoot', 'textRoot'] as const)
      expect(other[name]).not.toEqual(plain[name]);
  });

  test('are stored under the SSZ root of the three', () => {
    const roots = rootsOf({ ids });
    expect(toBareHex(inferenceRoot(roots))).toBe(
      toBareHex(merkle([roots.promptRoot, roots.outputRoot, roots.textRoot], 4)),
    );
    for (const name of ['promptRoot', 'outputRoot', 'textRoot'] as const)
      expect(inferenceRoot({ ...roots, [name]: ZERO_ROOT })).not.toEqual(inferenceRoot(roots));
  });

  test('are refused if they are no UTF-8 or too long', () => {
    const code = (change: Partial<InferenceTexts>): string => {
      const made = inferenceRoots(rulesOf(2), infoTable(), { ...texts, ...change });
      return made.ok ? 'ok' : made.fault.code;
    };
    expect(code({ prompt: Uint8Array.of(0xff) })).toBe('TEXT_UTF8_INVALID');
    expect(code({ output: utf8('a '.repeat(4097)) })).toBe('OUTPUT_TOO_LONG');
    expect(code({ prompt: utf8('.'.repeat(PROMPT_BYTES_MAX + 1)) })).toBe('PROMPT_TOO_LONG');
  });
});
