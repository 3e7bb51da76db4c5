/** Keeps the journal of a contribution in a file. */
import { existsSync } from 'node:fs';
import { unwrap } from '../../lib/errors.ts';
import { readText, SECRET_MODE, writeLockedFile } from '../../lib/files.ts';
import { takeLock } from '../../lib/lock.ts';
import type { JournalStore } from '../journal.ts';

/** A store whose file only its owner may read, because the salts follow from it. */
export const journalFile = (path: string): JournalStore => ({
  name: path,
  read: () => (existsSync(path) ? unwrap(readText(path)) : undefined),
  write: (text) => writeLockedFile(path, text, SECRET_MODE),
  hold: () => unwrap(takeLock(`${path}.lock`, { guarded: path })),
});
