/**
 * Keeps two processes from working with the same state: each would send what the other has put down. The lock is a file
 * with the id of the process that holds it; that of a process which is no more is taken over.
 */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { CodedError, toFault } from '../../lib/errors.ts';
import { systemCode } from '../../lib/files.ts';
import { fault } from './errors.ts';

/** Undefined if there is no such file. */
const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
};

/** One with the id of this process was left by an earlier one: this one takes each lock once. */
const isAlive = (pid: number): boolean => {
  if (!Number.isSafeInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // There is one, but of another user.
    return systemCode(error) === 'EPERM';
  }
};

/** Whether it was made: never over one that is there, and never without the id in it. */
const link = (from: string, to: string): boolean => {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
};

/** Moves a lock away that nobody holds any more; another process may have been quicker, and hold it by now. */
const dropStale = (path: string, content: string): void => {
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return;
    throw error;
  }
  if (read(aside) !== content) link(aside, path);
  rmSync(aside, { force: true });
};

const ATTEMPTS = 3;

const take = (path: string, own: string): void => {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (link(own, path)) return;
    const content = read(path);
    if (content === undefined) continue;
    if (isAlive(Number(content))) break;
    dropStale(path, content);
  }
  const pid = read(path)?.trim() ?? '?';
  throw new CodedError(
    fault(
      'STATE_IN_USE',
      `process ${pid} works with this state already; stop it, choose another --state, or, if it is no such process, remove ${path}`,
      { path, pid },
    ),
  );
};

/**
 * Holds the lock until what it returns is called.
 * @throws CodedError `STATE_IN_USE` if another process holds it, `FILE_UNWRITABLE`
 */
export const lockState = (path: string): (() => void) => {
  const own = `${path}.${process.pid}`;
  const content = `${process.pid}\n`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(own, content);
    take(path, own);
  } catch (error) {
    if (error instanceof CodedError) throw error;
    const reason = toFault(error).message;
    throw new CodedError(fault('FILE_UNWRITABLE', `${path} cannot be written: ${reason}`, { path }), {
      cause: error,
    });
  } finally {
    rmSync(own, { force: true });
  }
  return () => {
    if (read(path) === content) rmSync(path, { force: true });
  };
};
