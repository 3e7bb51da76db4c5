/** Queues of which the first elements are taken, as many as there is time for, while others are added behind. */
import { container, type Ssz, uint64 } from '../../../src/lib/ssz.ts';
import { numberKey, type ReadView, type View } from '../../view.ts';
import { load, loadKnown, save } from './stored.ts';

export type Fifo<T> = {
  readonly add: (view: View, name: string, element: T) => void;
  /** Returns the first element, which stays; undefined if there is none. */
  readonly first: (view: ReadView, name: string) => T | undefined;
  /** Removes the first element, which there must be. */
  readonly drop: (view: View, name: string) => void;
  /** Yields the elements, which stay, from the first on; without those that are removed before their turn comes. */
  readonly all: (view: ReadView, name: string) => Iterable<T>;
};

const EndsType = container({
  /** The index of the first element, and of the one to come. */
  first: uint64,
  next: uint64,
});

/** Keys: `<prefix>/<name>` for the ends, while it is not empty; `<prefix>/<name>/<index>` for the elements. */
export const fifo = <T>(prefix: string, element: Ssz<T>): Fifo<T> => {
  const endsKey = (name: string): string => `${prefix}/${name}`;
  const elementKey = (name: string, index: bigint): string => `${prefix}/${name}/${numberKey(index)}`;
  return {
    add: (view, name, value) => {
      const { first, next } = load(view, endsKey(name), EndsType) ?? { first: 0n, next: 0n };
      save(view, elementKey(name, next), element, value);
      save(view, endsKey(name), EndsType, { first, next: next + 1n });
    },
    first: (view, name) => {
      const ends = load(view, endsKey(name), EndsType);
      return ends === undefined ? undefined : loadKnown(view, elementKey(name, ends.first), element);
    },
    drop: (view, name) => {
      const { first, next } = loadKnown(view, endsKey(name), EndsType);
      view.delete(elementKey(name, first));
      if (first + 1n === next) view.delete(endsKey(name));
      else save(view, endsKey(name), EndsType, { first: first + 1n, next });
    },
    *all(view, name) {
      const { first, next } = load(view, endsKey(name), EndsType) ?? { first: 0n, next: 0n };
      for (let at = first; at < next; at++) {
        const value = load(view, elementKey(name, at), element);
        if (value !== undefined) yield value;
      }
    },
  };
};
