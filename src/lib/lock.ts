/**
 * Locks for what only one process may use at a time, because it holds a secret or a promise: homes, journals, keystores and
 * the state of services. There is one mechanism for all of them: a file beside what it guards, with an advisory lock of the
 * operating system on it.
 *
 * The system lets go of the lock when its process ends, in whatever way, so a lock that is left over never blocks. It asks
 * no process id whether it is alive, so it holds between containers that count their processes anew, and over NFS. Two
 * parts of one process exclude each other too. The content of the file is only for the message to people.
 */
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { CodedError, failWith, ok, toFault, unwrap } from './errors.ts';
import { makeDirectory, SECRET_MODE, systemCode } from './files.ts';
import { fault, type Result } from './lib-errors.ts';
import { showUtf8 } from './text.ts';

/** The part of `fs-native-extensions` that is used here. */
type Locks = {
  /** Locks bytes of an open file for its handle alone. @returns false if another handle has them */
  readonly tryLock: (file: number, offset: number, length: number) => boolean;
};

const locks = createRequire(import.meta.url)('fs-native-extensions') as Locks;

/** The byte that is locked. It lies past the content, which Windows lets nobody read where it is locked. */
const LOCKED_BYTE = 1 << 20;

export type Lock = {
  /** What is guarded, for the message: a path. */
  readonly guarded: string;
  /** What somebody can do who does not want to wait or to stop the other process. */
  readonly instead?: string;
};

type Holder = {
  readonly pid: number;
  readonly host: string;
  readonly since: string;
  readonly command: string;
};

const isHolder = (value: unknown): value is Holder =>
  typeof value === 'object' &&
  value !== null &&
  ['host', 'since', 'command'].every((name) => typeof Reflect.get(value, name) === 'string') &&
  Number.isSafeInteger(Reflect.get(value, 'pid'));

/** Returns who holds a lock. Undefined if the file does not say, for example because its holder is just about to write. */
const holderIn = (path: string): Holder | undefined => {
  try {
    const said: unknown = JSON.parse(showUtf8(readFileSync(path).subarray(0, 4_096)));
    return isHolder(said) ? said : undefined;
  } catch {
    return undefined;
  }
};

/** Letters of the name of a host or a command. The file may hold whatever somebody has written into it. */
const plain = (text: string): string => text.replace(/[^ -~]/g, '?').slice(0, 100);

const inUse = (path: string, { guarded, instead }: Lock) => {
  const holder = holderIn(path);
  const or = instead === undefined ? '' : `, or ${instead}`;
  if (holder === undefined)
    return fault('IN_USE', `${guarded} is in use by another process; wait until it has ended${or}`, {
      path: guarded,
      lock: path,
    });
  const { pid, host, since, command } = holder;
  const own = host === hostname();
  const where = own ? '' : ` on ${plain(host)}`;
  const stop = own ? `, stop it with "kill ${pid}"` : '';
  return fault(
    'IN_USE',
    `${guarded} is in use by process ${pid}${where} (${plain(command)}, since ${plain(since)}); wait until it has ended${stop}${or}`,
    { path: guarded, lock: path, pid, host: plain(host) },
  );
};

/** Whether an open file still has this path. Whoever held the lock before may have removed the file. */
const isAt = (path: string, file: number): boolean => {
  try {
    const { ino, dev } = statSync(path);
    const opened = fstatSync(file);
    return ino === opened.ino && dev === opened.dev;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
};

/** Opens and locks the file. @returns its handle; undefined if another one holds it */
const openLocked = (path: string): number | undefined => {
  for (;;) {
    const file = openSync(path, 'a+', SECRET_MODE);
    try {
      if (!locks.tryLock(file, LOCKED_BYTE, 1)) {
        closeSync(file);
        return undefined;
      }
      if (isAt(path, file)) return file;
    } catch (error) {
      closeSync(file);
      throw error;
    }
    closeSync(file);
  }
};

/** Says who holds the lock, for messages. On a full disk nobody can be told, and the lock holds all the same. */
const announce = (file: number): void => {
  const { pid, title } = process;
  const verb = process.argv[2];
  const command = verb === undefined || verb.startsWith('-') ? title : `openledger ${verb}`;
  const holder: Holder = { pid, host: hostname(), since: new Date().toISOString(), command };
  try {
    ftruncateSync(file);
    writeSync(file, `${JSON.stringify(holder)}\n`);
  } catch {
    // The lock is that of the system, whatever its file says.
  }
};

/**
 * Takes a lock, and makes the folders of its path.
 * @param path - of the lock file. It is removed when the lock is released
 * @returns a function that releases it. Faults: `IN_USE`, which names the process that holds it; `FILE_UNWRITABLE`
 */
export const takeLock = (path: string, lock: Lock): Result<() => void> => {
  try {
    makeDirectory(dirname(path));
    const file = openLocked(path);
    if (file === undefined) return failWith(inUse(path, lock));
    announce(file);
    let isHeld = true;
    return ok(() => {
      if (!isHeld) return;
      isHeld = false;
      // While it is still locked: nobody can have taken the file that is removed.
      rmSync(path, { force: true });
      closeSync(file);
    });
  } catch (error) {
    if (error instanceof CodedError) throw error;
    return failWith(
      fault('FILE_UNWRITABLE', `${path} cannot be locked: ${toFault(error).message}`, { path }),
    );
  }
};

/** Runs something while a lock is held. @throws CodedError as {@link takeLock}; what `run` throws */
export const whileLocked = async <T>(path: string, lock: Lock, run: () => Promise<T>): Promise<T> => {
  const release = unwrap(takeLock(path, lock));
  try {
    return await run();
  } finally {
    release();
  }
};
