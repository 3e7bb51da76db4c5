/** LevelDB behind a few functions, its errors turned into this project's. */
import { Level } from 'level';
import { CodedError, toFault } from '../../src/lib/errors.ts';
import { makeDirectory } from '../../src/lib/files.ts';
import { keyText } from '../view.ts';
import { type Fault, fault } from './errors.ts';

export type Put = { readonly key: string; readonly value: Uint8Array | undefined };

export type Entry = readonly [key: string, value: Uint8Array];

/** Reads entries in the order of their keys, without those between. */
export type Walk = {
  /** The first entry whose key is not before `key`. A later call has the same key or a later one. @throws CodedError `STORE_READ` */
  readonly seek: (key: string) => Promise<Entry | undefined>;
  readonly close: () => Promise<void>;
};

export type Database = {
  /** @throws CodedError `STORE_READ` */
  readonly get: (key: string) => Uint8Array | undefined;
  /**
   * All of it or nothing, on disk when it returns; `undefined` deletes. @throws CodedError `STORE_WRITE`: disk full, say.
   */
  readonly write: (puts: readonly Put[]) => Promise<void>;
  /** The keys of [from, to) in order, in pages. @throws CodedError `STORE_READ` */
  readonly pages: (from: string, to: string) => AsyncGenerator<readonly Entry[]>;
  /** Over the keys of [from, to), as they are now: what is written later is not seen. */
  readonly walk: (from: string, to: string) => Walk;
  /** The entry with the last key of [from, to). @throws CodedError `STORE_READ` */
  readonly last: (from: string, to: string) => Promise<Entry | undefined>;
  readonly close: () => Promise<void>;
};

const PAGE = 2000;

/** The cause's code is the one that tells; the error around it only says that the database is not open. */
const openFault = (directory: string, error: unknown): Fault => {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const reason = cause instanceof Error ? cause.message : toFault(error).message;
  if (code === 'LEVEL_LOCKED')
    return fault('HOME_IN_USE', `another process has ${directory} open`, { directory });
  if (code === 'LEVEL_CORRUPTION')
    return fault('STORE_CORRUPT', `the database in ${directory} is damaged: ${reason}`, { directory });
  return fault('STORE_OPEN', `the database in ${directory} does not open: ${reason}`, { directory });
};

const failing = (code: 'STORE_READ' | 'STORE_WRITE', what: string, error: unknown): CodedError =>
  new CodedError(fault(code, `${what}: ${toFault(error).message}`), { cause: error });

/** Faults thrown: `HOME_IN_USE`, `STORE_CORRUPT`, `STORE_OPEN`. */
export const openDatabase = async (directory: string): Promise<Database> => {
  const level = new Level<string, Uint8Array>(directory, { keyEncoding: 'utf8', valueEncoding: 'view' });
  try {
    makeDirectory(directory);
    await level.open();
  } catch (error) {
    throw new CodedError(openFault(directory, error), { cause: error });
  }
  const get = (key: string): Uint8Array | undefined => {
    try {
      return level.getSync(key);
    } catch (error) {
      throw failing('STORE_READ', `cannot read ${keyText(key)} of the database`, error);
    }
  };
  return {
    get,
    write: async (puts) => {
      try {
        await level.batch(
          puts.map(({ key, value }) =>
            value === undefined ? { type: 'del', key } : { type: 'put', key, value },
          ),
          { sync: true },
        );
      } catch (error) {
        throw failing('STORE_WRITE', 'cannot write to the database', error);
      }
    },
    pages: async function* (from, to) {
      const iterator = level.iterator({ gte: from, lt: to });
      try {
        for (;;) {
          const page = await iterator.nextv(PAGE);
          if (page.length === 0) return;
          yield page;
        }
      } catch (error) {
        throw failing('STORE_READ', `cannot read ${from} of the database`, error);
      } finally {
        await iterator.close();
      }
    },
    walk: (from, to) => {
      const iterator = level.iterator({ gte: from, lt: to });
      let ahead: Entry | undefined;
      return {
        seek: async (key) => {
          try {
            if (ahead !== undefined && ahead[0] >= key) return ahead;
            // Often it is the next one, which the iterator has read already.
            if (ahead !== undefined) ahead = await iterator.next();
            if (ahead === undefined || ahead[0] < key) {
              iterator.seek(key);
              ahead = await iterator.next();
            }
            return ahead;
          } catch (error) {
            throw failing('STORE_READ', `cannot read ${key} of the database`, error);
          }
        },
        close: () => iterator.close(),
      };
    },
    last: async (from, to) => {
      try {
        const [entry] = await level.iterator({ gte: from, lt: to, reverse: true, limit: 1 }).all();
        return entry;
      } catch (error) {
        throw failing('STORE_READ', `cannot read ${to} of the database`, error);
      }
    },
    close: () => level.close(),
  };
};
