import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { CodedError, ok, toFault } from './errors.ts';
import { fail, fault, type Result } from './lib-errors.ts';

/** Only for its owner: keys. */
export const SECRET_MODE = 0o600;

const syncDirectory = (path: string): void => {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
};

/** All of the bytes, in a new file, on the disk when this returns. */
const writeSynced = (path: string, bytes: Uint8Array, mode: number): void => {
  const handle = openSync(path, 'wx', mode);
  try {
    let at = 0;
    while (at < bytes.length) at += writeSync(handle, bytes, at);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
};

/**
 * Whole or not at all, and on the disk when this returns: a temporary file, synced, renamed, the directory synced.
 * @throws CodedError `FILE_UNWRITABLE`, naming the path; what was there before is there still
 */
export const writeFileAtomic = (path: string, content: string | Uint8Array, mode = 0o644): void => {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    // Of an earlier process with this id that was cut short.
    rmSync(temporary, { force: true });
    writeSynced(temporary, typeof content === 'string' ? Buffer.from(content, 'utf8') : content, mode);
    renameSync(temporary, path);
    syncDirectory(dirname(path));
  } catch (error) {
    rmSync(temporary, { force: true });
    const reason = toFault(error).message;
    throw new CodedError(fault('FILE_UNWRITABLE', `${path} cannot be written: ${reason}`, { path }), {
      cause: error,
    });
  }
};

/** Faults: `FILE_MISSING`, `FILE_UNREADABLE`, each naming the path. */
export const readText = (path: string): Result<string> => {
  try {
    return ok(readFileSync(path, 'utf8'));
  } catch (error) {
    const reason = toFault(error);
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return missing
      ? fail('FILE_MISSING', `${path} is not there`, { path })
      : fail('FILE_UNREADABLE', `${path} cannot be read: ${reason.message}`, { path });
  }
};

/** Faults: those of {@link readText}, and `FILE_NOT_JSON`. */
export const readJson = (path: string): Result<unknown> => {
  const content = readText(path);
  if (!content.ok) return content;
  try {
    return ok(JSON.parse(content.value));
  } catch (error) {
    return fail('FILE_NOT_JSON', `${path} is not JSON: ${toFault(error).message}`, { path });
  }
};
