/** The checks of the money: every unit of the fees is accounted for, and nobody was paid the share of another. */

import { maxBig, sumBig } from '../../src/lib/math.ts';
import { formatOpen } from '../../state/tx/action.ts';
import type { Check } from './checks.ts';
import type { Claimed } from './claim.ts';
import type { ReadReceipt } from './readback.ts';
import { type Summary, sumOfParts } from './summary.ts';

/** Checks that the receipts one by one, the sum of the chain and the parts all agree. */
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
    ({ grown, spans, relevance, remainder, models, stake }) =>
      grown !== spans + relevance + remainder + models + stake,
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

/** What the tracks and the treasury have of the data money, by the totals of the chain. */
type Divided = Pick<Summary['paid'], 'data' | 'relevance' | 'remainder' | 'shared'>;

/**
 * Checks that all data money of the receipts went to the tracks, or to the treasury for what several brought and for what no
 * chunk was found for.
 */
export const dataMoneyIsDivided = (
  receipts: readonly Pick<ReadReceipt, 'data'>[],
  { data, relevance, remainder, shared }: Divided,
  toTreasury: bigint,
): Check => {
  const all = sumBig(receipts.map((receipt) => receipt.data));
  const parts = [data, relevance, remainder, shared].map(BigInt);
  return {
    name: 'the data money of the receipts = what words, phrases and the treasury got, to the base unit',
    premise: 'receipts with data money',
    cases: receipts.filter((receipt) => receipt.data > 0n).length,
    holds: all === sumBig(parts) && toTreasury <= BigInt(remainder),
    detail: `${formatOpen(all)} OPEN: ${formatOpen(BigInt(data))} for words, ${formatOpen(BigInt(relevance))} for phrases, ${formatOpen(toTreasury + BigInt(shared))} to the treasury, ${formatOpen(maxBig(0n, BigInt(remainder) - toTreasury))} by novel words`,
  };
};

/** Checks that contributors received what the tracks pay, and the treasury nothing of it, except for what rounding leaves in the pot. */
export const contributorsGotTheDataMoney = (
  claims: readonly Claimed[],
  { data, relevance, remainder }: Divided,
  toTreasury: bigint,
  contributions: number,
): Check => {
  const contributors = claims.filter(({ contributor }) => contributor);
  const earned = sumBig(
    contributors.map(({ spans, relevance: phrases, remainder: share }) => spans + phrases + share),
  );
  const left = BigInt(data) + BigInt(relevance) + BigInt(remainder) - toTreasury - earned;
  return {
    name: 'what is paid for words and phrases is with the contributors',
    premise: 'contributors who earned',
    cases: contributors.length,
    holds: left >= 0n && left <= DUST * BigInt(contributions),
    detail: `${formatOpen(earned)} OPEN; rounding leaves ${left} units of 10^-18 OPEN in the pot`,
  };
};
