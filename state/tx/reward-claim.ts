/** Turns credits into balance: what the sender's contributions, models and stake have earned. */
import { boolean, container, list, type Ssz, uint32 } from '../../src/lib/ssz.ts';

export type RewardClaim = {
  /** Seqs of contributions of the sender, ascending: their spans and their shares of the remainder. */
  readonly contributions: readonly number[];
  /** Models that the sender owns or has a share of, ascending. */
  readonly models: readonly number[];
  /** Whether to claim what validators with this payout account have earned. */
  readonly stake: boolean;
};

export const CLAIMED_CONTRIBUTIONS_MAX = 256;
export const CLAIMED_MODELS_MAX = 64;

export const RewardClaimType: Ssz<RewardClaim> = container<RewardClaim>({
  contributions: list(uint32, CLAIMED_CONTRIBUTIONS_MAX),
  models: list(uint32, CLAIMED_MODELS_MAX),
  stake: boolean,
});
