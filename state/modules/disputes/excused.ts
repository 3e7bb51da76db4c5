/**
 * The challenges of a receipt's claim that the attestor has answered by excuses, and their prices. Whether the excuses are true
 * shows only when the claim comes to its end, so until then each price stays in the pot `challengeBonds`:
 *
 *     answered ──► the claim falls, to whatever    the price back to the challenger; the answer no longer counts for prices
 *         ├──────► the claim is final              a part to the attestor that answered, the rest burned
 *         └──────► one backer's excuse is false    the challenge waits again, with the price
 *
 * Otherwise whoever outdoes a false claim would pay for being right, and an attestor that lies again in its answers would raise
 * that price.
 *
 * Each answer is settled once, in constant time and without reading its challenge. The price doubles, so a claim has few.
 */
import type { Root } from '../../../src/lib/brands.ts';
import { equal } from '../../../src/lib/bytes.ts';
import { invariant } from '../../../src/lib/errors.ts';
import {
  address20,
  boolean,
  container,
  list,
  root32,
  type Ssz,
  uint128,
  type ValueOf,
} from '../../../src/lib/ssz.ts';
import type { ReceiptTarget } from '../../tx/challenge-target.ts';
import { bytesKey, type Key, numberKey, type ReadView, type View } from '../../view.ts';
import type { HookContext } from '../kit/context.ts';
import { load } from '../kit/stored.ts';
import { account, payFromPot } from '../ledger/accounts.ts';
import { slashBond } from '../ledger/bonds.ts';
import { targetFields } from './challenges.ts';
import { keep, uncountAnswer } from './demands.ts';

const ExcusedAnswerType = container({
  /** The id of the challenge. */
  challenge: root32,
  challenger: address20,
  /** The attestor that has answered. */
  answerer: address20,
  /** The price, base units, in the pot `challengeBonds`. */
  cost: uint128,
  /** Whether all places for DEMANDs were taken when it was answered. */
  wasFull: boolean,
});
export type ExcusedAnswer = ValueOf<typeof ExcusedAnswerType>;

/** The most answers by excuses that are kept for a claim: more would cost more money than exists. */
const EXCUSED_MAX = 256;
const ExcusedType: Ssz<readonly ExcusedAnswer[]> = list(ExcusedAnswerType, EXCUSED_MAX);

type ReceiptClaimId = Pick<ReceiptTarget, 'settlement' | 'index'>;

const excusedKey = ({ settlement, index }: ReceiptClaimId): Key =>
  `demands/${bytesKey(settlement)}/excused/${numberKey(index)}`;

/** The series of prices that an `outdone` of a receipt's claim has. */
export const outdoneSeries = (index: number): string => `${numberKey(index)}/outdone`;

/** Returns the answers in the order in which they came. */
export const excusedOf = (view: ReadView, claim: ReceiptClaimId): readonly ExcusedAnswer[] =>
  load(view, excusedKey(claim), ExcusedType) ?? [];

export const addExcused = (view: View, claim: ReceiptClaimId, answer: ExcusedAnswer): void =>
  keep(view, claim.settlement, excusedKey(claim), ExcusedType, [...excusedOf(view, claim), answer]);

/** Takes the answers out of the state, so that none is settled twice. */
const takeExcused = (view: View, claim: ReceiptClaimId): readonly ExcusedAnswer[] => {
  const answers = excusedOf(view, claim);
  if (answers.length > 0) view.delete(excusedKey(claim));
  return answers;
};

const settled = (
  { emit }: HookContext,
  target: ReceiptTarget,
  { challenge, challenger, answerer }: ExcusedAnswer,
  amounts: { readonly returned: bigint; readonly reward: bigint; readonly burned: bigint },
): void =>
  emit({
    type: 'outdoneSettled',
    data: {
      challenge,
      ...targetFields({ type: 'receipt', value: target }),
      challenger,
      answerer,
      ...amounts,
    },
  });

/** One answer has fallen, and its challenge waits again: it no longer counts, and its price stays with the challenge. */
export const withdrawExcused = (view: View, claim: ReceiptClaimId, challenge: Root): void => {
  const answers = excusedOf(view, claim);
  const withdrawn = answers.find((each) => equal(each.challenge, challenge));
  invariant(withdrawn !== undefined, 'what has fallen was an answer');
  const left = answers.filter((each) => each !== withdrawn);
  keep(view, claim.settlement, excusedKey(claim), ExcusedType, left);
  uncountAnswer(view, claim.settlement, outdoneSeries(claim.index), withdrawn.wasFull);
};

/** The claim has fallen, so no excuse has saved it: each price is returned, and no answer counts. */
export const returnPrices = (context: HookContext, target: ReceiptTarget): void => {
  const { view } = context;
  for (const answer of takeExcused(view, target)) {
    const { challenger, cost, wasFull } = answer;
    payFromPot(view, 'challengeBonds', account(challenger), cost);
    uncountAnswer(view, target.settlement, outdoneSeries(target.index), wasFull);
    settled(context, target, answer, { returned: cost, reward: 0n, burned: 0n });
  }
};

/** The claim is final: each price is shared as that of an answered DEMAND. */
export const spendPrices = (context: HookContext, target: ReceiptTarget): void => {
  const { view } = context;
  for (const answer of takeExcused(view, target)) {
    const reward = slashBond(context, 'challengeBonds', answer.cost, answer.answerer);
    settled(context, target, answer, { returned: 0n, reward, burned: answer.cost - reward });
  }
};
