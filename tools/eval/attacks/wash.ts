/**
 * Receipts to oneself: the payer is also, in any mixture, the provider, the model owner, the stakers, the attestor and
 * the contributors.
 */
import { sumBig } from '../../../src/lib/math.ts';
import { closeEpoch, receiptWeights } from '../../../state/attribution/epoch.ts';
import { splitFee } from '../../../state/attribution/fees.ts';
import { MINTED_BPS } from '../../../state/params.ts';
import { FEE_SHARES, SPAN_BPS } from '../economy.ts';
import { check, percent, ratio, type Section, table } from '../section.ts';

const STEPS = [0n, 25n, 50n, 75n, 100n] as const;
const FEES = [1n, 19n, 999n, 1_000_003n, 10n ** 18n] as const;
const TOTAL = 10_000;

type Mix = {
  readonly model: bigint;
  readonly stakers: bigint;
  readonly attestor: bigint;
  readonly data: bigint;
};

const MIXES: readonly Mix[] = STEPS.flatMap((model) =>
  STEPS.flatMap((stakers) =>
    STEPS.flatMap((attestor) => STEPS.map((data) => ({ model, stakers, attestor, data }))),
  ),
);

/**
 * Returns how much of a model fee comes back at best. Its own words cover as much of the output as it owns of the data,
 * and it gets that share of the remainder too. All minted reward is added as if it came to it alone.
 */
const backOf = (fee: bigint, mix: Mix): bigint => {
  const split = splitFee(fee, FEE_SHARES);
  const covered = Number(mix.data) * (TOTAL / 100);
  const attribution = { total: TOTAL, scores: covered === 0 ? [] : [{ contribution: 1, score: covered }] };
  const sums = { data: split.data, gain: split.data * BigInt(covered), expected: 0n, shared: 0n };
  const closed = closeEpoch(sums, 0n, receiptWeights(split.data, attribution), [], SPAN_BPS);
  const own = (amount: bigint, share: bigint): bigint => (amount * share) / 100n;
  return sumBig([
    own(split.model, mix.model),
    own(split.stakers, mix.stakers),
    own(split.attestor, mix.attestor),
    sumBig(closed.shares.map(({ amount }) => amount)),
    own(closed.remainder, mix.data),
    (fee * MINTED_BPS) / 10_000n,
  ]);
};

export const wash = (): Section => {
  let cases = 0;
  let gains = 0;
  let least = 1;
  let cheapest: Mix | undefined;
  for (const fee of FEES)
    for (const mix of MIXES) {
      const back = backOf(fee, mix);
      const loss = ratio(fee - back, fee);
      cases += 1;
      // A fee of a few base units is all residue, because its parts round down. Nobody loses or gains by it.
      if (back > fee || (fee >= 1000n && loss <= 0)) gains += 1;
      if (fee === FEES.at(-1) && loss < least) {
        least = loss;
        cheapest = mix;
      }
    }
  const of = (mix: Mix): number => ratio(10n ** 18n - backOf(10n ** 18n, mix), 10n ** 18n);
  const NONE: Mix = { model: 0n, stakers: 0n, attestor: 0n, data: 0n };
  const rows: readonly (readonly [string, Mix])[] = [
    ['pays, and owns nothing', NONE],
    ['owns all of the data', { ...NONE, data: 100n }],
    ['owns the model and all of the data', { ...NONE, model: 100n, data: 100n }],
    ['half of everything', { model: 50n, stakers: 50n, attestor: 50n, data: 50n }],
    ['everything', { model: 100n, stakers: 100n, attestor: 100n, data: 100n }],
  ];
  return {
    name: 'wash',
    title: 'Wash inference',
    text: `A payer sends receipts to itself. ${percent(FEE_SHARES.burnBps / 10_000)} of each model fee is burned, ${percent(FEE_SHARES.treasuryBps / 10_000)} goes to the treasury, and the protocol mints ${percent(Number(MINTED_BPS) / 10_000)} (a genesis that mints as much as it burns is refused). The provider gets the
compute, so paying it to oneself costs nothing. The table shows how much of the fee is lost if every output repeats the payer’s own data, which is the best case:

${table(
  ['the payer', 'loses of the fee'],
  rows.map(([name, mix]) => [name, percent(of(mix))]),
)}

All ${MIXES.length} mixtures in steps of a quarter, at ${FEES.length} sizes of fee: the cheapest loses ${percent(least)}. Wash inference buys a place in statistics, but dilutes nobody, because the pool consists of each receipt’s own money.`,
    figures: {
      cases,
      least,
      cheapest:
        cheapest === undefined
          ? ''
          : JSON.stringify(cheapest, (_k, v: unknown) => (typeof v === 'bigint' ? Number(v) : v)),
    },
    checks: [
      {
        name: 'receipts to oneself never pay',
        cases,
        failures: gains,
        seen: `the cheapest of ${cases} loses ${percent(least)}`,
      },
      check(
        'the protocol mints less per unit of fee than it burns',
        MINTED_BPS < BigInt(FEE_SHARES.burnBps),
        `${MINTED_BPS} < ${FEE_SHARES.burnBps} bps`,
      ),
    ],
  };
};
