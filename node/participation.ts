/** Counts the commits without a precommit of this node's validator: its votes may be late, or reach nobody. */
import type { Problem } from '../rpc/schemas/waiting.ts';
import { equal } from '../src/lib/bytes.ts';
import type { Commit, ValidatorSet } from '../src/lib/chain.ts';
import type { Found } from './waiting.ts';

/** The number of commits in a row without it after which a validator is not healthy. */
export const MISSED_COMMITS = 20;

export class Participation {
  readonly #publicKey: Uint8Array;
  #missed = 0;
  #since = 0;

  constructor(publicKey: Uint8Array) {
    this.#publicKey = publicKey;
  }

  /**
   * Takes in the commit that a block contains: what the proposer of that block had, and not what this node has seen.
   *
   * @param validators - the set that signed it
   * @param now - monotonic milliseconds
   */
  committed({ signers }: Pick<Commit, 'signers'>, validators: ValidatorSet, now: number): void {
    const index = validators.findIndex(({ publicKey }) => equal(publicKey, this.#publicKey));
    if (index < 0 || signers[index] === true) {
      this.reset();
      return;
    }
    if (this.#missed === 0) this.#since = now;
    this.#missed += 1;
  }

  /** Begins to count again: a node that fetches old blocks did not vote on them. */
  reset(): void {
    this.#missed = 0;
  }

  problem(now: number): Found<Extract<Problem, { reason: 'precommits' }>> | undefined {
    if (this.#missed < MISSED_COMMITS) return undefined;
    return {
      problem: {
        reason: 'precommits',
        message: `the last ${this.#missed} commits hold no precommit of this validator: its votes are late, or do not reach the others`,
        data: { commits: this.#missed },
      },
      forMs: now - this.#since,
    };
  }
}
