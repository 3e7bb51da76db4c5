/** The lock of a process that was killed is free at once; one of a process that lives is not. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { unwrap } from '../../src/lib/errors.ts';
import { takeLock } from '../../src/lib/lock.ts';

const LOCK = JSON.stringify(new URL('../../src/lib/lock.ts', import.meta.url).href);

/** Starts a process that takes a lock and holds it. Resolves once it has the lock. */
const holder = async (path: string): Promise<ChildProcess> => {
  const program = `
    import { takeLock } from ${LOCK};
    console.log(takeLock(${JSON.stringify(path)}, { guarded: 'it' }).ok);
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program]);
  onTestFinished(() => void child.kill('SIGKILL'));
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  expect(said.toString()).toBe('true\n');
  return child;
};

test('a lock of another process holds until that is killed, and then no longer', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'openledger-lock-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'a.lock');
  const child = await holder(path);
  const refused = takeLock(path, { guarded: 'it' });
  expect(refused).toMatchObject({ fault: { code: 'IN_USE', data: { pid: child.pid } } });
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(existsSync(path)).toBe(true);
  unwrap(takeLock(path, { guarded: 'it' }))();
});
