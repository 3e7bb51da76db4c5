/**
 * Notes which journal has begun which rows, in a folder of the user. The bond of a commit comes back only through the
 * journal that made it. So the same rows are not begun with a second journal while the first has not finished them.
 */
import { existsSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CodedError, unwrap } from '../../lib/errors.ts';
import { readJson, SECRET_MODE, writeFileAtomic } from '../../lib/files.ts';
import { takeLock } from '../../lib/lock.ts';
import type { HoldRows } from '../contribute.ts';
import { fault } from '../errors.ts';

const journalIn = (path: string): string | undefined => {
  const noted = existsSync(path) ? unwrap(readJson(path)) : undefined;
  const journal: unknown =
    typeof noted === 'object' && noted !== null ? Reflect.get(noted, 'journal') : undefined;
  return typeof journal === 'string' ? journal : undefined;
};

/**
 * @param folder - where the notes are: one for all journals of the user
 * @param path - of the journal
 * @param warn - called if nothing can be noted there, so that only this program and its journal are kept apart
 */
export const holdRowsIn =
  (folder: string, path: string, warn: (text: string) => void): HoldRows =>
  (rows) => {
    const journal = resolve(path);
    const note = join(folder, `${rows}.json`);
    const held = takeLock(join(folder, `${rows}.lock`), {
      guarded: `the contribution of the rows of ${journal}`,
    });
    if (!held.ok && held.fault.code === 'FILE_UNWRITABLE') {
      warn(`${held.fault.message}; another run with another journal is not noticed`);
      return () => undefined;
    }
    const release = unwrap(held);
    try {
      const other = journalIn(note);
      if (other !== undefined && other !== journal && existsSync(other))
        throw new CodedError(
          fault(
            'CONTRIBUTE_BEGUN',
            `these rows were begun with the journal ${other}, which alone can reveal what it has committed; go on with it, or delete it and ${note} to give its bonds up`,
            { journal: other, note },
          ),
        );
      writeFileAtomic(note, `${JSON.stringify({ journal })}\n`, SECRET_MODE);
    } catch (error) {
      release();
      throw error;
    }
    return (isFinished) => {
      if (isFinished || !existsSync(journal)) rmSync(note, { force: true });
      release();
    };
  };
