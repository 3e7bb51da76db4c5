/** The report that the demo shows a person at its end. */
import { styleText } from 'node:util';
import type { CalibratedModel } from './calibrate.ts';
import { type Check, passes } from './checks.ts';
import type { Coverage } from './control.ts';
import { PARTS, type Part, type Summary } from './summary.ts';

export const heading = (text: string): string => `\n${styleText('bold', text)}`;

/** Returns base units in millionths of an OPEN, because the prices of the demo are small. */
export const microOpen = (amount: bigint): string => {
  const thousandths = amount / 10n ** 9n;
  const whole = thousandths / 1000n;
  return `${whole}.${(thousandths - whole * 1000n).toString().padStart(3, '0')} µOPEN`;
};

const MEANING: Readonly<Record<Part, string>> = {
  burned: 'burned',
  treasury: 'treasury',
  attestors: 'attestor',
  providers: 'provider, its own price for compute',
  model: 'model owner and shares',
  stakers: 'stakers',
  data: 'contributors, for the words the outputs repeat',
  remainder: 'contributors, by novel tokens: what nothing explains',
};

export const moneyTable = (summary: Summary): string => {
  const fees = BigInt(summary.fees);
  const rows = PARTS.map((part) => {
    const amount = BigInt(summary.paid[part]);
    const share = fees === 0n ? 0 : Number((amount * 10_000n) / fees) / 100;
    return `  ${microOpen(amount).padStart(18)} ${`${share.toFixed(2)} %`.padStart(8)}  ${MEANING[part]}`;
  });
  return [heading(`${microOpen(fees)} in fees of ${summary.settled} settled receipts went to`), ...rows].join(
    '\n',
  );
};

export type Earner = {
  readonly name: string;
  readonly spans: bigint;
  readonly remainder: bigint;
};

export const earnersTable = (earners: readonly Earner[]): string =>
  [
    heading('who earned what, claimed to their balance'),
    `  ${'for repeated words'.padStart(20)} ${'for novel tokens'.padStart(20)} ${'together'.padStart(20)}`,
    ...earners
      .toSorted((a, b) => Number(b.spans + b.remainder - a.spans - a.remainder))
      .map(
        ({ name, spans, remainder }) =>
          `  ${microOpen(spans).padStart(20)} ${microOpen(remainder).padStart(20)} ${microOpen(spans + remainder).padStart(20)}  ${name}`,
      ),
  ].join('\n');

const BAR = 40;

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

/**
 * Returns a table for each model of how much of its own data coincidence explains, by the bits that a match must have.
 */
export const calibrationTable = (models: readonly CalibratedModel[]): string => {
  const [first] = models;
  return [
    heading('calibration: how much of texts like its data coincidence explains, by the bits of a match'),
    `  ${(first?.steps ?? []).map(({ bits }) => `${bits}`.padStart(8)).join('')}`,
    ...models.map(
      ({ name, steps, matchBits, controlBps }) =>
        `  ${steps.map(({ covered, total }) => percent(covered / Math.max(1, total)).padStart(8)).join('')}` +
        `  ${name}: matches count from ${matchBits} bits on, κ is ${controlBps} bps`,
    ),
  ].join('\n');
};

/**
 * Returns the table of coverage.
 * @param calibrated - the model whose rules the coverage was measured by
 */
export const coverageTable = (
  rows: readonly { readonly name: string; readonly raw: Coverage | undefined; readonly coverage: Coverage }[],
  rawBits: number,
  calibrated: Pick<CalibratedModel, 'matchBits'> | undefined,
): string => {
  const most = Math.max(1, ...rows.map(({ raw }) => raw?.bps ?? 0));
  return [
    heading('coverage: the share of the outputs’ information that matches the training data'),
    `  ${`at ${rawBits} bits`.padStart(12)}${`at ${calibrated?.matchBits ?? 0} bits`.padStart(14)}`,
    ...rows.map(({ name, raw, coverage }) => {
      const bar = '█'.repeat(Math.round((BAR * (raw?.bps ?? 0)) / most));
      const before = raw === undefined ? '' : percent(raw.bps / 10_000);
      return `  ${before.padStart(12)}${percent(coverage.bps / 10_000).padStart(14)}  ${bar.padEnd(BAR)}  ${name}`;
    }),
    styleText(
      'dim',
      '  Human answers to questions that the data does not hold share as much of it, by habit, as models trained\n' +
        '  on it do: at the lower bar this is mostly idiom. Calibration has raised the bar to where it is gone.',
    ),
  ].join('\n');
};

const checkLine = (check: Check): string => {
  const mark = passes(check) ? styleText('green', '✓') : styleText('red', '✗');
  const cases =
    check.cases === 0
      ? styleText('red', `no ${check.premise}: nothing is shown`)
      : `${check.cases} ${check.premise}`;
  return `${mark} ${check.name}\n  ${styleText('dim', `${check.detail}; seen in: ${cases}`)}`;
};

export const checkLines = (checks: readonly Check[], seconds: number): string => {
  const failed = checks.filter((check) => !passes(check)).length;
  const verdict =
    failed === 0
      ? styleText('green', `all ${checks.length} checks hold`)
      : styleText('red', `${failed} of ${checks.length} checks do not hold`);
  return [heading('checks'), ...checks.map(checkLine), '', `${verdict}, after ${seconds} s`].join('\n');
};
