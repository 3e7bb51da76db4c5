import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { lastLogLine, nodeEnvironment } from '../../../../node/devnet/child.ts';

const home = mkdtempSync(join(tmpdir(), 'openledger-child-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const logged = (...lines: readonly string[]): string => {
  writeFileSync(join(home, 'node.log'), lines.map((line) => `${line}\n`).join(''));
  return lastLogLine(home);
};

test('a node of a devnet has a small heap, unless the user asks for another', () => {
  const small = '--max-semi-space-size=8 --max-old-space-size=384';
  expect(nodeEnvironment({ HOME: '/home' })).toMatchObject({ HOME: '/home', NODE_OPTIONS: small });
  // Of two values of an option, the last one counts.
  expect(nodeEnvironment({ NODE_OPTIONS: '--max-old-space-size=1024', MALLOC_ARENA_MAX: '4' })).toMatchObject(
    {
      NODE_OPTIONS: `${small} --max-old-space-size=1024`,
      MALLOC_ARENA_MAX: '4',
    },
  );
  // What is empty is not set.
  expect(nodeEnvironment({ MALLOC_ARENA_MAX: '', NODE_COMPILE_CACHE: '', NODE_OPTIONS: '' })).toEqual(
    nodeEnvironment({}),
  );
});

describe('why a node did not start', () => {
  test('is its last line with a code, whatever was logged after it', () => {
    const refused = JSON.stringify({ level: 60, code: 'HOME_IN_USE', msg: 'another process has it open' });
    expect(logged('{"msg":"committed"}', refused, '{"msg":"stopped"}')).toBe(
      'HOME_IN_USE: another process has it open',
    );
  });

  test('is its last line as it is, if none has a code or is JSON', () => {
    expect(logged('{"msg":"committed"}', 'Segmentation fault')).toBe('Segmentation fault');
  });

  test('says so if it left no log', () => {
    expect(lastLogLine(join(home, 'nowhere'))).toBe('it left no log');
  });
});
