import { toHex } from '../../src/lib/bytes.ts';
import { address20, container, uint128, type ValueOf } from '../../src/lib/ssz.ts';
import { formatOpen } from './action.ts';
import { type Kind, noContent } from './kind.ts';
import { allOf, problem } from './problems.ts';

const EscrowWithdrawType = container({
  /** The account that the money was put aside for. */
  provider: address20,
  /** The amount that is taken back; at least one base unit. */
  amount: uint128,
});
export type EscrowWithdraw = ValueOf<typeof EscrowWithdrawType>;

export const escrowWithdraw: Kind<EscrowWithdraw> = {
  id: 11,
  version: 1,
  name: 'escrowWithdraw',
  payload: EscrowWithdrawType,
  action: ({ provider, amount }) =>
    `withdraw ${formatOpen(amount)} OPEN from escrow with provider ${toHex(provider)}`,
  check: ({ amount }) =>
    allOf(amount === 0n && problem('ESCROW_ZERO', 'amount', 'a withdrawal is at least one base unit')),
  gas: () => 4_000n,
  accounts: ({ provider }) => [provider],
  content: noContent,
};
