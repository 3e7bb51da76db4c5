/** Items with a threshold each: those whose threshold is below a number are found without a look at the others. */
import { createHeap, type Heap } from './heap.ts';

export type Thresholds<T> = {
  /** Gives an item a threshold, in place of the one it had. */
  readonly set: (item: T, threshold: bigint) => void;
  readonly delete: (item: T) => void;
  /** Removes the items whose threshold is below `bound`, and returns them, the lowest first. */
  readonly takeBelow: (bound: bigint) => readonly T[];
};

type Mark<T> = { readonly item: T; readonly threshold: bigint };

/** Marks that count no more may be as many as those that count, and so many more, before the heap is made anew. */
const SPARE = 64;

const isBefore = (a: Mark<unknown>, b: Mark<unknown>): boolean => a.threshold < b.threshold;

export const createThresholds = <T>(): Thresholds<T> => {
  const marks = new Map<T, Mark<T>>();
  /** The marks of `marks`, and some that other marks have replaced. */
  let heap: Heap<Mark<T>> = createHeap<Mark<T>>([], isBefore);
  let size = 0;

  const push = (mark: Mark<T>): void => {
    heap.push(mark);
    size += 1;
  };
  const compact = (): void => {
    if (size <= 2 * marks.size + SPARE) return;
    heap = createHeap([...marks.values()], isBefore);
    size = marks.size;
  };

  return {
    set: (item, threshold) => {
      if (marks.get(item)?.threshold === threshold) return;
      const mark = { item, threshold };
      marks.set(item, mark);
      push(mark);
      compact();
    },
    delete: (item) => {
      if (marks.delete(item)) compact();
    },
    takeBelow: (bound) => {
      const found: T[] = [];
      for (let first = heap.pop(); first !== undefined; first = heap.pop()) {
        size -= 1;
        if (marks.get(first.item) !== first) continue;
        if (first.threshold >= bound) {
          push(first);
          break;
        }
        marks.delete(first.item);
        found.push(first.item);
      }
      return found;
    },
  };
};
