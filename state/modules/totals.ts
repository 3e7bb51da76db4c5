/**
 * What receipts have brought in and where it went, since genesis. At any time
 * `fees = burned + treasury + attestors + providers + model + stakers + data + remainder + pot dataPools`:
 * the data money of an epoch is told apart into span pools and remainder when the epoch closes.
 */
import { container, type Ssz, uint64, uint128 } from '../../src/lib/ssz.ts';
import type { ReadView, View } from '../view.ts';
import { load, save } from './stored.ts';

export type Totals = {
  /** Receipts executed. */
  readonly receipts: bigint;
  /** Receipts whose settlement is final. */
  readonly settled: bigint;
  /** Receipts that nobody settled in time. */
  readonly unsettled: bigint;
  /** Base units from here on. Model fees and compute of receipts that were paid out: settled or out of time. */
  readonly fees: bigint;
  readonly burned: bigint;
  readonly treasury: bigint;
  readonly attestors: bigint;
  readonly providers: bigint;
  /** Owners of models and of shares in them. */
  readonly model: bigint;
  readonly stakers: bigint;
  /** Span pools. */
  readonly data: bigint;
  /** The rest of the data money. */
  readonly remainder: bigint;
  /** The part of `remainder` that no Datanet could take, and that went on to the treasury. */
  readonly remainderToTreasury: bigint;
  /** Bonds of contributions that were rejected or never revealed: to the treasury, and no part of the above. */
  readonly forfeitedBonds: bigint;
};

const TotalsType: Ssz<Totals> = container<Totals>({
  receipts: uint64,
  settled: uint64,
  unsettled: uint64,
  fees: uint128,
  burned: uint128,
  treasury: uint128,
  attestors: uint128,
  providers: uint128,
  model: uint128,
  stakers: uint128,
  data: uint128,
  remainder: uint128,
  remainderToTreasury: uint128,
  forfeitedBonds: uint128,
});

const NOTHING: Totals = {
  receipts: 0n,
  settled: 0n,
  unsettled: 0n,
  fees: 0n,
  burned: 0n,
  treasury: 0n,
  attestors: 0n,
  providers: 0n,
  model: 0n,
  stakers: 0n,
  data: 0n,
  remainder: 0n,
  remainderToTreasury: 0n,
  forfeitedBonds: 0n,
};

const KEY = 'totals/economy';

export const totalsOf = (view: ReadView): Totals => load(view, KEY, TotalsType) ?? NOTHING;

/** Adds to some of them. */
export const addTotals = (view: View, more: Partial<Totals>): void => {
  const before = totalsOf(view);
  const sum = (name: keyof Totals): bigint => before[name] + (more[name] ?? 0n);
  save(view, KEY, TotalsType, {
    receipts: sum('receipts'),
    settled: sum('settled'),
    unsettled: sum('unsettled'),
    fees: sum('fees'),
    burned: sum('burned'),
    treasury: sum('treasury'),
    attestors: sum('attestors'),
    providers: sum('providers'),
    model: sum('model'),
    stakers: sum('stakers'),
    data: sum('data'),
    remainder: sum('remainder'),
    remainderToTreasury: sum('remainderToTreasury'),
    forfeitedBonds: sum('forfeitedBonds'),
  });
};
