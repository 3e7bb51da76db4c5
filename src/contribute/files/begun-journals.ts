/**
 * Notes which journals have begun and not finished, in a folder of the user. The bond of a commit comes back only through
 * the journal that made it, so no other journal may commit to its text.
 */
import { existsSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { unwrap } from '../../lib/errors.ts';
import { readJson, SECRET_MODE, writeLockedFile } from '../../lib/files.ts';
import { takeLock } from '../../lib/lock.ts';
import type { EnterPlace } from '../place.ts';
import { journalFile } from './journal-file.ts';

/** Returns the journals of a note that are still there. */
const journalsIn = (note: string): readonly string[] => {
  const noted = existsSync(note) ? unwrap(readJson(note)) : undefined;
  const journals: unknown =
    typeof noted === 'object' && noted !== null ? Reflect.get(noted, 'journals') : undefined;
  return Array.isArray(journals)
    ? journals.filter((path): path is string => typeof path === 'string' && existsSync(path))
    : [];
};

/**
 * @param folder - where the notes are: one for all journals of the user
 * @param path - of the journal
 * @param warn - called if nothing can be noted there, so that only this program and its journal are kept apart
 */
export const enterIn =
  (folder: string, path: string, warn: (text: string) => void): EnterPlace =>
  (name, called) => {
    const journal = resolve(path);
    const note = join(folder, `${name}.json`);
    const held = takeLock(join(folder, `${name}.lock`), { guarded: called });
    if (!held.ok && held.fault.code === 'FILE_UNWRITABLE') {
      warn(`${held.fault.message}; another run with another journal is not noticed`);
      return { others: [], begin: () => undefined, leave: () => undefined };
    }
    const release = unwrap(held);
    const write = (journals: readonly string[]): void => {
      if (journals.length === 0) rmSync(note, { force: true });
      else writeLockedFile(note, `${JSON.stringify({ journals })}\n`, SECRET_MODE);
    };
    try {
      const others = journalsIn(note).filter((each) => each !== journal);
      return {
        others: others.map(journalFile),
        begin: () => write([...others, journal]),
        leave: (isFinished) => {
          try {
            if (isFinished) write(others);
          } finally {
            release();
          }
        },
      };
    } catch (error) {
      release();
      throw error;
    }
  };
