/**
 * The income from receipts since genesis, and where it went. At any time
 * `fees = burned + treasury + attestors + challengers + providers + apps + model + stakers + data + relevance + remainder +
 * shared + pot dataPools`
 * and `receipts = settled + unsettled + voided + those still held`. The data money of an epoch is divided into
 * the span pool, what relevance pays, what is shared and the remainder when the epoch closes.
 */
import { container, uint64, uint128, type ValueOf } from '../../../src/lib/ssz.ts';
import type { ReadView, View } from '../../view.ts';
import { load, save } from '../kit/stored.ts';

const TotalsType = container({
  /** Receipts executed. */
  receipts: uint64,
  /** Receipts whose settlement is final. */
  settled: uint64,
  /** Receipts that nobody settled in time. */
  unsettled: uint64,
  /** Receipts whose commitments were shown to be malformed. */
  voided: uint64,
  /** Challenges that brought down what they were held against, and that did not. */
  upheld: uint64,
  refuted: uint64,
  /** DEMANDs that were answered; one that was not is upheld. */
  answered: uint64,
  /** Base units from here on. Model fees of all receipts but those still held, and compute and app fees of those not void. */
  fees: uint128,
  burned: uint128,
  treasury: uint128,
  /** The attestors' part of the fees of settled receipts. Late proofs may take some of it before it vests. */
  attestors: uint128,
  /** The attestors' part of the fees of void receipts: to those who showed that they are. */
  challengers: uint128,
  providers: uint128,
  apps: uint128,
  /** Owners of models and of shares in them. */
  model: uint128,
  stakers: uint128,
  /** Span pools. */
  data: uint128,
  /** Paid by relevance. */
  relevance: uint128,
  /** The rest of the data money. */
  remainder: uint128,
  /** The part of `remainder` that does not go by novel tokens, or that no Datanet could take: to the treasury. */
  remainderToTreasury: uint128,
  /** The data money for what several owners brought: to the treasury. */
  shared: uint128,
  /** Compute and app fees of void receipts: back to their payers, and no part of the above. */
  refunded: uint128,
  /**
   * Bonds that challenges brought down, or that refuted challenges lost, and the cost of demands that were answered: to
   * challengers and answerers, and out of circulation.
   */
  bondRewards: uint128,
  burnedBonds: uint128,
  /** Bonds of contributions that were rejected or never revealed: to the treasury, and no part of the above. */
  forfeitedBonds: uint128,
  /** Unclaimed shares of the remainder, of novel tokens that were none: from contributions to the treasury. */
  forfeitedShares: uint128,
});
export type Totals = ValueOf<typeof TotalsType>;

const NOTHING: Totals = {
  receipts: 0n,
  settled: 0n,
  unsettled: 0n,
  voided: 0n,
  upheld: 0n,
  refuted: 0n,
  answered: 0n,
  fees: 0n,
  burned: 0n,
  treasury: 0n,
  attestors: 0n,
  challengers: 0n,
  providers: 0n,
  apps: 0n,
  model: 0n,
  stakers: 0n,
  data: 0n,
  relevance: 0n,
  remainder: 0n,
  remainderToTreasury: 0n,
  shared: 0n,
  refunded: 0n,
  bondRewards: 0n,
  burnedBonds: 0n,
  forfeitedBonds: 0n,
  forfeitedShares: 0n,
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
    voided: sum('voided'),
    upheld: sum('upheld'),
    refuted: sum('refuted'),
    answered: sum('answered'),
    fees: sum('fees'),
    burned: sum('burned'),
    treasury: sum('treasury'),
    attestors: sum('attestors'),
    challengers: sum('challengers'),
    providers: sum('providers'),
    apps: sum('apps'),
    model: sum('model'),
    stakers: sum('stakers'),
    data: sum('data'),
    relevance: sum('relevance'),
    remainder: sum('remainder'),
    remainderToTreasury: sum('remainderToTreasury'),
    shared: sum('shared'),
    refunded: sum('refunded'),
    bondRewards: sum('bondRewards'),
    burnedBonds: sum('burnedBonds'),
    forfeitedBonds: sum('forfeitedBonds'),
    forfeitedShares: sum('forfeitedShares'),
  });
};
