/**
 * The pause between a decision and the next height's round 0 (docs/consensus.md#a-height): 500 ms on an idle chain,
 * and no longer than the floor of 100 ms once there is something to do. Executing the block falls into the pause, not
 * after it.
 */
import type { BlockConfig } from './ports.ts';
import type { Timers } from './timers.ts';

export class Pause {
  readonly #begin: () => void;
  readonly #cancels: readonly (() => void)[];
  #floor = false;
  #over = false;
  #woken = false;
  #committed = false;
  #ended = false;

  /** Begins now. `begin` is called once, when the height may begin. */
  constructor(timers: Timers, config: BlockConfig, begin: () => void) {
    this.#begin = begin;
    this.#cancels = [
      timers.after(config.commitPauseFloorMs, () => {
        this.#floor = true;
        this.#check();
      }),
      timers.after(config.commitPauseMs, () => {
        this.#over = true;
        this.#check();
      }),
    ];
  }

  /** Notes that the block is committed. The height does not begin before that. */
  committed(): void {
    this.#committed = true;
    this.#check();
  }

  /** Notes that there are transactions, or that a peer has begun the height. */
  wake(): void {
    this.#woken = true;
    this.#check();
  }

  /** Begin as soon as the block is committed: this node lags behind, and block sync has brought the next block. */
  skip(): void {
    this.#floor = true;
    this.wake();
  }

  cancel(): void {
    this.#ended = true;
    for (const cancel of this.#cancels) cancel();
  }

  #check(): void {
    if (this.#ended || !this.#committed || !this.#floor || !(this.#over || this.#woken)) return;
    this.cancel();
    this.#begin();
  }
}
