import { setImmediate } from 'node:timers/promises';

/** The longest work in one piece, after which the rest of the node, above all consensus, gets its turn. */
const SLICE_MS = 5;

/** Yields to the event loop if there was long work since the last yield. Long work calls it between its pieces. */
export type Pace = () => Promise<void> | undefined;

/** Returns a pace for one call that has the thread for itself. The calls of the RPC have one pace together (rpc/pace.ts). */
export const createPace = (): Pace => {
  let since = performance.now();
  return () => {
    if (performance.now() - since < SLICE_MS) return undefined;
    return setImmediate().then(() => {
      since = performance.now();
    });
  };
};
