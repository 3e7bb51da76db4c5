import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { infoTable } from '../../../src/attribution/info-table.ts';
import { DatanetIndex, tokensIn } from '../../../src/attribution/novelty.ts';
import type { ContributionId } from '../../../src/lib/ids.ts';
import { DEFAULT_PARAMETERS } from '../../../state/attribution/parameters.ts';
import type { RulesVersion } from '../../../state/attribution/rules.ts';
import { oracleNovel, oracleTokens } from '../../oracle/oracle.ts';
import { textCase } from './cases.ts';
import { tokensOf } from './support.ts';

const expectOracle = (items: readonly string[], imin: number, version: RulesVersion): void => {
  const index = new DatanetIndex(infoTable(), { ...DEFAULT_PARAMETERS, matchBitsMin: imin, version });
  const earlier: string[][] = [];
  for (let i = 0; i < items.length; i += 2) {
    const texts = items.slice(i, i + 2);
    const added = index.addAll(
      i / 2,
      texts.map((text) => tokensOf(text, version)),
    );
    for (const [item, text] of texts.entries()) {
      const tokens = oracleTokens(text, version);
      const novel = tokens.map(() => false);
      const runs = added[item]?.novel ?? [];
      for (const { start, end } of runs) novel.fill(true, start, end);
      expect(novel).toEqual(oracleNovel(tokens, earlier, imin, version));
      expect(tokensIn(runs)).toBe(novel.filter(Boolean).length);
      runs.forEach(({ start, end }, k) => {
        expect(end).toBeGreaterThan(start);
        if (k > 0) expect(start).toBeGreaterThan(runs[k - 1]?.end ?? 0);
      });
      earlier.push(tokens);
    }
  }
};

describe('novel tokens', () => {
  test('are the oracle’s, item by item, on hostile texts', () => {
    fc.assert(
      fc.property(textCase(60), ({ corpus, output, imin, version }) => {
        expectOracle([...corpus.flat(), output], imin, version);
      }),
      { numRuns: 1000 },
    );
  });

  test('are all of a first item and none of its copy, in one contribution or in two', () => {
    const text = Array.from({ length: 40 }, (_, i) => `rare${i}`).join(' ');
    const index = new DatanetIndex(infoTable());
    const add = (contribution: ContributionId, ...texts: readonly string[]) =>
      index
        .addAll(
          contribution,
          texts.map((each) => tokensOf(each)),
        )
        .map(({ novel }) => novel);
    expect(add(5, text, text, '')).toEqual([[{ start: 0, end: 40 }], [], []]);
    expect(add(6, `${text} more`)).toEqual([[{ start: 40, end: 41 }]]);
  });

  test('are not changed by a question', () => {
    const index = new DatanetIndex(infoTable());
    const tokens = tokensOf(Array.from({ length: 20 }, (_, i) => `rare${i}`).join(' '));
    expect(index.copiedRuns(tokens)).toEqual([]);
    expect(index.addAll(1, [tokens])).toEqual([{ copied: [], novel: [{ start: 0, end: 20 }] }]);
  });
});
