import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toBareHex, utf8 } from '../../../src/lib/bytes.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { FOLD, REMOVED, SPACE, WORD } from '../../../state/attribution/pt1-table.ts';
import { MARK } from '../../../state/attribution/pt2-table.ts';
import { RULES_VERSIONS, type RulesVersion, rulesOf } from '../../../state/attribution/rules.ts';
import { TOKEN_BYTES_MAX, tokenAt } from '../../../state/attribution/tokens.ts';
import { pt1Table } from '../../../tools/build-pt1-table.ts';
import { pt2Table } from '../../../tools/build-pt2-table.ts';
import { oracleTokens } from '../../oracle/oracle.ts';
import { tokensOf as protocolTokens, stringsOf, vectorLines } from './support.ts';

const tokensOf = (text: string, version: RulesVersion): string[] => stringsOf(protocolTokens(text, version));

/** Code points near every border of the tables, where an error by one would show. */
const frozen = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../tools/info-1/${name}`, import.meta.url), 'utf8')) as Record<
    string,
    [string, string][]
  >;
const { space = [], removed = [], word = [], fold = [] } = frozen('pt1.json');
const { mark = [] } = frozen('pt2.json');
const borders = [space, removed, word, fold, mark]
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

describe.each(RULES_VERSIONS)('the tokens of version %i', (version) => {
  const { tokenize, tokenizeLocated, tokenizeText } = rulesOf(version);

  test('are those of every published vector', () => {
    const name = ({ 1: 'pt1.jsonl', 2: 'pt2.jsonl' } as const)[version];
    for (const { text, tokens } of vectorLines<{ text: string; tokens: string[] }>(name)) {
      const got = unwrap(tokenizeText(text));
      expect(Array.from({ length: got.count }, (_, i) => toBareHex(tokenAt(got, i)))).toEqual(tokens);
      expect(oracleTokens(text, version).map((token) => toBareHex(utf8(token)))).toEqual(tokens);
    }
  });

  test('are those of the oracle, at the borders of the tables and on any text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(tokensOf(text, version)).toEqual(oracleTokens(text, version));
      }),
      { numRuns: 5000 },
    );
  });

  test('are those of the oracle for every single code point inside of a word', () => {
    const different: string[] = [];
    // Every one of the new version, and every few of the old.
    const few = version === 1 ? 7 : 1;
    for (let c = 0; c <= 0x10ffff; c += few * (c < 0x30000 ? 1 : 257)) {
      if (c >= 0xd800 && c <= 0xdfff) continue;
      const text = `a${String.fromCodePoint(c)}b`;
      if (tokensOf(text, version).join('|') !== oracleTokens(text, version).join('|'))
        different.push(c.toString(16));
    }
    expect(different).toEqual([]);
  });

  test('know where each stands in the source, so that the stretch alone gives the token again', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const source = utf8(text);
        const located = unwrap(tokenizeLocated(source));
        expect(stringsOf(located)).toEqual(tokensOf(text, version));
        let before = 0;
        for (let i = 0; i < located.count; i++) {
          const start = located.starts[i] ?? -1;
          const end = located.ends[i] ?? -1;
          expect(start).toBeGreaterThanOrEqual(before);
          expect(end).toBeGreaterThan(start);
          before = end;
          expect(stringsOf(unwrap(tokenize(source.subarray(start, end))))).toEqual([stringsOf(located)[i]]);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('are cut before the code point that would take a word past 16 bytes', () => {
    const of = (text: string): string[] => tokensOf(text, version);
    expect(of('12345678901234567')).toEqual(['1234567890123456', '7']);
    expect(of('é'.repeat(9))).toEqual(['é'.repeat(8), 'é']);
    expect(of(`${'a'.repeat(15)}é`)).toEqual(['a'.repeat(15), 'é']);
    // U+023A folds from two bytes to three: sixteen bytes hold five of them, not eight.
    expect(of('Ⱥ'.repeat(6))).toEqual(['ⱥ'.repeat(5), 'ⱥ']);
    expect(TOKEN_BYTES_MAX).toBe(16);
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
      { numRuns: 12_000 },
    );
  });

  test('names the byte at which decoding fails', () => {
    expect(tokenize(Uint8Array.of(0x61, 0xe2, 0x82))).toMatchObject({
      ok: false,
      fault: { code: 'TEXT_UTF8_INVALID', data: { offset: 1 } },
    });
  });

  test('refuses a lone surrogate rather than replacing it', () => {
    expect(tokenizeText('a\ud800b')).toMatchObject({ ok: false, fault: { code: 'TEXT_LONE_SURROGATE' } });
  });

  test('are none in a text of nothing, of spaces and of what is removed', () => {
    for (const text of ['', ' \n\t', '\u200b\ufeff'])
      expect(unwrap(tokenizeText(text))).toMatchObject({ count: 0 });
  });
});

const sourceOf = (name: string): string =>
  readFileSync(new URL(`../../../state/attribution/${name}`, import.meta.url), 'utf8');
type Ranges = readonly (readonly [number, number])[];
const isIn = (ranges: Ranges, c: number): boolean => ranges.some(([first, last]) => c >= first && c <= last);

describe('PT-1', () => {
  const of = (text: string): string[] => tokensOf(text, 1);

  test('documents what it tells apart and what it does not', () => {
    expect(of('1,000 1000')).toEqual(['1', ',', '000', '1000']);
    expect(of('\u00e9')).not.toEqual(of('e\u0301'));
    expect(of('“Hello” – ’WORLD’')).toEqual(of('"hello" - \'world\''));
    expect(of('zero\u200bwidth')).toEqual(['zerowidth']);
    expect(of('你好ไทย🙂')).toEqual(['你', '好', 'ไ', 'ท', 'ย', '🙂']);
  });

  test('has a table that is the frozen one, in which nothing removed folds and nothing folds to a removed one', () => {
    expect(sourceOf('pt1-table.ts')).toBe(pt1Table());
    for (const [first, last, step, delta] of FOLD)
      for (let c = first; c <= last; c += step)
        expect([isIn(REMOVED, c), isIn(REMOVED, c + delta)]).toEqual([false, false]);
  });
});

describe('PT-2', () => {
  const of = (text: string): string[] => tokensOf(text, 2);

  test('documents what it tells apart and what it does not', () => {
    expect(of('1,000 1000')).toEqual(['1', '000', '1000']);
    expect(of('“Hello” – ’WORLD’')).toEqual(['hello', 'world']);
    expect(of("don't")).toEqual(['don', 't']);
    expect(of('你好，ไทย。🙂')).toEqual(['你', '好', 'ไ', 'ท', 'ย', '🙂']);
    // An identifier is told by its words and digits; an operator is no token.
    expect(of('x_1 = self.max_size[2] ** -n; // €3 → ½')).toEqual([
      'x',
      '1',
      'self',
      'max',
      'size',
      '2',
      'n',
      '3',
      '½',
    ]);
    expect(of('a+b')).toEqual(of('a-b'));
  });

  test('has no tokens in rows of marks, of any script', () => {
    for (const text of ['=====', '-'.repeat(4096), '* * *', '…', '。、「」', '─━│', '<<< >>>', '`~^|\\'])
      expect(of(text)).toEqual([]);
  });

  test('gives the same tokens whatever marks stand between two words', () => {
    const marks = [...'.,;:!?-–—_"\'“”‘’«»()[]{}<>/\\|@#$%^&*+=~`€£¥©®°±×÷→…。、'];
    const words = fc.array(fc.constantFrom('the', 'Zygote', '0', '42', 'é', 'ж'), {
      minLength: 1,
      maxLength: 20,
    });
    const between = fc.array(fc.constantFrom(' ', '\n', ...marks), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(words, fc.array(between, { minLength: 21, maxLength: 21 }), (texts, gaps) => {
        const marked = texts.map((text, i) => `${gaps[i]?.join('')}${text}`).join('');
        expect(of(`${marked}${gaps.at(-1)?.join('')}`)).toEqual(of(texts.join(' ')));
      }),
      { numRuns: 1000 },
    );
  });

  test('differs from PT-1 by its marks alone', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const isMark = (token: string): boolean => isIn(MARK, token.codePointAt(0) ?? 0);
        expect(of(text)).toEqual(tokensOf(text, 1).filter((token) => !isMark(token)));
      }),
      { numRuns: 3000 },
    );
  });

  test('has a table that is the frozen one, of what PT-1 makes a token each', () => {
    expect(sourceOf('pt2-table.ts')).toBe(pt2Table());
    let last = -1;
    for (const [first, end] of MARK) {
      expect(first).toBeGreaterThan(last);
      expect(end).toBeGreaterThanOrEqual(first);
      last = end;
      for (let c = first; c <= end; c++)
        expect([isIn(SPACE, c), isIn(REMOVED, c), isIn(WORD, c)]).toEqual([false, false, false]);
    }
  });
});
