/**
 * The times of a chain on which people answer for what their machines do. `genesis.json` has those of a devnet, where a claim
 * is final after seconds. A chain of several operators needs hours: somebody has to notice that a service is down.
 */
import { divCeil } from '../src/lib/math.ts';
import { type Params, SETTLE_WINDOWS, settleBlocks } from '../state/params.ts';

const HOUR_MS = 3_600_000n;

/** The hours for which a claim can be challenged, and in which a DEMAND has to be answered. */
const DISPUTE_HOURS = 12n;
/** The hours after a claim became final in which a late proof can take what its attestor has earned: a week. */
const LATE_PROOF_HOURS = 168n;
/** The hours that a contributor has to reveal what it has committed: a machine may be away for that long. */
const REVEAL_HOURS = 2n;
/** The hours that a provider has to send the receipts for which it holds vouchers of a payer that withdraws. */
const WITHDRAW_HOURS = 2n;

/**
 * The number of blocks in so many hours if none has transactions: those come after `commitPauseMs` at the earliest. A chain
 * that is never idle is up to five times as fast with the pauses of `genesis.json`.
 */
const blocksIn = (hours: bigint, { commitPauseMs }: Params['blocks']): number =>
  Number(divCeil(hours * HOUR_MS, BigInt(Math.max(1, commitPauseMs))));

/** The largest challenge window for which there is a time to settle, in blocks, whatever the length of an epoch. */
export const CHALLENGE_WINDOW_MAX = 1_000_000_000;

/** Sets the challenge window, in blocks, and makes the time to settle as long as that asks, if it is not. */
export const withChallengeWindow = (params: Params, challengeWindow: number): Params => {
  const { attribution } = params;
  const least = SETTLE_WINDOWS * BigInt(challengeWindow);
  const settleEpochs =
    settleBlocks(attribution) >= least
      ? attribution.settleEpochs
      : Number(divCeil(least, BigInt(attribution.epochBlocks)));
  return { ...params, attribution: { ...attribution, challengeWindow, settleEpochs } };
};

/** Sets the times of a chain of several operators. */
export const withNetworkTimes = (params: Params): Params => {
  const disputes = blocksIn(DISPUTE_HOURS, params.blocks);
  const { attribution, contribution, escrow, ...rest } = withChallengeWindow(params, disputes);
  return {
    ...rest,
    attribution: {
      ...attribution,
      answerWindow: disputes,
      lateProofWindow: blocksIn(LATE_PROOF_HOURS, params.blocks),
    },
    contribution: {
      ...contribution,
      revealMax: blocksIn(REVEAL_HOURS, params.blocks),
      // The bond stays until a false declaration can be found, and a DEMAND of its text has to be answered.
      declarationWindow: 2 * disputes,
    },
    escrow: { ...escrow, withdrawDelay: blocksIn(WITHDRAW_HOURS, params.blocks) },
  };
};
