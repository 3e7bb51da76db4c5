/** Files that are there whole or not at all, whatever stops the machine. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';

/** The code of an error of the system, such as ENOENT. */
export const systemCode = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : String(error);

/** The ending of files that are being written: one that is left over was never finished. */
export const UNFINISHED = '.unfinished';

export const syncFolder = (folder: string): void => {
  const file = openSync(folder, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
};

/** Writes beside the file, has the disk take it, and only then gives it its name. */
export const writeAtomically = (path: string, write: (file: number) => void): void => {
  const beside = path + UNFINISHED;
  const file = openSync(beside, 'w');
  try {
    write(file);
    fsyncSync(file);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
  renameSync(beside, path);
  syncFolder(dirname(path));
};
