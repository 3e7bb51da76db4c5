/** The scripts of the package that measure and show: what they say of their own arguments. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const { scripts } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};
/** Every script that runs a file of ours, but for the command, the checks and the build, which have tests of their own. */
const NAMES = Object.entries(scripts)
  .filter(([name, line]) => /^node (?:test|tools)\//.test(line) && !/^(?:test|build|check:)/.test(name))
  .map(([name]) => name);

const run = (name: string, ...args: readonly string[]) => {
  const [, entry = ''] = (scripts[name] ?? '').split(' ');
  const { status, stdout, stderr } = spawnSync(process.execPath, [entry, ...args], {
    cwd: root,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
};

describe.each(NAMES)('npm run %s', (name) => {
  test('explains itself', () => {
    const { status, stdout, stderr } = run(name, '--help');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`usage: npm run ${name} `);
  });

  test('refuses an option that it has not with a code, its usage, and no stack', () => {
    const { status, stdout, stderr } = run(name, '--no-such-option');
    expect(status).not.toBe(0);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^error ARGUMENT_INVALID: /);
    expect(stderr).toContain(`usage: npm run ${name} `);
    expect(stderr).not.toMatch(/^ +at /m);
  });
});
