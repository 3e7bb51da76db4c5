import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toBareHex, utf8 } from '../../../src/lib/bytes.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import {
  TOKEN_BYTES_MAX,
  type Tokens,
  tokenAt,
  tokenize,
  tokenizeLocated,
  tokenizeText,
} from '../../../state/attribution/pt1.ts';
import { FOLD, REMOVED } from '../../../state/attribution/pt1-table.ts';
import { pt1Table } from '../../../tools/build-pt1-table.ts';
import { oracleTokens } from '../../oracle/oracle.ts';
import { vectorLines } from './support.ts';

const strings = (tokens: Tokens): string[] =>
  Array.from({ length: tokens.count }, (_, i) => Buffer.from(tokenAt(tokens, i)).toString('utf8'));
const tokensOf = (text: string): string[] => strings(unwrap(tokenizeText(text)));

/** Code points near every border of the tables, where an error by one would show. */
const table = JSON.parse(
  readFileSync(new URL('../../../tools/info-1/pt1.json', import.meta.url), 'utf8'),
) as Record<'space' | 'removed' | 'word' | 'fold', [string, string][]>;
const borders = [table.space, table.removed, table.word, table.fold]
  .flat()
  .flatMap(([first, last]) => [Number.parseInt(first, 16), Number.parseInt(last, 16)])
  .flatMap((c) => [c - 1, c, c + 1])
  .filter((c) => c >= 0 && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff));
const codePoint = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...borders) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(...[...'aZ9 .,-é字\u200b\u0301'].map((c) => c.codePointAt(0) ?? 0)),
  },
  fc.integer({ min: 0, max: 0x10ffff }).filter((c) => c < 0xd800 || c > 0xdfff),
);
const anyText = fc.array(codePoint, { maxLength: 60 }).map((cs) => String.fromCodePoint(...cs));

describe('PT-1', () => {
  test('gives the tokens of every published vector', () => {
    for (const { text, tokens } of vectorLines<{ text: string; tokens: string[] }>('pt1.jsonl')) {
      const got = unwrap(tokenizeText(text));
      expect(Array.from({ length: got.count }, (_, i) => toBareHex(tokenAt(got, i)))).toEqual(tokens);
    }
  });

  test('agrees with the oracle at the borders of its tables and on any text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(tokensOf(text)).toEqual(oracleTokens(text));
      }),
      { numRuns: 5000 },
    );
  });

  test('agrees with the oracle on every single code point, alone and inside of a word', () => {
    const different: string[] = [];
    for (let c = 0; c <= 0x10ffff; c += c < 0x30000 ? 1 : 257) {
      if (c >= 0xd800 && c <= 0xdfff) continue;
      const text = `a${String.fromCodePoint(c)}b`;
      if (tokensOf(text).join('|') !== oracleTokens(text).join('|')) different.push(c.toString(16));
    }
    expect(different).toEqual([]);
  });

  test('says where each token stands in the source, so that the stretch alone gives the token again', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const source = utf8(text);
        const located = unwrap(tokenizeLocated(source));
        expect(strings(located)).toEqual(tokensOf(text));
        let before = 0;
        for (let i = 0; i < located.count; i++) {
          const start = located.starts[i] ?? -1;
          const end = located.ends[i] ?? -1;
          expect(start).toBeGreaterThanOrEqual(before);
          expect(end).toBeGreaterThan(start);
          before = end;
          expect(strings(unwrap(tokenize(source.subarray(start, end))))).toEqual([strings(located)[i]]);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('cuts a word before the code point that would take it past 16 bytes', () => {
    expect(tokensOf('12345678901234567')).toEqual(['1234567890123456', '7']);
    expect(tokensOf('é'.repeat(9))).toEqual(['é'.repeat(8), 'é']);
    expect(tokensOf(`${'a'.repeat(15)}é`)).toEqual(['a'.repeat(15), 'é']);
    // U+023A folds from two bytes to three: sixteen bytes hold five of them, not eight.
    expect(tokensOf('Ⱥ'.repeat(6))).toEqual(['ⱥ'.repeat(5), 'ⱥ']);
    expect(TOKEN_BYTES_MAX).toBe(16);
  });

  test('documents what it tells apart and what it does not', () => {
    expect(tokensOf('1,000 1000')).toEqual(['1', ',', '000', '1000']);
    expect(tokensOf('\u00e9')).not.toEqual(tokensOf('e\u0301'));
    expect(tokensOf('“Hello” – ’WORLD’')).toEqual(tokensOf('"hello" - \'world\''));
    expect(tokensOf('zero\u200bwidth')).toEqual(['zerowidth']);
    expect(tokensOf('你好ไทย🙂')).toEqual(['你', '好', 'ไ', 'ท', 'ย', '🙂']);
  });

  test('refuses exactly what a strict UTF-8 decoder refuses', () => {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    const hostile = fc.constantFrom(
      0x00,
      0x41,
      0x7f,
      0x80,
      0xbf,
      0xc0,
      0xc1,
      0xc2,
      0xdf,
      0xe0,
      0xa0,
      0x9f,
      0xed,
      0xef,
      0xf0,
      0x90,
      0x8f,
      0xf4,
      0xf5,
      0xff,
    );
    fc.assert(
      fc.property(fc.array(hostile, { maxLength: 8 }), (bytes) => {
        const source = Uint8Array.from(bytes);
        let valid = true;
        try {
          decoder.decode(source);
        } catch {
          valid = false;
        }
        expect(tokenize(source).ok).toBe(valid);
      }),
      { numRuns: 20_000 },
    );
  });

  test('names the byte at which decoding fails', () => {
    expect(tokenize(Uint8Array.of(0x61, 0xe2, 0x82))).toMatchObject({
      ok: false,
      fault: { code: 'PT1_UTF8_INVALID', data: { offset: 1 } },
    });
  });

  test('refuses a lone surrogate rather than replacing it', () => {
    expect(tokenizeText('a\ud800b')).toMatchObject({ ok: false, fault: { code: 'PT1_LONE_SURROGATE' } });
  });

  test('has no tokens in a text of nothing, of spaces and of what is removed', () => {
    for (const text of ['', ' \n\t', '\u200b\ufeff'])
      expect(unwrap(tokenizeText(text))).toMatchObject({ count: 0 });
  });

  test('has a table that is the frozen one, in which nothing removed folds and nothing folds to a removed one', () => {
    expect(readFileSync(new URL('../../../state/attribution/pt1-table.ts', import.meta.url), 'utf8')).toBe(
      pt1Table(),
    );
    const removed = (c: number): boolean => REMOVED.some(([first, last]) => c >= first && c <= last);
    for (const [first, last, step, delta] of FOLD)
      for (let c = first; c <= last; c += step)
        expect([removed(c), removed(c + delta)]).toEqual([false, false]);
  });
});
