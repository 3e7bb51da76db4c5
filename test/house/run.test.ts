import { describe, expect, test } from 'vitest';
import type { Check } from '../../tools/check/checks.ts';
import { run } from '../../tools/check/run.ts';
import { ROOT } from './planted.ts';

const check = (script: string, rest: Partial<Check> = {}): Check => ({
  name: 'a check',
  asks: 'a question',
  command: ['node', '--eval', script, '--'],
  counts: 'itself',
  limitSeconds: 600,
  ...rest,
});

describe('a check', () => {
  test('passes with exit code 0 only', async () => {
    expect(await run(check('process.exit(0)'), ROOT)).toMatchObject({ passed: 1, failed: 0 });
    expect(await run(check('process.exit(3)'), ROOT)).toMatchObject({ passed: 0, failed: 1 });
  });

  test('that is ended by a signal has failed', async () => {
    expect(await run(check('process.kill(process.pid, "SIGKILL")'), ROOT)).toMatchObject({ failed: 1 });
  });

  test('whose program is not there has failed', async () => {
    expect(await run({ ...check(''), command: ['no-such-program'] }, ROOT)).toMatchObject({ failed: 1 });
  });

  test('that hangs is stopped, and has failed', async () => {
    expect(await run(check('setInterval(() => {}, 1000)', { limitSeconds: 1 }), ROOT)).toMatchObject({
      failed: 1,
    });
  });

  test('that should report its tests and does not has failed', async () => {
    expect(await run(check('process.exit(0)', { counts: 'vitest' }), ROOT)).toMatchObject({ failed: 1 });
  });

  test('runs under the Node that the project brings', async () => {
    const script = 'process.exit(Number(process.versions.node.split(".")[0]) >= 22 ? 0 : 1)';
    expect(await run(check(script), ROOT)).toMatchObject({ passed: 1 });
  });
});
