import type { Address, Root } from '../src/lib/brands.ts';
import { toBareHex } from '../src/lib/bytes.ts';

/** A key of the state: `module/…`, ASCII, of at most 200 characters. Bytes in it are bare hex, numbers zero-padded. */
export type Key = string;

/** What execution may read: the state as it stood before, or with the writes so far laid over it. */
export type ReadView = { readonly get: (key: Key) => Uint8Array | undefined };

export type View = ReadView & {
  readonly set: (key: Key, value: Uint8Array) => void;
  readonly delete: (key: Key) => void;
};

/** The net effect of a block: the new value of each key that was written, or undefined for one that was deleted. */
export type Writes = ReadonlyMap<Key, Uint8Array | undefined>;

export type Overlay = View & {
  readonly writes: Writes;
  /** Lays these writes over the view below. */
  readonly commit: () => void;
};

/** Writes kept apart from `below` until they are committed to it or dropped: one for a block, one for each transaction. */
export const overlay = (below: ReadView, target?: View): Overlay => {
  const writes = new Map<Key, Uint8Array | undefined>();
  return {
    writes,
    get: (key) => (writes.has(key) ? writes.get(key) : below.get(key)),
    set: (key, value) => {
      writes.set(key, value);
    },
    delete: (key) => {
      writes.set(key, undefined);
    },
    commit: () => {
      for (const [key, value] of writes) {
        if (value === undefined) target?.delete(key);
        else target?.set(key, value);
      }
      writes.clear();
    },
  };
};

export const hexKey = (bytes: Address | Root | Uint8Array): string => toBareHex(bytes);
/** Zero-padded, so that the order of keys is the order of numbers. */
export const numberKey = (value: bigint | number): string => value.toString().padStart(20, '0');
