/** Runs the timeouts of the current height as timers. */
import type { Timeout } from '../effects.ts';
import type { TimeoutConfig } from './ports.ts';
import type { Timers } from './timers.ts';

/** The time between two requests for a proposal that is voted for and missing here: well within the shortest propose timeout. */
const REQUEST_MS = 100;
/** The time between two rebroadcasts of the votes of a round, while the round lasts. */
export const REBROADCAST_MS = 500;

/** Returns the duration of a timeout in milliseconds. */
export const durationOf = (config: TimeoutConfig, { type, round }: Timeout): number => {
  switch (type) {
    case 'propose':
      return config.proposeMs + round * config.proposeStepMs;
    case 'prevote':
    case 'precommit':
      return config.voteMs + round * config.voteStepMs;
    case 'request':
      return REQUEST_MS;
    case 'rebroadcast':
      return REBROADCAST_MS;
  }
};

/** Whether a timeout only repeats what is sent: it changes nothing in the core, so the log does not contain it. */
export const isHousekeeping = (type: Timeout['type']): type is 'request' | 'rebroadcast' =>
  type === 'request' || type === 'rebroadcast';

export class Deadlines {
  readonly #timers: Timers;
  readonly #config: TimeoutConfig;
  readonly #running = new Map<string, { readonly timeout: Timeout; readonly cancel: () => void }>();

  constructor(timers: Timers, config: TimeoutConfig) {
    this.#timers = timers;
    this.#config = config;
  }

  schedule(timeout: Timeout, elapsed: () => void): void {
    const key = `${timeout.type} ${timeout.round}`;
    this.#running.get(key)?.cancel();
    const cancel = this.#timers.after(durationOf(this.#config, timeout), () => {
      this.#running.delete(key);
      elapsed();
    });
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
