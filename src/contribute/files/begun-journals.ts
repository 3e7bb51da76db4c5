/**
 * Notes which journals have begun and not finished, in a folder of the user. The bond of a commit comes back only through
 * the journal that made it, so no other journal may commit to its text.
 */
import { existsSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CodedError, unwrap } from '../../lib/errors.ts';
import { readJson, SECRET_MODE, writeLockedFile } from '../../lib/files.ts';
import { takeLock } from '../../lib/lock.ts';
import { fault } from '../errors.ts';
import type { EnterPlace } from '../place.ts';
import { journalFile } from './journal-file.ts';

/** Returns the journals of a note. */
const journalsIn = (note: string): readonly string[] => {
  const noted = existsSync(note) ? unwrap(readJson(note)) : undefined;
  const journals: unknown =
    typeof noted === 'object' && noted !== null ? Reflect.get(noted, 'journals') : undefined;
  return Array.isArray(journals) ? journals.filter((path): path is string => typeof path === 'string') : [];
};

/**
 * Checks that the journals are there. A journal that has begun was written before it was noted, so one that is not there was
 * deleted, or its disk is not mounted. Nobody can tell then what it has committed.
 * @throws CodedError `CONTRIBUTE_JOURNAL_MISSING`
 */
const checkThere = (journals: readonly string[], called: string): void => {
  const missing = journals.filter((path) => !existsSync(path));
  const [first] = missing;
  if (first === undefined) return;
  const more = missing.length === 1 ? '' : ` (and ${missing.length - 1} more)`;
  throw new CodedError(
    fault(
      'CONTRIBUTE_JOURNAL_MISSING',
      `the journal ${first}${more} has begun with ${called}, and is not there: mount its disk, or restore the file. Nothing else can reveal what it has committed, and the bonds of that are lost if the same text is committed again`,
      { journals: missing },
    ),
  );
};

type EnterOptions = {
  /** Called if nothing can be noted, so that only this program and its journal are kept apart. */
  readonly warn: (text: string) => void;
  /** Journals whose bonds the user gives up. One that is there is not forgotten. */
  readonly forgotten?: readonly string[];
};

/**
 * @param folder - where the notes are: one for all journals of the user
 * @param path - of the journal
 * @throws CodedError `CONTRIBUTE_JOURNAL_MISSING` if a journal that has begun is not there, `IN_USE`; when it enters
 */
export const enterIn =
  (folder: string, path: string, { warn, forgotten = [] }: EnterOptions): EnterPlace =>
  (name, called) => {
    const journal = resolve(path);
    const given = new Set(forgotten.map((each) => resolve(each)));
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
      const noted = journalsIn(note).filter((each) => existsSync(each) || !given.has(each));
      checkThere(noted, called);
      const others = noted.filter((each) => each !== journal);
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
