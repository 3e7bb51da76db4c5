/**
 * Measures the coverage of the outputs of real models, compared with that of people who wrote without the model, before
 * and after calibration.
 */

import { DEFAULT_PARAMETERS } from '../../state/attribution/parameters.ts';
import { calibrate, prepare, TARGET_BPS } from './calibrate.ts';
import {
  answersOf,
  type Contribution,
  HUMAN,
  type Inference,
  SOLVER_NAMES,
  type Solver,
} from './collections.ts';
import { close, type ModelRules, settle } from './economy.ts';
import { QUOTED_TOKENS, type Quoting } from './quoting-people.ts';
import { bps, check, percent, ratio, type Section, table } from './section.ts';
import { coverageOf, createTracer, type Tracer } from './tracer.ts';

const LEVELS = [96, 128, 160, 192, 256] as const;

type Row = { readonly name: string; readonly shares: readonly number[] };

const rowOf = (name: string, tracer: Tracer, inferences: readonly Inference[]): Row => ({
  name,
  shares: LEVELS.map((bits) => coverageOf(inferences.map((each) => tracer.trace(each, bits))).share),
});

/** Returns the part of D that the span track pays, in basis points. */
const paid = (
  tracer: Tracer,
  inferences: readonly Inference[],
  { matchBits, controlBps }: ModelRules,
): number => {
  const { spanPool, sums } = close(settle(tracer, inferences, matchBits), controlBps);
  return ratio(spanPool, sums.data);
};

export const coverage = (
  contributions: readonly Contribution[],
  quoting: Quoting,
  { thin, seed, draws }: { readonly thin: number; readonly seed: number; readonly draws: number },
): Section => {
  const tracer = createTracer(contributions);
  const measured = calibrate(prepare(contributions), seed, draws);
  const rules = measured.rules ?? { matchBits: 512, controlBps: 0 };
  const raw: ModelRules = { matchBits: DEFAULT_PARAMETERS.matchBitsMin, controlBps: 0 };
  const answers = new Map<Solver, readonly Inference[]>(
    ([...SOLVER_NAMES, HUMAN] as const).map((solver) => [solver, answersOf(solver, thin)]),
  );
  const named = (solver: Solver): string =>
    solver === HUMAN ? 'people, held out: no model wrote it' : `model ${solver}`;
  const rows = [...answers].map(([solver, inferences]) => rowOf(named(solver), tracer, inferences));
  const quotingRow = rowOf(
    `people, ${QUOTED_TOKENS} tokens (${percent(quoting.share)}) copied in`,
    tracer,
    quoting.inferences,
  );
  const payouts = [
    ...[...answers].map(([solver, inferences]) => ({ name: named(solver), solver, inferences })),
    { name: quotingRow.name, solver: undefined, inferences: quoting.inferences },
  ].map(({ name, solver, inferences }) => ({
    name,
    solver,
    raw: paid(tracer, inferences, raw),
    calibrated: paid(tracer, inferences, rules),
    lift:
      coverageOf(settle(tracer, inferences, rules.matchBits).map(({ attribution }) => attribution)).share -
      rules.controlBps / 10_000,
  }));
  const models = payouts.filter(({ solver }) => solver !== undefined && solver !== HUMAN);
  const most = Math.max(...models.map(({ calibrated }) => calibrated));
  const lift = payouts.at(-1)?.lift ?? 0;
  const off = Math.abs(lift - quoting.share) / quoting.share;
  return {
    name: 'coverage',
    title: 'Real outputs, and what people write by habit',
    text: `Four language models were fine-tuned on GSM8K's ${contributions.reduce((sum, { items }) => sum + items.length, 0)} training rows here; their outputs to held-out questions, and what people answered to the same, are traced to those rows.
Coverage by the bits a match must bear:

${table(
  ['output of', ...LEVELS.map((bits) => `${bits} bits`)],
  [...rows, quotingRow].map(({ name, shares }) => [name, ...shares.map(bps)]),
)}

**Raw coverage is no evidence of training.** At 96 bits people who never saw a model share as much with the data as the models do. How much the data shares with itself
can be measured without any model. Calibration by ${draws} drawn tokens:

${table(
  ['', ...measured.measurement.steps.map(({ bits }) => `${bits} bits`)],
  [['control', ...measured.measurement.steps.map((step) => bps(step.covered / Math.max(1, step.total)))]],
)}

The bar of ${TARGET_BPS} bps is met first at ${measured.measurement.steps[measured.measurement.level]?.bits ?? '—'} bits, so Imin is ${rules.matchBits} bits and κ ${rules.controlBps} bps. What the span track then pays of the data money D, before and after:

${table(
  [
    'output of',
    'raw: 96 bits, κ 0',
    `calibrated: ${rules.matchBits} bits, κ ${rules.controlBps} bps`,
    'lift a − κ, before σ',
  ],
  payouts.map(({ name, raw: before, calibrated, lift: each }) => [
    name,
    percent(before),
    bps(calibrated),
    bps(each),
  ]),
)}

So these models' outputs pay close to nothing to matches: the models learned how such problems are solved, and hardly repeat them. The rest goes by the phrases that they share with the data (*What each track pays*). Where words
are really copied in, the copied share is paid for (σ = 80 % of it).`,
    figures: {
      matchBits: rules.matchBits,
      controlBps: rules.controlBps,
      plantedShare: quoting.share,
      plantedLift: lift,
      coverage: Object.fromEntries(
        [...rows, quotingRow].map(({ name, shares }) => [
          name,
          Object.fromEntries(LEVELS.map((bits, i) => [`${bits}`, shares[i] ?? 0])),
        ]),
      ),
      paid: Object.fromEntries(
        payouts.map(({ name, raw: before, calibrated }) => [name, { raw: before, calibrated }]),
      ),
    },
    checks: [
      check(
        'real models’ outputs: at most 100 bps of D are paid to matches once calibrated',
        most <= 0.01,
        `${bps(most)} at most, of ${models.length} models`,
      ),
      check(
        'copied words: the lift is within 5 % of the share that was copied in',
        off <= 0.05,
        `lift ${bps(lift)}, copied ${bps(quoting.share)}`,
      ),
      check(
        'people, whom no model helped: at most 100 bps of D either',
        (payouts.find(({ solver }) => solver === HUMAN)?.calibrated ?? 1) <= 0.01,
        `${bps(payouts.find(({ solver }) => solver === HUMAN)?.calibrated ?? 1)} of D`,
      ),
    ],
  };
};
