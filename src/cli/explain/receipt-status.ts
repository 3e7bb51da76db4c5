/** How far the settlement of a receipt has come, and whether there can be one. */
import type { ResultOf } from '../../../rpc/schemas/registry.ts';
import type { ReceiptStatus, Reversion } from './explanation.ts';
import type { RevertedClaim } from './facts.ts';

type Receipt = Pick<ResultOf<'receipt_get'>, 'status' | 'settlement' | 'deadline'> & {
  readonly body: Pick<ResultOf<'receipt_get'>['body'], 'visibility'>;
};

/** Returns why a claim was reverted, by the state of the challenge that did it and the type of its witness. */
export const reversionOf = (state: 'upheld' | 'unanswered', witness: string): Reversion => {
  if (state === 'upheld') return 'refuted';
  return witness === 'outdone' ? 'outdone' : 'unanswered';
};

const openStatusOf = (
  { deadline: lastBlock, body }: Receipt,
  reverted: RevertedClaim | undefined,
): ReceiptStatus => {
  const deadline = lastBlock?.toString() ?? null;
  // The chain refuses a settlement of such a receipt: SETTLEMENT_PRIVATE.
  if (body.visibility === 'private') return { type: 'unsettleable', deadline, because: 'private' };
  if (reverted === undefined) return { type: 'open', deadline };
  const { revertedAt, because } = reverted;
  return { type: 'open', deadline, reverted: { height: revertedAt.toString(), because } };
};

/** @param reverted - the last claim that was reverted, if there was one */
export const receiptStatusOf = (receipt: Receipt, reverted: RevertedClaim | undefined): ReceiptStatus => {
  const { status, settlement, deadline } = receipt;
  const finalAt = String(settlement?.finalAt ?? deadline);
  const short = settlement?.short ?? null;
  switch (status) {
    case 'open':
      return openStatusOf(receipt, reverted);
    case 'settled':
      if (short !== null)
        return { type: 'short', missing: short.missing.toString(), until: short.until.toString() };
      return { type: 'settled', finalAt, demands: settlement?.demands.length ?? 0 };
    case 'final':
      return { type: 'final', finalAt };
    case 'expired':
      return { type: 'expired' };
    case 'void':
      return { type: 'void' };
    default:
      return status satisfies never;
  }
};
