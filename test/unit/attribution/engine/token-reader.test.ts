import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Lexicon, UNKNOWN, WORDS_PER_TOKEN } from '../../../../src/attribution/engine/lexicon.ts';
import { EngineQuery } from '../../../../src/attribution/engine/query.ts';
import { readTokens } from '../../../../src/attribution/engine/token-reader.ts';
import { toBareHex, utf8 } from '../../../../src/lib/bytes.ts';
import { RULES_VERSIONS, type RulesVersion, rulesOf } from '../../../../state/attribution/rules.ts';
import { tokenAt } from '../../../../state/attribution/tokens.ts';
import { tokensOf } from '../support.ts';
import { KEY, segmentOf, textsOf } from './support.ts';

/** The tokens that were read, in hex, from the words of their ids. */
const readAsHex = (
  source: Uint8Array,
  version: RulesVersion,
): string[] | { code: string; offset: unknown } => {
  const lexicon = new Lexicon(KEY, 1);
  const ids = new Int32Array(source.length);
  const count = readTokens(rulesOf(version).codePoints, source, lexicon, ids);
  if (!count.ok) return { code: count.fault.code, offset: count.fault.data?.offset };
  const { words } = lexicon.share();
  return Array.from(ids.subarray(0, count.value), (id) => {
    const bytes = new Uint8Array(words.slice(WORDS_PER_TOKEN * id, WORDS_PER_TOKEN * (id + 1)).buffer);
    return toBareHex(bytes).replace(/(00)+$/, '');
  });
};

const tokenizedAsHex = (
  source: Uint8Array,
  version: RulesVersion,
): string[] | { code: string; offset: unknown } => {
  const tokens = rulesOf(version).tokenize(source);
  if (!tokens.ok) return { code: tokens.fault.code, offset: tokens.fault.data?.offset };
  return Array.from({ length: tokens.value.count }, (_, i) => toBareHex(tokenAt(tokens.value, i)));
};

/** Code points of every class and size, near each other: words that are cut, folded, interrupted by what is dropped. */
const PIECES = [
  'a',
  'Z',
  '0',
  'é',
  'É',
  'ß',
  'Ⱥ',
  'Ⱦ',
  'ж',
  'Ж',
  '字',
  'ก',
  '🙂',
  '𐐀',
  '“',
  '—',
  '-',
  '+',
  '.',
  '_',
  '…',
  '→',
  '。',
  '\u{1f800}',
  ' ',
  '\n',
  ' ',
  '　',
  '\u0000',
  '\u00ad',
  '\u200b',
  '\ufeff',
  '\u{e0041}',
  'Ａ',
  'ａ',
  '\u0301',
  'abcdefg',
  '0123456789abcdef',
];

describe.each(RULES_VERSIONS)('reading tokens of version %i', (version) => {
  const expectSame = (source: Uint8Array): void => {
    expect(readAsHex(source, version)).toEqual(tokenizedAsHex(source, version));
  };

  test('gives the tokens of the rule for text of every kind of code point', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }), (pieces) => {
        expectSame(utf8(pieces.join('')));
      }),
      { numRuns: 12_000 },
    );
  });

  test('gives the tokens of the rule for every code point, alone and at each place of a word', () => {
    // Every one of the new version, and every few of the old.
    const few = version === 1 ? 7 : 1;
    for (let c = 0; c <= 0x10ffff; c += few * (c < 0x3000 ? 1 : 61)) {
      if (c >= 0xd800 && c <= 0xdfff) continue;
      const character = String.fromCodePoint(c);
      expectSame(utf8(`${character} ab${character}c${character} abcdefghijklm${character}${character}xyz`));
    }
  });

  test('refuses, at the same byte, the bytes that the rule refuses', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 12 }),
      fc
        .tuple(fc.array(fc.constantFrom(...PIECES), { maxLength: 6 }), fc.nat(40), fc.nat(255))
        .map(([pieces, at, value]) => {
          const source = utf8(pieces.join(''));
          if (source.length > 0) source[at % source.length] = value;
          return source;
        }),
      fc.tuple(fc.constantFrom(...PIECES), fc.nat(3)).map(([piece, cut]) => utf8(piece).slice(0, cut)),
    );
    fc.assert(fc.property(bytes, expectSame), { numRuns: 18_000 });
    // At the borders of what each form may say (Unicode, table 3-7), inside and outside.
    for (const form of [
      'c1bf c280 dfbf dfc0 c3',
      'e09fbf e0a080 ed9fbf eda080 edbfbf ee8080 efbfbf e1bfc0 e1bf',
      'f08fbfbf f0908080 f48fbfbf f4908080 f5808080 f1bfbfc0 f1bfbf',
      '80 bf fe ff',
    ])
      for (const hex of form.split(' '))
        for (const around of ['', 'ab', ' '])
          expectSame(Buffer.concat([Buffer.from(around), Buffer.from(hex, 'hex'), Buffer.from(around)]));
  });
});

describe('a lexicon', () => {
  test('gives each token one id, however many there are, and knows those that it does not hold', () => {
    const text = Array.from({ length: 5000 }, (_, i) => `t${i % 3000}`).join(' ');
    const segment = segmentOf(1, [textsOf(0, 0, [text])]);
    expect(new Set(segment.low).size).toBe(3001);
    const query = new EngineQuery(KEY, tokensOf('t0 t2999 t3000 T7 zebra'));
    const [first, last, ...others] = query.idsIn(segment);
    expect([first, last]).toEqual([segment.low[0], segment.low[2999]]);
    expect(others).toEqual([UNKNOWN, segment.low[7], UNKNOWN]);
  });

  test('knows the tokens of another, by their words', () => {
    const lexicon = new Lexicon(KEY, 1);
    const tokens = Array.from({ length: 200 }, (_, i) => [i + 1, i & 1, i & 4, i & 2] as const);
    const ids = tokens.map(([a, b, c, d]) => lexicon.intern(a, b, c, d));
    expect(new Set(ids).size).toBe(tokens.length);
    const other = new Lexicon(KEY, 1000);
    for (const [a, b, c, d] of tokens.toReversed()) other.intern(a, b, c, d);
    expect([...other.idsIn(lexicon.share()).subarray(1)]).toEqual(ids.toReversed());
    // Tables full of others, so that many of them are met on the way: tokens that differ in one word.
    for (let changed = 0; changed < WORDS_PER_TOKEN; changed++) {
      const near = new Lexicon(KEY, 1);
      for (const token of tokens) {
        const [a = 0, b = 0, c = 0, d = 0] = token.map((word, k) => (k === changed ? ~word : word));
        near.intern(a, b, c, d);
      }
      expect(new Set(near.idsIn(lexicon.share()))).toEqual(new Set([UNKNOWN]));
    }
  });

  test('goes by the words of a token, not by its hash', () => {
    // The same five tokens in a row, wherever that begins: what is looked for meets others on the way.
    const words = Int32Array.of(0, 0, 0, 0, 1, 2, 3, 4, 1, 2, 3, 5, 1, 2, 4, 4, 1, 3, 3, 4, 2, 2, 3, 4);
    const asked = new Lexicon(KEY, 1);
    for (let at = 20; at > 0; at -= 4)
      asked.intern(words[at] ?? 0, words[at + 1] ?? 0, words[at + 2] ?? 0, words[at + 3] ?? 0);
    const answers = new Set<string>();
    for (let first = 0; first < 16; first++) {
      const table = Int32Array.from({ length: 16 }, (_, place) => {
        const id = ((place - first + 16) & 15) + 1;
        return id <= 5 ? id : 0;
      });
      for (const [id, found] of asked.idsIn({ words, table }).entries())
        if (found !== UNKNOWN) answers.add(`${id} is ${found}`);
    }
    expect([...answers].toSorted()).toEqual(['1 is 5', '2 is 4', '3 is 3', '4 is 2', '5 is 1']);
  });
});
