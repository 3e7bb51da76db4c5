import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { lockState } from '../../../src/services/run/state-lock.ts';

/** Above the largest process id of every system, and odd, which no process id of Windows is. */
const NO_PROCESS = 2 ** 31 - 1;

const folder = mkdtempSync(join(tmpdir(), 'openledger-lock-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a lock is held until it is given back, and leaves nothing behind', () => {
  const path = join(folder, 'new', 'a.lock');
  const release = lockState(path);
  expect(readFileSync(path, 'utf8')).toBe(`${process.pid}\n`);
  expect(readdirSync(join(folder, 'new'))).toEqual(['a.lock']);
  release();
  expect(existsSync(path)).toBe(false);
});

test('what a process that runs holds is not taken', () => {
  const path = join(folder, 'b.lock');
  writeFileSync(path, `${process.ppid}\n`);
  expect(() => lockState(path)).toThrow(
    expect.objectContaining({ code: 'STATE_IN_USE', message: expect.stringContaining(String(process.ppid)) }),
  );
  expect(readFileSync(path, 'utf8')).toBe(`${process.ppid}\n`);
});

test.each([
  ['of a process that is not there', `${NO_PROCESS}\n`],
  ['that is damaged', 'x'],
  ['of an earlier process of the same id', `${process.pid}\n`],
])('a lock %s is taken over', (_, content) => {
  const path = join(folder, 'c.lock');
  writeFileSync(path, content);
  const release = lockState(path);
  expect(readFileSync(path, 'utf8')).toBe(`${process.pid}\n`);
  release();
  expect(readdirSync(folder).filter((name) => name.startsWith('c.'))).toEqual([]);
});

test('one that another has taken meanwhile is not given back for it', () => {
  const path = join(folder, 'd.lock');
  const release = lockState(path);
  writeFileSync(path, '1\n');
  release();
  expect(existsSync(path)).toBe(true);
});
