/**
 * Compares the clock of this machine with those of the peers of the config. Only those are asked, so that strangers have
 * no say, and the median counts, so that a single wrong clock has none either.
 */
import type { Result } from './errors.ts';
import type { Peer, PeerName } from './types.ts';

/** How far the clock of this machine is from those of its peers. */
export type ClockOffset = {
  /** The clock of this machine minus the median of theirs, in milliseconds, as far as it is certain. */
  readonly offsetMs: number;
  /** The number of peers that were asked. */
  readonly peers: number;
};

export type PeerClocksOptions = {
  readonly peers: () => readonly Pick<Peer, 'name' | 'configured'>[];
  /** Asks a peer for its clock, in Unix milliseconds. */
  readonly ask: (peer: PeerName) => Promise<Result<bigint>>;
  /** The clock of this machine, in Unix milliseconds. */
  readonly now: () => bigint;
  /** Milliseconds of a clock that nobody sets. */
  readonly elapsed: () => number;
};

const TICK_MS = 2_000;
/** A peer is asked again after this time: a clock that was set is soon known. */
const EVERY_MS = 10_000;
/** What a peer has said holds for this long. */
const HOLDS_MS = 60_000;

type Sample = { readonly offsetMs: number; readonly at: number };

export class PeerClocks {
  readonly #options: PeerClocksOptions;
  readonly #samples = new Map<PeerName, Sample>();
  readonly #asking = new Set<PeerName>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PeerClocksOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => void this.tick(), TICK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Asks the peers of the config that have not been asked for a while, and forgets those that are gone. */
  async tick(): Promise<void> {
    const names = this.#configured();
    for (const name of this.#samples.keys()) if (!names.includes(name)) this.#samples.delete(name);
    const before = this.#options.elapsed() - EVERY_MS;
    const due = names.filter(
      (name) => !this.#asking.has(name) && (this.#samples.get(name)?.at ?? -Infinity) <= before,
    );
    await Promise.all(due.map((name) => this.#ask(name)));
  }

  /** Undefined if no peer of the config has answered lately. */
  offset(): ClockOffset | undefined {
    const since = this.#options.elapsed() - HOLDS_MS;
    const names = this.#configured();
    const offsets = [...this.#samples]
      .filter(([name, { at }]) => at >= since && names.includes(name))
      .map(([, { offsetMs }]) => offsetMs)
      .toSorted((a, b) => a - b);
    const low = offsets[(offsets.length - 1) >> 1];
    const high = offsets[offsets.length >> 1];
    if (low === undefined || high === undefined) return undefined;
    // Of two in the middle, the one that accuses this machine less.
    return { offsetMs: Math.abs(low) < Math.abs(high) ? low : high, peers: offsets.length };
  }

  #configured(): readonly PeerName[] {
    return this.#options.peers().flatMap(({ name, configured }) => (configured ? [name] : []));
  }

  async #ask(peer: PeerName): Promise<void> {
    const { ask, now, elapsed } = this.#options;
    this.#asking.add(peer);
    const asked = elapsed();
    const answer = await ask(peer).finally(() => this.#asking.delete(peer));
    const answered = elapsed();
    if (!answer.ok) return;
    // The peer read its clock at some time in between. No more is claimed than is certain.
    const half = (answered - asked) / 2;
    const middle = Number(now() - answer.value) - half;
    const offsetMs = Math.round(Math.sign(middle) * Math.max(0, Math.abs(middle) - half));
    this.#samples.set(peer, { offsetMs, at: answered });
  }
}
