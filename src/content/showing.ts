/**
 * Which content may be seen. A text is kept whenever it comes, and shown only once a block names it: by the reveal of its
 * contribution, by its Datanet, or by its receipt. So before a reveal nobody can read a text but who has it, and nobody
 * can pass it off as older than that.
 *
 * A block names the root of a contribution and how many items it has, and the list under that root names the items. A list
 * with more of them is not what was named, and none of its items is shown. A mark says that a root is named:
 *
 *     's' ‖ root      the root is named. uint32: the items of the list under it, at most
 *     'l' ‖ root      a list that came before a block named it. uint32: its items
 *     'q' ‖ root      a list that is named, and whose items are still to be marked. uint32: its items
 *     'n' ‖ root ‖ account   the account has named a list whose items were not all marked at once
 *     'm' ‖ 'shown'   uint64: the marks hold everything that the blocks up to this height name, and 'q' what is left of it
 *
 * A list may have 65,536 items, and a block may name several. So a short list is marked at once. What is longer is queued, and a
 * turn is a part of a list. The accounts that name lists take turns, so that the lists of one delay each other and not those of
 * another. Whoever names a list of another account delays it neither: it has turns of each account that has named it. Of the lists of
 * an account the shortest and the oldest take turns, so that short ones come soon and long ones come too. A few items at a time are
 * marked, with long pauses between, and no reader waits for that.
 */
import type { Level } from 'level';
import { type Address, type Height, type Root, toHeight } from '../lib/brands.ts';
import { concat, toBareHex, uint32Bytes, uint64Bytes, utf8 } from '../lib/bytes.ts';
import { ShortestAndOldest } from '../lib/shortest-and-oldest.ts';
import { rest } from './gentle.ts';
import type { ContentObject, ItemList } from './objects.ts';

type Database = Level<Uint8Array, Uint8Array>;

/** The items that are marked at once, of all lists of a call. */
const AT_ONCE = 1_024;
/** The items of a turn. For each one the list is read anew, up to 2 MiB. */
const TURN = 1_024;
/** The items of one batch, and about how long the node works for it in all its threads, in milliseconds. */
const BATCH = 256;
const BATCH_MS = 4;

const NOTHING = new Uint8Array();
const HEIGHT_KEY = utf8('mshown');
const markKey = (root: Root): Uint8Array => concat(utf8('s'), root);
const listKey = (root: Root): Uint8Array => concat(utf8('l'), root);
const QUEUE_PREFIX = utf8('q');
const QUEUE_END = utf8('r');
const queueKey = (root: Root): Uint8Array => concat(QUEUE_PREFIX, root);
const namerKey = (root: Root, account: Uint8Array): Uint8Array => concat(utf8('n'), root, account);
const ACCOUNT_BYTES = 20;
/** The keys of all accounts that have named a list. */
const namerRange = (root: Root): { readonly gte: Uint8Array; readonly lte: Uint8Array } => ({
  gte: namerKey(root, NOTHING),
  lte: namerKey(root, new Uint8Array(ACCOUNT_BYTES).fill(0xff)),
});
/** Has the turns of lists that no account has named: genesis did. */
const NOBODY = '';

const countOf = (value: Uint8Array | undefined): number =>
  value === undefined || value.length < 4 ? 0 : new DataView(value.buffer, value.byteOffset).getUint32(0);

function* batchesOf(list: ItemList | undefined): Generator<readonly Root[]> {
  for (let from = 0; from < (list?.length ?? 0); from += BATCH) yield list?.part(from, from + BATCH) ?? [];
}

/** What a write of content has to add to its batch. */
type Addition = { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array };

/** What a block names. */
export type Named = {
  readonly root: Root;
  /** The items of the list under the root; 0 if none is under it. */
  readonly items: number;
  /** The account that names it; left out if genesis does. */
  readonly by?: Address;
};

/** A list whose items are still to be marked. */
type Queued = {
  readonly root: Root;
  /** Its items, and how many of them are marked. */
  readonly size: number;
  marked: number;
};

/** All that changes the marks runs in turn with the writes of content. */
export type Showing = {
  /** The height up to which the marks are complete. */
  readonly height: () => Height;
  readonly areShown: (roots: readonly Root[]) => Promise<readonly boolean[]>;
  /** The same for one root. It costs the thread much less: a look-up of many opens an iterator on it. */
  readonly isShown: (root: Root) => Promise<boolean>;
  /** The items that a list under this root may have at most; 0 if no block names a list there. */
  readonly mostItems: (root: Root) => Promise<number>;
  /** Whether a list of so many items is what a block names under this root. */
  readonly isNamedList: (root: Root, items: number) => Promise<boolean>;
  /** The number of lists that blocks name and whose items are not all marked yet. */
  readonly queued: () => number;
  /** Marks what the blocks up to a height name besides what is marked, and the items of the lists among it that are here. */
  readonly show: (named: readonly Named[], height: Height) => Promise<void>;
  /** Is called before objects are written: marks the items of lists that are named. Returns what to write along with them. */
  readonly beforeWrite: (
    objects: readonly { readonly root: Root; readonly object: ContentObject }[],
  ) => Promise<readonly Addition[]>;
  /** Is called after they were written. */
  readonly written: () => void;
  /** Returns when nothing is marked any more. What is left is marked after the next start. */
  readonly stop: () => Promise<void>;
};

/**
 * @param listOf - reads a list that is here
 * @param inTurn - runs what changes the marks when nothing else does
 * @param onFailed - is called if the database fails while nobody waits for it
 */
export const openShowing = async (
  db: Database,
  listOf: (root: Root) => Promise<ItemList | undefined>,
  inTurn: <T>(run: () => Promise<T>) => Promise<T>,
  onFailed: (error: unknown) => void,
): Promise<Showing> => {
  const stored = await db.get(HEIGHT_KEY);
  let upTo = toHeight(
    stored === undefined ? 0n : new DataView(stored.buffer, stored.byteOffset).getBigUint64(0),
  );
  /** Lists whose items are still to be marked, by their roots in hex. */
  const queue = new Map<string, Queued>();
  /** The same lists by the accounts that have named them. The account whose turn is next comes first. */
  const lines = new Map<string, ShortestAndOldest<Queued>>();
  /** Those that are queued as soon as they are written. */
  let coming: { readonly list: Queued; readonly namers: readonly string[] }[] = [];
  let isStopped = false;
  let marking: Promise<void> | undefined;

  const areShown = (roots: readonly Root[]): Promise<readonly boolean[]> => db.hasMany(roots.map(markKey));

  const isShown = async (root: Root): Promise<boolean> => (await db.get(markKey(root))) !== undefined;

  const mostItems = async (root: Root): Promise<number> => countOf(await db.get(markKey(root)));

  const isNamedList = async (root: Root, items: number): Promise<boolean> => {
    const mark = await db.get(markKey(root));
    return mark !== undefined && items <= countOf(mark);
  };

  /** Marks a batch of items. A root that is named as well keeps the number of its items. */
  const markBatch = async (items: readonly Root[]): Promise<void> => {
    const keys = items.map(markKey);
    const known = await db.hasMany(keys);
    const fresh = keys.filter((_, i) => known[i] !== true);
    if (fresh.length > 0) await db.batch(fresh.map((key) => ({ type: 'put' as const, key, value: NOTHING })));
  };

  /** Marks the items of lists at once. */
  const markAll = async (list: ItemList | undefined): Promise<void> => {
    for (const batch of batchesOf(list)) await markBatch(batch);
  };

  const namersOf = async (root: Root): Promise<readonly string[]> => {
    const keys = await db.keys(namerRange(root)).all();
    return keys.map((key) => toBareHex(key.slice(-ACCOUNT_BYTES)));
  };

  /** All items of a list are marked. */
  const forget = async (root: Root): Promise<void> => {
    await db.del(queueKey(root));
    await db.clear(namerRange(root));
    const key = toBareHex(root);
    queue.delete(key);
    for (const line of lines.values()) line.remove(key);
  };

  /** Returns the list whose turn it is. */
  const nextQueued = (): Queued | undefined => {
    for (const [account, line] of lines) {
      lines.delete(account);
      const list = line.next();
      if (list === undefined) continue;
      // It is the last one now.
      lines.set(account, line);
      return list;
    }
    return undefined;
  };

  /** Marks the items of the lists that wait, a part of a list at a time. */
  const markQueued = async (): Promise<void> => {
    for (let next = nextQueued(); next !== undefined; next = nextQueued()) {
      const list = await listOf(next.root);
      const length = list?.length ?? 0;
      const end = Math.min(next.marked + TURN, length);
      while (next.marked < end) {
        if (isStopped) return;
        const batch = list?.part(next.marked, Math.min(next.marked + BATCH, end)) ?? [];
        await inTurn(() => markBatch(batch));
        next.marked += batch.length;
        await rest(BATCH_MS);
      }
      if (next.marked >= length) await forget(next.root);
    }
  };

  const go = (): void => {
    if (isStopped || marking !== undefined || queue.size === 0) return;
    const ended = (): void => {
      marking = undefined;
    };
    marking = markQueued().then(
      () => {
        ended();
        // One may have come meanwhile.
        go();
      },
      (error: unknown) => {
        ended();
        onFailed(error);
      },
    );
  };

  /** Gives a list turns of these accounts. */
  const enqueue = (list: Queued, namers: readonly string[]): void => {
    const key = toBareHex(list.root);
    const queued = queue.get(key) ?? list;
    queue.set(key, queued);
    for (const account of namers.length === 0 ? [NOBODY] : namers) {
      const line = lines.get(account) ?? new ShortestAndOldest<Queued>();
      lines.set(account, line);
      line.add(key, queued);
    }
  };

  // The height comes last: marks that a crash has cut short are made again. Writes that only the system had not put on the
  // disk yet are lost in their order, so a height never outlives the marks before it.
  const show = async (named: readonly Named[], height: Height): Promise<void> => {
    const most = new Map<string, Named>();
    const namers = new Map<string, Map<string, Address>>();
    for (const each of named) {
      const key = toBareHex(each.root);
      if (each.items >= (most.get(key)?.items ?? 0)) most.set(key, each);
      if (each.by === undefined || each.items === 0) continue;
      namers.set(key, (namers.get(key) ?? new Map<string, Address>()).set(toBareHex(each.by), each.by));
    }
    const all = [...most];
    const marks = await db.getMany(all.map(([, { root }]) => markKey(root)));
    const early = await db.getMany(all.map(([, { root }]) => listKey(root)));
    const operations: ({ readonly type: 'del'; readonly key: Uint8Array } | Addition)[] = [];
    const long: { readonly list: Queued; readonly namers: readonly string[] }[] = [];
    let left = AT_ONCE;
    for (const [i, [key, { root, items }]] of all.entries()) {
      const bound = Math.max(items, countOf(marks[i]));
      operations.push({ type: 'put', key: markKey(root), value: uint32Bytes(bound) });
      const list = early[i];
      const isShown = list !== undefined && countOf(list) <= bound;
      if (isShown) operations.push({ type: 'del', key: listKey(root) });
      if (isShown && countOf(list) <= left) {
        left -= countOf(list);
        await markAll(await listOf(root));
        continue;
      }
      const accounts = namers.get(key) ?? new Map<string, Address>();
      for (const account of accounts.values())
        operations.push({ type: 'put', key: namerKey(root, account), value: NOTHING });
      if (isShown) operations.push({ type: 'put', key: queueKey(root), value: list });
      const queued = isShown ? { root, size: countOf(list), marked: 0 } : queue.get(key);
      if (queued !== undefined) long.push({ list: queued, namers: [...accounts.keys()] });
    }
    if (operations.length > 0) await db.batch(operations);
    for (const { list, namers } of long) enqueue(list, namers);
    go();
    if (height === upTo) return;
    await db.put(HEIGHT_KEY, uint64Bytes(height));
    upTo = height;
  };

  const beforeWrite: Showing['beforeWrite'] = async (objects) => {
    const additions: Addition[] = [];
    coming = [];
    let left = AT_ONCE;
    for (const { root, object } of objects) {
      if (object.type !== 'contribution') continue;
      const { items } = object;
      if (!(await isNamedList(root, items.length)))
        additions.push({ type: 'put', key: listKey(root), value: uint32Bytes(items.length) });
      else if (items.length <= left) {
        left -= items.length;
        await markAll({ length: items.length, part: (from, to) => items.slice(from, to) });
        await db.clear(namerRange(root));
      } else {
        additions.push({ type: 'put', key: queueKey(root), value: uint32Bytes(items.length) });
        coming.push({ list: { root, size: items.length, marked: 0 }, namers: await namersOf(root) });
      }
    }
    return additions;
  };

  for await (const [key, value] of db.iterator({ gte: QUEUE_PREFIX, lt: QUEUE_END })) {
    const root = key.slice(1) as Root;
    enqueue({ root, size: countOf(value), marked: 0 }, await namersOf(root));
  }
  go();

  return {
    height: () => upTo,
    areShown,
    isShown,
    mostItems,
    isNamedList,
    queued: () => queue.size,
    show,
    beforeWrite,
    written: () => {
      for (const { list, namers } of coming) enqueue(list, namers);
      go();
    },
    stop: async () => {
      isStopped = true;
      await marking;
    },
  };
};
