/**
 * Decides whether this node signs, and signs. It signs at the heights whose validator set contains its key, but not at a
 * height whose log has lost what was signed.
 */
import type { Height } from '../../src/lib/brands.ts';
import { equal } from '../../src/lib/bytes.ts';
import type { ValidatorSet } from '../../src/lib/chain.ts';
import { CodedError } from '../../src/lib/errors.ts';
import type { Logger } from '../../src/lib/log.ts';
import { sumBig } from '../../src/lib/math.ts';
import type { Self } from '../effects.ts';
import type { SignRequest } from '../messages.ts';
import type { LogEntry } from './entries.ts';
import type { RunnerOptions } from './ports.ts';
import type { SignedStep } from './signer.ts';

export class Signing {
  readonly #options: Pick<RunnerOptions, 'signer' | 'wal' | 'config'>;
  /** Nothing is signed up to this height, because the log does not contain what was locked in it. */
  #muteThrough = 0n;

  constructor(options: Pick<RunnerOptions, 'signer' | 'wal' | 'config'>) {
    this.#options = options;
  }

  /** Returns who this node is in a set. It is computed for each height: a key may enter and leave while the node runs. */
  selfIn(validators: ValidatorSet): Self {
    const key = this.#options.signer?.publicKey;
    const index = key === undefined ? -1 : validators.findIndex(({ publicKey }) => equal(publicKey, key));
    return index === -1 ? { type: 'observer' } : { type: 'validator', index };
  }

  /** Whether the key alone has more than two thirds of the power of a set. */
  isEnoughIn(validators: ValidatorSet): boolean {
    const self = this.selfIn(validators);
    const own = self.type === 'validator' ? (validators[self.index]?.power ?? 0n) : 0n;
    return 3n * own > 2n * sumBig(validators.map(({ power }) => power));
  }

  /** Logs that the key has entered or left the validator set, if it has. */
  logChange(before: Self, after: Self, logger: Logger): void {
    if (before.type === after.type) return;
    logger.info(
      after.type === 'validator'
        ? 'this node has entered the validator set and signs from this height on'
        : 'this node has left the validator set and no longer signs',
    );
  }

  /** Is called when the log of `height` was replayed. `covers` says whether the log accounts for a signature. */
  recovered(height: Height, covers: (last: SignedStep) => boolean, logger: Logger): void {
    const last = this.#options.signer?.last() ?? 'none';
    if (last === 'none' || last.height < height || covers(last)) return;
    this.#muteThrough = last.height;
    logger.warn(
      { lastSigned: last.height.toString() },
      'the consensus log does not contain the last signature: this node signs nothing until that height is decided',
    );
  }

  /**
   * Syncs the log, then signs. @returns the log entry of what was signed, or `none` if this node does not sign at this height
   * @throws CodedError `SIGN_STATE_WRITE`
   */
  async sign(height: Height, request: SignRequest, logger: Logger): Promise<LogEntry | 'none'> {
    const { signer, wal, config } = this.#options;
    if (signer === undefined || height <= this.#muteThrough) return 'none';
    await wal.sync();
    const signed = await signer.sign(config.chain, request);
    if (!signed.ok) {
      if (signed.fault.code !== 'SIGN_REFUSED') throw new CodedError(signed.fault);
      logger.error(signed.fault.data ?? {}, signed.fault.message);
      return 'none';
    }
    return request.type === 'vote'
      ? { type: 'signedVote', vote: { ...request.vote, signature: signed.value } }
      : { type: 'signedProposal', proposal: { ...request.proposal, signature: signed.value } };
  }
}
