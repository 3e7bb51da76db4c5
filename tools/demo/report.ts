/** What the demo shows a person at its end. */
import { styleText } from 'node:util';
import { type Check, passes } from './checks.ts';
import type { Coverage } from './control.ts';
import { PARTS, type Part, type Summary } from './summary.ts';

export const heading = (text: string): string => `\n${styleText('bold', text)}`;

/** Base units in millionths of an OPEN: the prices of the demo are small. */
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

export const coverageTable = (
  rows: readonly { readonly name: string; readonly coverage: Coverage }[],
): string => {
  const most = Math.max(1, ...rows.map(({ coverage }) => coverage.bps));
  return [
    heading('coverage: the share of the outputs’ information that matches the training data'),
    ...rows.map(({ name, coverage }) => {
      const bar = '█'.repeat(Math.round((BAR * coverage.bps) / most));
      return `  ${`${(coverage.bps / 100).toFixed(2)} %`.padStart(8)}  ${bar.padEnd(BAR)}  ${name}`;
    }),
    styleText(
      'dim',
      '  Human answers to questions that the data does not hold share as much of it, by habit, as models trained\n' +
        '  on it do: at 96 bits this is mostly idiom. Calibration, which raises the bar model by model, is yet to come.',
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
