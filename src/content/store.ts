/**
 * The content store: objects under their roots, in a LevelDB of the node's home. A put that has returned survives
 * `kill -9` (its batch is synced), and nothing gets in whose root was not computed from it, by whichever way it came.
 * Nothing gets out before a block names it (`showing.ts`): what is kept and not shown looks like what is not here, and its
 * object is not even looked up.
 *
 *     'o' ‖ root          the encoded object
 *     'm' ‖ 'usage'       uint64 objects ‖ uint64 bytes, written in the batch that changes them
 *     's', 'l', 'q', 'mshown'  which of it is shown
 */
import { Level } from 'level';
import type { Height, Root } from '../lib/brands.ts';
import { concat, equal, toBareHex, toHex, uint64Bytes, utf8 } from '../lib/bytes.ts';
import { CodedError, type Fault, failWith, ok, toFault } from '../lib/errors.ts';
import { fail, fault, type Result } from './errors.ts';
import { rest } from './gentle.ts';
import {
  type ContentObject,
  decodeObject,
  encodeObject,
  type ItemList,
  listIn,
  type RootOf,
} from './objects.ts';
import { type Named, openShowing } from './showing.ts';

export type Encoded = { readonly root: Root; readonly encoded: Uint8Array };

export type ContentUsage = { readonly objects: number; readonly bytes: number };

/** Is called after each object that was hashed, with its bytes. */
export type HashPace = (bytes: number) => Promise<void> | undefined;

export type ContentStore = {
  /**
   * Keeps objects, all or none, in one synced batch; returns their roots, in order. What is there already costs
   * nothing. Faults: those of {@link RootOf}, `CONTENT_FULL`, `CONTENT_BATCH` (too many at once), `CONTENT_IO`.
   *
   * @param pace - gives way to others between two objects; after every {@link SLICE_BYTES} if left out
   */
  readonly put: (objects: readonly ContentObject[], pace?: HashPace) => Promise<Result<readonly Root[]>>;
  /**
   * Keeps those of the encoded objects that are what their roots commit to, in one synced batch; a result for each, in
   * order. Faults: those of {@link put}, `CONTENT_TYPE`, `SSZ_DECODE`, `CONTENT_ROOT` (its root is another).
   */
  readonly receive: (objects: readonly Encoded[]) => Promise<readonly Result<ContentObject>[]>;
  /**
   * Shows what the blocks up to a height name besides what is shown already: these roots, and the items of the lists under
   * them, whether they are here or come later. What is read after this call sees it, but for items of long lists, which are
   * shown soon. @throws CodedError `CONTENT_IO`
   */
  readonly show: (named: readonly Named[], height: Height) => Promise<void>;
  /** The height up to which everything is shown that blocks name. */
  readonly shownHeight: () => Height;
  /** Whether a block names the root, as far as is known here: that of an item is known from the list of its contribution. */
  readonly isShown: (root: Root) => Promise<boolean>;
  /** The items that a list under this root may have at most; 0 if no block names a list there. */
  readonly mostItems: (root: Root) => Promise<number>;
  /** The number of long lists that are named and here, and whose items are not all shown yet: they follow soon. */
  readonly listsToShow: () => number;
  // All of these treat what is not shown as what is not here.
  readonly get: (root: Root) => Promise<ContentObject | undefined>;
  /** An object as {@link receive} takes it. */
  readonly encoded: (root: Root) => Promise<Uint8Array | undefined>;
  readonly has: (root: Root) => Promise<boolean>;
  readonly hasMany: (roots: readonly Root[]) => Promise<readonly boolean[]>;
  /** Which of these roots a block names, as {@link isShown} knows it, and are not here. */
  readonly areLacking: (roots: readonly Root[]) => Promise<readonly boolean[]>;
  /**
   * The roots that are yet to come before this one is whole: itself, or the items of a contribution, so many at most. A list that
   * is not what a block names lacks nothing: nobody needs its items. A list of 65,536 items of which few are missing takes a second
   * or more: it is looked through with pauses, the first time that it is whole and whenever it is not.
   */
  readonly missing: (root: Root, most?: number) => Promise<readonly Root[]>;
  readonly usage: () => ContentUsage;
  readonly close: () => Promise<void>;
};

/** Objects of one put: hashing is synchronous between them, and a batch is held in memory. */
export const PUT_OBJECTS_MAX = 4096;
/** Reads at once when a contribution is looked through, and about how long this thread works for them, in milliseconds. */
const LOOKUP_BATCH = 1024;
const LOOKUP_MS = 2;
/** Long lists of which it is remembered that they are whole. */
const WHOLE_MAX = 4_096;

const USAGE_KEY = utf8('musage');
const keyOf = (root: Root): Uint8Array => concat(utf8('o'), root);

const encodeUsage = (usage: ContentUsage): Uint8Array =>
  concat(uint64Bytes(BigInt(usage.objects)), uint64Bytes(BigInt(usage.bytes)));

const decodeUsage = (bytes: Uint8Array): ContentUsage => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { objects: Number(view.getBigUint64(0)), bytes: Number(view.getBigUint64(8)) };
};

/** The work that an object takes however short it is, as the bytes that are hashed in the same time. */
const OBJECT_WORK = 512;
/** The bytes that are hashed before the rest of the node gets its turn: a few milliseconds. */
const SLICE_BYTES = 32 << 10;

/** Gives way to the rest of the node after every slice that was hashed. */
const createPace = (): HashPace => {
  let hashed = 0;
  return (bytes) => {
    hashed += bytes + OBJECT_WORK;
    if (hashed < SLICE_BYTES) return undefined;
    hashed = 0;
    return new Promise((resolve) => setImmediate(resolve));
  };
};

const ioFault = (error: unknown): Fault<'CONTENT_IO'> =>
  fault('CONTENT_IO', `the content store cannot write: ${toFault(error).message}`);

/** An object on its way into the store. */
type Entry = Encoded & { readonly object: ContentObject };

export type ContentStoreOptions = {
  /** Its own directory; made if it is not there. */
  readonly directory: string;
  readonly maxBytes: number;
  readonly rootOf: RootOf;
};

/** @throws CodedError `CONTENT_LOCKED` if another process has it open, `CONTENT_IO` if it cannot be opened */
export const openContentStore = async (options: ContentStoreOptions): Promise<ContentStore> => {
  const { directory, maxBytes, rootOf } = options;
  const db = new Level<Uint8Array, Uint8Array>(directory, { keyEncoding: 'view', valueEncoding: 'view' });
  try {
    await db.open();
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    const locked = cause instanceof Error && 'code' in cause && cause.code === 'LEVEL_LOCKED';
    throw new CodedError(
      locked
        ? fault('CONTENT_LOCKED', `another process has the content store open: ${directory}`)
        : fault(
            'CONTENT_IO',
            `cannot open the content store ${directory}: ${toFault(cause ?? error).message}`,
          ),
      { cause: error },
    );
  }
  const stored = await db.get(USAGE_KEY);
  let usage: ContentUsage = stored === undefined ? { objects: 0, bytes: 0 } : decodeUsage(stored);

  // One write at a time, so that the usage written is that of all before it.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(run: () => Promise<T>): Promise<T> => {
    const turn = last.then(run);
    last = turn.catch(() => undefined);
    return turn;
  };

  const decoded = (root: Root, bytes: Uint8Array): ContentObject => {
    const object = decodeObject(bytes);
    if (!object.ok)
      throw new CodedError(fault('CONTENT_CORRUPT', `the content store is damaged at ${toHex(root)}`));
    return object.value;
  };

  const read = async (root: Root): Promise<ContentObject | undefined> => {
    const bytes = await db.get(keyOf(root));
    return bytes === undefined ? undefined : decoded(root, bytes);
  };

  /** Returns the list in bytes that are kept; undefined for an object of another type. @throws as {@link decoded} */
  const keptList = (root: Root, bytes: Uint8Array): ItemList | undefined => {
    const list = listIn(bytes);
    if (list === undefined) decoded(root, bytes);
    return list;
  };

  /** Why marks could not be made while nobody waited for them: whoever shows content next has to hear of it. */
  let broken: CodedError | undefined;
  const showing = await openShowing(
    db,
    async (root) => {
      const encoded = await db.get(keyOf(root));
      return encoded === undefined ? undefined : keptList(root, encoded);
    },
    inTurn,
    (error) => {
      broken = error instanceof CodedError ? error : new CodedError(ioFault(error), { cause: error });
    },
  );
  // What is read sees what was shown before.
  let marking: Promise<unknown> = Promise.resolve();
  const show = (named: readonly Named[], height: Height): Promise<void> => {
    const turn = inTurn(() => {
      if (broken !== undefined) throw broken;
      return showing.show(named, height);
    }).catch((error: unknown) => {
      throw error instanceof CodedError ? error : new CodedError(ioFault(error), { cause: error });
    });
    marking = turn.catch(() => undefined);
    return turn;
  };
  const mostItems = async (root: Root): Promise<number> => {
    await marking;
    return showing.mostItems(root);
  };
  const areShown = async (roots: readonly Root[]): Promise<readonly boolean[]> => {
    await marking;
    return showing.areShown(roots);
  };
  const isShown = async (root: Root): Promise<boolean> => {
    await marking;
    return showing.isShown(root);
  };

  const write = async (entries: ReadonlyMap<string, Entry>): Promise<Result<void>> => {
    const all = [...entries.values()];
    const known = await db.hasMany(all.map(({ root }) => keyOf(root)));
    const fresh = all.filter((_, i) => known[i] !== true);
    if (fresh.length === 0) return ok(undefined);
    const bytes = fresh.reduce((sum, { encoded }) => sum + encoded.length, usage.bytes);
    if (bytes > maxBytes)
      return fail('CONTENT_FULL', `no room: ${bytes} bytes of content, at most ${maxBytes}`, { maxBytes });
    const next = { objects: usage.objects + fresh.length, bytes };
    const operations = fresh.map(({ root, encoded }) => ({
      type: 'put' as const,
      key: keyOf(root),
      value: encoded,
    }));
    operations.push({ type: 'put', key: USAGE_KEY, value: encodeUsage(next) });
    try {
      operations.push(...(await showing.beforeWrite(fresh)));
      await db.batch(operations, { sync: true });
      showing.written();
    } catch (error) {
      return failWith(ioFault(error));
    }
    usage = next;
    return ok(undefined);
  };

  const put = async (
    objects: readonly ContentObject[],
    pace = createPace(),
  ): Promise<Result<readonly Root[]>> => {
    if (objects.length > PUT_OBJECTS_MAX)
      return fail('CONTENT_BATCH', `${objects.length} objects at once; at most ${PUT_OBJECTS_MAX}`);
    const roots: Root[] = [];
    const entries = new Map<string, Entry>();
    for (const object of objects) {
      const root = rootOf(object);
      if (!root.ok) return root;
      const encoded = encodeObject(object);
      roots.push(root.value);
      entries.set(toBareHex(root.value), { root: root.value, encoded, object });
      await pace(encoded.length);
    }
    const written = await inTurn(() => write(entries));
    return written.ok ? ok(roots) : written;
  };

  const check = (root: Root, encoded: Uint8Array): Result<ContentObject> => {
    const object = decodeObject(encoded);
    if (!object.ok) return object;
    const actual = rootOf(object.value);
    if (!actual.ok) return actual;
    if (equal(actual.value, root)) return object;
    return fail('CONTENT_ROOT', 'the content is not what its root commits to', {
      expected: toHex(root),
      got: toHex(actual.value),
    });
  };

  const receive = async (items: readonly Encoded[]): Promise<readonly Result<ContentObject>[]> => {
    const checked: Result<ContentObject>[] = [];
    const entries = new Map<string, Entry>();
    const pace = createPace();
    for (const { root, encoded } of items) {
      const object = check(root, encoded);
      checked.push(object);
      if (object.ok) entries.set(toBareHex(root), { root, encoded, object: object.value });
      await pace(encoded.length);
    }
    const written = await inTurn(() => write(entries));
    return written.ok ? checked : checked.map((object) => (object.ok ? written : object));
  };

  const encodedOf = async (root: Root): Promise<Uint8Array | undefined> =>
    (await isShown(root)) ? db.get(keyOf(root)) : undefined;

  const get = async (root: Root): Promise<ContentObject | undefined> =>
    (await isShown(root)) ? read(root) : undefined;

  const hasMany = async (roots: readonly Root[]): Promise<readonly boolean[]> => {
    const shown = await areShown(roots);
    const there = await db.hasMany(roots.filter((_, i) => shown[i] === true).map(keyOf));
    const found = there.values();
    return shown.map((isThis) => isThis && found.next().value === true);
  };

  const areLacking = async (roots: readonly Root[]): Promise<readonly boolean[]> => {
    const shown = await areShown(roots);
    const there = await db.hasMany(roots.filter((_, i) => shown[i] === true).map(keyOf));
    const found = there.values();
    return shown.map((isThis) => isThis && found.next().value !== true);
  };

  /** Long lists that were found whole. Nothing leaves the store, so they stay so. */
  const whole = new Set<string>();
  const missing = async (root: Root, most = Number.POSITIVE_INFINITY): Promise<readonly Root[]> => {
    const key = toBareHex(root);
    if (whole.has(key)) return [];
    const encoded = await encodedOf(root);
    if (encoded === undefined) return [root];
    const list = keptList(root, encoded);
    if (list === undefined || !(await showing.isNamedList(root, list.length))) return [];
    const out: Root[] = [];
    for (let from = 0; from < list.length && out.length < most; from += LOOKUP_BATCH) {
      if (from > 0) await rest(LOOKUP_MS);
      const items = list.part(from, from + LOOKUP_BATCH);
      // What a list names that is shown is shown, though it may not be marked yet.
      const known = await db.hasMany(items.map(keyOf));
      for (const [i, item] of items.entries()) if (known[i] !== true) out.push(item);
    }
    if (out.length === 0 && list.length > LOOKUP_BATCH) {
      if (whole.size >= WHOLE_MAX) whole.clear();
      whole.add(key);
    }
    return out.slice(0, most);
  };

  return {
    put,
    receive,
    show,
    shownHeight: showing.height,
    isShown,
    mostItems,
    listsToShow: showing.queued,
    get,
    encoded: encodedOf,
    has: async (root) => (await hasMany([root]))[0] === true,
    hasMany,
    areLacking,
    missing,
    usage: () => usage,
    close: async () => {
      await showing.stop();
      await last;
      await db.close();
    },
  };
};
