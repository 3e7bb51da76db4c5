/**
 * One pace for everything that the RPC does. Each call yields between pieces of its work, and those that yielded go on in
 * turn: round the addresses that they come from, and of an address round its connections (rounds.ts). In a turn of the event
 * loop they get 5 ms together. So however many calls run, the rest of the node, above all consensus, waits for one slice,
 * and a call waits for one piece of each address and not for all that others do.
 *
 * What runs for longer than a second gets a third of the time of the thread from then on, together with the parsing of
 * requests. It would take all of it otherwise: a flood of calls costs whoever sends them less than the node. A third, because
 * what calls leave behind is collected in the time of the rest, and consensus goes on at its pace with what remains.
 */
import { type Rate, TokenBucket } from '../src/lib/token-bucket.ts';
import { type SpendTime, type Turns, turnsOf } from '../src/lib/turns.ts';
import { type Caller, Rounds } from './rounds.ts';

/** The longest work of the RPC in one turn of the event loop, in milliseconds, where work can be cut into pieces. */
const SLICE_MS = 5;
/**
 * What a request that was given its turn may work before it waits for the next one, in milliseconds. Each turn is one of all
 * others away, so a short call is to be done in its first.
 */
const PIECE_MS = 1;
/** The time of the thread that the RPC may take, in milliseconds. */
const THREAD: Rate = { burst: 1_000, perSecond: 333 };
/** The most that a slice counts, in milliseconds. */
const SPENT_MS = 2 * SLICE_MS;
/** The longest pause, in milliseconds. */
const PAUSE_MS = 25;

/** Yields to the event loop if it is the turn of others. Work calls it between its pieces. */
export type Pace = () => Promise<void> | undefined;

/** Returns what counts the time that the RPC takes of the thread. @param now - milliseconds of a clock that only goes forward */
export const createThreadTime = (now: () => number = () => performance.now()): SpendTime => {
  const thread = new TokenBucket(THREAD, now());
  return (ms) => thread.spend(ms, now());
};

/** Returns the pace of a request of a caller. @param spend - counts the time of all that the RPC does */
export const createPaces = (
  spend: SpendTime,
  { now, soon, later, settled }: Turns = turnsOf(() => performance.now()),
): ((caller: Caller) => Pace) => {
  const waiting = new Rounds<() => void>();
  let since = now();
  let isCounting = false;

  /** Lets those that wait go on, one after the other. */
  const turn = async (): Promise<void> => {
    since = now();
    let next = waiting.next(() => true);
    if (next === undefined) {
      isCounting = false;
      return;
    }
    for (; next !== undefined; next = now() - since < SLICE_MS ? waiting.next(() => true) : undefined) {
      next();
      await settled();
    }
    // What took longer took it because the machine was busy elsewhere.
    const pause = spend(Math.min(SPENT_MS, now() - since));
    if (pause === 0) soon(() => void turn());
    else later(() => void turn(), Math.min(PAUSE_MS, Math.ceil(pause)));
  };

  return (caller) => {
    let piece = Number.NEGATIVE_INFINITY;
    return () => {
      if (now() - piece < PIECE_MS) return undefined;
      if (!isCounting) {
        isCounting = true;
        since = now();
        soon(() => void turn());
        return undefined;
      }
      if (waiting.size === 0 && now() - since < SLICE_MS) return undefined;
      return new Promise((resolve) => {
        waiting.push(caller, () => {
          piece = now();
          resolve();
        });
      });
    };
  };
};
