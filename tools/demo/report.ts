/** The report that the demo shows a person at its end. */
import { styleText } from 'node:util';
import { printableLine } from '../../src/lib/printable.ts';
import { type Check, passes } from './checks.ts';
import type { Coverage } from './control.ts';
import type { CalibratedModel } from './services.ts';
import { PARTS, type Part, type Summary } from './summary.ts';

export const heading = (text: string): string => `\n${styleText('bold', text)}`;

const DECIMALS = 4;
const UNIT = 10n ** 18n;

/** Returns base units in OPEN, rounded down to four decimals: `17.4243 OPEN`. The checks count in base units. */
export const inOpen = (amount: bigint): string => {
  const parts = amount / 10n ** (18n - BigInt(DECIMALS));
  const whole = amount / UNIT;
  const rest = (parts - whole * 10n ** BigInt(DECIMALS)).toString().padStart(DECIMALS, '0');
  return `${whole}.${rest} OPEN`;
};

const MEANING: Readonly<Record<Part, string>> = {
  burned: 'burned',
  treasury: 'the treasury',
  attestors: 'the attestor, who traced the answers',
  providers: 'the provider, its own price for compute',
  model: 'the owner of the model, its trainer and its compute',
  stakers: 'the stakers behind the validators',
  data: 'contributors, whose words the answers repeat',
  relevance: 'contributors, whose phrases the answers share',
  remainder: 'the treasury: no text was found for it',
  shared: 'the treasury, for what several owners brought',
};

/** Returns how much of the data money each track pays, in one line. */
const tracksLine = ({ data, relevance, remainder, shared }: Summary['paid']): string => {
  const parts = [data, relevance, remainder, shared].map(Number);
  const all = Math.max(
    1,
    parts.reduce((sum, each) => sum + each, 0),
  );
  const [words = 0, phrases = 0, left = 0, several = 0] = parts.map((each) => percent(each / all));
  return `  Of the half of a model's fee that is for its data, ${words} is paid for words, ${phrases} for phrases; ${several} is for what several\n  owners brought, and for ${left} no text was found: both go to the treasury.`;
};

export const moneyTable = (summary: Summary): string => {
  const fees = BigInt(summary.fees);
  const rows = PARTS.map((part) => {
    const amount = BigInt(summary.paid[part]);
    const share = fees === 0n ? 0 : Number((amount * 10_000n) / fees) / 100;
    return `  ${inOpen(amount).padStart(18)} ${`${share.toFixed(2)} %`.padStart(8)}  ${MEANING[part]}`;
  });
  return [
    heading(`where the ${inOpen(fees)} went that was paid for ${summary.settled} answers`),
    ...rows,
    styleText('dim', tracksLine(summary.paid)),
  ].join('\n');
};

export type Earner = {
  readonly name: string;
  readonly spans: bigint;
  readonly relevance: bigint;
  readonly remainder: bigint;
};

/** What one earner has of the data money. */
const earnedBy = ({ spans, relevance, remainder }: Earner): bigint => spans + relevance + remainder;

export const earnersTable = (earners: readonly Earner[]): string =>
  [
    heading('what each contributor has earned, and claimed to their balance'),
    `  ${'for repeated words'.padStart(20)} ${'for shared phrases'.padStart(20)} ${'together'.padStart(20)}`,
    ...earners
      .toSorted((a, b) => Number(earnedBy(b) - earnedBy(a)))
      .map(
        (earner) =>
          `  ${inOpen(earner.spans).padStart(20)} ${inOpen(earner.relevance).padStart(20)} ${inOpen(earnedBy(earner)).padStart(20)}  ${printableLine(earner.name)}`,
      ),
  ].join('\n');

const BAR = 40;

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

/** Returns a line for each model: what coincidence explains of texts like its data, and what follows from that. */
export const calibrationTable = (models: readonly CalibratedModel[]): string =>
  [
    heading('calibration: what coincidence alone explains of texts like the data of each model'),
    ...models.map(
      ({ name, covered, total, matchBits, controlBps }) =>
        `  ${percent(covered / Math.max(1, total)).padStart(8)}  ${printableLine(name)}: only matches of ${matchBits} bits and more count, and ${percent(controlBps / 10_000)} is subtracted`,
    ),
  ].join('\n');

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
      return `  ${before.padStart(12)}${percent(coverage.bps / 10_000).padStart(14)}  ${bar.padEnd(BAR)}  ${printableLine(name)}`;
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
  return `${mark} ${printableLine(check.name)}\n  ${styleText('dim', `${printableLine(check.detail)}; seen in: ${cases}`)}`;
};

export const checkLines = (checks: readonly Check[], seconds: number): string => {
  const failed = checks.filter((check) => !passes(check)).length;
  const verdict =
    failed === 0
      ? styleText('green', `all ${checks.length} checks hold`)
      : styleText('red', `${failed} of ${checks.length} checks do not hold`);
  return [heading('checks'), ...checks.map(checkLine), '', `${verdict}, after ${seconds} s`].join('\n');
};
