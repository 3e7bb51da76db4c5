import { setImmediate } from 'node:timers/promises';

/** The longest work in one piece, after which the rest of the node, above all consensus, gets its turn. */
const SLICE_MS = 5;

/** Yields to the event loop if the work since the last yield took longer than a slice. Long work calls it between its pieces. */
export const createPace = (): (() => Promise<void>) => {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < SLICE_MS) return;
    await setImmediate();
    since = performance.now();
  };
};
