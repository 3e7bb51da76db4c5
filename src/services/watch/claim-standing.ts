/** Whether the claim for a receipt can still be challenged, and what became of one that cannot. */
import Type, { type Static } from 'typebox';
import type { ResultOf } from '../../../rpc/schemas/registry.ts';
import type { ChallengeTarget } from '../../../state/tx/challenge-target.ts';
import type { Root } from '../../lib/brands.ts';
import { fromHex, toHex } from '../../lib/bytes.ts';
import { unwrap } from '../../lib/errors.ts';
import { challengesOn } from '../challenge/challenging.ts';
import type { Review } from '../challenge/review.ts';
import type { ServiceContext } from '../run/service.ts';

/** A claim that is not yet known to hold. */
export const WatchedClaim = Type.Object({
  settlement: Type.String(),
  batch: Type.String(),
  index: Type.Integer(),
  /** The height of the settlement. */
  since: Type.String(),
});
export type WatchedClaim = Static<typeof WatchedClaim>;

const root = (hex: string): Root => unwrap(fromHex(hex, 32)) as Root;

export const receiptTarget = ({
  settlement,
  batch,
  index,
}: Pick<WatchedClaim, 'settlement' | 'batch' | 'index'>): ChallengeTarget & { readonly type: 'receipt' } => ({
  type: 'receipt',
  value: { batch: root(batch), index, settlement: root(settlement) },
});

/** `settled`: it can be challenged. `final`: no more. `gone`: it was reverted, and another one may stand in its place. */
export type ClaimStanding = 'settled' | 'final' | 'gone';

export const claimStanding = (
  { settlement }: Pick<WatchedClaim, 'settlement'>,
  receipt: Pick<ResultOf<'receipt_get'>, 'status' | 'settlement'>,
): ClaimStanding => {
  const isOwn = receipt.settlement !== null && toHex(receipt.settlement.id) === settlement;
  return isOwn && (receipt.status === 'settled' || receipt.status === 'final') ? receipt.status : 'gone';
};

/** What is known of a claim that can no longer be challenged. `status` is that of its receipt. */
type Over = {
  readonly standing: ClaimStanding;
  readonly status: ResultOf<'receipt_get'>['status'];
  readonly review: Review;
};

/** Logs why a claim can no longer be challenged: it is final, or it was reverted by a witness or an unanswered DEMAND. */
export const logOver = async (
  context: ServiceContext,
  watched: WatchedClaim,
  { standing, status, review }: Over,
): Promise<void> => {
  const { log } = context;
  const { settlement, batch, index } = watched;
  const fields = { receipt: `${batch}/${index}`, settlement, status };
  if (standing === 'final') {
    const challenges = review.type === 'false' ? await challengesOn(context, receiptTarget(watched)) : [];
    if (challenges.some(({ state }) => state === 'upheld'))
      log.info(
        'forfeited',
        'a false claim is final, and a late proof has taken what its attestor earned',
        fields,
      );
    else if (review.type === 'false')
      log.warn('tooLate', 'a false claim is final: it was reviewed too late to be challenged', fields);
    else log.info('over', 'a claim is final and can no longer be challenged', fields);
    return;
  }
  const challenges = await challengesOn(context, receiptTarget(watched));
  const demand = challenges.find(({ state }) => state === 'unanswered');
  if (demand === undefined) {
    log.info('over', 'a claim was reverted', fields);
    return;
  }
  const { events } = await context.client.call('events_query', {
    types: ['receiptReopened'],
    receipt: fields.receipt,
  });
  const reopened = events.findLast(
    ({ type, data }) => type === 'receiptReopened' && toHex(data.settlement) === settlement,
  );
  log.info('unanswered', 'a claim was reverted: nobody answered a demand', {
    ...fields,
    challenge: demand.id,
    challenger: demand.challenger,
    reward: reopened?.type === 'receiptReopened' ? reopened.data.reward.toString() : null,
  });
};
