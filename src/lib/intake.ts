/**
 * The pace at which bytes of strangers come to a parser. Whatever they are, parsing them is work that begins before anything
 * behind it can refuse it. So they are parsed in slices: few milliseconds of them in a turn of the event loop, and no more
 * than half of the time. Whose slices took least time is next, and of its sources likewise (start-time fair queueing:
 * P. Goyal, H. Vin, H. Cheng, SIGCOMM 1996). Who was idle, or comes new, has had as much as who was served last, and each
 * slice counts a little beforehand. So nobody is held up for long by those who come anew again and again.
 */
import { type SpendTime, type Turns, turnsOf, workedMs } from './turns.ts';

/** The time for slices in a turn of the event loop, in milliseconds, and then at least as long without. */
const TURN_MS = 4;
/**
 * The longest pause, in milliseconds. It is far longer than any slice takes that is bounded as it should be, so a dear one is
 * paid back in full. Where the time of the thread is not known, what takes longer takes it because the machine was busy elsewhere.
 */
const PAUSE_MS = 250;
/**
 * The most that a turn counts for the time that has passed, in milliseconds. Where the machine is busy elsewhere too, 4 ms of work
 * take longer, and the rest of this thread needs as long to do as much. It is short, so that votes do not wait long for a turn.
 */
const PASSED_MS = 10 * TURN_MS;
/** What a slice counts before it is parsed, in milliseconds: time goes on though all who wait are new. */
const ASK_MS = 0.5;
/** The most that it counts in all: so whoever was given a slice waits for few of each other, not for hundreds. */
const SPENT_MS = 2;

/** What has bytes to parse, for example a connection. */
export type Source = {
  /** Whom it is of: its address, for example. What is of one shares the turns of one. */
  readonly of: string;
  /** Parses a slice. Asks for another turn itself if it has more. */
  readonly parse: () => void;
};

/** Times here are virtual: the milliseconds that one of those that wait has been given. */
type Owner = {
  /** When its next slice is due. */
  due: number;
  /** When the slice that was parsed last was due, among its sources. */
  now: number;
  readonly waiting: Set<Source>;
  /** When the next slice of each of its sources is due. */
  readonly dues: Map<Source, number>;
};

export class Intake {
  readonly #spend: SpendTime;
  readonly #turns: Turns;
  readonly #passed: () => number;
  readonly #owners = new Map<string, Owner>();
  /** When the slice that was parsed last was due, among the owners. */
  #now = 0;
  #isRunning = false;

  /**
   * @param spend - counts what slices take towards more than their half of the time
   * @param turns - its clock is the time for which this thread has worked, if the system tells it
   * @param passed - milliseconds that have passed
   */
  constructor(
    spend: SpendTime = () => 0,
    turns: Turns = turnsOf(workedMs),
    passed: () => number = () => performance.now(),
  ) {
    this.#spend = spend;
    this.#turns = turns;
    this.#passed = passed;
  }

  /** Parses a slice of the source when it is its turn. */
  ask(source: Source): void {
    const owner = this.#ownerOf(source);
    if (owner.waiting.has(source)) return;
    if (owner.waiting.size === 0) owner.due = Math.max(owner.due, this.#now) + ASK_MS;
    owner.waiting.add(source);
    owner.dues.set(source, Math.max(owner.dues.get(source) ?? 0, owner.now) + ASK_MS);
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#turns.soon(() => void this.#turn());
  }

  /** Forgets a source that has nothing more to parse. */
  drop(source: Source): void {
    const owner = this.#owners.get(source.of);
    owner?.waiting.delete(source);
    owner?.dues.delete(source);
  }

  #ownerOf({ of }: Source): Owner {
    const known = this.#owners.get(of);
    if (known !== undefined) return known;
    const owner: Owner = { due: this.#now, now: 0, waiting: new Set(), dues: new Map() };
    this.#owners.set(of, owner);
    return owner;
  }

  async #turn(): Promise<void> {
    const { now, later, settled } = this.#turns;
    const began = now();
    const beganAt = this.#passed();
    this.#forget();
    for (;;) {
      const owner = earliest(this.#owners.values(), ({ due, waiting }) =>
        waiting.size > 0 ? due : undefined,
      );
      const source =
        owner === undefined ? undefined : earliest(owner.waiting, (each) => owner.dues.get(each) ?? 0);
      if (owner === undefined || source === undefined) {
        this.#isRunning = false;
        this.#spend(now() - began);
        // Nobody waits: all begin anew.
        for (const { due } of this.#owners.values()) this.#now = Math.max(this.#now, due);
        this.#forget();
        return;
      }
      this.#now = owner.due;
      owner.now = owner.dues.get(source) ?? owner.now;
      owner.waiting.delete(source);
      const before = now();
      source.parse();
      await settled();
      const after = now();
      const spent = Math.min(SPENT_MS, after - before);
      owner.due += spent;
      const due = owner.dues.get(source);
      // It may have been dropped meanwhile.
      if (due !== undefined) owner.dues.set(source, due + spent);
      if (after - began < TURN_MS) continue;
      const worked = after - began;
      const took = Math.max(worked, Math.min(PASSED_MS, this.#passed() - beganAt));
      later(() => void this.#turn(), Math.min(PAUSE_MS, Math.ceil(Math.max(took, this.#spend(worked)))));
      return;
    }
  }

  /** Forgets who has no source, unless it was given more than others. */
  #forget(): void {
    for (const [of, { due, dues }] of this.#owners)
      if (dues.size === 0 && due <= this.#now) this.#owners.delete(of);
  }
}

/** Returns the one with the least time, and of equals the first; undefined if none has a time. */
const earliest = <T>(all: Iterable<T>, timeOf: (each: T) => number | undefined): T | undefined => {
  let first: T | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const each of all) {
    const time = timeOf(each);
    if (time === undefined || time >= least) continue;
    first = each;
    least = time;
  }
  return first;
};
