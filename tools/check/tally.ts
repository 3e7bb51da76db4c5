/** Counts the results of checks. The rule is: what was not seen to pass has failed. */

export type Tally = { readonly passed: number; readonly failed: number; readonly skipped: number };

export const NOTHING: Tally = { passed: 0, failed: 0, skipped: 0 };

export const add = (a: Tally, b: Tally): Tally => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
});

export const tallyOfExit = (exitCode: number): Tally =>
  exitCode === 0 ? { ...NOTHING, passed: 1 } : { ...NOTHING, failed: 1 };

/**
 * Counts the results in vitest's JSON report. Three cases count as one failure though no test has failed: a file that
 * could not be loaded, an error between tests, and a run that found no test at all.
 */
export const tallyOfVitest = (report: unknown, exitCode: number): Tally => {
  const tally = filesOf(report).map(tallyOfFile).reduce(add, NOTHING);
  const unexplained = tally.failed === 0 && (exitCode !== 0 || tally.passed === 0);
  return unexplained ? { ...tally, failed: 1 } : tally;
};

const filesOf = (report: unknown): readonly unknown[] => {
  const files = field(report, 'testResults');
  return Array.isArray(files) ? files : [];
};

const tallyOfFile = (file: unknown): Tally => {
  const tests = field(file, 'assertionResults');
  const states = Array.isArray(tests) ? tests.map((test) => field(test, 'status')) : [];
  const passed = states.filter((state) => state === 'passed').length;
  const failed = states.filter((state) => state === 'failed').length;
  const skipped = states.length - passed - failed;
  return { passed, failed: failed === 0 && field(file, 'status') === 'failed' ? 1 : failed, skipped };
};

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
