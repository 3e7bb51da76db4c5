/** Measures a case in which calibration measures too little: a collection whose entries follow a template. */

import { OUTPUT_TOKENS_MAX } from '../../state/attribution/parameters.ts';
import type { Tokens } from '../../state/attribution/tokens.ts';
import { calibrate, controlAt, prepare } from './calibrate.ts';
import { type Contribution, type Inference, swc, textOf, tokensOf, wordsOf } from './collections.ts';
import { bps, check, percent, type Section, table } from './section.ts';
import { coverageOf, createTracer } from './tracer.ts';

const LEVELS = [96, 128, 160, 192, 256, 320, 384] as const;

const outputsOf = (tokens: Tokens): readonly Inference[] => {
  const words = wordsOf(tokens);
  return Array.from({ length: Math.ceil(words.length / OUTPUT_TOKENS_MAX) }, (_, i) => ({
    prompt: tokensOf(''),
    output: tokensOf(textOf(words.slice(i * OUTPUT_TOKENS_MAX, (i + 1) * OUTPUT_TOKENS_MAX))),
  }));
};

/** Returns the coverage at each level. Each entry is traced as if its author had known only the other entries. */
const heldOut = (contributions: readonly Contribution[]): readonly number[] => {
  const traced = contributions
    .filter(({ commons }) => !commons)
    .flatMap(({ contribution, items }) => {
      const tracer = createTracer(contributions.filter((each) => each.contribution !== contribution));
      return items.flatMap(({ tokens }) =>
        outputsOf(tokens).map((inference) => LEVELS.map((bits) => tracer.trace(inference, bits))),
      );
    });
  return LEVELS.map((_, level) => coverageOf(traced.flatMap((each) => each[level] ?? [])).share);
};

export const templates = (seed: number, draws: number): Section => {
  const contributions = swc();
  const calibrated = calibrate(prepare(contributions), seed, draws);
  const { rules } = calibrated;
  const habit = heldOut(contributions);
  const control = LEVELS.map((bits) => controlAt(calibrated, bits));
  const at192 = habit[LEVELS.indexOf(192)] ?? 0;
  const atBar = habit[LEVELS.findIndex((bits) => bits >= (rules?.matchBits ?? 0))];
  return {
    name: 'templates',
    title: 'Template-heavy collections: the limit of calibration',
    text: `The ${contributions.length - 1} entries of the SWC registry share headings, tables and phrases; the notice that all open with is commons and counts for nobody. Each entry is held out in turn and traced to the others, as if it were written by somebody who knows the form:

${table(
  ['', ...LEVELS.map((bits) => `${bits} bits`)],
  [
    ['held-out entries', ...habit.map((share) => percent(share))],
    ['control, as calibration measures it', ...control.map((share) => bps(share))],
  ],
)}

**Calibration underestimates habit here.** It would set Imin to ${rules === undefined ? 'nothing (no step meets the bar)' : `${rules.matchBits} bits and κ to ${rules.controlBps} bps`}, but people who keep to the form are still covered to ${percent(atBar ?? at192)}. The measurement leaves out what earlier items hold word by word, so that copies do not raise the bar against everyone; and a template *is* copied
text. There are two remedies: the commons, for the parts of the template that can be named, and the Datanet’s own floor for Imin. Neither is automatic. Do not take a lift on such a collection for evidence of training.`,
    figures: {
      matchBits: rules?.matchBits ?? 0,
      controlBps: rules?.controlBps ?? 0,
      heldOut: Object.fromEntries(LEVELS.map((bits, i) => [`${bits}`, habit[i] ?? 0])),
      control: Object.fromEntries(LEVELS.map((bits, i) => [`${bits}`, control[i] ?? 0])),
    },
    checks: [
      check(
        'the notice of a template, as commons, is paid to nobody',
        contributions.some(({ commons }) => commons) && noticePaysNobody(contributions),
        'traced alone',
      ),
    ],
  };
};

const noticePaysNobody = (contributions: readonly Contribution[]): boolean => {
  const notice = contributions.find(({ commons }) => commons)?.items[0]?.tokens;
  if (notice === undefined) return false;
  const { spans, covered } = createTracer(contributions).trace({ prompt: tokensOf(''), output: notice }, 192);
  return spans.length > 0 && covered === 0;
};
