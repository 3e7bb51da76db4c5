/**
 * Notes which journals have begun and not finished, in a folder of the user. The bond of a commit comes back only through
 * the journal that made it, so no other journal may commit to its text. A journal is noted with its path and its id, so that
 * it is still known after it was moved.
 */
import { existsSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CodedError, type Fault, unwrap } from '../../lib/errors.ts';
import { readJson, SECRET_MODE, writeLockedFile } from '../../lib/files.ts';
import { takeLock } from '../../lib/lock.ts';
import { fault } from '../errors.ts';
import { contentOf, journalId } from '../journal.ts';
import type { EnterPlace } from '../place.ts';
import { journalFile } from './journal-file.ts';

/** A journal in a note. */
type Noted = {
  readonly path: string;
  /** The id of the journal, by which it is known again where it was moved to. Undefined in a note of an earlier version. */
  readonly id: string | undefined;
};

const notedOf = (value: unknown): readonly Noted[] => {
  if (typeof value === 'string') return [{ path: value, id: undefined }];
  if (typeof value !== 'object' || value === null) return [];
  const path: unknown = Reflect.get(value, 'path');
  const id: unknown = Reflect.get(value, 'id');
  return typeof path === 'string' ? [{ path, id: typeof id === 'string' ? id : undefined }] : [];
};

/** Returns the journals of a note. */
const journalsIn = (note: string): readonly Noted[] => {
  const noted = existsSync(note) ? unwrap(readJson(note)) : undefined;
  const journals: unknown =
    typeof noted === 'object' && noted !== null ? Reflect.get(noted, 'journals') : undefined;
  return Array.isArray(journals) ? journals.flatMap(notedOf) : [];
};

/** Returns the journal that is at a path, with its id if it can be read as one; undefined if nothing is there. */
const journalAt = (path: string): Noted | undefined => {
  const store = journalFile(path);
  const kept = store.read();
  if (kept === undefined) return undefined;
  const content = contentOf(store, kept);
  return { path, id: content.ok ? journalId(content.value) : undefined };
};

/**
 * Returns a journal if it is where it was noted, and otherwise undefined. A file with another journal is not it. A damaged file
 * counts as the journal: nothing better will be found elsewhere.
 * @throws CodedError `FILE_UNREADABLE` if nobody can tell, for example because a folder may not be entered
 */
const findNoted = ({ path, id }: Noted, called: string): Noted | undefined => {
  try {
    const found = journalAt(path);
    const isAnother = id !== undefined && found?.id !== undefined && found.id !== id;
    return found === undefined || isAnother ? undefined : { path, id: id ?? found.id };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const { message } = error.fault;
    const why = `${message}. It is the journal of a run that has begun with ${called}, so nothing is committed before it can be read`;
    throw new CodedError({ ...error.fault, message: why }, { cause: error });
  }
};

/** Finds the noted journals: each where it was noted, or at the path of this run, to which it may have been moved. */
const findAll = (noted: readonly Noted[], own: string, called: string): ReadonlyMap<Noted, Noted> => {
  const found = new Map<Noted, Noted>();
  for (const each of noted) {
    const there = findNoted(each, called);
    if (there !== undefined) found.set(each, there);
  }
  const here = found.size < noted.length ? journalAt(own) : undefined;
  for (const each of noted)
    if (here?.id !== undefined && here.id === each.id && !found.has(each)) found.set(each, here);
  return found;
};

/**
 * Returns the fault for journals that are missing. A journal that has begun was written before it was noted, so one that is not
 * there was moved or deleted, or its disk is not mounted. Nobody can tell then what it has committed.
 */
const missingFault = (missing: readonly Noted[], called: string): Fault => {
  const journals = missing.map(({ path }) => path);
  const what =
    journals.length === 1
      ? `the journal ${journals.join()} has begun with ${called}, and is not there`
      : `the journals ${journals.join(', ')} have begun with ${called}, and are not there`;
  return fault(
    'CONTRIBUTE_JOURNAL_MISSING',
    `${what}: move a journal that was moved back, or go on with it where it is now; otherwise mount its disk, or restore the file. Nothing else can reveal what it has committed, and the bonds of that are lost if the same text is committed again`,
    { journals },
  );
};

type Warned = {
  /** Called if nothing can be noted, so that only this program and its journal are kept apart. */
  readonly warn: (text: string) => void;
};

type EnterOptions = Warned & {
  /** The paths of journals whose bonds the user gives up. One that is there, or cannot be looked at, is not forgotten. */
  readonly forgotten?: readonly string[];
};

/**
 * Keeps other programs from a place until the returned function is called; undefined if nobody can be kept from it.
 * @throws CodedError `IN_USE`
 */
const lockIn = (
  folder: string,
  name: string,
  called: string,
  warn: Warned['warn'],
): (() => void) | undefined => {
  const held = takeLock(join(folder, `${name}.lock`), { guarded: called });
  if (held.ok || held.fault.code !== 'FILE_UNWRITABLE') return unwrap(held);
  warn(`${held.fault.message}; another run with another journal is not noticed`);
  return undefined;
};

/**
 * Enters a place as another function does, and keeps the programs from it that use the notes of a folder. The journals that
 * are noted there and can be found count as others. Nothing is noted: the journal may be no file. If a noted one is missing,
 * the chain still knows what it has committed (`open-commits.ts`).
 * @throws CodedError `FILE_UNREADABLE`, `IN_USE`; when it enters
 */
export const enterBeside =
  (folder: string, enter: EnterPlace, { warn }: Warned): EnterPlace =>
  (name, called) => {
    const release = lockIn(folder, name, called, warn);
    if (release === undefined) return enter(name, called);
    try {
      const noted = journalsIn(join(folder, `${name}.json`)).flatMap((each) => findNoted(each, called) ?? []);
      const place = enter(name, called);
      return {
        others: [...place.others, ...noted.map(({ path }) => journalFile(path))],
        begin: place.begin,
        leave: (isFinished) => {
          place.leave(isFinished);
          release();
        },
      };
    } catch (error) {
      release();
      throw error;
    }
  };

/**
 * @param folder - where the notes are: one for all journals of the user
 * @param path - of the journal
 * @throws CodedError `CONTRIBUTE_JOURNAL_MISSING` if a journal that has begun is not there, `FILE_UNREADABLE` if one cannot be
 *   looked at, `IN_USE`; when it enters
 */
export const enterIn =
  (folder: string, path: string, { warn, forgotten = [] }: EnterOptions): EnterPlace =>
  (name, called) => {
    const journal = resolve(path);
    const given = new Set(forgotten.map((each) => resolve(each)));
    const note = join(folder, `${name}.json`);
    const release = lockIn(folder, name, called, warn);
    if (release === undefined) return { others: [], begin: () => undefined, leave: () => undefined };
    const write = (journals: readonly Noted[]): void => {
      if (journals.length === 0) rmSync(note, { force: true });
      else writeLockedFile(note, `${JSON.stringify({ journals })}\n`, SECRET_MODE);
    };
    try {
      const noted = journalsIn(note);
      const found = findAll(noted, journal, called);
      // It is written at once: if two journals were moved, a run with each of them makes both known.
      if ([...found].some(([each, { path: at }]) => each.path !== at))
        write(noted.map((each) => found.get(each) ?? each));
      const missing = noted.filter((each) => !found.has(each) && !given.has(each.path));
      if (missing.length > 0) throw new CodedError(missingFault(missing, called));
      const others = [...found.values()].filter((each) => each.path !== journal);
      return {
        others: others.map((each) => journalFile(each.path)),
        begin: () => write([...others, { path: journal, id: journalAt(journal)?.id }]),
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
