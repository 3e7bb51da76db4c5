/**
 * A bounded memory of what was read. Two generations instead of a list: what was not asked for while the young one
 * filled up is forgotten with the old one. Cheaper than exact least-recently-used, and as good here.
 */
export type Cache<V> = {
  /** The value in a box, so that a remembered `undefined` is told from a miss. */
  readonly get: (key: string) => { readonly value: V } | undefined;
  /** {@link get} that leaves the entry as old as it is. */
  readonly peek: (key: string) => { readonly value: V } | undefined;
  readonly set: (key: string, value: V) => void;
};

/** @param sizeOf - what an entry counts for, of the `generationSize` of a generation */
export const createCache = <V>(generationSize: number, sizeOf: (value: V) => number): Cache<V> => {
  type Box = { readonly value: V };
  let young = new Map<string, Box>();
  let old = new Map<string, Box>();
  let size = 0;
  const put = (key: string, box: Box): void => {
    if (size >= generationSize) {
      old = young;
      young = new Map();
      size = 0;
    }
    const before = young.get(key);
    size += sizeOf(box.value) - (before === undefined ? 0 : sizeOf(before.value));
    young.set(key, box);
  };
  return {
    get: (key) => {
      const box = young.get(key);
      if (box !== undefined) return box;
      const older = old.get(key);
      if (older !== undefined) put(key, older);
      return older;
    },
    peek: (key) => young.get(key) ?? old.get(key),
    set: (key, value) => {
      put(key, { value });
    },
  };
};
