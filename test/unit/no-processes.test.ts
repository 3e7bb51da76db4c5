import * as childProcess from 'node:child_process';
import { expect, test } from 'vitest';
import { CHECKS } from '../../tools/check/checks.ts';
import { run } from '../../tools/check/run.ts';

const { execPath } = process;

test.each([
  ['exec', () => childProcess.exec('true')],
  ['execFile', () => childProcess.execFile(execPath, ['--version'])],
  ['execFileSync', () => childProcess.execFileSync(execPath, ['--version'])],
  ['execSync', () => childProcess.execSync('true')],
  ['fork', () => childProcess.fork('none.js')],
  ['spawn', () => childProcess.spawn(execPath, ['--version'])],
  ['spawnSync', () => childProcess.spawnSync(execPath, ['--version'])],
])('a unit test cannot start a process with %s', (_name, start) => {
  expect(start).toThrow('a unit test starts no process');
});

test('code under a unit test cannot start a process either', async () => {
  const [check] = CHECKS;
  expect(check?.counts).toBe('itself');
  if (check !== undefined) await expect(run(check, '.')).rejects.toThrow('a unit test starts no process');
});

test('every function of Node that starts a process is covered', () => {
  const starts = Object.keys(childProcess).filter((name) => /^(?:exec|fork|spawn)/.test(name));
  expect(starts.toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
    'exec',
    'execFile',
    'execFileSync',
    'execSync',
    'fork',
    'spawn',
    'spawnSync',
  ]);
});
