import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { infoTable } from '../../../src/attribution/info-table.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import {
  computeInfoTable,
  decodeInfoTable,
  INFO_MAX,
  INFO_MIN,
  INFO1_HASH,
  informationOf,
} from '../../../state/attribution/info1.ts';
import { info1Bytes } from '../../../tools/build-info-1.ts';
import { oracleInfo } from '../../oracle/oracle.ts';
import { tokensOf, vectorLines } from './support.ts';

const shipped = readFileSync(new URL('../../../state/attribution/info-1.bin', import.meta.url));

describe('INFO-1', () => {
  test('is rebuilt from the reference counts, byte for byte', () => {
    expect(Buffer.compare(info1Bytes(), shipped)).toBe(0);
    expect(sha256(info1Bytes())).toEqual(INFO1_HASH);
  });

  test('gives the information of every published vector, and the oracle does too', () => {
    for (const { text, tokens, info } of vectorLines<{ text: string; tokens: string[]; info: number[] }>(
      'pt1.jsonl',
    )) {
      expect([...informationOf(infoTable(), tokensOf(text))]).toEqual(info);
      expect(tokens.map((hex) => oracleInfo(Buffer.from(hex, 'hex').toString('utf8')))).toEqual(info);
    }
  });

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
