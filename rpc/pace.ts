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
import { type SpendTime, type Turns, turnsOf, workedMs } from '../src/lib/turns.ts';
import { type Caller, Rounds } from './rounds.ts';

/** The longest work of the RPC in one turn of the event loop, in milliseconds, where work can be cut into pieces. */
const SLICE_MS = 5;
/**
 * What a request that was given its turn may work before it waits for the next one, in milliseconds. Between two of its turns
 * each other connection has one, so a short call should be done in its first.
 */
const PIECE_MS = 1;
/** The time of the thread that the RPC may take, in milliseconds. */
const THREAD: Rate = { burst: 1_000, perSecond: 333 };
/** The longest pause, in milliseconds. It pays back the longest work that cannot be cut, such as the parsing of a long body. */
const PAUSE_MS = 250;

/**
 * The most that work counts for the time that has passed, in milliseconds. Where the machine is busy elsewhere too, all of this
 * process gets less, and the rest of it needs its part first. Past that, work counts for the time for which the thread worked.
 */
const PASSED_MS = 2 * SLICE_MS;

/** Yields to the event loop if it is the turn of others. Work calls it between its pieces. */
export type Pace = () => Promise<void> | undefined;

/**
 * Returns what counts the time that the RPC takes of the thread. A pause that is longer than the longest is forgiven: else what
 * one flood owed would slow down whoever comes after it.
 * @param now - milliseconds of a clock that only goes forward
 */
export const createThreadTime = (now: () => number = () => performance.now()): SpendTime => {
  const thread = new TokenBucket(THREAD, now());
  return (ms) => {
    const pause = thread.spend(ms, now());
    if (pause <= PAUSE_MS) return pause;
    thread.giveBack(((pause - PAUSE_MS) * THREAD.perSecond) / 1_000);
    return PAUSE_MS;
  };
};

/**
 * Returns the pace of a request of a caller.
 * @param spend - counts the time of all that the RPC does
 * @param worked - milliseconds for which this thread has worked
 */
export const createPaces = (
  spend: SpendTime,
  { now, soon, later, settled }: Turns = turnsOf(() => performance.now()),
  worked: () => number = workedMs,
): ((caller: Caller) => Pace) => {
  const waiting = new Rounds<() => void>();
  let since = now();
  let isCounting = false;
  /** Whether what works now is measured already: by the turn, or because it did not have to wait. */
  let isMeasured = false;
  /** What has worked without waiting, and is not counted yet, in milliseconds. */
  let owed = 0;

  /** Begins to measure work. Returns what it counts, in milliseconds, when it is called. */
  const measure = (): (() => number) => {
    const before = { now: now(), worked: worked() };
    return () => Math.max(worked() - before.worked, Math.min(PASSED_MS, now() - before.now));
  };

  /** Begins the next turn after a pause. */
  const rest = (pause: number): void => later(() => void turn(), Math.ceil(pause));

  /** Lets those that wait go on, one after the other. */
  const turn = async (): Promise<void> => {
    // A pause is for own work only: else calls would wait for ever while requests are parsed without end.
    const due = owed > 0 ? spend(owed) : 0;
    owed = 0;
    if (due > 0) return rest(due);
    since = now();
    let next = waiting.next(() => true);
    if (next === undefined) {
      isCounting = false;
      return;
    }
    const spent = measure();
    isMeasured = true;
    for (; next !== undefined; next = now() - since < SLICE_MS ? waiting.next(() => true) : undefined) {
      next();
      await settled();
    }
    isMeasured = false;
    const pause = spend(spent());
    if (pause === 0) soon(() => void turn());
    else rest(pause);
  };

  /** Measures what need not wait. */
  const goOn = (): undefined => {
    if (isMeasured) return;
    isMeasured = true;
    const spent = measure();
    void settled().then(() => {
      isMeasured = false;
      owed += spent();
    });
  };

  return (caller) => {
    let piece = Number.NEGATIVE_INFINITY;
    return () => {
      if (now() - piece < PIECE_MS) return undefined;
      if (!isCounting) {
        isCounting = true;
        since = now();
        soon(() => void turn());
        return goOn();
      }
      if (waiting.size === 0 && now() - since < SLICE_MS) return goOn();
      return new Promise((resolve) => {
        waiting.push(caller, () => {
          piece = now();
          resolve();
        });
      });
    };
  };
};
