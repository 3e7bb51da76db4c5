/** What a challenge costs those who back a claim: one of several for its excuse, and all of them for a claim that is final. */
import { type Address, type Height, heightAfter, type Root } from '../../../src/lib/brands.ts';
import { equal } from '../../../src/lib/bytes.ts';
import { invariant } from '../../../src/lib/errors.ts';
import type { Witness } from '../../attribution/witness/types.ts';
import { type Fault, fault } from '../../errors/execution.ts';
import type { ReceiptTarget } from '../../tx/challenge-target.ts';
import type { ReadView } from '../../view.ts';
import type { BlockContext, HookContext } from '../kit/context.ts';
import { slashBond } from '../ledger/bonds.ts';
import { type AttestorEpoch, endPending, forfeit } from '../pay/vesting.ts';
import { type Backer, backersOf, removeBacker, takeBackers } from '../receipts/backing.ts';
import { epochEnd } from '../receipts/receipts.ts';
import { settlementOf } from '../receipts/settlements.ts';
import { type Challenge, challengeOf, setChallenge } from './challenges.ts';
import { takePlace } from './demands.ts';
import { withdrawExcused } from './excused.ts';

export const epochOf = (view: ReadView, { params }: BlockContext, settlement: Root): Height =>
  epochEnd(settlementOf(view, settlement).height, params.attribution);

/** The claim will not become final: its backers earn nothing by it. */
export const endPendingOf = (context: HookContext, settlement: Root, backers: readonly Backer[]): void => {
  const epoch = epochOf(context.view, context.block, settlement);
  for (const { attestor } of backers) endPending(context, { attestor, epoch });
};

/** An excuse of one of several backers: the others may answer in its place. */
type BackerExcuse = {
  readonly id: Root;
  readonly challenge: Challenge;
  readonly attestor: Address;
  /** What it has locked behind the claim; undefined if it has lost that by another excuse. */
  readonly excuser: Backer | undefined;
};

/**
 * Returns the answer whose excuse is false, if others are left who back the claim and may answer. That also holds for what a backer
 * answered that has lost its part: two false answers of one backer would cost the others theirs.
 */
export const excuseOfOneBacker = (
  view: ReadView,
  target: ReceiptTarget,
  id: Root,
): BackerExcuse | undefined => {
  const challenge = challengeOf(view, id);
  const address = challenge?.outdone?.excuser;
  if (challenge === undefined || address === undefined) return undefined;
  const backers = backersOf(view, target.settlement, target.index);
  const excuser = backers.find(({ attestor }) => equal(attestor, address));
  return excuser !== undefined && backers.length === 1
    ? undefined
    : { id, challenge, attestor: address, excuser };
};

/**
 * Only the backer that gave a false excuse loses what it has locked, and the others may answer in its place. Otherwise one of
 * them could keep silent, or answer falsely, and be paid as the challenger out of what the others lose.
 */
export const slashExcuser = (
  context: HookContext,
  { batch, index, settlement }: ReceiptTarget,
  { id, challenge, attestor, excuser }: BackerExcuse,
  challenger: Address,
): Fault | undefined => {
  const { view, block, emit } = context;
  const { outdone } = challenge;
  invariant(outdone !== undefined, 'an excuse answers an outdone');
  const answerBy = heightAfter(block.height, BigInt(block.params.attribution.answerWindow));
  const refused = takePlace(view, id, settlement, answerBy, block.params.attribution);
  if (refused !== undefined) return refused;
  const lost = excuser === undefined ? [] : [excuser];
  for (const backer of lost) removeBacker(view, settlement, backer);
  const bond = takeBackers(view, lost);
  endPendingOf(context, settlement, lost);
  const reward = slashBond(context, 'attestorBonds', bond, challenger);
  withdrawExcused(view, { settlement, index }, id);
  // All but its price was returned when it was answered.
  setChallenge(view, id, {
    ...challenge,
    state: 'open',
    bond: outdone.cost,
    outdone: { ...outdone, answerBy, excuses: [], excuser: undefined, isReopened: true },
  });
  emit({
    type: 'backerSlashed',
    data: {
      challenge: id,
      settlement,
      receipt: { batch, index },
      attestor,
      challenger,
      reward,
      burned: bond - reward,
    },
  });
  return undefined;
};

/**
 * A claim is final, and false: payments stay as they are, and those who backed it lose what has not vested of that epoch. Of an
 * excuse that is false only the backer that gave it does.
 */
export const forfeitLate = (
  context: HookContext,
  { batch, index, settlement }: ReceiptTarget,
  guilty: readonly AttestorEpoch[],
  challenger: Address,
  witness: Witness | undefined,
): Fault | undefined => {
  const { view, emit } = context;
  const excuser =
    witness?.type === 'excuse' ? challengeOf(view, witness.value.challenge)?.outdone?.excuser : undefined;
  const those = excuser === undefined ? guilty : guilty.filter(({ attestor }) => equal(attestor, excuser));
  if (those.length === 0) return FORFEITED;
  for (const each of those) {
    const { earned, bond, reward } = forfeit(context, each, challenger);
    emit({
      type: 'attestorForfeited',
      data: {
        ...each,
        settlement,
        receipt: { batch, index },
        challenger,
        earned,
        bond,
        reward,
        burned: earned + bond - reward,
      },
    });
  }
  return undefined;
};

export const FORFEITED = fault(
  'CHALLENGE_FORFEITED',
  'a late proof has taken before what the attestor earned in that epoch',
);
