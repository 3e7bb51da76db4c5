/** Runs the timeouts of the current height as timers. */
import { FIRST_ROUND, type Round } from '../../src/lib/brands.ts';
import type { Timeout } from '../effects.ts';
import { type Growth, lapOf, nextPatience, timeoutMs } from '../patience.ts';
import type { TimeoutConfig } from './ports.ts';
import type { Timers } from './timers.ts';

/** The time between two requests for a proposal that is voted for and missing here: well within the shortest propose timeout. */
const REQUEST_MS = 100;
/** The time between two rebroadcasts of the votes of a round, while the round lasts. */
export const REBROADCAST_MS = 500;

/** How a timeout grows. What only repeats messages grows too, or a slow network would be filled with repetitions. */
const growthOf = (config: TimeoutConfig, type: Timeout['type']): Growth => {
  switch (type) {
    case 'propose':
      return { baseMs: config.proposeMs, stepMs: config.proposeStepMs };
    case 'prevote':
    case 'precommit':
      return { baseMs: config.voteMs, stepMs: config.voteStepMs };
    case 'request':
      return { baseMs: REQUEST_MS, stepMs: 0 };
    case 'rebroadcast':
      return { baseMs: REBROADCAST_MS, stepMs: 0 };
  }
};

/** Whether a timeout only repeats what is sent: it changes nothing in the core, so the log does not contain it. */
export const isHousekeeping = (type: Timeout['type']): type is 'request' | 'rebroadcast' =>
  type === 'request' || type === 'rebroadcast';

export class Deadlines {
  readonly #timers: Timers;
  readonly #config: TimeoutConfig;
  readonly #running = new Map<string, { readonly timeout: Timeout; readonly cancel: () => void }>();
  #patience = 0;
  #lap = 1;
  /** The latest round that has begun. */
  #round: Round = FIRST_ROUND;

  constructor(timers: Timers, config: TimeoutConfig) {
    this.#timers = timers;
    this.#config = config;
  }

  /** Notes that a height begins, with so many validators. */
  begun(validators: number): void {
    this.#lap = lapOf(validators);
    this.#round = FIRST_ROUND;
  }

  /** Notes that the height is decided: how long that took decides about the timeouts of the next. */
  decided(round: Round): void {
    this.cancelAll();
    this.#patience = nextPatience(this.#patience, round, this.#lap);
  }

  /** Returns the milliseconds after which a timeout of this round elapses. */
  durationOf(type: Timeout['type'], round: Round): number {
    return timeoutMs(growthOf(this.#config, type), this.#patience + round, this.#lap);
  }

  /** Returns how long a round may take by its timeouts, in milliseconds. */
  roundMs(round: Round): number {
    const types = ['propose', 'prevote', 'precommit'] as const;
    return types.reduce((sum, type) => sum + this.durationOf(type, round), 0);
  }

  schedule(timeout: Timeout, elapsed: () => void): void {
    const { type, round } = timeout;
    if (round > this.#round) this.#round = round;
    const key = `${type} ${round}`;
    this.#running.get(key)?.cancel();
    const cancel = this.#timers.after(
      this.durationOf(type, isHousekeeping(type) ? this.#round : round),
      () => {
        this.#running.delete(key);
        elapsed();
      },
    );
    this.#running.set(key, { timeout, cancel });
  }

  /** Cancels the timeouts of the paper, because a new round has begun. */
  cancelRounds(): void {
    for (const [key, { timeout, cancel }] of this.#running) {
      if (isHousekeeping(timeout.type)) continue;
      cancel();
      this.#running.delete(key);
    }
  }

  cancelAll(): void {
    for (const { cancel } of this.#running.values()) cancel();
    this.#running.clear();
  }
}
