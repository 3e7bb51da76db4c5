import { describe, expect, test } from 'vitest';
import { add, NOTHING, tallyOfExit, tallyOfVitest } from '../../tools/check/tally.ts';

const file = (status: string, ...tests: readonly string[]) => ({
  status,
  assertionResults: tests.map((each) => ({ status: each })),
});
const report = (...files: readonly unknown[]) => ({ testResults: files });

describe('the count of npm test', () => {
  test('takes a check by its exit code', () => {
    expect(tallyOfExit(0)).toEqual({ passed: 1, failed: 0, skipped: 0 });
    expect(tallyOfExit(1)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });

  test('sums the tests of every file', () => {
    const all = report(file('passed', 'passed', 'passed'), file('failed', 'passed', 'failed'));
    expect(tallyOfVitest(all, 1)).toEqual({ passed: 3, failed: 1, skipped: 0 });
  });

  test('takes a file that could not be loaded as one failure', () => {
    expect(tallyOfVitest(report(file('passed', 'passed'), file('failed')), 1)).toEqual({
      passed: 1,
      failed: 1,
      skipped: 0,
    });
  });

  test('takes an error that belongs to no test as one failure', () => {
    expect(tallyOfVitest(report(file('passed', 'passed')), 1)).toMatchObject({ passed: 1, failed: 1 });
  });

  test('takes a run without a report, or without a test, as one failure', () => {
    expect(tallyOfVitest(undefined, 0)).toMatchObject({ passed: 0, failed: 1 });
    expect(tallyOfVitest(report(), 0)).toMatchObject({ passed: 0, failed: 1 });
    expect(tallyOfVitest(report(file('passed', 'skipped')), 0)).toEqual({ passed: 0, failed: 1, skipped: 1 });
  });

  test('does not take a skipped test for one that passed', () => {
    expect(tallyOfVitest(report(file('passed', 'passed', 'skipped', 'todo')), 0)).toEqual({
      passed: 1,
      failed: 0,
      skipped: 2,
    });
  });

  test('adds up', () => {
    expect(
      [tallyOfExit(0), tallyOfExit(1), { passed: 5, failed: 0, skipped: 2 }].reduce(add, NOTHING),
    ).toEqual({ passed: 6, failed: 1, skipped: 2 });
  });
});
