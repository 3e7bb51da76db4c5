/**
 * The parameters of a chain, set in its genesis. Every header has their root (`parametersHash`). Units: names that end
 * in `Ms` are milliseconds and those in `Bps` basis points; other spans of time are blocks, and amounts are base units.
 */

import type { Root } from '../src/lib/brands.ts';
import { container, root32, uint16, uint32, uint64, uint128, type ValueOf } from '../src/lib/ssz.ts';
import { FeeSharesType } from './attribution/fees.ts';
import { type Fault, fault } from './errors/chain.ts';

const BlockParamsType = container({
  /** The largest size of an encoded block, in bytes. */
  maxBytes: uint32,
  /** The largest size of an encoded transaction, in bytes. */
  maxTransactionBytes: uint32,
  maxGas: uint64,
  /** The pause between a commit and round 0 of the next height. */
  commitPauseMs: uint32,
  /** The shortest pause, used when transactions or evidence wait. */
  commitPauseFloorMs: uint32,
  /**
   * By how much the clocks of validators may differ. The time of a fresh block is at most this far ahead of the clock of a
   * validator that votes for it, and behind it by at most this and the time that its proposal was under way.
   */
  timeDriftMs: uint32,
});

const TimeoutParamsType = container({
  proposeMs: uint32,
  /** Added for each round; the sum is doubled for each lap (docs/consensus.md#how-the-timeouts-grow). */
  proposeStepMs: uint32,
  voteMs: uint32,
  /** As `proposeStepMs`. */
  voteStepMs: uint32,
});

const FeeParamsType = container({
  initialBaseFee: uint128,
  /** The base fee never falls below this. */
  minBaseFee: uint128,
  /** One block changes the base fee by at most 1/maxStep of it (EIP-1559). */
  maxStep: uint32,
  /** Gas for each byte of the encoded transaction. */
  gasPerByte: uint32,
  /** Gas for each signature: that of the transaction and that of each voucher. */
  gasPerSignature: uint32,
});
export type FeeParams = ValueOf<typeof FeeParamsType>;

const ContributionParamsType = container({
  /** The fewest blocks between a commit and its reveal. */
  revealMin: uint32,
  /** The most blocks between a commit and its reveal. */
  revealMax: uint32,
  minQuorum: uint16,
  /** Locked with a commit. Returned when the declarations of an accepted contribution can no longer cost it. */
  commitBond: uint128,
  /** The lowest bond per byte of content that a Datanet may ask for, so that filling it with junk always costs. */
  bondPerByteMin: uint128,
  /** Blocks after acceptance during which the bond backs the declarations of the contribution. */
  declarationWindow: uint32,
  /**
   * Locked by a reviewer with each review that accepts, until the contribution is decided, or its declarations can no longer
   * cost it. 0: nothing.
   */
  reviewBond: uint128,
});

const AttributionParamsType = container({
  epochBlocks: uint32,
  challengeWindow: uint32,
  answerWindow: uint32,
  /** Epochs after a receipt, or after the end of the calibration of its version, in which it may be settled. */
  settleEpochs: uint32,
  lMin: uint16,
  lMax: uint16,
  /** Bits. */
  iMin: uint16,
  promptMin: uint16,
  copyMin: uint16,
  /** σ. */
  spanShareBps: uint16,
  /** The part of the remainder, which neither spans nor relevance pay, that goes by novel tokens. The rest goes to the treasury. */
  noveltyShareBps: uint16,
  /** Locked by the attestor for each receipt that it settles. */
  bondPerReceipt: uint128,
  /** Locked with a challenge. Lost if the challenge is refuted. */
  challengeBond: uint128,
  /**
   * The share of a slashed bond that the challenger gets, and the share of `demandCost` that the party that answers
   * gets. The rest is burned.
   */
  challengeRewardBps: uint16,
  /** The part of a DEMAND's bond that is lost when the DEMAND is answered. */
  demandCost: uint128,
  /** The most DEMANDs that may be open against one settlement. */
  demandsMax: uint16,
  /** Locked by the attestor of a calibration. */
  calibrationBond: uint128,
  /**
   * Blocks after the last claim of an attestor's epoch became final, in which a late proof takes what it has earned in that epoch.
   */
  lateProofWindow: uint32,
  /** Locked once for each attestor and epoch until what it has earned in it vests, beside what stands behind claims. */
  lateProofBond: uint128,
  /** The largest share of coincidence at a step of a calibration. */
  controlTargetBps: uint16,
  /** The number of tokens that a calibration draws. */
  calibrationDraws: uint16,
  /** Blocks between the registration of a model and the block before the one whose hash seeds its draw. */
  drawDelay: uint32,
  /** sha256 of the INFO-1 table. */
  info1Hash: root32,
});
export type AttributionParams = ValueOf<typeof AttributionParamsType>;

/** The split of a model fee (docs/attribution.md#who-is-paid). The rest is the data money D. */
export const ParamsType = container({
  blocks: BlockParamsType,
  timeouts: TimeoutParamsType,
  fees: FeeParamsType,
  contribution: ContributionParamsType,
  attribution: AttributionParamsType,
  shares: FeeSharesType,
  escrow: container({
    /**
     * Blocks between the request to withdraw from an escrow and the payment. The provider sends the receipts that it has
     * vouchers for meanwhile: their charges leave the deposit with their batch.
     */
    withdrawDelay: uint32,
  }),
  receipts: container({
    /** The most receipts in one batch. */
    maxBatch: uint16,
  }),
});
export type Params = ValueOf<typeof ParamsType>;

/**
 * e: what the protocol mints for each unit of model fee, in basis points. It must stay below β, the share that is burned
 * (docs/attribution.md#who-is-paid). Otherwise somebody who is payer and receiver at once would gain by paying itself. It is 0, because
 * nothing is minted after genesis.
 */
export const MINTED_BPS = 0n;

/** The limit of `demandsMax`: the stored list of the open DEMANDs of a settlement has room for this many. */
export const OPEN_DEMANDS_MAX = 64;

/** The limit of `calibrationDraws`: the type of a calibration claim has room for this many draws. */
export const CALIBRATION_DRAWS_MAX = 1024;

/** The least time to settle, in challenge windows: a false claim, or a calibration, may have used up one of them. */
export const SETTLE_WINDOWS = 4n;

/** The time to settle: the number of blocks after a receipt, or the end of a calibration, in which it may be settled. */
export const settleBlocks = ({
  settleEpochs,
  epochBlocks,
}: Pick<AttributionParams, 'settleEpochs' | 'epochBlocks'>): bigint =>
  BigInt(settleEpochs) * BigInt(epochBlocks);

export const parametersHash = (params: Params): Root => ParamsType.root(params);

/** Checks what the types cannot: returns the fault of parameters under which the chain could not run, else undefined. */
export const checkParams = (params: Params): Fault | undefined => {
  const bad = (name: string, why: string): Fault => fault('GENESIS_PARAMS', `${name}: ${why}`, { name });
  const { blocks, fees, contribution, attribution, shares, escrow, receipts } = params;
  if (blocks.maxBytes > 1 << 20) return bad('blocks.maxBytes', 'at most 1 MiB');
  if (blocks.maxTransactionBytes > 256 << 10) return bad('blocks.maxTransactionBytes', 'at most 256 KiB');
  if (blocks.maxTransactionBytes + 65_536 > blocks.maxBytes)
    return bad('blocks.maxBytes', 'must leave 64 KiB beside the largest transaction');
  if (blocks.commitPauseFloorMs > blocks.commitPauseMs)
    return bad('blocks.commitPauseFloorMs', 'at most commitPauseMs');
  if (fees.minBaseFee < 1n || fees.initialBaseFee < fees.minBaseFee)
    return bad('fees', 'need 1 <= minBaseFee <= initialBaseFee');
  if (fees.maxStep < 1) return bad('fees.maxStep', 'at least 1');
  if (contribution.revealMin < 1 || contribution.revealMax < contribution.revealMin)
    return bad('contribution', 'need 1 <= revealMin <= revealMax');
  if (contribution.minQuorum < 1) return bad('contribution.minQuorum', 'at least 1');
  // Otherwise a contributor could lock more of the money of a reviewer than of its own.
  if (contribution.reviewBond > contribution.commitBond)
    return bad('contribution.reviewBond', 'at most commitBond');
  if (attribution.epochBlocks < 1) return bad('attribution.epochBlocks', 'at least 1');
  if (attribution.challengeWindow < 1) return bad('attribution.challengeWindow', 'at least 1');
  if (attribution.settleEpochs < 1) return bad('attribution.settleEpochs', 'at least 1');
  const settle = settleBlocks(attribution);
  const settleMin = SETTLE_WINDOWS * BigInt(attribution.challengeWindow);
  if (settle < settleMin)
    return bad(
      'attribution.settleEpochs',
      `the time to settle, settleEpochs times epochBlocks, is ${settle} blocks, and at least ${SETTLE_WINDOWS} challenge windows, which are ${settleMin}`,
    );
  if (attribution.lMin < 1 || attribution.lMax < attribution.lMin)
    return bad('attribution', 'need 1 <= lMin <= lMax');
  // A witness opens a whole match, echo or copied run, and the passages over the same range (docs/disputes.md).
  if (attribution.lMax > 256) return bad('attribution.lMax', 'at most 256');
  if (attribution.promptMin < 1 || attribution.promptMin > 256)
    return bad('attribution.promptMin', '1 to 256');
  if (attribution.copyMin < 8 || attribution.copyMin > 256) return bad('attribution.copyMin', '8 to 256');
  if (attribution.spanShareBps > 10_000) return bad('attribution.spanShareBps', 'at most 10000');
  if (attribution.noveltyShareBps > 10_000) return bad('attribution.noveltyShareBps', 'at most 10000');
  if (attribution.bondPerReceipt < 1n) return bad('attribution.bondPerReceipt', 'at least 1');
  if (attribution.challengeBond < 1n) return bad('attribution.challengeBond', 'at least 1');
  // If the challenger got everything, an attestor that is about to be caught could challenge itself and lose nothing.
  if (attribution.challengeRewardBps >= 10_000)
    return bad('attribution.challengeRewardBps', 'less than 10000');
  if (attribution.demandCost > attribution.challengeBond)
    return bad('attribution.demandCost', 'at most challengeBond');
  if (attribution.demandsMax < 1 || attribution.demandsMax > OPEN_DEMANDS_MAX)
    return bad('attribution.demandsMax', `1 to ${OPEN_DEMANDS_MAX}`);
  if (attribution.answerWindow < 1) return bad('attribution.answerWindow', 'at least 1');
  // An attestor that lacks a text demands it. When that is over, receipts can still be settled without it.
  if (BigInt(attribution.answerWindow) >= settle)
    return bad('attribution.answerWindow', `less than the time to settle, which is ${settle} blocks`);
  // The bond of a contribution is given back then, and a text that is not shown could cost nothing.
  if (contribution.declarationWindow <= attribution.answerWindow)
    return bad(
      'contribution.declarationWindow',
      `more than answerWindow, which is ${attribution.answerWindow}`,
    );
  if (attribution.calibrationBond < 1n) return bad('attribution.calibrationBond', 'at least 1');
  // Else an attestor could settle again in an epoch of which a late proof has taken what it earned.
  if (attribution.lateProofWindow < attribution.epochBlocks)
    return bad('attribution.lateProofWindow', `at least epochBlocks, which is ${attribution.epochBlocks}`);
  if (attribution.lateProofBond < 1n) return bad('attribution.lateProofBond', 'at least 1');
  if (attribution.controlTargetBps > 10_000) return bad('attribution.controlTargetBps', 'at most 10000');
  if (attribution.calibrationDraws < 1 || attribution.calibrationDraws > CALIBRATION_DRAWS_MAX)
    return bad('attribution.calibrationDraws', `1 to ${CALIBRATION_DRAWS_MAX}`);
  if (attribution.drawDelay < 1) return bad('attribution.drawDelay', 'at least 1');
  if (BigInt(shares.burnBps) <= MINTED_BPS)
    return bad('shares.burnBps', `more than the ${MINTED_BPS} that are minted: else receipts to oneself pay`);
  const split =
    shares.burnBps + shares.treasuryBps + shares.attestorBps + shares.modelBps + shares.stakersBps;
  if (split > 10_000) return bad('shares', 'sum to at most 10000 basis points');
  if (escrow.withdrawDelay < 1) return bad('escrow.withdrawDelay', 'at least 1');
  if (receipts.maxBatch < 1 || receipts.maxBatch > 1_000) return bad('receipts.maxBatch', '1 to 1000');
  return undefined;
};
