/** Sets money aside for one provider: what vouchers to it can be paid from. */
import type { Address } from '../../src/lib/brands.ts';
import { address20, container, type Ssz, uint128 } from '../../src/lib/ssz.ts';

export type EscrowDeposit = { readonly provider: Address; readonly amount: bigint };

export const EscrowDepositType: Ssz<EscrowDeposit> = container<EscrowDeposit>({
  provider: address20,
  amount: uint128,
});
