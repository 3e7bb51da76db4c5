import { toHex } from '../../src/lib/bytes.ts';
import { address20, container, uint128, type ValueOf } from '../../src/lib/ssz.ts';
import { formatOpen } from './action.ts';
import { type Kind, noContent } from './kind.ts';
import { allOf, problem } from './problems.ts';

const TransferType = container({
  /** The account that is paid. */
  to: address20,
  /** The amount that moves; at least one base unit. */
  amount: uint128,
});
/** A transfer of OPEN from one account to another. */
export type Transfer = ValueOf<typeof TransferType>;

export const transfer: Kind<Transfer> = {
  id: 1,
  version: 1,
  name: 'transfer',
  payload: TransferType,
  action: ({ to, amount }) => `transfer ${formatOpen(amount)} OPEN to ${toHex(to)}`,
  check: ({ amount }) =>
    allOf(amount === 0n && problem('TRANSFER_ZERO', 'amount', 'a transfer moves at least one base unit')),
  gas: () => 1_000n,
  accounts: ({ to }) => [to],
  content: noContent,
};
