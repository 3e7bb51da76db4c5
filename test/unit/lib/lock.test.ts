/** A lock holds while its holder lives and no longer, whatever its file says. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { unwrap } from '../../../src/lib/errors.ts';
import { takeLock, whileLocked } from '../../../src/lib/lock.ts';

const folder = mkdtempSync(join(tmpdir(), 'openledger-lock-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const guarded = '/data/what is guarded';

test('a lock is held until it is given back, and leaves nothing behind', () => {
  const path = join(folder, 'new', 'a.lock');
  const release = unwrap(takeLock(path, { guarded }));
  expect(readdirSync(join(folder, 'new'))).toEqual(['a.lock']);
  release();
  expect(existsSync(path)).toBe(false);
  release();
  const again = unwrap(takeLock(path, { guarded }));
  // To give one back twice does not take it from the next holder.
  release();
  expect(takeLock(path, { guarded }).ok).toBe(false);
  again();
});

test('what is held is refused with what it guards, who holds it and what to do, also within one process', () => {
  const path = join(folder, 'b.lock');
  const release = unwrap(takeLock(path, { guarded }));
  const second = takeLock(path, { guarded, instead: 'choose another --state' });
  expect(second).toMatchObject({
    ok: false,
    fault: { code: 'IN_USE', data: { path: guarded, lock: path, pid: process.pid } },
  });
  expect(second.ok ? '' : second.fault.message).toMatch(
    new RegExp(
      `^${guarded} is in use by process ${process.pid} \\(.*, since 20.*\\); wait until it has ended, ` +
        `stop it with "kill ${process.pid}", or choose another --state$`,
    ),
  );
  release();
  unwrap(takeLock(path, { guarded }))();
});

test.each([
  ['names a process that runs', `${process.ppid}\n`],
  ['names this process', JSON.stringify({ pid: process.pid, host: 'x', since: 'x', command: 'x' })],
  [
    'names process 1 of a container',
    '{"pid":1,"host":"here","since":"then","command":"openledger attest"}\n',
  ],
  ['is damaged', '\0{'],
  ['is empty', ''],
])('a lock file that nobody holds does not block, though it %s', (_, content) => {
  const path = join(folder, 'c.lock');
  writeFileSync(path, content);
  const release = unwrap(takeLock(path, { guarded }));
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ pid: process.pid });
  release();
  expect(readdirSync(folder).filter((name) => name.startsWith('c.'))).toEqual([]);
});

test('whatever the file says comes through the message without control characters', () => {
  const path = join(folder, 'd.lock');
  const release = unwrap(takeLock(path, { guarded }));
  for (const content of ['\u001b[2J', '{"pid":7,"host":"\\u001b[2J","since":"\\u202e","command":"\\n"}']) {
    writeFileSync(path, content);
    const second = takeLock(path, { guarded });
    expect(second.ok ? '' : second.fault.message).toMatch(/^[^\p{Cc}\p{Bidi_Control}]+$/u);
  }
  release();
});

test('one that cannot be written is refused with its path', () => {
  writeFileSync(join(folder, 'file'), '');
  expect(takeLock(join(folder, 'file', 'e.lock'), { guarded })).toMatchObject({
    fault: { code: 'FILE_UNWRITABLE', message: expect.stringContaining('e.lock') as unknown },
  });
});

test('something runs while a lock is held, which is given back also if it fails', async () => {
  const path = join(folder, 'f.lock');
  const failed = whileLocked(path, { guarded }, async () => {
    expect(takeLock(path, { guarded }).ok).toBe(false);
    throw new Error('it failed');
  });
  await expect(failed).rejects.toThrow('it failed');
  unwrap(takeLock(path, { guarded }))();
});
