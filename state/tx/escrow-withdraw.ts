/** Asks money back from the escrow with one provider; it is paid after a delay, unless receipts draw on it until then. */
import type { Address } from '../../src/lib/brands.ts';
import { address20, container, type Ssz, uint128 } from '../../src/lib/ssz.ts';

export type EscrowWithdraw = { readonly provider: Address; readonly amount: bigint };

export const EscrowWithdrawType: Ssz<EscrowWithdraw> = container<EscrowWithdraw>({
  provider: address20,
  amount: uint128,
});
