import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import type { HashKey } from '../../../../src/attribution/engine/lexicon.ts';
import type { Segment } from '../../../../src/attribution/engine/segment.ts';
import {
  mergeSegments,
  SegmentBuilder,
  type Texts,
} from '../../../../src/attribution/engine/segment-builder.ts';
import { utf8 } from '../../../../src/lib/bytes.ts';
import { unwrap } from '../../../../src/lib/errors.ts';
import type { ContributionId, DatanetId } from '../../../../src/lib/ids.ts';
import { ITEM_TOKENS_MAX } from '../../../../state/attribution/parameters.ts';
import { RULES_DEFAULT, type RulesVersion } from '../../../../state/attribution/rules.ts';

export const KEY: HashKey = { start: 0x1234567, multiplier: 0x9e3779b1 };

/** All that its items hold is declared to be new. */
export const textsOf = (
  contribution: ContributionId,
  index: number,
  items: readonly string[],
  rules: RulesVersion = RULES_DEFAULT,
): Texts => ({
  contribution,
  index,
  rules,
  // What is past the end of an item is left out.
  novelRuns: items.map((_, item) => ({ item, start: 0, end: ITEM_TOKENS_MAX })),
  items: items.map((text) => utf8(text)),
});

export const segmentOf = (
  datanet: DatanetId,
  contributions: readonly Texts[],
  key = KEY,
  longList?: number,
): Segment => {
  const builder = new SegmentBuilder(datanet, key, 1 << 12, Number.POSITIVE_INFINITY, longList);
  for (const each of contributions.toSorted((a, b) => a.contribution - b.contribution))
    unwrap(builder.add(each));
  return builder.finish();
};

/** Texts of Datanet 0 or 1, and which of its three segments holds them. */
export type PlacedTexts = Texts & { readonly datanet: DatanetId; readonly cut: number };

/** Returns the segments of both Datanets, or one of each that is merged of its segments. */
export const segmentsOf = (
  contributions: readonly PlacedTexts[],
  {
    merged,
    key = KEY,
    longList,
  }: { readonly merged: boolean; readonly key?: HashKey; readonly longList: number },
): readonly Segment[] =>
  [0, 1].flatMap((datanet) => {
    const cuts = [0, 1, 2].map((cut) =>
      segmentOf(
        datanet,
        contributions.filter((each) => each.datanet === datanet && each.cut === cut),
        key,
        longList,
      ),
    );
    return merged ? [unwrap(mergeSegments(key, cuts, new Set(), { longList }))] : cuts;
  });

/** A text of many different words, the same for the same salt. */
export const wordsOf = (count: number, salt: number): string =>
  Array.from({ length: count }, (_, i) => `w${(i * 7919 + salt * 104_729) % 1_000_003}x`).join(' ');

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder of its own, which goes with the test. */
export const freshFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'index-'));
  folders.push(folder);
  return folder;
};
