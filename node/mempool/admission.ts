/** Whether a transaction may wait at all, however much room there is. */
import { checkForMempool, type FeeTerms, type Payable } from '../../state/charge.ts';
import type { Account } from '../../state/modules/ledger/accounts.ts';
import { type Fault, fault } from './errors.ts';

/**
 * How far `validUntil` may be above the height of the next block: fifty times what `tx_prepare` proposes. So what waits has an
 * end, also where room is never short.
 */
export const MAX_VALID_BLOCKS = 10_000n;

/**
 * Returns why no mempool takes a transaction, if the next block has these terms. Faults: those of {@link checkForMempool}, and
 * `MEMPOOL_VALID_UNTIL`.
 */
export const checkAdmission = (account: Account, tx: Payable, terms: FeeTerms): Fault | undefined => {
  const refused = checkForMempool(account, tx, terms);
  const latest = terms.height + MAX_VALID_BLOCKS;
  if (refused !== undefined || tx.validUntil <= latest) return refused;
  return fault(
    'MEMPOOL_VALID_UNTIL',
    `valid until height ${tx.validUntil}; now it may be at most ${latest}`,
    {
      validUntil: tx.validUntil.toString(),
      latest: latest.toString(),
    },
  );
};
