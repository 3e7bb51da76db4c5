/**
 * The pace at which the bytes of all connections come to the parser of HTTP. Whatever they are, requests, headers or chunks,
 * parsing them is work that begins before anything of the server can refuse it. So they are parsed in slices: few
 * milliseconds of them in a turn of the event loop, and no more than half of the time. The address whose bytes took least
 * time comes first, and of one address the connection.
 */

/** The bytes that are parsed at a time. In the worst case they are 340 chunks of a body. */
export const SLICE_BYTES = 2 << 10;
/** The time for slices in a turn of the event loop, in milliseconds, and then at least as long without. */
const TURN_MS = 4;
/** How often the time that each took is halved, in milliseconds. */
const HALVING_MS = 500;
/** Less time than this is forgotten, in milliseconds. */
const FORGOTTEN_MS = 0.1;

/** What has bytes to parse. */
export type Source = {
  readonly address: string;
  /** Parses a slice. Asks for another turn itself if it has more. */
  readonly parse: () => void;
};

export type IntakeParts = {
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
  /** Runs something in the next turn of the event loop. */
  readonly soon: (run: () => void) => void;
  /** Runs something after some milliseconds. */
  readonly later: (run: () => void, ms: number) => void;
  /** Returns when all that a slice began at once is done. */
  readonly settled: () => Promise<void>;
};

const SYSTEM: IntakeParts = {
  now: () => performance.now(),
  soon: (run) => {
    setImmediate(run);
  },
  later: (run, ms) => {
    setTimeout(run, ms);
  },
  settled: () =>
    new Promise((resolve) => {
      process.nextTick(resolve);
    }),
};

export class Intake {
  readonly #parts: IntakeParts;
  readonly #waiting = new Set<Source>();
  readonly #ofAddress = new Map<string, number>();
  readonly #ofSource = new Map<Source, number>();
  #isRunning = false;
  #halvedAt: number;

  constructor(parts: IntakeParts = SYSTEM) {
    this.#parts = parts;
    this.#halvedAt = parts.now();
  }

  /** Parses a slice of the source when it is its turn. */
  ask(source: Source): void {
    this.#waiting.add(source);
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#parts.soon(() => void this.#turn());
  }

  /** Forgets a source that has nothing more to parse. */
  drop(source: Source): void {
    this.#waiting.delete(source);
    this.#ofSource.delete(source);
  }

  async #turn(): Promise<void> {
    const { now, soon, later, settled } = this.#parts;
    const began = now();
    this.#halve(began);
    for (;;) {
      const source = this.#first();
      if (source === undefined) {
        this.#isRunning = false;
        return;
      }
      this.#waiting.delete(source);
      const before = now();
      source.parse();
      await settled();
      const after = now();
      add(this.#ofAddress, source.address, after - before);
      add(this.#ofSource, source, after - before);
      if (after - began < TURN_MS) continue;
      if (this.#waiting.size === 0) soon(() => void this.#turn());
      else later(() => void this.#turn(), Math.ceil(after - began));
      return;
    }
  }

  #first(): Source | undefined {
    let first: Source | undefined;
    for (const each of this.#waiting) if (first === undefined || this.#isBefore(each, first)) first = each;
    return first;
  }

  #isBefore(a: Source, b: Source): boolean {
    if (a.address === b.address) return timeOf(this.#ofSource, a) < timeOf(this.#ofSource, b);
    return timeOf(this.#ofAddress, a.address) < timeOf(this.#ofAddress, b.address);
  }

  #halve(now: number): void {
    if (now - this.#halvedAt < HALVING_MS) return;
    this.#halvedAt = now;
    halve(this.#ofAddress);
    halve(this.#ofSource);
  }
}

const timeOf = <Key>(times: ReadonlyMap<Key, number>, key: Key): number => times.get(key) ?? 0;

const add = <Key>(times: Map<Key, number>, key: Key, ms: number): void => {
  times.set(key, timeOf(times, key) + ms);
};

const halve = <Key>(times: Map<Key, number>): void => {
  for (const [key, ms] of times) {
    if (ms < FORGOTTEN_MS) times.delete(key);
    else times.set(key, ms * 0.5);
  }
};
