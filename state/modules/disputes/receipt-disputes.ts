/** Disputes about receipts: a claim that an attestor made for one, or what the receipt itself commits to. */
import { type Address, type Root, ZERO_ROOT } from '../../../src/lib/brands.ts';
import { equal, toHex } from '../../../src/lib/bytes.ts';
import { failWith, ok, unreachable } from '../../../src/lib/errors.ts';
import { checkExcuses, holdersIn } from '../../attribution/excuses.ts';
import { judgeClaim } from '../../attribution/witness/claim.ts';
import { demandedOf } from '../../attribution/witness/demand.ts';
import { judgeOutdone } from '../../attribution/witness/outdone.ts';
import { judgeReceipt } from '../../attribution/witness/receipt.ts';
import type { Witness } from '../../attribution/witness/types.ts';
import { fail, type Result } from '../../errors/execution.ts';
import type { ReceiptTarget } from '../../tx/challenge-target.ts';
import { numberKey, type ReadView } from '../../view.ts';
import type { BlockContext, HookContext } from '../kit/context.ts';
import { slashBond } from '../ledger/bonds.ts';
import { controlOf } from '../models/calibrations.ts';
import { expiringReceipts, settlementDeadline } from '../models/deadlines.ts';
import { payOut } from '../pay/payouts.ts';
import { unvestedOf } from '../pay/vesting.ts';
import { backersOf, freeBackers, takeBackers } from '../receipts/backing.ts';
import {
  batchOf,
  batchStatusOf,
  closeReceipts,
  receiptAt,
  reopenReceipt,
  setBatchStatus,
  settledWith,
  settlementIdOf,
} from '../receipts/receipts.ts';
import { finalAtOf, holdClaim, putOffSettlement, settlementOf } from '../receipts/settlements.ts';
import {
  endPendingOf,
  epochOf,
  excuseOfOneBacker,
  FORFEITED,
  forfeitLate,
  slashExcuser,
} from './backer-disputes.ts';
import { challengeOf } from './challenges.ts';
import { claimSubject, type DisputedReceipt, eligibilityOf, textsOf } from './claim-subject.ts';
import type { Demandable, Disputable, Outdoable } from './disputable.ts';
import { addExcused, outdoneSeries, returnPrices } from './excused.ts';

/** What is answered by excuses: that a chunk adds more than a pick of the claim. */
const outdoableOf = (view: ReadView, block: BlockContext, disputed: DisputedReceipt): Outdoable => {
  const { target } = disputed;
  return {
    judge: (witness) => judgeOutdone(claimSubject(view, block, disputed), witness),
    mayExcuse: (address) =>
      backersOf(view, target.settlement, target.index).some(({ attestor }) => equal(attestor, address)),
    series: outdoneSeries(target.index),
    checkExcuses: (outdone, excuses) => {
      // No claim is decoded: a refused answer costs only its fee. What takes reads of the state comes last.
      const checked = checkExcuses(outdone, excuses, disputed.receipt.body.tokensIn);
      if (!checked.ok) return checked;
      const { eligible, eligibility } = eligibilityOf(view, disputed);
      for (const holder of holdersIn(excuses)) {
        const wrong = eligibility.checkHolder(holder, eligible);
        if (wrong !== undefined) return failWith(wrong);
      }
      return checked;
    },
    excused: (at, answer) => addExcused(at, target, answer),
  };
};

/** The claim falls, and the receipt is open to the next attestor, for as long as it was at first. */
const reopen = (context: HookContext, disputed: DisputedReceipt, challenger: Address): undefined => {
  const { view, block, emit } = context;
  const { batch, index, settlement: id } = disputed.target;
  const { payer, model, version } = disputed.receipt;
  const { attestor } = settlementOf(view, id);
  const backers = backersOf(view, id, index);
  const bond = takeBackers(view, backers);
  endPendingOf(context, id, backers);
  const reward = slashBond(context, 'attestorBonds', bond, challenger);
  const deadline = settlementDeadline(block.height, block.params.attribution);
  setBatchStatus(view, batch, reopenReceipt(batchStatusOf(view, batch), index, deadline));
  expiringReceipts.add(view, deadline, { batch, index });
  returnPrices(context, disputed.target);
  emit({
    type: 'receiptReopened',
    data: {
      receipt: { batch, index },
      model,
      version,
      payer,
      provider: disputed.batch.provider,
      settlement: id,
      attestor,
      challenger,
      backers,
      reward,
      burned: bond - reward,
      deadline,
    },
  });
};

/** The receipt falls, and whatever was claimed of it with it: that was no fault of the attestor's. */
const makeVoid = (context: HookContext, disputed: DisputedReceipt, challenger: Address): undefined => {
  const { view } = context;
  const { target, batch, receipt } = disputed;
  const status = batchStatusOf(view, target.batch);
  const settled = settlementIdOf(status, target.index);
  if (settled !== undefined) {
    const backers = backersOf(view, settled, target.index);
    freeBackers(view, backers);
    endPendingOf(context, settled, backers);
    returnPrices(context, { ...target, settlement: settled });
  }
  setBatchStatus(view, target.batch, closeReceipts(status, [target.index], 'void'));
  payOut(
    context,
    { batch: target.batch, provider: batch.provider },
    { type: 'voided', challenger, settlement: settled },
    [{ index: target.index, receipt, outcome: undefined }],
  );
};

const demandableOf = (view: ReadView, block: BlockContext, disputed: DisputedReceipt): Demandable => {
  const { batch, index, settlement } = disputed.target;
  return {
    claims: settlement,
    place: (_, { text, contribution, item }) => {
      // A series per text of each claim: a delay of one receipt does not make another's DEMANDs more expensive.
      const series = `${numberKey(index)}/${text}`;
      const cited = text === 'source' ? `/${numberKey(contribution)}/${numberKey(item)}` : '';
      return { claims: settlement, text: `${series}${cited}`, series };
    },
    demanded: (demand) => demandedOf(claimSubject(view, block, disputed), demand),
    unanswered: { type: 'claim', reason: 'DEMAND_UNANSWERED' },
    hold: (at, finalAt) => holdClaim(at, settlement, index, finalAt),
    putOff: (at, finalAt) => putOffSettlement(at, settlement, finalAt),
    isOver: ({ type, value }) => type === 'receipt' && equal(value.batch, batch) && value.index === index,
    hasEnded: (at) => settledWith(batchStatusOf(at, batch), settlement).length === 0,
  };
};

/** Returns the dispute about a claim that is final: by witnesses alone, until what its attestor has earned by it vests. */
const disputedLate = (view: ReadView, block: BlockContext, disputed: DisputedReceipt): Result<Disputable> => {
  const { target } = disputed;
  const epoch = epochOf(view, block, target.settlement);
  const backers = backersOf(view, target.settlement, target.index).map(({ attestor }) => ({
    attestor,
    epoch,
  }));
  const finalAt = finalAtOf(view, target.settlement, target.index, true);
  const states = backers.map((each) => unvestedOf(view, each, finalAt)?.state);
  if (states.every((state) => state === undefined))
    return fail('CHALLENGE_CLOSED', `what was earned by receipt ${target.index} has vested`, {
      index: target.index,
      status: 'final',
    });
  const guilty = backers.filter((_, i) => states[i] === 'kept');
  if (guilty.length === 0) return failWith(FORFEITED);
  return ok({
    judge: (witness) => judgeClaim(claimSubject(view, block, disputed), witness),
    fall: (context, _upheld, challenger, witness) =>
      forfeitLate(context, target, guilty, challenger, witness),
    demandable: undefined,
  });
};

/** What opens texts alone proves late; what waits for an answer does not. */
const AWAITING: readonly Witness['type'][] = ['demand', 'outdone'];

/** The types of witness that show a run which the claim does not name. Where spans are paid nothing it names none. */
const AGAINST_SPANS: readonly Witness['type'][] = ['better', 'shared', 'echo'];

/** Whether a witness may be against an answer that another challenge has shown to be false meanwhile. */
const isAgainstFallen = (view: ReadView, witness: Witness): boolean =>
  witness.type === 'excuse' && challengeOf(view, witness.value.challenge)?.outdone?.isReopened === true;

const STRUCK: Result<never> = fail('WITNESS_STRUCK', 'an answer to this challenge has fallen before');

const closed = (index: number, status: string): Result<never> =>
  fail('CHALLENGE_CLOSED', `receipt ${index} is ${status}`, { index, status });

/**
 * Returns the dispute about a receipt itself. A malformed receipt becomes void whoever settled it, or if
 * nobody did.
 */
const disputedItself = (
  view: ReadView,
  block: BlockContext,
  disputed: DisputedReceipt,
  settlement: Root | undefined,
): Disputable => ({
  judge: (witness) => judgeReceipt(textsOf(disputed.receipt, block), witness),
  fall: (context, _upheld, challenger) => makeVoid(context, disputed, challenger),
  demandable:
    settlement === undefined
      ? undefined
      : demandableOf(view, block, { ...disputed, target: { ...disputed.target, settlement } }),
});

/**
 * A receipt, or the claim that a settlement makes of it, until that is final. Faults: `BATCH_UNKNOWN`,
 * `CHALLENGE_INDEX`, `CHALLENGE_KIND`, `CHALLENGE_SETTLEMENT` (the receipt has another, or none), `CHALLENGE_CLOSED`.
 */
export const disputedReceipt = (
  view: ReadView,
  block: BlockContext,
  target: ReceiptTarget,
  type: Witness['type'],
): Result<Disputable> => {
  const { index } = target;
  const batch = batchOf(view, target.batch);
  if (batch === undefined)
    return fail('BATCH_UNKNOWN', `there is no batch ${toHex(target.batch)}`, { batch: toHex(target.batch) });
  const receipt = receiptAt(view, target.batch, batch, index);
  const status = batchStatusOf(view, target.batch);
  const receiptStatus = status.receipts[index]?.status;
  if (receipt === undefined || receiptStatus === undefined)
    return fail('CHALLENGE_INDEX', `the batch has ${status.receipts.length} receipts`, { index });
  const settlement = settlementIdOf(status, index);
  const disputed = { target, batch, receipt };
  const isAttacked = settlement !== undefined && equal(settlement, target.settlement);
  const other = (): Result<never> =>
    fail('CHALLENGE_SETTLEMENT', `receipt ${index} has another settlement, or none`, { index });
  switch (type) {
    case 'malformed':
      if (!isAttacked && !equal(target.settlement, ZERO_ROOT)) return other();
      return receiptStatus === 'open' || receiptStatus === 'settled'
        ? ok(disputedItself(view, block, disputed, settlement))
        : closed(index, receiptStatus);
    case 'invalid':
    case 'better':
    case 'shared':
    case 'echo':
    case 'info':
    case 'demand':
    case 'absent':
    case 'prompted':
    case 'repeated':
    case 'crowded':
    case 'bits':
    case 'section':
    case 'outdone':
    case 'excuse':
      if (!isAttacked) return other();
      if (receiptStatus !== 'settled' && (receiptStatus !== 'final' || AWAITING.includes(type)))
        return closed(index, receiptStatus);
      if (AGAINST_SPANS.includes(type) && controlOf(view, receipt.model, receipt.version) === undefined)
        return fail('CHALLENGE_KIND', `spans are paid nothing for this version, so none are missing`, {
          type,
        });
      if (receiptStatus === 'final') return disputedLate(view, block, disputed);
      return ok({
        judge: (witness) => {
          const verdict = judgeClaim(claimSubject(view, block, disputed), witness);
          return !verdict.ok && isAgainstFallen(view, witness) ? STRUCK : verdict;
        },
        fall: (context, _upheld, challenger, witness) => {
          const excuse =
            witness?.type === 'excuse' ? excuseOfOneBacker(view, target, witness.value.challenge) : undefined;
          return excuse === undefined
            ? reopen(context, disputed, challenger)
            : slashExcuser(context, target, excuse, challenger);
        },
        demandable: demandableOf(view, block, disputed),
        outdoable: outdoableOf(view, block, disputed),
      });
    case 'inert':
    case 'draw':
    case 'overlap':
    case 'harvest':
    case 'passage':
    case 'copied':
    case 'border':
      return fail('CHALLENGE_KIND', `a receipt does not fall by a witness of type ${type}`, { type });
    default:
      return unreachable(type);
  }
};
