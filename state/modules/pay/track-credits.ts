/**
 * What the tracks pay to contributions in the close of an epoch (epoch-close.ts). The amounts follow from all weights of the
 * epoch at once, and each contribution that is paid is read, credited and has an event. So the amounts are kept when the close
 * begins, and each block credits as many of them as it has work left for.
 *
 *     epochs/<model>/<end>/credits/<track>/<page>   256 amounts, until all of them are paid
 */

import { invariant } from '../../../src/lib/errors.ts';
import { sumBig } from '../../../src/lib/math.ts';
import { container, list, type Ssz, uint32, uint128, type ValueOf } from '../../../src/lib/ssz.ts';
import type { TrackShare } from '../../attribution/epoch.ts';
import { type Key, numberKey, type View } from '../../view.ts';
import { acceptedOf } from '../data/contributions.ts';
import type { HookContext } from '../kit/context.ts';
import { loadKnown, save } from '../kit/stored.ts';
import { payFromPot, pot } from '../ledger/accounts.ts';
import { addTotals } from '../ledger/totals.ts';
import type { DueEpoch } from './closing.ts';
import { epochKey } from './epochs.ts';
import { countOwnData, type DataPayment } from './own-data.ts';
import { creditRelevance, creditSpans } from './rewards.ts';

/** Amounts per value of the state, which has 5 KiB then. */
const PAGE_BITS = 8;
const PAGE = 1 << PAGE_BITS;
const CreditType: Ssz<TrackShare> = container({ contribution: uint32, amount: uint128 });
const PageType: Ssz<readonly TrackShare[]> = list(CreditType, PAGE);

export const CreditsType = container({
  /** The contributions that a track pays. */
  count: uint32,
  /** How many of them it has paid: the first ones, in the order of their ids. */
  paid: uint32,
  /** What it has to pay to the others, base units. */
  left: uint128,
});
/** How far a track has paid an epoch. */
export type Credits = ValueOf<typeof CreditsType>;

/** What credits the shares of a track, what its event is, and which total counts it. */
const TRACKS = {
  spans: { credit: creditSpans, paid: 'spansPaid', total: 'data' },
  relevance: { credit: creditRelevance, paid: 'relevancePaid', total: 'relevance' },
} as const;
export type Track = keyof typeof TRACKS;

const pageKey = (due: DueEpoch, track: Track, page: number): Key =>
  epochKey(due, `credits/${track}/${numberKey(page)}`);

/** Keeps what a track is to pay. Those whose share was rounded to nothing are not among them. */
export const keepCredits = (
  view: View,
  due: DueEpoch,
  track: Track,
  shares: readonly TrackShare[],
): Credits => {
  const credits = shares.filter(({ amount }) => amount > 0n);
  for (let at = 0; at < credits.length; at += PAGE)
    save(view, pageKey(due, track, at >>> PAGE_BITS), PageType, credits.slice(at, at + PAGE));
  return { count: credits.length, paid: 0, left: sumBig(credits.map(({ amount }) => amount)) };
};

/** Takes the next amounts, at most so many. Pages that have nothing left are removed. */
const takeCredits = (
  view: View,
  due: DueEpoch,
  track: Track,
  { count, paid }: Credits,
  limit: number,
): readonly TrackShare[] => {
  const taken: TrackShare[] = [];
  const end = Math.min(count, paid + Math.max(0, limit));
  for (let at = paid; at < end; ) {
    const page = at >>> PAGE_BITS;
    const first = page * PAGE;
    const key = pageKey(due, track, page);
    taken.push(...loadKnown(view, key, PageType).slice(at - first, end - first));
    at = Math.min(end, first + PAGE);
    if (at === count || at === first + PAGE) view.delete(key);
  }
  return taken;
};

/** Pays what a track has left to pay, to at most so many contributions. */
export const payCredits = (
  { view, emit }: HookContext,
  due: DueEpoch,
  track: Track,
  credits: Credits,
  limit: number,
): Credits => {
  const shares = takeCredits(view, due, track, credits, limit);
  if (shares.length === 0) return credits;
  const { credit, paid, total } = TRACKS[track];
  credit(view, shares);
  const payments: DataPayment[] = [];
  for (const { contribution, amount } of shares) {
    const accepted = acceptedOf(view, contribution);
    invariant(accepted !== undefined, 'what a track pays for is accepted');
    const { datanet, owner } = accepted;
    payments.push({ datanet, owner, amount });
    emit({ type: paid, data: { contribution, datanet, owner, model: due.model, epoch: due.end, amount } });
  }
  countOwnData(view, due.model, payments);
  const amount = sumBig(shares.map((share) => share.amount));
  payFromPot(view, 'dataPools', pot('rewards'), amount);
  addTotals(view, { [total]: amount });
  return { count: credits.count, paid: credits.paid + shares.length, left: credits.left - amount };
};
