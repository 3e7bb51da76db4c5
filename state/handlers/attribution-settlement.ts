import { type Height, heightAfter, toHeight } from '../../src/lib/brands.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { invariant, ok } from '../../src/lib/errors.ts';
import { maxBig, sumBig } from '../../src/lib/math.ts';
import { eligibleVersions } from '../attribution/eligible.ts';
import { rulesOf } from '../attribution/rules.ts';
import { settleReceipt } from '../attribution/settlement.ts';
import { type Fault, fail, fault, type Result } from '../errors/execution.ts';
import { Eligibility } from '../modules/data/eligibility.ts';
import type { BlockContext } from '../modules/kit/context.ts';
import { attestorOf, attestorsOf } from '../modules/ledger/attestors.ts';
import { type Calibration, calibrationOf } from '../modules/models/calibrations.ts';
import { deadlinesOf } from '../modules/models/deadlines.ts';
import { knownVersion } from '../modules/models/models.ts';
import { beginVesting, bondOfEpoch, freeInEpoch, vestingOf } from '../modules/pay/vesting.ts';
import { backingFloor, bondOfClaim, openBacking } from '../modules/receipts/backing.ts';
import {
  type BatchReceipt,
  batchOf,
  batchStatusOf,
  epochEnd,
  receiptsBy,
  setBatchStatus,
  settleReceipts,
} from '../modules/receipts/receipts.ts';
import {
  addSettlement,
  lockBond,
  lockedBondOf,
  type ReceiptOutcome,
} from '../modules/receipts/settlements.ts';
import type { Params } from '../params.ts';
import type { AttributionSettlement, ReceiptClaim } from '../tx/attribution-settlement.ts';
import type { ReadView } from '../view.ts';
import type { Handler } from './handler.ts';

/** The data of one model version that a settlement needs. */
type SettledVersion = {
  readonly calibration: Calibration;
  readonly eligible: ReadonlyMap<number, number>;
};

/** Returns a lookup of the versions of a batch. It reads each from the state once. */
const versionsOf = (view: ReadView): ((receipt: BatchReceipt) => SettledVersion) => {
  const known = new Map<string, SettledVersion>();
  return ({ model, version }) => {
    const key = `${model} ${version}`;
    const read = known.get(key) ?? {
      calibration: calibrationOf(view, model, version),
      eligible: eligibleVersions(knownVersion(view, model, version)),
    };
    known.set(key, read);
    return read;
  };
};

/** The Imin that holds for a receipt, undefined if spans are paid nothing for its version. Fault `MODEL_UNCALIBRATED`. */
const matchBitsOf = (
  { type, value }: Calibration,
  { model, version }: BatchReceipt,
): Result<number | undefined> => {
  switch (type) {
    case 'calibrated':
      return ok(value.matchBits);
    case 'unattributed':
      return ok(undefined);
    case 'pending':
      return fail(
        'MODEL_UNCALIBRATED',
        `version ${version} of model ${model} is not calibrated yet: both rounds have to be final`,
        { model, version },
      );
  }
};

const settle = (
  { index, claim, sections }: ReceiptClaim,
  receipt: BatchReceipt,
  { calibration, eligible }: SettledVersion,
  eligibility: Eligibility,
  { attribution: params, ...others }: Params,
): Result<ReceiptOutcome> => {
  if (receipt.body.visibility === 'private')
    return fail(
      'SETTLEMENT_PRIVATE',
      `the texts of receipt ${index} are private, so nobody could check a claim about them`,
      { index },
    );
  const matchBits = matchBitsOf(calibration, receipt);
  if (!matchBits.ok) return matchBits;
  const commons = eligibility.check(claim, eligible);
  if (!commons.ok) return commons;
  const attribution = settleReceipt(claim, sections, {
    outputTokens: receipt.body.tokensOut,
    promptTokens: receipt.body.tokensIn,
    matchBitsMin: matchBits.value,
    parameters: { matchTokensMin: params.lMin, matchTokensMax: params.lMax, promptMin: params.promptMin },
    commons: commons.value,
    rules: rulesOf(receipt.body.rules),
  });
  if (!attribution.ok) return attribution;
  // What is malformed is not looked up.
  const picks = eligibility.checkSections(sections, eligible);
  if (!picks.ok) return picks;
  const { scores, total, covered, shared, coverageBps, relevance } = attribution.value;
  const bond = bondOfClaim(receipt, { attribution: params, ...others });
  return ok({ index, bond, scores, total, covered, shared, coverageBps, relevance });
};

/**
 * The height by which what is void and struck counts. What falls while an attestor is tracing may be unknown to it, but nothing
 * may be passed over for long. Fault `SETTLEMENT_AS_OF`.
 */
const asOfFor = (named: Height | undefined, { height, params }: BlockContext): Result<Height> => {
  const asOf = named ?? toHeight(height - 1n);
  const earliest = height - BigInt(params.attribution.epochBlocks);
  return asOf < earliest || asOf >= height
    ? fail('SETTLEMENT_AS_OF', `asOf is a height before this block, from ${maxBig(earliest, 0n)} on`, {
        asOf: asOf.toString(),
      })
    : ok(asOf);
};

export const applyAttributionSettlement: Handler<AttributionSettlement> = (
  { view, sender, block, id, emit },
  payload,
) => {
  const attestor = attestorOf(view, sender);
  if (attestor === undefined) return fault('ATTESTOR_UNKNOWN', 'the sender is no attestor');
  const batch = batchOf(view, payload.batch);
  if (batch === undefined)
    return fault('BATCH_UNKNOWN', `there is no batch ${toHex(payload.batch)}`, {
      batch: toHex(payload.batch),
    });
  const params = block.params.attribution;
  const locked = lockedBondOf(view, sender);
  const epoch = epochEnd(block.height, params);
  const vesting = { attestor: sender, epoch };
  if (vestingOf(view, vesting)?.state === 'lost')
    return fault('ATTESTOR_FORFEITED', `a late proof was upheld: settle again after height ${epoch}`, {
      epoch: epoch.toString(),
    });
  const beside = bondOfEpoch(view, vesting, params);
  const free = attestor.bond - locked - beside;
  const uncovered = (bond: bigint): Fault =>
    fault('ATTESTOR_BOND', `${locked + beside + bond} of a bond of ${attestor.bond} would be locked`, {
      locked: (locked + beside + bond).toString(),
      bond: attestor.bond.toString(),
    });
  const least = params.bondPerReceipt * BigInt(payload.claims.length);
  if (least > free) return uncovered(least);
  const asOf = asOfFor(payload.asOf, block);
  if (!asOf.ok) return asOf.fault;
  const receiptAt = receiptsBy(view, payload.batch, batch);
  const status = batchStatusOf(view, payload.batch);
  const eligibility = new Eligibility(view, asOf.value);
  const versions = versionsOf(view);
  const deadlineOf = deadlinesOf(view, batch, status, params);
  const outcomes: ReceiptOutcome[] = [];
  let until: Height | undefined;
  for (const claim of payload.claims) {
    const { index } = claim;
    const receipt = receiptAt(index);
    if (receipt === undefined)
      return fault('SETTLEMENT_INDEX', `the batch has ${batch.versions.length} receipts`, { index });
    const phase = status.receipts[index]?.status;
    const deadline = deadlineOf(index, receipt);
    if (deadline !== undefined && (phase === 'expired' || (phase === 'open' && block.height > deadline)))
      return fault('SETTLEMENT_LATE', `receipt ${index} could be settled until height ${deadline}`, {
        index,
        deadline: deadline.toString(),
      });
    if (phase !== 'open') return fault('SETTLEMENT_TAKEN', `receipt ${index} is ${phase} already`, { index });
    const outcome = settle(claim, receipt, versions(receipt), eligibility, block.params);
    if (!outcome.ok) {
      const { code, message, data } = outcome.fault;
      return fault(code, `receipt ${index}: ${message}`, { ...data, receipt: index });
    }
    outcomes.push(outcome.value);
    until = deadline;
  }
  const bond = sumBig(outcomes.map((outcome) => outcome.bond));
  // Whoever could back it alone is not kept from it by somebody who cannot.
  const isShort = bond > free;
  const isOthers = (): boolean =>
    attestorsOf(view).some((each) => freeInEpoch(view, { attestor: each, epoch }, params) >= bond);
  if (isShort && (outcomes.length > 1 || free < backingFloor(bond, block.params) || isOthers()))
    return uncovered(bond);
  beginVesting(view, vesting, block.height, outcomes.length, beside);
  const indexes = payload.claims.map(({ index }) => index);
  setBatchStatus(view, payload.batch, settleReceipts(status, id, indexes));
  const finalAt = heightAfter(block.height, BigInt(params.challengeWindow));
  const settlement = {
    batch: payload.batch,
    attestor: sender,
    height: block.height,
    asOf: asOf.value,
    finalAt,
  };
  addSettlement(view, id, settlement, payload.claims, outcomes);
  if (isShort) {
    invariant(until !== undefined, 'the version of a receipt that is settled is calibrated');
    openBacking(view, id, bond, until, { attestor: sender, amount: free });
  } else lockBond(view, sender, bond);
  emit({
    type: 'receiptsSettled',
    data: {
      settlement: id,
      receipts: { batch: payload.batch, indexes },
      attestor: sender,
      bond: isShort ? free : bond,
      missing: isShort ? bond - free : 0n,
      finalAt: isShort ? undefined : finalAt,
    },
  });
  return undefined;
};
