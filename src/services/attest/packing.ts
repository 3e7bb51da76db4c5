/** Divides claims into settlements that each fit into a transaction. */

import { type ReceiptClaim, ReceiptClaimsType } from '../../../state/tx/attribution-settlement.ts';
import { MAX_TRANSACTION_BYTES } from '../../lib/chain.ts';

/** The most bytes that the claims of one settlement take, which leaves room for the rest of the transaction. */
const CLAIM_BYTES = MAX_TRANSACTION_BYTES - 4096;

/** Divides the claims, in their order, into packs of at most `limit` bytes. */
export const packClaims = (
  claims: readonly ReceiptClaim[],
  limit = CLAIM_BYTES,
): readonly (readonly ReceiptClaim[])[] => {
  const packs: ReceiptClaim[][] = [];
  let bytes = 0;
  for (const claim of claims) {
    const size = ReceiptClaimsType.encode([claim]).length;
    const last = packs.at(-1);
    if (last === undefined || bytes + size > limit) {
      packs.push([claim]);
      bytes = size;
    } else {
      last.push(claim);
      bytes += size;
    }
  }
  return packs;
};
