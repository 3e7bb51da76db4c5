/** The use of a slashed bond, or of the part of a bond that an answered DEMAND costs. */
import type { Address } from '../../../src/lib/brands.ts';
import { mulDivFloor } from '../../../src/lib/math.ts';
import type { HookContext } from '../kit/context.ts';
import { account, type Pot, payFromPot, pot } from './accounts.ts';
import { addTotals } from './totals.ts';

/**
 * Takes `amount` out of a pot of bonds: `challengeRewardBps` of it to who earned it, a challenger or an answerer, the rest
 * burned, so that nobody gains by bringing themselves down or answering themselves. Returns the part that is paid.
 */
export const slashBond = (
  { view, block }: Pick<HookContext, 'view' | 'block'>,
  from: Pot,
  amount: bigint,
  earner: Address,
): bigint => {
  const reward = mulDivFloor(amount, BigInt(block.params.attribution.challengeRewardBps), 10_000n);
  payFromPot(view, from, account(earner), reward);
  payFromPot(view, from, pot('burnedBonds'), amount - reward);
  addTotals(view, { bondRewards: reward, burnedBonds: amount - reward });
  return reward;
};
