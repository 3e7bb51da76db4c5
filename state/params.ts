/**
 * The parameters of a chain, set in its genesis. Their root stands in every header (`parametersHash`). Times are
 * milliseconds, lengths of time in the state are blocks, amounts base units, shares basis points.
 */
import type { Root } from '../src/lib/brands.ts';
import { type Fault, fault } from '../src/lib/errors.ts';
import { container, root32, type Ssz, uint16, uint32, uint64, uint128 } from '../src/lib/ssz.ts';

export type BlockParams = {
  /** Bytes of a whole encoded block. */
  readonly maxBytes: number;
  readonly maxTransactionBytes: number;
  readonly maxGas: bigint;
  /** The pause after a commit, before round 0 begins. */
  readonly commitPauseMs: number;
  /** The shortest pause, when there is something to do. */
  readonly commitPauseFloorMs: number;
  /** How far a header's time may stand from a validator's clock. */
  readonly timeDriftMs: number;
};

export type TimeoutParams = {
  readonly proposeMs: number;
  readonly proposeStepMs: number;
  readonly voteMs: number;
  readonly voteStepMs: number;
};

export type FeeParams = {
  readonly initialBaseFee: bigint;
  /** The base fee never falls below it. */
  readonly minBaseFee: bigint;
  /** A block moves the base fee by at most 1/maxStep of it (EIP-1559). */
  readonly maxStep: number;
  /** Gas a byte of the encoded transaction costs. */
  readonly gasPerByte: number;
  /** Gas a signature costs, the transaction's own and each voucher's. */
  readonly gasPerSignature: number;
};

export type ContributionParams = {
  readonly revealMin: number;
  readonly revealMax: number;
  readonly minQuorum: number;
  /** Posted with a commit, returned when the declarations of an accepted contribution can no longer cost it. */
  readonly commitBond: bigint;
  /** The least that a Datanet may ask for each byte of content, likewise: nobody fills it with junk for nothing. */
  readonly bondPerByteMin: bigint;
  /** Blocks after acceptance for which the bond stands behind what the contribution declared. */
  readonly declarationWindow: number;
};

export type AttributionParams = {
  readonly epochBlocks: number;
  readonly challengeWindow: number;
  readonly answerWindow: number;
  /** Epochs after a receipt in which it may be settled. */
  readonly settleEpochs: number;
  readonly lMin: number;
  readonly lMax: number;
  /** Bits. */
  readonly iMin: number;
  readonly promptMin: number;
  readonly copyMin: number;
  /** σ. */
  readonly spanShareBps: number;
  /** Locked by the attestor for each receipt settled. */
  readonly bondPerReceipt: bigint;
  /** Posted with a challenge; kept of one that is refuted. */
  readonly challengeBond: bigint;
  /** Of a bond that falls, what the challenger gets, and of `demandCost` who answers; the rest is burned. */
  readonly challengeRewardBps: number;
  /** Of the bond of a DEMAND that is answered, what is lost. */
  readonly demandCost: bigint;
  /** DEMANDs that may be open against one settlement. */
  readonly demandsMax: number;
  /** Locked by the attestor of a calibration. */
  readonly calibrationBond: bigint;
  /** The share of coincidence that a step of calibration must not exceed. */
  readonly controlTargetBps: number;
  /** Tokens that a calibration draws. */
  readonly calibrationDraws: number;
  /** Blocks between the registration of a model and the block before the one whose hash seeds its draw. */
  readonly drawDelay: number;
  /** sha256 of the INFO-1 table. */
  readonly info1Hash: Root;
};

/** How a model fee is split (docs/attribution.md#who-is-paid); the residue is the data money D. */
export type ShareParams = {
  readonly burnBps: number;
  readonly treasuryBps: number;
  readonly attestorBps: number;
  readonly modelBps: number;
  readonly stakersBps: number;
};

export type EscrowParams = { readonly withdrawDelay: number };
export type ReceiptParams = { readonly maxBatch: number };

export type Params = {
  readonly blocks: BlockParams;
  readonly timeouts: TimeoutParams;
  readonly fees: FeeParams;
  readonly contribution: ContributionParams;
  readonly attribution: AttributionParams;
  readonly shares: ShareParams;
  readonly escrow: EscrowParams;
  readonly receipts: ReceiptParams;
};

export const ParamsType: Ssz<Params> = container<Params>({
  blocks: container<BlockParams>({
    maxBytes: uint32,
    maxTransactionBytes: uint32,
    maxGas: uint64,
    commitPauseMs: uint32,
    commitPauseFloorMs: uint32,
    timeDriftMs: uint32,
  }),
  timeouts: container<TimeoutParams>({
    proposeMs: uint32,
    proposeStepMs: uint32,
    voteMs: uint32,
    voteStepMs: uint32,
  }),
  fees: container<FeeParams>({
    initialBaseFee: uint128,
    minBaseFee: uint128,
    maxStep: uint32,
    gasPerByte: uint32,
    gasPerSignature: uint32,
  }),
  contribution: container<ContributionParams>({
    revealMin: uint32,
    revealMax: uint32,
    minQuorum: uint16,
    commitBond: uint128,
    bondPerByteMin: uint128,
    declarationWindow: uint32,
  }),
  attribution: container<AttributionParams>({
    epochBlocks: uint32,
    challengeWindow: uint32,
    answerWindow: uint32,
    settleEpochs: uint32,
    lMin: uint16,
    lMax: uint16,
    iMin: uint16,
    promptMin: uint16,
    copyMin: uint16,
    spanShareBps: uint16,
    bondPerReceipt: uint128,
    challengeBond: uint128,
    challengeRewardBps: uint16,
    demandCost: uint128,
    demandsMax: uint16,
    calibrationBond: uint128,
    controlTargetBps: uint16,
    calibrationDraws: uint16,
    drawDelay: uint32,
    info1Hash: root32,
  }),
  shares: container<ShareParams>({
    burnBps: uint16,
    treasuryBps: uint16,
    attestorBps: uint16,
    modelBps: uint16,
    stakersBps: uint16,
  }),
  escrow: container<EscrowParams>({ withdrawDelay: uint32 }),
  receipts: container<ReceiptParams>({ maxBatch: uint16 }),
});

/**
 * e: what the protocol mints for each unit of model fee, basis points. It has to stay below β, what it burns of it
 * (docs/economy.md#where-the-money-goes): else a payer who is also all others would gain by paying itself. Nothing is
 * minted after genesis.
 */
export const MINTED_BPS = 0n;

/** DEMANDs open on one settlement: what a stored list has room for. */
export const OPEN_DEMANDS_MAX = 64;

/** Draws of one calibration claim: what its type has room for. */
export const CALIBRATION_DRAWS_MAX = 1024;

export const parametersHash = (params: Params): Root => ParamsType.root(params);

/** What no type can say: the fault of parameters under which the chain could not run, or undefined. */
export const checkParams = (params: Params): Fault | undefined => {
  const bad = (name: string, why: string): Fault => fault('PARAMS_INVALID', `${name}: ${why}`, { name });
  const { blocks, fees, contribution, attribution, shares, receipts } = params;
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
  if (attribution.epochBlocks < 1) return bad('attribution.epochBlocks', 'at least 1');
  if (attribution.challengeWindow < 1) return bad('attribution.challengeWindow', 'at least 1');
  if (attribution.settleEpochs < 1) return bad('attribution.settleEpochs', 'at least 1');
  if (attribution.lMin < 1 || attribution.lMax < attribution.lMin)
    return bad('attribution', 'need 1 <= lMin <= lMax');
  // A witness opens all of a match, an echo or a copied run, and the passages over as much (docs/disputes.md).
  if (attribution.lMax > 256) return bad('attribution.lMax', 'at most 256');
  if (attribution.promptMin < 1 || attribution.promptMin > 256)
    return bad('attribution.promptMin', '1 to 256');
  if (attribution.copyMin < 8 || attribution.copyMin > 256) return bad('attribution.copyMin', '8 to 256');
  if (attribution.spanShareBps > 10_000) return bad('attribution.spanShareBps', 'at most 10000');
  if (attribution.bondPerReceipt < 1n) return bad('attribution.bondPerReceipt', 'at least 1');
  if (attribution.challengeBond < 1n) return bad('attribution.challengeBond', 'at least 1');
  // With all of it, an attestor who is caught could challenge itself first and lose nothing.
  if (attribution.challengeRewardBps >= 10_000)
    return bad('attribution.challengeRewardBps', 'less than 10000');
  if (attribution.demandCost > attribution.challengeBond)
    return bad('attribution.demandCost', 'at most challengeBond');
  if (attribution.demandsMax < 1 || attribution.demandsMax > OPEN_DEMANDS_MAX)
    return bad('attribution.demandsMax', `1 to ${OPEN_DEMANDS_MAX}`);
  if (attribution.answerWindow < 1) return bad('attribution.answerWindow', 'at least 1');
  if (attribution.calibrationBond < 1n) return bad('attribution.calibrationBond', 'at least 1');
  if (attribution.controlTargetBps > 10_000) return bad('attribution.controlTargetBps', 'at most 10000');
  if (attribution.calibrationDraws < 1 || attribution.calibrationDraws > CALIBRATION_DRAWS_MAX)
    return bad('attribution.calibrationDraws', `1 to ${CALIBRATION_DRAWS_MAX}`);
  if (attribution.drawDelay < 1) return bad('attribution.drawDelay', 'at least 1');
  if (BigInt(shares.burnBps) <= MINTED_BPS)
    return bad('shares.burnBps', `more than the ${MINTED_BPS} that are minted: else receipts to oneself pay`);
  const split =
    shares.burnBps + shares.treasuryBps + shares.attestorBps + shares.modelBps + shares.stakersBps;
  if (split > 10_000) return bad('shares', 'sum to at most 10000 basis points');
  if (receipts.maxBatch < 1 || receipts.maxBatch > 1_000) return bad('receipts.maxBatch', '1 to 1000');
  return undefined;
};
