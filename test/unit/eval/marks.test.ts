/** The marks of PT-2, as frozen in tools/info-1/pt2.json. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

type Rows = readonly (readonly [string, string])[];

const read = (name: string): Record<string, Rows> =>
  JSON.parse(readFileSync(new URL(`../../../tools/info-1/${name}`, import.meta.url), 'utf8')) as Record<
    string,
    Rows
  >;

const codePoints = (rows: Rows | undefined): number[] =>
  (rows ?? []).flatMap(([first, last]) => {
    const from = Number.parseInt(first, 16);
    return Array.from({ length: Number.parseInt(last, 16) - from + 1 }, (_, i) => from + i);
  });

const marks = new Set(codePoints(read('pt2.json').mark));

describe('the marks of PT-2', () => {
  test('have no class of PT-1, and ascend', () => {
    const { space, removed, word } = read('pt1.json');
    const classed = [space, removed, word].flatMap(codePoints);
    expect(classed.length).toBeGreaterThan(9_000);
    expect(classed.filter((c) => marks.has(c))).toEqual([]);
    const listed = codePoints(read('pt2.json').mark);
    expect(listed).toEqual([...new Set(listed)].toSorted((a, b) => a - b));
  });

  test('are punctuation and symbols, not letters, digits, pictures or what a script writes with', () => {
    const isMark = (text: string): boolean[] => [...text].map((each) => marks.has(each.codePointAt(0) ?? 0));
    const all = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~«»„…•·§©™€×÷→≤─█★、。「」・।،';
    expect(isMark(all)).toEqual(isMark(all).map(() => true));
    const none = '中あアー々한ก½²①ⅧΩ㎏㍿⺀⠿🙂👍🏽🇩✔❤\ue000\u0378';
    expect(isMark(none)).toEqual(isMark(none).map(() => false));
  });
});
