/**
 * Which content may be seen. A text is kept whenever it comes, and shown only once a block names it: by the reveal of its
 * contribution, by its Datanet, or by its receipt. So before a reveal nobody can read a text but who has it, and nobody
 * can pass it off as older than that.
 *
 * A block names the root of a contribution, and the list under that root names the items. A mark says that a root is
 * named. The marks are in the database of the content, 33 bytes for each root:
 *
 *     's' ‖ root      the root is named
 *     'l' ‖ root      a list that came before a block named its root: its items are still to be marked
 *     'm' ‖ 'shown'   uint64: the marks hold everything that the blocks up to this height name
 */
import type { Level } from 'level';
import { type Height, type Root, toHeight } from '../lib/brands.ts';
import { concat, uint64Bytes, utf8 } from '../lib/bytes.ts';
import type { ContentObject } from './objects.ts';

type Database = Level<Uint8Array, Uint8Array>;

/** Marks of one batch: a list may have 65,536 items. */
const BATCH = 4_096;

const NOTHING = new Uint8Array();
const HEIGHT_KEY = utf8('mshown');
const markKey = (root: Root): Uint8Array => concat(utf8('s'), root);
const listKey = (root: Root): Uint8Array => concat(utf8('l'), root);

/** What a write of content has to add to its batch. */
type Addition = { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array };

/** All that changes the marks has to run in turn with the writes of content. */
export type Showing = {
  /** The height up to which the marks are complete. */
  readonly height: () => Height;
  readonly areShown: (roots: readonly Root[]) => Promise<readonly boolean[]>;
  /** The same for one root. It costs the thread much less: a look-up of many opens an iterator on it. */
  readonly isShown: (root: Root) => Promise<boolean>;
  /** Marks what the blocks up to a height name besides what is marked, and the items of the lists among it that are here. */
  readonly show: (roots: readonly Root[], height: Height) => Promise<void>;
  /** Is called before an object is written: marks the items of a list that is named. Returns what to write along with it. */
  readonly beforeWrite: (root: Root, object: ContentObject) => Promise<readonly Addition[]>;
};

/** @param itemsOf - reads a list that is here */
export const openShowing = async (
  db: Database,
  itemsOf: (root: Root) => Promise<readonly Root[]>,
): Promise<Showing> => {
  const stored = await db.get(HEIGHT_KEY);
  let upTo = toHeight(
    stored === undefined ? 0n : new DataView(stored.buffer, stored.byteOffset).getBigUint64(0),
  );

  const areShown = (roots: readonly Root[]): Promise<readonly boolean[]> => db.hasMany(roots.map(markKey));

  const isShown = async (root: Root): Promise<boolean> => (await db.get(markKey(root))) !== undefined;

  const mark = async (roots: readonly Root[]): Promise<void> => {
    for (let from = 0; from < roots.length; from += BATCH)
      await db.batch(
        roots
          .slice(from, from + BATCH)
          .map((root) => ({ type: 'put' as const, key: markKey(root), value: NOTHING })),
      );
  };

  // The height comes last: marks that a crash has cut short are made again. Writes that only the system had not put on the
  // disk yet are lost in their order, so a height never outlives the marks before it.
  const show = async (roots: readonly Root[], height: Height): Promise<void> => {
    const early = await db.hasMany(roots.map(listKey));
    const lists = roots.filter((_, i) => early[i] === true);
    for (const list of lists) await mark(await itemsOf(list));
    await mark(roots);
    if (lists.length > 0) await db.batch(lists.map((list) => ({ type: 'del' as const, key: listKey(list) })));
    if (height === upTo) return;
    await db.put(HEIGHT_KEY, uint64Bytes(height));
    upTo = height;
  };

  const beforeWrite = async (root: Root, object: ContentObject): Promise<readonly Addition[]> => {
    if (object.type !== 'contribution') return [];
    if (!(await isShown(root))) return [{ type: 'put', key: listKey(root), value: NOTHING }];
    await mark(object.items);
    return [];
  };

  return { height: () => upTo, areShown, isShown, show, beforeWrite };
};
