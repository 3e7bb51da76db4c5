/** Asks money back from the escrow with one provider; it is paid after a delay, as far as receipts leave it. */
import type { Address } from '../../src/lib/brands.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { address20, container, uint128 } from '../../src/lib/ssz.ts';
import { formatOpen } from './action.ts';
import { fault } from './errors.ts';
import { type Kind, noContent } from './kind.ts';

export type EscrowWithdraw = { readonly provider: Address; readonly amount: bigint };

export const escrowWithdraw: Kind<EscrowWithdraw> = {
  id: 11,
  version: 1,
  name: 'escrowWithdraw',
  payload: container<EscrowWithdraw>({ provider: address20, amount: uint128 }),
  action: ({ provider, amount }) =>
    `withdraw ${formatOpen(amount)} OPEN from escrow with provider ${toHex(provider)}`,
  check: ({ amount }) =>
    amount === 0n ? fault('ESCROW_ZERO', 'a withdrawal is at least one base unit') : undefined,
  gas: () => 4_000n,
  accounts: ({ provider }) => [provider],
  contentRoots: noContent,
};
