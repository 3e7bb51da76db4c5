/** The checks of the money: every unit of the fees is accounted for, and nobody was paid the share of another. */

import { sumBig } from '../../src/lib/math.ts';
import { formatOpen } from '../../state/tx/action.ts';
import type { Check } from './checks.ts';
import type { Claimed } from './claim.ts';
import type { ReadReceipt } from './readback.ts';
import { type Summary, sumOfParts } from './summary.ts';

/** Checks that the receipts one by one, the sum of the chain and the nine parts all agree. */
export const feesArePaidOut = (
  receipts: readonly ReadReceipt[],
  { fees, paid }: Pick<Summary, 'fees' | 'paid'>,
): Check => {
  const settled = receipts.filter(({ final }) => final);
  const charged = sumBig(settled.map(({ charge }) => charge));
  const parts = sumOfParts(paid);
  return {
    name: 'fees = all that was paid, to the base unit',
    premise: 'settled receipts',
    cases: settled.length,
    holds: settled.length === receipts.length && charged === BigInt(fees) && charged === parts,
    detail: `charged ${formatOpen(charged)} OPEN, received ${formatOpen(BigInt(fees))} OPEN, paid ${formatOpen(parts)} OPEN`,
  };
};

export const claimsAreInBalances = (claims: readonly Claimed[]): Check => {
  const wrong = claims.filter(
    ({ grown, spans, remainder, models, stake }) => grown !== spans + remainder + models + stake,
  );
  return {
    name: 'what was claimed is in the balances',
    premise: 'accounts that claimed',
    cases: claims.length,
    holds: wrong.length === 0,
    detail:
      wrong.length === 0
        ? `${formatOpen(sumBig(claims.map(({ grown }) => grown)))} OPEN`
        : `not with ${wrong.map(({ actor }) => actor.name).join(', ')}`,
  };
};

/** The base units per contribution that rounding down may leave in the pot. */
const DUST = 32n;

/** Checks that contributors received the data money and the remainder, except for what rounding leaves in the pot. */
export const contributorsGotTheDataMoney = (
  claims: readonly Claimed[],
  { data, remainder }: Summary['paid'],
  toTreasury: bigint,
  contributions: number,
): Check => {
  const contributors = claims.filter(({ contributor }) => contributor);
  const earned = sumBig(contributors.map(({ spans, remainder: share }) => spans + share));
  const left = BigInt(data) + BigInt(remainder) - toTreasury - earned;
  return {
    name: 'the data money is with the contributors',
    premise: 'contributors who earned',
    cases: contributors.length,
    holds: left >= 0n && left <= DUST * BigInt(contributions),
    detail: `${formatOpen(earned)} OPEN; rounding leaves ${left} units of 10^-18 OPEN in the pot`,
  };
};
