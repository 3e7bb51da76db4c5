/** The golden files: how they are written, and how one is compared with what has just been recorded. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Json } from '../../../../src/lib/ssz.ts';

const folder = new URL('../../../vectors/golden/', import.meta.url);

/** A record as JSON. `undefined` is a value that is missing on one side. */
type Value = Json | undefined;

const isObject = (value: Value): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null;

const shown = (value: Value): string =>
  value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 200);

/** One line per value that differs: where it stands, and both values. */
const differencesAt = (path: string, golden: Value, recorded: Value): readonly string[] => {
  if (!isObject(golden) || !isObject(recorded))
    return golden === recorded
      ? []
      : [`${path}: the file has ${shown(golden)}, now it is ${shown(recorded)}`];
  const names = [...new Set([...Object.keys(golden), ...Object.keys(recorded)])];
  return names.flatMap((name) => differencesAt(`${path}.${name}`, golden[name], recorded[name]));
};

type Line = { readonly height: number };

/** The same bytes for the same record. */
export const linesOf = (lines: readonly Line[]): string =>
  `[\n${lines.map((line) => JSON.stringify(line)).join(',\n')}\n]\n`;

export const writeGolden = (name: string, lines: readonly Line[]): void => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL(name, folder), linesOf(lines));
};

const isStateRoot = (difference: string): boolean => /^block \d+\.stateRoot:/.test(difference);

/** What differs between a golden file and a record: which block, which field, and both values. */
export const differences = (name: string, lines: readonly Line[]): readonly string[] => {
  const byHeight = (text: string) =>
    new Map((JSON.parse(text) as (Json & Line)[]).map((line) => [line.height, line]));
  const golden = byHeight(readFileSync(new URL(name, folder), 'utf8'));
  const recorded = byHeight(linesOf(lines));
  const heights = [...new Set([...golden.keys(), ...recorded.keys()])];
  const found = heights.flatMap((height) =>
    differencesAt(`block ${height}`, golden.get(height), recorded.get(height)),
  );
  // Once a state differs, so do all after it: the first is enough, or nothing else could be seen.
  const first = found.findIndex(isStateRoot);
  return found.filter((difference, index) => index === first || !isStateRoot(difference));
};
