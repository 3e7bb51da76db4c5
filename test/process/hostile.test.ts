/** The arguments of `npm run hostile`, and its end while nodes start. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { ATTACKS } from '../hostile/attacks.ts';

const MAIN = fileURLToPath(new URL('../hostile/main.ts', import.meta.url));
const hostile = (...args: readonly string[]) =>
  spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });

test('an attack with an unknown name is refused with a code, all wrong names and all right ones', () => {
  const { status, stdout, stderr } = hostile('--only', 'half-open,no-such,,vote-bursts');
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toContain('error ARGUMENT_INVALID: no attack is named "no-such" or ""; the attacks are ');
  for (const { name } of ATTACKS) expect(stderr).toContain(name);
});

test('the list has a line for each attack', () => {
  const { status, stdout } = hostile('--list');
  expect(status).toBe(0);
  expect(stdout.trimEnd().split('\n')).toEqual(ATTACKS.map(({ name, what }) => `${name}: ${what}`));
});

test.each(['0', 'soon'])('a time of %s seconds is refused', (seconds) => {
  const { status, stderr } = hostile(`--seconds=${seconds}`);
  expect([status, stderr.split(':')[0]]).toEqual([1, 'error ARGUMENT_INVALID']);
});

test('a signal while the nodes start ends them, and leaves nothing behind', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'openledger-hostile-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const env = { ...process.env, TMPDIR: folder };
  const tool = spawn(process.execPath, [MAIN, '--only', 'half-open'], { env, stdio: 'ignore' });
  onTestFinished(() => void tool.kill('SIGKILL'));
  const ended = once(tool, 'exit');
  const workshops = (): readonly string[] => globSync('openledger-e2e-*/net', { cwd: folder });
  while (workshops().length === 0) await sleep(20);
  tool.kill('SIGINT');
  expect(await ended).toEqual([130, null]);
  expect(readdirSync(folder).filter((name) => name.startsWith('openledger-e2e-'))).toEqual([]);
});
