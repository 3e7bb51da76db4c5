/** Contributions on their way to another thread: a few arrays to hand over, instead of an object for every text. */
import type { NovelRun } from '../../../state/attribution/novel-runs.ts';
import { RULES_DEFAULT, type RulesVersion } from '../../../state/attribution/rules.ts';
import type { Brought } from '../../../state/attribution/shared.ts';
import type { Texts } from './segment-builder.ts';

export type PackedTexts = {
  /** For each contribution: its contribution id, its acceptance index, the version of its rules, and its number of items. */
  readonly contributions: Float64Array;
  readonly indices: Uint32Array;
  readonly rules: readonly RulesVersion[];
  readonly brought: readonly (Brought | undefined)[];
  readonly items: Uint32Array;
  /** The number of novel runs of each contribution, and three numbers for each run: item, start, end. */
  readonly runs: Uint32Array;
  readonly novelRuns: Uint32Array;
  /** The end of each item in `bytes`. */
  readonly ends: Float64Array;
  readonly bytes: Uint8Array<ArrayBuffer>;
};

const RUN_NUMBERS = 3;

const packRuns = (contributions: readonly Texts[]): Pick<PackedTexts, 'runs' | 'novelRuns'> => {
  const runs = Uint32Array.from(contributions, (each) => each.novelRuns?.length ?? 0);
  const novelRuns = new Uint32Array(RUN_NUMBERS * runs.reduce((sum, count) => sum + count, 0));
  let at = 0;
  for (const each of contributions)
    for (const { item, start, end } of each.novelRuns ?? []) {
      novelRuns[at++] = item;
      novelRuns[at++] = start;
      novelRuns[at++] = end;
    }
  return { runs, novelRuns };
};

export const packTexts = (contributions: readonly Texts[]): PackedTexts => {
  let items = 0;
  let size = 0;
  for (const each of contributions) {
    items += each.items.length;
    for (const { length } of each.items) size += length;
  }
  const ends = new Float64Array(items);
  const bytes = new Uint8Array(size);
  let item = 0;
  let end = 0;
  for (const each of contributions)
    for (const text of each.items) {
      bytes.set(text, end);
      end += text.length;
      ends[item++] = end;
    }
  return {
    contributions: Float64Array.from(contributions, ({ contribution }) => contribution),
    indices: Uint32Array.from(contributions, ({ index }) => index),
    rules: contributions.map((each) => each.rules),
    brought: contributions.map((each) => each.brought),
    items: Uint32Array.from(contributions, (each) => each.items.length),
    ...packRuns(contributions),
    ends,
    bytes,
  };
};

export const unpackTexts = ({
  contributions,
  indices,
  rules,
  brought,
  items,
  runs,
  novelRuns,
  ends,
  bytes,
}: PackedTexts): readonly Texts[] => {
  let item = 0;
  let start = 0;
  let run = 0;
  const nextRun = (): NovelRun => {
    const at = RUN_NUMBERS * run++;
    return { item: novelRuns[at] ?? 0, start: novelRuns[at + 1] ?? 0, end: novelRuns[at + 2] ?? 0 };
  };
  return Array.from(contributions, (contribution, i) => ({
    contribution,
    index: indices[i] ?? 0,
    rules: rules[i] ?? RULES_DEFAULT,
    brought: brought[i],
    novelRuns: Array.from({ length: runs[i] ?? 0 }, nextRun),
    items: Array.from({ length: items[i] ?? 0 }, () => {
      const end = ends[item++] ?? 0;
      const text = bytes.subarray(start, end);
      start = end;
      return text;
    }),
  }));
};
