/** A binary heap: what is first, by an order of its own, is found and removed in O(log n). */

export type Heap<T> = { readonly push: (item: T) => void; readonly pop: () => T | undefined };

/** @param isBefore - whether `a` goes before `b` */
export const createHeap = <T>(items: readonly T[], isBefore: (a: T, b: T) => boolean): Heap<T> => {
  const heap: T[] = [];
  const swapIfBefore = (child: number, parent: number): boolean => {
    const a = heap[child];
    const b = heap[parent];
    if (a === undefined || b === undefined || !isBefore(a, b)) return false;
    heap[child] = b;
    heap[parent] = a;
    return true;
  };
  const push = (item: T): void => {
    heap.push(item);
    for (let at = heap.length - 1; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!swapIfBefore(at, parent)) return;
      at = parent;
    }
  };
  const pop = (): T | undefined => {
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    heap[0] = last;
    for (let at = 0; ; ) {
      const left = heap[2 * at + 1];
      const right = heap[2 * at + 2];
      if (left === undefined) return top;
      const child = right !== undefined && isBefore(right, left) ? 2 * at + 2 : 2 * at + 1;
      if (!swapIfBefore(child, at)) return top;
      at = child;
    }
  };
  for (const item of items) push(item);
  return { push, pop };
};
