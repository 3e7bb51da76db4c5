/**
 * One pace for everything that the RPC does. Each call yields between pieces of its work, and those that yielded go on one
 * per turn of the event loop. So however many calls run, the rest of the node, above all consensus, waits for one piece.
 */

/** The longest work of the RPC in one turn of the event loop, in milliseconds, where work can be cut into pieces. */
const SLICE_MS = 5;

/** Yields to the event loop if the RPC has worked for a slice in this turn. Work calls it between its pieces. */
export type Pace = () => Promise<void> | undefined;

export type PaceParts = {
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
  /** Runs something in the next turn of the event loop. */
  readonly soon: (run: () => void) => void;
};

const SYSTEM: PaceParts = {
  now: () => performance.now(),
  soon: (run) => {
    setImmediate(run);
  },
};

export const createPace = ({ now, soon }: PaceParts = SYSTEM): Pace => {
  const waiting: (() => void)[] = [];
  let since = now();
  let isCounting = false;
  const turn = (): void => {
    since = now();
    const next = waiting.shift();
    isCounting = next !== undefined;
    if (next === undefined) return;
    next();
    soon(turn);
  };
  return () => {
    if (!isCounting) {
      isCounting = true;
      since = now();
      soon(turn);
      return undefined;
    }
    if (waiting.length === 0 && now() - since < SLICE_MS) return undefined;
    return new Promise((resolve) => {
      waiting.push(resolve);
    });
  };
};
