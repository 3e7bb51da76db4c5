/**
 * Lists that grow one element at a time, each element under a key of its own, so that to append costs the same however
 * long the list is; and queues of work by height, which are such lists that are taken whole.
 */
import type { Height } from '../../../src/lib/brands.ts';
import { type Ssz, uint32 } from '../../../src/lib/ssz.ts';
import { numberKey, type ReadView, type View } from '../../view.ts';
import { load, loadKnown, save } from './stored.ts';

export type Sequence<T> = {
  readonly length: (view: ReadView, name: string) => number;
  readonly append: (view: View, name: string, element: T) => void;
  /** Returns at most `limit` elements, starting at index `from`. */
  readonly slice: (view: ReadView, name: string, from: number, limit: number) => readonly T[];
  /** Returns all elements and removes them. */
  readonly takeAll: (view: View, name: string) => readonly T[];
};

/** Keys: `<prefix>/<name>` for the length, `<prefix>/<name>/<index>` for the elements. */
export const sequence = <T>(prefix: string, element: Ssz<T>): Sequence<T> => {
  const lengthKey = (name: string): string => `${prefix}/${name}`;
  const elementKey = (name: string, index: number): string => `${prefix}/${name}/${numberKey(index)}`;
  const length = (view: ReadView, name: string): number => load(view, lengthKey(name), uint32) ?? 0;
  const slice = (view: ReadView, name: string, from: number, limit: number): readonly T[] => {
    const out: T[] = [];
    const end = Math.min(length(view, name), from + limit);
    for (let index = from; index < end; index++) out.push(loadKnown(view, elementKey(name, index), element));
    return out;
  };
  return {
    length,
    append: (view, name, value) => {
      const index = length(view, name);
      save(view, elementKey(name, index), element, value);
      save(view, lengthKey(name), uint32, index + 1);
    },
    slice,
    takeAll: (view, name) => {
      const count = length(view, name);
      if (count === 0) return [];
      const elements = slice(view, name, 0, count);
      for (let index = 0; index < count; index++) view.delete(elementKey(name, index));
      view.delete(lengthKey(name));
      return elements;
    },
  };
};

export type Queue<T> = {
  readonly add: (view: View, height: Height, element: T) => void;
  /** Returns everything that is due at this height, in the order in which it was added, and removes it. */
  readonly take: (view: View, height: Height) => readonly T[];
};

/** Work by the height at whose end it is due. Keys as of {@link sequence}, the name being the height. */
export const queue = <T>(prefix: string, element: Ssz<T>): Queue<T> => {
  const due = sequence(prefix, element);
  return {
    add: (view, height, value) => due.append(view, numberKey(height), value),
    take: (view, height) => due.takeAll(view, numberKey(height)),
  };
};
