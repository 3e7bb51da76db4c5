import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CODE_NUMBERS, codeOfNumber, numberOfCode } from '../../../state/errors/numbers.ts';

/** `retired` keeps the numbers of codes that do not exist any more, so that none of them is given to another code. */
type Vector = {
  readonly codes: Readonly<Record<string, number>>;
  readonly retired: Readonly<Record<string, number>>;
};

const vector = JSON.parse(
  readFileSync(new URL('../../vectors/errors/execution.json', import.meta.url), 'utf8'),
) as Vector;

const declared = Object.fromEntries(CODE_NUMBERS);

describe('the numbers of the codes in the results of a block', () => {
  test('are those of the vector file: a code keeps its name and its number', () => {
    const changed = Object.entries(vector.codes).filter(([code, number]) => declared[code] !== number);
    expect(changed, 'renamed, renumbered or removed (then move the line to `retired`)').toEqual([]);
  });

  test('have a line each in the vector file', () => {
    const missing = Object.keys(declared).filter((code) => vector.codes[code] === undefined);
    expect(missing, 'new: append them to test/vectors/errors/execution.json').toEqual([]);
  });

  test('are distinct, also from those of retired codes', () => {
    const numbers = [...CODE_NUMBERS.values(), ...Object.values(vector.retired)];
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  test('fit two bytes, and none is that of success', () => {
    for (const number of CODE_NUMBERS.values()) {
      expect(Number.isInteger(number)).toBe(true);
      expect(number).toBeGreaterThan(0);
      expect(number).toBeLessThan(1 << 16);
    }
  });

  test('lead back to their codes', () => {
    for (const [code, number] of CODE_NUMBERS) {
      expect(numberOfCode(code)).toBe(number);
      expect(codeOfNumber(number)).toBe(code);
    }
  });

  test('that no code has are refused', () => {
    expect(() => codeOfNumber(0)).toThrow('no code has the number 0');
  });
});
