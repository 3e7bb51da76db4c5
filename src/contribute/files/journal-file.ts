/** Keeps the journal of a contribution in a file. */
import { unwrap } from '../../lib/errors.ts';
import { readText, SECRET_MODE, writeLockedFile } from '../../lib/files.ts';
import { takeLock } from '../../lib/lock.ts';
import type { JournalStore } from '../journal.ts';

/** A store whose file only its owner may read, because the salts follow from it. */
export const journalFile = (path: string): JournalStore => ({
  name: path,
  read: () => {
    const text = readText(path);
    // Only a file that is not there holds nothing. One that cannot be read now may hold what was committed.
    return !text.ok && text.fault.code === 'FILE_MISSING' ? undefined : unwrap(text);
  },
  write: (text) => writeLockedFile(path, text, SECRET_MODE),
  hold: () => unwrap(takeLock(`${path}.lock`, { guarded: path })),
});
