/** Views of the state: what execution reads and writes, by key. */
import { fromByteString, toByteString, toHex } from '../src/lib/bytes.ts';
import { invariant } from '../src/lib/errors.ts';

/**
 * A key of the state: `module/…`, at most 200 characters. It is a byte string: each character stands for the byte with its
 * code. {@link bytesKey} and {@link numberKey} make the parts that are not ASCII text, {@link keyText} shows a key to people.
 */
export type Key = string;

/** What execution may read: the state before the block, or with the writes so far on top of it. */
export type ReadView = { readonly get: (key: Key) => Uint8Array | undefined };

export type View = ReadView & {
  readonly set: (key: Key, value: Uint8Array) => void;
  readonly delete: (key: Key) => void;
};

/** The net effect of a block: the new value of each key that was written, or undefined if the key was deleted. */
export type Writes = ReadonlyMap<Key, Uint8Array | undefined>;

/** The state after a block: that before it with what the block wrote. */
export const withWrites = (before: ReadView, writes: Writes): ReadView => ({
  get: (key) => (writes.has(key) ? writes.get(key) : before.get(key)),
});

export type Overlay = View & {
  readonly writes: Writes;
  /** Applies these writes to the view below, and forgets them. */
  readonly commit: () => void;
};

/**
 * A view that keeps its writes apart from `below` until they are committed to `target` or dropped. A block has one, and
 * each of its transactions has one on top of that.
 */
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

/** The longest part that {@link bytesKey} makes. ASCII text in keys has no spaces, so all its characters are above this. */
const BYTES_MAX = 32;

/**
 * Makes the part of a key that stands for bytes (1 to 32): a character with their number, then the bytes themselves. The
 * number sets the bytes apart from the text around them, whatever they are.
 */
export const bytesKey = (bytes: Uint8Array): string => {
  invariant(bytes.length > 0 && bytes.length <= BYTES_MAX, 'a key holds at most 32 bytes in one part');
  return String.fromCharCode(bytes.length) + toByteString(bytes);
};

/** Returns the bytes that a part of a key stands for: the inverse of {@link bytesKey}. */
export const keyBytes = (part: string): Uint8Array => fromByteString(part.slice(1));

/** Makes the part of a key that stands for a number: decimal, zero-padded, so keys sort as their numbers do. */
export const numberKey = (value: bigint | number): string => value.toString().padStart(20, '0');

/** Shows a key to people, with its bytes as 0x-hex: `accounts/0x5aae…`. */
export const keyText = (key: Key): string => {
  let text = '';
  for (let at = 0; at < key.length; at++) {
    const code = key.charCodeAt(at);
    if (code > BYTES_MAX) text += key.charAt(at);
    else {
      text += toHex(fromByteString(key.slice(at + 1, at + 1 + code)));
      at += code;
    }
  }
  return text;
};
