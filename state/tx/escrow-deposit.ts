import { toHex } from '../../src/lib/bytes.ts';
import { address20, container, uint128, type ValueOf } from '../../src/lib/ssz.ts';
import { formatOpen } from './action.ts';
import { type Kind, noContent } from './kind.ts';
import { allOf, problem } from './problems.ts';

const EscrowDepositType = container({
  /** The account that the money is put aside for. */
  provider: address20,
  /** The amount that is put aside; at least one base unit. */
  amount: uint128,
});
export type EscrowDeposit = ValueOf<typeof EscrowDepositType>;

export const escrowDeposit: Kind<EscrowDeposit> = {
  id: 10,
  version: 1,
  name: 'escrowDeposit',
  payload: EscrowDepositType,
  action: ({ provider, amount }) =>
    `deposit ${formatOpen(amount)} OPEN into escrow with provider ${toHex(provider)}`,
  check: ({ amount }) =>
    allOf(amount === 0n && problem('ESCROW_ZERO', 'amount', 'a deposit is at least one base unit')),
  gas: () => 2_000n,
  accounts: ({ provider }) => [provider],
  content: noContent,
};
