/** Commands that run beside busy processes: what is said of them, and that nothing is left behind. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { startBusy } from '../../tools/loaded/busy.ts';
import { parseOptions } from '../../tools/loaded/options.ts';
import { cpuSecondsOf, runOnce } from '../../tools/loaded/run.ts';
import { lives } from '../e2e/processes.ts';

const folder = mkdtempSync(join(tmpdir(), 'openledger-loaded-test-'));
afterAll(() => rmSync(folder, { recursive: true }));
const log = join(folder, 'run.log');

describe('a run', () => {
  test('is reported with its exit code, what it took, and all that it has said', async () => {
    const never = new AbortController().signal;
    const ran = await runOnce(['/bin/sh', '-c', 'echo out; echo err >&2; exit 3'], log, never);
    expect(ran).toEqual({ code: 3, wallSeconds: expect.any(Number), cpuSeconds: expect.any(Number) });
    expect(readFileSync(log, 'utf8')).toBe('out\nerr\n');
    expect(await runOnce([join(folder, 'no-such-program')], log, never)).toMatchObject({ code: 127 });
  });

  test('is asked to stop when the runner is interrupted', async () => {
    const interrupted = new AbortController();
    const script =
      'process.on("SIGINT", () => process.exit(130)); console.log("up"); setInterval(() => {}, 1000)';
    const running = runOnce([process.execPath, '-e', script], log, interrupted.signal);
    await expect.poll(() => readFileSync(log, 'utf8'), { timeout: 600_000 }).toBe('up\n');
    interrupted.abort();
    expect((await running).code).not.toBe(0);
  });

  test('took the processor time of its children', () => {
    expect(cpuSecondsOf('0m0.010s 0m0.000s\n1m2.500s 0m1.250s\n')).toBe(63.8);
    expect(cpuSecondsOf('')).toBeUndefined();
  });
});

test('busy processes are there until they are ended', async () => {
  const busy = startBusy(2);
  expect(busy.pids).toHaveLength(2);
  expect(busy.pids.every(lives)).toBe(true);
  await busy.end();
  expect(busy.pids.some(lives)).toBe(false);
});

test('arguments after the job belong to the job', () => {
  expect(parseOptions(['--busy', '3', '--times', '4', 'e2e', 'disputes', '--bail', '1'])).toMatchObject({
    value: { busy: 3, times: 4, json: false, job: 'e2e', args: ['disputes', '--bail', '1'] },
  });
  for (const wrong of [
    [],
    ['sleep'],
    ['--times', '0', 'demo'],
    ['--busy', '-1', 'demo'],
    ['--bsy', '1', 'demo'],
  ])
    expect(parseOptions(wrong)).toMatchObject({ fault: { code: 'ARGUMENT_INVALID' } });
});
