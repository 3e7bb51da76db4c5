import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { infoTable } from '../../../src/attribution/info-table.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import {
  computeInfoTable,
  decodeInfoTable,
  INFO_MAX,
  INFO_MIN,
  INFO1_HASH,
} from '../../../state/attribution/info1.ts';
import { RULES_VERSIONS, rulesOf } from '../../../state/attribution/rules.ts';
import { info1Bytes } from '../../../tools/build-info-1.ts';
import { oracleInformation, oracleTokens } from '../../oracle/oracle.ts';
import { textCase } from './cases.ts';
import { tokensOf, vectorLines } from './support.ts';

const shipped = readFileSync(new URL('../../../state/attribution/info-1.bin', import.meta.url));

describe('INFO-1', () => {
  test('is rebuilt from the reference counts, byte for byte', () => {
    expect(Buffer.compare(info1Bytes(), shipped)).toBe(0);
    expect(sha256(info1Bytes())).toEqual(INFO1_HASH);
  });

  test.each(RULES_VERSIONS)(
    'gives the information of every published vector of version %i, and the oracle does too',
    (version) => {
      const name = ({ 1: 'pt1.jsonl', 2: 'pt2.jsonl' } as const)[version];
      type Vector = { text: string; tokens: string[]; info: number[] };
      for (const { text, tokens, info } of vectorLines<Vector>(name)) {
        expect([...rulesOf(version).informationOf(infoTable(), tokensOf(text, version))]).toEqual(info);
        const words = tokens.map((hex) => Buffer.from(hex, 'hex').toString('utf8'));
        expect(oracleInformation(words, version)).toEqual(info);
      }
    },
  );

  test('is refused when one byte differs, or is missing', () => {
    const altered = Uint8Array.from(shipped);
    altered[77] = (altered[77] ?? 0) ^ 1;
    for (const bytes of [altered, shipped.subarray(1), new Uint8Array(0)])
      expect(decodeInfoTable(bytes)).toMatchObject({ ok: false, fault: { code: 'INFO1_HASH' } });
  });

  test('never leaves 1 to 24 bits, and rarer is never less', () => {
    const table = computeInfoTable([0, 1, 2, 10, 1000, 2 ** 32 - 1]);
    expect([...table].sort((a, b) => b - a)).toEqual([...table]);
    expect(Math.min(...infoTable())).toBeGreaterThanOrEqual(INFO_MIN);
    expect(Math.max(...infoTable())).toBeLessThanOrEqual(INFO_MAX);
    expect(computeInfoTable([2 ** 32 - 1])[0]).toBe(INFO_MIN);
    expect(computeInfoTable([0, 2 ** 32 - 1, 2 ** 32 - 1])[0]).toBe(INFO_MAX);
  });

  test('is the exact floor where the logarithm is an integer, and next to it', () => {
    // N + 65536 = 2^17: a bucket of count n has log2 of 2^17/(n + 1).
    const rest = 2 ** 17 - 65_536;
    expect(computeInfoTable([2 ** 9 - 1, rest - (2 ** 9 - 1)])[0]).toBe(256 * 8);
    expect(computeInfoTable([2 ** 9, rest - 2 ** 9])[0]).toBe(256 * 8 - 1);
    expect(computeInfoTable([2 ** 9 - 2, rest - (2 ** 9 - 2)])[0]).toBe(256 * 8);
  });
});

describe.each(RULES_VERSIONS)('the information of a text of version %i', (version) => {
  const informationOf = (text: string): number[] => [
    ...rulesOf(version).informationOf(infoTable(), tokensOf(text, version)),
  ];

  test('is what the oracle says of texts that repeat themselves in every way', () => {
    fc.assert(
      fc.property(textCase(60), ({ output, prompt }) => {
        for (const text of [output, prompt])
          expect(informationOf(text)).toEqual(oracleInformation(oracleTokens(text, version), version));
      }),
      { numRuns: 1000 },
    );
  });

  test('is never below the least of the rules', () => {
    const least = Math.min(...informationOf('the of a '.repeat(30)));
    expect(least).toBe(rulesOf(version).infoMin === 0 ? 0 : least);
    expect(least).toBeGreaterThanOrEqual(rulesOf(version).infoMin);
  });
});

describe('version 2', () => {
  const informationOf = (text: string): number[] => [
    ...rulesOf(2).informationOf(infoTable(), tokensOf(text, 2)),
  ];
  const sumOf = (text: string): number => informationOf(text).reduce((sum, bits) => sum + bits, 0);

  test('gives nothing to what repeats within seven tokens, and all to what repeats after eight', () => {
    for (let period = 1; period <= 8; period++) {
      const words = Array.from({ length: period }, (_, i) => `zq${i}`);
      const once = informationOf(words.join(' '));
      expect(Math.min(...once)).toBeGreaterThan(0);
      const again = informationOf([...words, ...words].join(' '));
      expect(again).toEqual([...once, ...(period === 8 ? once : once.map(() => 0))]);
    }
  });

  test('counts a token that repeats although the one before it repeated too', () => {
    // The third `zq` is nine tokens after the first, and three after the second.
    const info = informationOf('zq a1 a2 a3 a4 a5 zq b1 b2 zq');
    expect([info[0] === 0, info[6] === 0, info[9] === 0]).toEqual([false, true, true]);
  });

  test('finds nothing in counting to three again and again, and nothing at all in rulers', () => {
    const once = sumOf('0 1 2');
    expect(sumOf('0 1 2 '.repeat(1000))).toBe(once);
    expect(sumOf('word '.repeat(4096))).toBe(sumOf('word'));
    expect(sumOf('====='.repeat(500))).toBe(0);
    expect(sumOf(`${'-'.repeat(80)}\n| a | b |\n${'='.repeat(80)}`)).toBe(sumOf('a b'));
  });

  test('does not look into the text before, nor at other forms of a word', () => {
    expect(informationOf('Word word WORD')).toEqual([...informationOf('word'), 0, 0]);
    expect(Math.min(...informationOf('word words'))).toBeGreaterThan(0);
  });
});
