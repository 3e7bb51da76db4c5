/** Contributions on their way to another thread: a few arrays to hand over, instead of an object for every text. */
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
  /** The end of each item in `bytes`. */
  readonly ends: Float64Array;
  readonly bytes: Uint8Array<ArrayBuffer>;
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
  ends,
  bytes,
}: PackedTexts): readonly Texts[] => {
  let item = 0;
  let start = 0;
  return Array.from(contributions, (contribution, i) => ({
    contribution,
    index: indices[i] ?? 0,
    rules: rules[i] ?? RULES_DEFAULT,
    brought: brought[i],
    items: Array.from({ length: items[i] ?? 0 }, () => {
      const end = ends[item++] ?? 0;
      const text = bytes.subarray(start, end);
      start = end;
      return text;
    }),
  }));
};
