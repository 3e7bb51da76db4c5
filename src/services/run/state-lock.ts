/**
 * Keeps two processes from working with the same state: each would send the transactions that the other has stored. The
 * lock is a file with the id of the process that holds it. A lock whose process has ended is taken over.
 */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { CodedError, toFault } from '../../lib/errors.ts';
import { systemCode } from '../../lib/files.ts';
import { fault } from './errors.ts';

/** Returns the content of a file; undefined if there is no such file. */
const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
};

/**
 * Checks whether the process that holds a lock is alive. A lock with the id of this process belongs to an earlier process
 * with the same id, as this process takes each lock once.
 */
const isAlive = (pid: number): boolean => {
  if (!Number.isSafeInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // The process exists, but belongs to another user.
    return systemCode(error) === 'EPERM';
  }
};

/** Creates the lock with its content in one step. @returns false if there is a lock already */
const link = (from: string, to: string): boolean => {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
};

/** Removes a lock that no process holds. It puts the lock back if another process has taken it in the meantime. */
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
      `process ${pid} already works with this state; stop it, choose another --state, or, if it is another program, remove ${path}`,
      { path, pid },
    ),
  );
};

/**
 * Takes the lock. @returns a function that releases it
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
