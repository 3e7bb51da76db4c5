import { describe, expect, test } from 'vitest';
import type { TextEvidence } from '../../../../src/attribution/evidence/chunks.ts';
import { unwrap } from '../../../../src/lib/errors.ts';
import { malformedItem, malformedText } from '../../../../state/attribution/malformed.ts';
import { openItem, openText } from '../../../../state/attribution/openings.ts';
import { ITEM_BYTES_MAX, OUTPUT_TOKENS_MAX } from '../../../../state/attribution/parameters.ts';
import {
  RULES_DEFAULT,
  RULES_VERSIONS,
  type RulesVersion,
  rulesOf,
} from '../../../../state/attribution/rules.ts';
import {
  type Committed,
  contributionOf,
  rules,
  spoiltItem,
  spoiltText,
  table,
  textOf,
  wordsOf,
} from './texts.ts';

/** The code of what is malformed in the chunks opened, of an output declared to have so many tokens, and bytes. */
const inText = (
  evidence: Committed,
  first: number,
  count: number,
  declared: number,
  {
    bytes = evidence.committed.bytes,
    version = RULES_DEFAULT,
  }: { bytes?: number; version?: RulesVersion } = {},
): string | undefined => {
  const opening = evidence.openChunks(first, count);
  if (opening.type !== 'text') return expect.fail('a text is opened');
  const opened = unwrap(openText(opening.value, evidence.root, OUTPUT_TOKENS_MAX));
  const text = { tokensMax: OUTPUT_TOKENS_MAX, tokens: declared, bytes };
  return malformedText(opened, text, { rules: rulesOf(version), table })?.code;
};

const inItem = (
  evidence: TextEvidence,
  first: number,
  count: number,
  declared: number,
): string | undefined => {
  const opening = evidence.openChunks(first, count);
  if (opening.type !== 'item') return expect.fail('an item is opened');
  return malformedItem(unwrap(openItem(opening.value, evidence.root)), declared, rules)?.code;
};

type TextChange = Parameters<typeof spoiltText>[2];
const spoilt = (count: number, change: TextChange, version?: RulesVersion): Committed =>
  spoiltText(wordsOf(count), OUTPUT_TOKENS_MAX, change, version);

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

  test('if its bytes are not as many as declared, or fewer than its tokens', () => {
    const text = textOf(wordsOf(70), OUTPUT_TOKENS_MAX);
    const { bytes } = text.committed;
    for (const declared of [bytes - 1, bytes + 1, 0])
      expect(inText(text, 0, 0, 70, { bytes: declared })).toBe('MALFORMED_BYTES');
    const longer = spoilt(70, () => ({ head: { bytes: bytes + 8 } }));
    expect(inText(longer, 0, 0, 70, { bytes })).toBe('MALFORMED_BYTES');
    expect(
      inText(
        spoilt(70, () => ({ head: { bytes: 69 } })),
        0,
        0,
        70,
      ),
    ).toBe('MALFORMED_BYTES');
    expect(
      inText(
        spoilt(70, () => ({ head: { bytes: 70 } })),
        0,
        0,
        70,
      ),
    ).toBeUndefined();
  });

  test('past the limit', () => {
    const long = spoilt(70, () => ({ head: { tokens: 4097, bytes: 9000 } }));
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
    ['a mark', ascii(',')],
  ])('with a token that the rules do not give: %s', (_what, bytes) => {
    const bad = spoilt(64, ([chunk]) => ({
      chunks: chunk ? [{ ...chunk, tokens: chunkEnding(...bytes) }] : [],
    }));
    expect(inText(bad, 0, 1, 64)).toBe('MALFORMED_TOKEN');
  });

  test.each(RULES_VERSIONS)(
    'with a running sum that is not what adds up, as a few neighbours show: version %i',
    (version) => {
      const of = (evidence: Committed, first: number, count: number): string | undefined =>
        inText(evidence, first, count, evidence.committed.tokens, { version });
      const from = spoilt(
        150,
        (chunks) => ({
          chunks: chunks.map((chunk) => ({ ...chunk, infoBefore: chunk.infoBefore + 1 })),
          head: { information: 0 },
        }),
        version,
      );
      expect(of(from, 0, 1)).toBe('MALFORMED_INFORMATION');
      const raised = (place: number): Committed =>
        spoilt(
          150,
          (chunks) => ({
            chunks: chunks.map((chunk, i) =>
              i === place ? { ...chunk, infoBefore: chunk.infoBefore + 1 } : chunk,
            ),
          }),
          version,
        );
      // The tokens before a chunk decide, in version 2, about what its first ones bear.
      const needed = rulesOf(version).context === 0 ? 'MALFORMED_INFORMATION' : undefined;
      const middle = raised(1);
      expect(of(middle, 0, 2)).toBe('MALFORMED_INFORMATION');
      expect(of(middle, 1, 2)).toBe(needed);
      for (const i of [0, 1, 2]) expect(of(middle, i, 1)).toBeUndefined();
      const last = raised(2);
      expect(of(last, 0, 3)).toBe('MALFORMED_INFORMATION');
      expect(of(last, 1, 2)).toBe('MALFORMED_INFORMATION');
      expect(of(last, 2, 1)).toBe(needed);
      const total = spoilt(
        150,
        (_, { information }) => ({ head: { information: information - 1 } }),
        version,
      );
      expect(of(total, 2, 1)).toBe(needed);
      expect(of(total, 1, 2)).toBe('MALFORMED_INFORMATION');
      const nothing = spoilt(0, () => ({ head: { information: 1 } }), version);
      expect(of(nothing, 0, 0)).toBe('MALFORMED_INFORMATION');
    },
  );

  test('by the sums of another version, but not by tokens that repeat over the border of a chunk', () => {
    const text = `${wordsOf(60)} ${wordsOf(4, 'rep')} ${wordsOf(4, 'rep')} ${wordsOf(80, 'end')}`;
    for (const version of RULES_VERSIONS) {
      const right = textOf(text, OUTPUT_TOKENS_MAX, version);
      for (let first = 0; first < 3; first++)
        for (let count = 0; first + count <= 3; count++) {
          expect(inText(right, first, count, 148, { version })).toBeUndefined();
          const other = inText(right, first, count, 148, { version: version === 1 ? 2 : 1 });
          const decides = version === 1 ? first === 0 && count === 3 : first === 1 && count === 2;
          if (decides) expect(other).toBe('MALFORMED_INFORMATION');
        }
    }
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
        spoiltItem(wordsOf(70), () => ({ tokens: 65_537, source: { bytes: 70_000 } })),
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

  test('with an item of more bytes than any has, or of fewer than it has tokens', () => {
    const sized = (bytes: number): string | undefined =>
      inItem(
        spoiltItem(wordsOf(70), () => ({ source: { bytes } })),
        0,
        0,
        1,
      );
    expect([ITEM_BYTES_MAX, ITEM_BYTES_MAX + 1].map(sized)).toEqual([undefined, 'MALFORMED_LENGTH']);
    expect([70, 69].map(sized)).toEqual([undefined, 'MALFORMED_BYTES']);
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
