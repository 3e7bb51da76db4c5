/**
 * Watches what is wrong with a node: since when it has been so, and what the log is told of it, once when it begins and
 * once when it is over.
 */
import type { Problem, Waiting } from '../rpc/schemas/waiting.ts';
import type { Clock } from '../src/lib/clock.ts';
import type { Logger } from '../src/lib/log.ts';
import type { Found } from './waiting.ts';

export type WatchmanOptions = {
  /** What keeps the node from the next block. */
  readonly waiting: () => Found<Waiting> | undefined;
  /** What else is wrong with it. */
  readonly problem: () => Found<Problem> | undefined;
  readonly clock: Clock;
  /** Milliseconds of a clock that never goes back. */
  readonly elapsed: () => number;
  readonly logger: Logger;
};

const EVERY_MS = 1_000;

export class Watchman {
  readonly #options: WatchmanOptions;
  /** When that which is wrong now began, by its reason: in Unix ms for people, and by the clock that never goes back. */
  readonly #since = new Map<Problem['reason'], { readonly time: bigint; readonly elapsed: number }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: WatchmanOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => this.problems(), EVERY_MS);
    this.problems();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  waiting(): Waiting | undefined {
    const found = this.#options.waiting();
    return found === undefined ? undefined : { ...found.problem, since: this.#sinceOf(found) };
  }

  /** Looks at everything now, and tells the log what has begun and what is over. */
  problems(): readonly Problem[] {
    const found = [this.#options.waiting(), this.#options.problem()].filter((each) => each !== undefined);
    const present = new Set<Problem['reason']>(found.map(({ problem }) => problem.reason));
    for (const reason of this.#since.keys()) if (!present.has(reason)) this.#over(reason);
    return found.map((each): Problem => ({ ...each.problem, since: this.#sinceOf(each) }));
  }

  #sinceOf({ problem, forMs }: Found<Problem>): bigint {
    const known = this.#since.get(problem.reason);
    if (known !== undefined) return known.time;
    const { clock, elapsed, logger } = this.#options;
    const since = clock.now() - BigInt(Math.round(forMs));
    this.#since.set(problem.reason, { time: since, elapsed: elapsed() - forMs });
    const { reason, message } = problem;
    if (reason === 'precommits') logger.warn({ reason }, message);
    else logger[reason === 'syncing' ? 'info' : 'warn']({ reason }, `waiting: ${message}`);
    return since;
  }

  #over(reason: Problem['reason']): void {
    const { elapsed, logger } = this.#options;
    const now = elapsed();
    const seconds = Math.floor((now - (this.#since.get(reason)?.elapsed ?? now)) / 1_000);
    this.#since.delete(reason);
    logger.info(
      { reason, seconds },
      reason === 'precommits' ? 'this validator takes part again' : 'no longer waiting',
    );
  }
}
