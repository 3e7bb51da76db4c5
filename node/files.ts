import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { fail, ok, type Result, toFault } from '../src/lib/errors.ts';

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

/** Whole or not at all, and on the disk when this returns: a temporary file, synced, renamed, the directory synced. */
export const writeFileAtomic = (path: string, content: string | Uint8Array, mode = 0o644): void => {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
  const handle = openSync(temporary, 'w', mode);
  try {
    let at = 0;
    while (at < bytes.length) at += writeSync(handle, bytes, at);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(temporary, path);
  syncDirectory(dirname(path));
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
