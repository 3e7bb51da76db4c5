/**
 * Earnings over time, to the base unit: what contributions, models and accounts were credited, event by event.
 *
 * The state holds sums, and for shares of the remainder not even those: a contribution's sum follows from an accumulator
 * per novel token (novelty-shares.ts). What one contribution was credited by one payment is its sum after the payment less
 * the one before, both worked out by the rules of the state from the accumulator's past values. So the amounts add up to
 * exactly what the state says, whatever rounding does.
 */

import type { Address, Height } from '../../src/lib/brands.ts';
import { equal } from '../../src/lib/bytes.ts';
import type { ContributionId, ModelId } from '../../src/lib/ids.ts';
import { accountTerm, numberTerm, type Term, typeTerm } from '../events/entities.ts';
import type { Track } from '../events/tracks.ts';
import type { EventOf } from '../events.ts';
import { acceptedOf, contributionsBy } from '../modules/data/contributions.ts';
import { shareOf } from '../modules/data/novelty-shares.ts';
import { stakersOf } from '../modules/ledger/validators.ts';
import { stakerPart } from '../modules/pay/rewards.ts';
import type { ReceiptId } from '../receipt-id.ts';
import { bytesKey, type ReadView } from '../view.ts';
import type { History, PastEvent } from './history.ts';
import { createPace, type Pace } from './pace.ts';
import { Remainders } from './remainders.ts';
import type { Position } from './search.ts';

/** An entry's place: its event, and its place among the entries of the event. */
export type EarningsPosition = Position & { readonly entry: number };

export type EarningsEntry = {
  readonly position: EarningsPosition;
  /** The receipt that was paid, if the event is about exactly one. */
  readonly receipt: ReceiptId | undefined;
  /** What earned it. */
  readonly contribution: ContributionId | undefined;
  readonly model: ModelId | undefined;
  readonly track: Track;
  /** The last block of the epoch that it is of, if it was paid by the close of one. */
  readonly epoch: Height | undefined;
  /** Base units, above 0. */
  readonly amount: bigint;
};

export type EarningsPage = {
  readonly entries: readonly EarningsEntry[];
  /** Where to go on. Undefined when everything was looked at. A page may be short and still have a next one. */
  readonly next: EarningsPosition | undefined;
};

export type EarningsQuery = { readonly from: EarningsPosition; readonly limit: number };

/** What may become an entry: `undefined` amounts to nothing, but was looked at. */
type Candidate = Omit<EarningsEntry, 'position'> | undefined;
/** The candidates of an event from a place on. The place of each is its place among all candidates of the event. */
type Candidates = (event: PastEvent, from: number) => AsyncGenerator<Candidate>;

/** Candidates that one page looks at. */
const LOOKS_MAX = 1_000;

const entry = (
  track: Track,
  amount: bigint,
  of: Partial<Pick<EarningsEntry, 'receipt' | 'contribution' | 'model' | 'epoch'>>,
): Candidate =>
  amount === 0n
    ? undefined
    : {
        track,
        amount,
        receipt: undefined,
        contribution: undefined,
        model: undefined,
        epoch: undefined,
        ...of,
      };

const isBefore = (a: Position, b: Position): boolean =>
  a.height === b.height ? a.index < b.index : a.height < b.height;

/** Reads events of several searches in one order, and what they credited. */
const readPage = async (
  history: History,
  searches: readonly (readonly (readonly Term[])[])[],
  candidates: Candidates,
  { from, limit }: EarningsQuery,
  to: Height,
  pace: Pace,
): Promise<EarningsPage> => {
  const pages = await Promise.all(
    searches.map((terms) => history.events({ terms, from, to, limit: limit + 1 }, pace)),
  );
  // Past the first page that goes on, another search may still have events in between.
  const ends = pages.flatMap(({ next }) => (next === undefined ? [] : [next]));
  const end = ends.reduce<Position | undefined>(
    (first, next) => (first === undefined || isBefore(next, first) ? next : first),
    undefined,
  );
  const events = pages
    .flatMap((page) => page.events)
    .filter((event) => end === undefined || isBefore(event, end))
    .sort((a, b) => (isBefore(a, b) ? -1 : 1));
  const entries: EarningsEntry[] = [];
  let looks = 0;
  for (const event of events) {
    const { height, index } = event;
    const first = height === from.height && index === from.index ? from.entry : 0;
    let place = first;
    for await (const candidate of candidates(event, first)) {
      const position = { height, index, entry: place };
      if (entries.length === limit || looks === LOOKS_MAX) return { entries, next: position };
      if (candidate !== undefined) entries.push({ position, ...candidate });
      looks += 1;
      place += 1;
      await pace();
    }
  }
  return { entries, next: end === undefined ? undefined : { ...end, entry: 0 } };
};

const onlyReceipt = ({
  receipts: { batch, indexes },
}: EventOf<'modelPaid'>['data'] | EventOf<'stakersPaid'>['data']): ReceiptId | undefined => {
  const [index] = indexes;
  return index === undefined || indexes.length > 1 ? undefined : { batch, index };
};

/** The track that an event credits a contribution by, if it names the contribution. */
const TRACK_OF = { spansPaid: 'spans', relevancePaid: 'relevance' } as const;

/** What one contribution was credited at the close of an epoch. */
const credited = (
  type: keyof typeof TRACK_OF,
  { contribution, model, epoch, amount }: EventOf<keyof typeof TRACK_OF>['data'],
): Candidate => entry(TRACK_OF[type], amount, { contribution, model, epoch });

/**
 * The entries of one contribution: spans, relevance, shares of the remainder, and what strikes took. Undefined if it is not
 * accepted.
 */
export const contributionEarnings = async (
  history: History,
  view: ReadView,
  contribution: ContributionId,
  query: EarningsQuery,
  to: Height,
  pace: Pace = createPace(),
): Promise<EarningsPage | undefined> => {
  const accepted = acceptedOf(view, contribution);
  if (accepted === undefined) return undefined;
  const { datanet } = accepted;
  const share = shareOf(accepted);
  const remainders = new Remainders(history, view, pace);
  const own = [
    ['spansPaid', 'relevancePaid', 'noveltyStruck'].map(typeTerm),
    [numberTerm('contribution', contribution)],
  ];
  const shared = [[typeTerm('remainderPaid')], [numberTerm('datanet', datanet)]];
  const candidates: Candidates = async function* (event, from) {
    if (from > 0) return;
    const { type, data } = event.event;
    if (type === 'spansPaid' || type === 'relevancePaid') yield credited(type, data);
    else if (type === 'noveltyStruck') yield entry('forfeited', data.forfeited, { contribution });
    else if (type === 'remainderPaid' && share !== undefined) {
      const amount = await remainders.credited(event, data, { ...share, contribution });
      const { model, epoch } = data;
      yield entry('remainder', amount, { contribution, model, epoch });
    }
  };
  return readPage(history, share === undefined ? [own] : [own, shared], candidates, query, to, pace);
};

/** The entries of one model, for all its parties together. */
export const modelEarnings = (
  history: History,
  model: ModelId,
  query: EarningsQuery,
  to: Height,
  pace: Pace = createPace(),
): Promise<EarningsPage> => {
  const candidates: Candidates = async function* ({ event: { type, data } }, from) {
    if (from > 0 || type !== 'modelPaid') return;
    yield entry('model', data.amount, { model, receipt: onlyReceipt(data) });
  };
  const terms = [[typeTerm('modelPaid')], [numberTerm('model', model)]];
  return readPage(history, [terms], candidates, query, to, pace);
};

/**
 * The entries of one account: of its contributions, of its parts of models, of the stake of validators that are paid to
 * it, and what it was paid as attestor or provider of receipts. Rounding down leaves dust of models and stake in the pot, so
 * the amounts are differences of rounded sums, as claims are.
 */
export const accountEarnings = (
  history: History,
  view: ReadView,
  account: Address,
  query: EarningsQuery,
  to: Height,
  pace: Pace = createPace(),
): Promise<EarningsPage> => {
  const name = bytesKey(account);
  const remainders = new Remainders(history, view, pace);
  const owned = contributionsBy.length(view, name);
  const stakers = stakersOf(view);
  const staked = stakers.filter(({ payout }) => equal(payout, account));
  const types = [
    'spansPaid',
    'relevancePaid',
    'noveltyStruck',
    'modelPaid',
    'receiptFinalized',
    'receiptExpired',
    'attestorVested',
  ];
  const own = [types.map(typeTerm), [accountTerm(account)]];
  const shared = [owned > 0 ? ['remainderPaid'] : [], staked.length > 0 ? ['stakersPaid'] : []].flat();

  const ofOne = ({ event: { type, data } }: PastEvent): readonly Candidate[] => {
    switch (type) {
      case 'spansPaid':
      case 'relevancePaid':
        return [credited(type, data)];
      case 'noveltyStruck':
        return [entry('forfeited', data.forfeited, { contribution: data.contribution })];
      case 'modelPaid':
        return data.parties
          .filter((party) => equal(party.account, account))
          .map(({ amount }) => entry('model', amount, { model: data.model, receipt: onlyReceipt(data) }));
      case 'stakersPaid':
        return staked.map(({ stake }) => {
          const before = stakerPart(data.earned - data.amount, stake, stakers);
          const amount = stakerPart(data.earned, stake, stakers) - before;
          return entry('stake', amount, { receipt: onlyReceipt(data) });
        });
      case 'attestorVested':
        return equal(data.payout, account) ? [entry('attestor', data.amount, { epoch: data.epoch })] : [];
      case 'receiptFinalized':
      case 'receiptExpired': {
        const { receipt, model, provider, paid } = data;
        const compute = equal(provider, account) ? paid.compute : 0n;
        return [entry('provider', compute, { receipt, model })];
      }
      default:
        return [];
    }
  };

  const candidates: Candidates = async function* (event, from) {
    if (event.event.type !== 'remainderPaid') {
      yield* ofOne(event).slice(from);
      return;
    }
    const { data } = event.event;
    const { datanet, model, epoch, count } = data;
    for (let place = from; place < owned; place++) {
      const [contribution] = contributionsBy.slice(view, name, place, 1);
      const accepted = contribution === undefined ? undefined : acceptedOf(view, contribution);
      const share = accepted?.datanet === datanet ? shareOf(accepted) : undefined;
      yield contribution === undefined || share === undefined || share.acceptance >= count
        ? undefined
        : entry('remainder', await remainders.credited(event, data, { ...share, contribution }), {
            contribution,
            model,
            epoch,
          });
    }
  };
  const searches = shared.length === 0 ? [own] : [own, [shared.map(typeTerm)]];
  return readPage(history, searches, candidates, query, to, pace);
};
