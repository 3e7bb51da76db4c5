import { describe, expect, test } from 'vitest';
import type { TextEvidence } from '../../../../src/attribution/evidence/chunks.ts';
import { unwrap } from '../../../../src/lib/errors.ts';
import { malformedItem, malformedText } from '../../../../state/attribution/malformed.ts';
import { openItem, openText } from '../../../../state/attribution/openings.ts';
import { OUTPUT_TOKENS_MAX } from '../../../../state/attribution/parameters.ts';
import { contributionOf, spoiltItem, spoiltText, table, textOf, wordsOf } from './texts.ts';

/** The code of what is malformed in the chunks opened, of an output declared to have so many tokens. */
const inText = (
  evidence: TextEvidence,
  first: number,
  count: number,
  declared: number,
): string | undefined => {
  const opening = evidence.openChunks(first, count);
  if (opening.type !== 'text') return expect.fail('a text is opened');
  const opened = unwrap(openText(opening.value, evidence.root, OUTPUT_TOKENS_MAX));
  return malformedText(opened, OUTPUT_TOKENS_MAX, declared, table)?.code;
};

const inItem = (
  evidence: TextEvidence,
  first: number,
  count: number,
  declared: number,
): string | undefined => {
  const opening = evidence.openChunks(first, count);
  if (opening.type !== 'item') return expect.fail('an item is opened');
  return malformedItem(unwrap(openItem(opening.value, evidence.root)), declared)?.code;
};

type TextChange = Parameters<typeof spoiltText>[2];
const spoilt = (count: number, change: TextChange): TextEvidence =>
  spoiltText(wordsOf(count), OUTPUT_TOKENS_MAX, change);

const ascii = (token: string): number[] => [token.length, ...Buffer.from(token, 'latin1')];
/** A chunk of one token after 63 others. */
const chunkEnding = (...token: readonly number[]): Uint8Array =>
  Uint8Array.of(...Array.from({ length: 63 }, (_, i) => ascii(`word${i}`)).flat(), ...token);

describe('a well-formed commitment', () => {
  test.each([0, 1, 63, 64, 65, 128, 200])(
    'of %i tokens shows nothing malformed, however it is opened',
    (count) => {
      const output = textOf(wordsOf(count), OUTPUT_TOKENS_MAX);
      const contribution = contributionOf([wordsOf(count), wordsOf(2)], Math.min(count, 2));
      const chunks = Math.ceil(count / 64);
      for (let first = 0; first <= chunks; first++)
        for (let n = 0; first + n <= chunks; n++) {
          expect(inText(output, first, n, count)).toBeUndefined();
          expect(inItem(contribution.item(0), first, n, 2)).toBeUndefined();
        }
    },
  );
});

describe('an output is malformed', () => {
  test('if its length is not the one declared', () => {
    expect(inText(textOf(wordsOf(70), OUTPUT_TOKENS_MAX), 0, 0, 71)).toBe('MALFORMED_TOKENS');
  });

  test('past the limit', () => {
    const long = spoilt(70, () => ({ head: { tokens: 4097 } }));
    expect(inText(long, 0, 0, 4097)).toBe('MALFORMED_LENGTH');
  });

  test('with more or fewer chunks than its length takes', () => {
    for (const tokens of [64, 129, 0]) {
      const odd = spoilt(70, () => ({ head: { tokens } }));
      expect(inText(odd, 0, 0, tokens)).toBe('MALFORMED_COUNT');
      expect(inText(odd, 0, 1, tokens)).toBe('MALFORMED_COUNT');
    }
  });

  test('with a chunk that has not 64 tokens, the last not the rest', () => {
    const [short] = [
      spoilt(70, ([first, last]) => ({
        chunks: first && last ? [{ ...first, tokens: last.tokens }, last] : [],
      })),
    ];
    expect(inText(short, 0, 1, 70)).toBe('MALFORMED_CHUNK');
    expect(inText(short, 1, 1, 70)).toBeUndefined();
    const rest = spoilt(70, () => ({ head: { tokens: 71 } }));
    expect(inText(rest, 1, 1, 71)).toBe('MALFORMED_CHUNK');
    const empty = spoilt(70, (chunks) => ({
      chunks: chunks.map((chunk) => ({ ...chunk, tokens: new Uint8Array() })),
    }));
    expect(inText(empty, 1, 1, 70)).toBe('MALFORMED_CHUNK');
  });

  test.each([
    ['a token without bytes', [0]],
    ['a token of 17 bytes', ascii('abcdefghijklmnopq')],
    ['a token that its bytes do not reach', [5, 0x61]],
  ])('with %s', (_what, bytes) => {
    const bad = spoilt(64, ([chunk]) => ({
      chunks: chunk ? [{ ...chunk, tokens: chunkEnding(...bytes) }] : [],
    }));
    expect(inText(bad, 0, 1, 64)).toBe('MALFORMED_PACKING');
  });

  test.each([
    ['a capital', ascii('Word')],
    ['two words', ascii('ab cd')],
    ['two tokens', ascii('ab,')],
    ['a space', ascii(' ')],
    ['a zero-width space', [3, 0xe2, 0x80, 0x8b]],
    ['a word and a zero-width space', [4, 0x61, 0xe2, 0x80, 0x8b]],
    ['half a character', [1, 0xe5]],
    ['a curly quote', [3, 0xe2, 0x80, 0x9c]],
  ])('with a token that PT-1 does not give: %s', (_what, bytes) => {
    const bad = spoilt(64, ([chunk]) => ({
      chunks: chunk ? [{ ...chunk, tokens: chunkEnding(...bytes) }] : [],
    }));
    expect(inText(bad, 0, 1, 64)).toBe('MALFORMED_TOKEN');
  });

  test('with a running sum that is not what adds up, as one chunk or two neighbours show', () => {
    const from = spoilt(150, (chunks) => ({
      chunks: chunks.map((chunk) => ({ ...chunk, infoBefore: chunk.infoBefore + 1 })),
      head: { information: 0 },
    }));
    expect(inText(from, 0, 1, 150)).toBe('MALFORMED_INFORMATION');
    const middle = spoilt(150, (chunks) => ({
      chunks: chunks.map((chunk, i) => (i === 1 ? { ...chunk, infoBefore: chunk.infoBefore + 1 } : chunk)),
    }));
    expect(inText(middle, 0, 2, 150)).toBe('MALFORMED_INFORMATION');
    expect(inText(middle, 1, 2, 150)).toBe('MALFORMED_INFORMATION');
    for (const i of [0, 1, 2]) expect(inText(middle, i, 1, 150)).toBeUndefined();
    const total = spoilt(150, (_, { information }) => ({ head: { information: information - 1 } }));
    expect(inText(total, 2, 1, 150)).toBe('MALFORMED_INFORMATION');
    const nothing = spoilt(0, () => ({ head: { information: 1 } }));
    expect(inText(nothing, 0, 0, 0)).toBe('MALFORMED_INFORMATION');
  });
});

describe('a contribution is malformed', () => {
  test('if it has more or fewer items than it declares', () => {
    const { item } = contributionOf([wordsOf(3), wordsOf(3)]);
    expect(inItem(item(0), 0, 0, 1)).toBe('MALFORMED_ITEMS');
    expect(inItem(item(1), 0, 0, 3)).toBe('MALFORMED_ITEMS');
  });

  test('with an item past the limit, of odd chunks, or with a prompt part longer than itself', () => {
    expect(
      inItem(
        spoiltItem(wordsOf(70), () => ({ tokens: 65_537 })),
        0,
        0,
        1,
      ),
    ).toBe('MALFORMED_LENGTH');
    expect(
      inItem(
        spoiltItem(wordsOf(70), () => ({ tokens: 128, promptTokens: 0 })),
        0,
        0,
        1,
      ),
    ).toBeUndefined();
    expect(
      inItem(
        spoiltItem(wordsOf(70), () => ({ tokens: 129 })),
        0,
        0,
        1,
      ),
    ).toBe('MALFORMED_COUNT');
    expect(
      inItem(
        spoiltItem(wordsOf(70), () => ({ tokens: 128 })),
        1,
        1,
        1,
      ),
    ).toBe('MALFORMED_CHUNK');
    expect(
      inItem(
        spoiltItem(wordsOf(70), () => ({ promptTokens: 71 })),
        0,
        0,
        1,
      ),
    ).toBe('MALFORMED_PROMPT_PART');
    expect(
      inItem(
        spoiltItem(wordsOf(70), () => ({ promptTokens: 70 })),
        0,
        2,
        1,
      ),
    ).toBeUndefined();
  });

  test('with what is no token', () => {
    const bad = spoiltItem(wordsOf(64), ([chunk]) => ({
      chunks: chunk ? [{ ...chunk, tokens: chunkEnding(...ascii('Word')) }] : [],
    }));
    expect(inItem(bad, 0, 1, 1)).toBe('MALFORMED_TOKEN');
    const unpacked = spoiltItem(wordsOf(64), ([chunk]) => ({
      chunks: chunk ? [{ ...chunk, tokens: chunkEnding(0) }] : [],
    }));
    expect(inItem(unpacked, 0, 1, 1)).toBe('MALFORMED_PACKING');
  });
});
