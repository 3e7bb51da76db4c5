/** The arguments of `npm run hostile`, before any node starts. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
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
