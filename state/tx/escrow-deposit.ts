/** Sets money aside for one provider: what vouchers to it can be paid from. */
import type { Address } from '../../src/lib/brands.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { address20, container, uint128 } from '../../src/lib/ssz.ts';
import { formatOpen } from './action.ts';
import { fault } from './errors.ts';
import { type Kind, noContent } from './kind.ts';

export type EscrowDeposit = { readonly provider: Address; readonly amount: bigint };

export const escrowDeposit: Kind<EscrowDeposit> = {
  id: 10,
  version: 1,
  name: 'escrowDeposit',
  payload: container<EscrowDeposit>({ provider: address20, amount: uint128 }),
  action: ({ provider, amount }) =>
    `deposit ${formatOpen(amount)} OPEN into escrow with provider ${toHex(provider)}`,
  check: ({ amount }) =>
    amount === 0n ? fault('ESCROW_ZERO', 'a deposit is at least one base unit') : undefined,
  gas: () => 2_000n,
  accounts: ({ provider }) => [provider],
  contentRoots: noContent,
};
