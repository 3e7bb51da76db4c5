/** What becomes of a bond that a challenge has brought down. */
import type { Address } from '../../src/lib/brands.ts';
import { mulDivFloor } from '../../src/lib/math.ts';
import { account, type Pot, payFromPot, pot } from './accounts.ts';
import type { HookContext } from './hook.ts';
import { addTotals } from './totals.ts';

/**
 * Takes `amount` out of a pot of bonds: `challengeRewardBps` of it to the challenger, the rest burned, so that nobody
 * gains by bringing themselves down. Returns the challenger's part.
 */
export const slashBond = (
  { view, block }: Pick<HookContext, 'view' | 'block'>,
  from: Pot,
  amount: bigint,
  challenger: Address,
): bigint => {
  const reward = mulDivFloor(amount, BigInt(block.params.attribution.challengeRewardBps), 10_000n);
  payFromPot(view, from, account(challenger), reward);
  payFromPot(view, from, pot('burnedBonds'), amount - reward);
  addTotals(view, { bondRewards: reward, burnedBonds: amount - reward });
  return reward;
};
