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
 *     'm' ‖ 'shown'   uint64: the marks hold everything that the blocks up to this height name, and 'q' what is left of it
 *
 * A list may have 65,536 items, and a block may name several. So a short list is marked at once. What is longer is queued: the
 * shortest list and the oldest take turns, so that short ones come soon and long ones come too. A few items at a time are marked,
 * with long pauses between, and no reader waits for that.
 */
import type { Level } from 'level';
import { type Height, type Root, toHeight } from '../lib/brands.ts';
import { concat, toBareHex, uint32Bytes, uint64Bytes, utf8 } from '../lib/bytes.ts';
import { rest } from './gentle.ts';
import type { ContentObject, ItemList } from './objects.ts';

type Database = Level<Uint8Array, Uint8Array>;

/** The items that are marked at once, of all lists of a call. */
const AT_ONCE = 1_024;
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

const countOf = (value: Uint8Array | undefined): number =>
  value === undefined || value.length < 4 ? 0 : new DataView(value.buffer, value.byteOffset).getUint32(0);

/** Returns the root of the list with the fewest items; undefined if there is none. */
const shortestOf = (lists: Iterable<Named>): Root | undefined => {
  let shortest: Named | undefined;
  for (const list of lists) if (shortest === undefined || list.items < shortest.items) shortest = list;
  return shortest?.root;
};

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
  const queue = new Map<string, Named>();
  /** Those that are queued as soon as they are written. */
  let coming: Named[] = [];
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

  /** Marks the items of the lists that wait, one list after the other. */
  const markQueued = async (): Promise<void> => {
    for (let turn = 0; queue.size > 0; turn++) {
      const [oldest] = queue.values();
      const root = turn % 2 === 0 ? shortestOf(queue.values()) : oldest?.root;
      if (root === undefined) return;
      for (const batch of batchesOf(await listOf(root))) {
        if (isStopped) return;
        await inTurn(() => markBatch(batch));
        await rest(BATCH_MS);
      }
      await db.del(queueKey(root));
      queue.delete(toBareHex(root));
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

  const add = (lists: readonly Named[]): void => {
    for (const list of lists) queue.set(toBareHex(list.root), list);
    go();
  };

  // The height comes last: marks that a crash has cut short are made again. Writes that only the system had not put on the
  // disk yet are lost in their order, so a height never outlives the marks before it.
  const show = async (named: readonly Named[], height: Height): Promise<void> => {
    const most = new Map<string, Named>();
    for (const each of named) {
      const key = toBareHex(each.root);
      if (each.items >= (most.get(key)?.items ?? 0)) most.set(key, each);
    }
    const all = [...most.values()];
    const marks = await db.getMany(all.map(({ root }) => markKey(root)));
    const early = await db.getMany(all.map(({ root }) => listKey(root)));
    const operations: ({ readonly type: 'del'; readonly key: Uint8Array } | Addition)[] = [];
    const long: Named[] = [];
    let left = AT_ONCE;
    for (const [i, { root, items }] of all.entries()) {
      const bound = Math.max(items, countOf(marks[i]));
      operations.push({ type: 'put', key: markKey(root), value: uint32Bytes(bound) });
      const list = early[i];
      if (list === undefined || countOf(list) > bound) continue;
      operations.push({ type: 'del', key: listKey(root) });
      if (countOf(list) <= left) {
        left -= countOf(list);
        await markAll(await listOf(root));
      } else {
        operations.push({ type: 'put', key: queueKey(root), value: list });
        long.push({ root, items: countOf(list) });
      }
    }
    if (operations.length > 0) await db.batch(operations);
    add(long);
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
      } else {
        additions.push({ type: 'put', key: queueKey(root), value: uint32Bytes(items.length) });
        coming.push({ root, items: items.length });
      }
    }
    return additions;
  };

  const waiting: Named[] = [];
  for await (const [key, value] of db.iterator({ gte: QUEUE_PREFIX, lt: QUEUE_END }))
    waiting.push({ root: key.slice(1) as Root, items: countOf(value) });
  add(waiting);

  return {
    height: () => upTo,
    areShown,
    isShown,
    mostItems,
    isNamedList,
    show,
    beforeWrite,
    written: () => add(coming),
    stop: async () => {
      isStopped = true;
      await marking;
    },
  };
};
