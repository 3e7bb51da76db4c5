import { setImmediate } from 'node:timers/promises';

/** Work at a stretch before the rest of the node, consensus first of all, has its turn. */
const SLICE_MS = 5;

/** Gives way when the work since the last time took longer than a slice. To be called between pieces of long work. */
export const createPace = (): (() => Promise<void>) => {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < SLICE_MS) return;
    await setImmediate();
    since = performance.now();
  };
};
