/**
 * Whether this node signs, and what: with its key, at the heights whose validator set holds it, and not at a height of
 * which the log has lost what was signed.
 */
import type { Height } from '../../src/lib/brands.ts';
import { equal } from '../../src/lib/bytes.ts';
import type { ChainIdentity, ValidatorSet } from '../../src/lib/chain.ts';
import { CodedError } from '../../src/lib/errors.ts';
import type { Logger } from '../../src/lib/log.ts';
import type { Self } from '../effects.ts';
import type { SignRequest } from '../messages.ts';
import type { LogEntry } from './entries.ts';
import type { RunnerOptions } from './ports.ts';
import type { SignedStep } from './signer.ts';

export class Signing {
  readonly #options: Pick<RunnerOptions, 'signer' | 'wal'>;
  readonly #chain: ChainIdentity;
  /** Heights up to this one are not signed: the log does not tell what was locked in them. */
  #muteThrough = 0n;

  constructor(options: Pick<RunnerOptions, 'signer' | 'wal'>, chain: ChainIdentity) {
    this.#options = options;
    this.#chain = chain;
  }

  /** Who this node is in a set. It is computed for each height: a key may enter and leave while the node runs. */
  selfIn(validators: ValidatorSet): Self {
    const key = this.#options.signer?.publicKey;
    const index = key === undefined ? -1 : validators.findIndex(({ publicKey }) => equal(publicKey, key));
    return index === -1 ? { type: 'observer' } : { type: 'validator', index };
  }

  /** After the log of `height` was replayed; `covers`: does the log account for this signature? */
  recovered(height: Height, covers: (last: SignedStep) => boolean, logger: Logger): void {
    const last = this.#options.signer?.last() ?? 'none';
    if (last === 'none' || last.height < height || covers(last)) return;
    this.#muteThrough = last.height;
    logger.warn(
      { lastSigned: last.height.toString() },
      'the consensus log does not hold what was signed last: nothing is signed until that height is past',
    );
  }

  /**
   * Syncs the log, then signs. @returns what was signed, as the log holds it, or `none` if this node does not sign here.
   * @throws CodedError `SIGN_STATE_WRITE`
   */
  async sign(height: Height, request: SignRequest, logger: Logger): Promise<LogEntry | 'none'> {
    const { signer, wal } = this.#options;
    if (signer === undefined || height <= this.#muteThrough) return 'none';
    await wal.sync();
    const signed = await signer.sign(this.#chain, request);
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
