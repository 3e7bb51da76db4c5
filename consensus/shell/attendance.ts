/** Remembers when each validator was last heard, so that a node without a quorum can say who is missing. */
import { LRUCache } from 'lru-cache';
import { toBareHex } from '../../src/lib/bytes.ts';
import { MAX_VALIDATORS, type ValidatorSet } from '../../src/lib/chain.ts';
import type { Core } from '../core.ts';
import type { Input } from '../effects.ts';
import type { Vote } from '../messages.ts';

/** A validator of the height under way. */
export type Attendee = {
  readonly publicKey: Uint8Array;
  readonly power: bigint;
  /** Whether its vote of the present round and step has arrived: without more than two thirds of them the step goes on. */
  readonly hasVoted: boolean;
  /** When a vote of it arrived that was new here, by the clock of this node (Unix ms); undefined if none has since the start. */
  readonly lastSeen: bigint | undefined;
  /** The milliseconds since then, by a clock that nobody sets. */
  readonly silentMs: number | undefined;
};

const votesOf = (input: Input): readonly Vote[] => {
  switch (input.type) {
    case 'Vote':
    case 'SignedVote':
      return [input.vote];
    case 'RoundCertificate':
    case 'CommitCertificate':
    case 'PolkaCertificate':
      return input.votes;
    default:
      return [];
  }
};

/** A time for people, in Unix ms, and one to measure from: milliseconds of a clock that never goes back. */
export type Moment = { readonly time: bigint; readonly elapsed: number };

export class Attendance {
  /** By public key, which outlasts a change of the set. */
  readonly #lastSeen = new LRUCache<string, Moment>({ max: 2 * MAX_VALIDATORS });

  /** Notes an input that the core takes in: its votes are verified, and new. */
  heard(input: Input, validators: ValidatorSet, at: Moment): void {
    for (const { validator } of votesOf(input)) {
      const found = validators[validator];
      if (found !== undefined) this.#lastSeen.set(toBareHex(found.publicKey), at);
    }
  }

  /**
   * Returns the validators of the height under way, in the order of the set.
   *
   * @param now - milliseconds of the clock of {@link Moment.elapsed}
   */
  of({ state, votes }: Core, validators: ValidatorSet, now: number): readonly Attendee[] {
    const type = state.step === 'precommit' ? 'precommit' : 'prevote';
    const voters = new Set(votes.voters(state.round, type).map(({ validator }) => validator));
    return validators.map(({ publicKey, power }, index) => {
      const seen = this.#lastSeen.get(toBareHex(publicKey));
      return {
        publicKey,
        power,
        hasVoted: voters.has(index),
        lastSeen: seen?.time,
        silentMs: seen === undefined ? undefined : now - seen.elapsed,
      };
    });
  }
}
