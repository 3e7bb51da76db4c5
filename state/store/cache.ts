/**
 * A bounded memory of what was read. Two generations instead of a list: what was not asked for while the young one
 * filled up is forgotten with the old one. Cheaper than exact least-recently-used, and as good here.
 */
export type Cache<V> = {
  /** The value in a box, so that a remembered `undefined` is told from a miss. */
  readonly get: (key: string) => { readonly value: V } | undefined;
  readonly set: (key: string, value: V) => void;
};

export const createCache = <V>(generationSize: number): Cache<V> => {
  type Box = { readonly value: V };
  let young = new Map<string, Box>();
  let old = new Map<string, Box>();
  const put = (key: string, box: Box): void => {
    if (young.size >= generationSize) {
      old = young;
      young = new Map();
    }
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
    set: (key, value) => {
      put(key, { value });
    },
  };
};
