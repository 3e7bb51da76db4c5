import { toHex } from '../../src/lib/bytes.ts';
import { container, root32, uint128, type ValueOf } from '../../src/lib/ssz.ts';
import { formatOpen } from './action.ts';
import { type Kind, noAccounts, noContent } from './kind.ts';
import { allOf, problem } from './problems.ts';

const AttributionBackingType = container({
  /** The id of the settlement, whose claim is short: more has to be locked behind it than its attestor has. */
  settlement: root32,
  /** What is locked of the sender's bond, base units; at most what is missing is. */
  amount: uint128,
});
export type AttributionBacking = ValueOf<typeof AttributionBackingType>;

export const attributionBacking: Kind<AttributionBacking> = {
  id: 30,
  version: 1,
  name: 'attributionBacking',
  payload: AttributionBackingType,
  action: ({ settlement, amount }) => `back settlement ${toHex(settlement)} with ${formatOpen(amount)} OPEN`,
  check: ({ amount }) =>
    allOf(amount === 0n && problem('BACKING_ZERO', 'amount', 'a backer locks at least one base unit')),
  gas: () => 20_000n,
  accounts: noAccounts,
  content: noContent,
};
