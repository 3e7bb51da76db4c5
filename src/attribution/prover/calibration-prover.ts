/**
 * Checks the claim of a calibration against the texts: first which tokens were drawn, then, draw by draw, the claims at
 * the step that meets the bar and those at the step before. A claim that passes has the right draws, the right sums at
 * its step, and no more coverage at the step before than the true one. So it has found the right step.
 */

import { CALIBRATION_STEPS, NO_STEP, stretchOf } from '../../../state/attribution/calibration.ts';
import {
  type CalibrationClaim,
  type DrawClaim,
  isEmptyDraw,
} from '../../../state/attribution/calibration-claim.ts';
import type { Claim } from '../../../state/attribution/claim.ts';
import type { InfoTable } from '../../../state/attribution/info1.ts';
import type { Precedence } from '../../../state/attribution/owners.ts';
import { rulesOf } from '../../../state/attribution/rules.ts';
import type { Tokens } from '../../../state/attribution/tokens.ts';
import type { ContributionId } from '../../lib/ids.ts';
import type { CalibrationRules, Draw, DrawTrace } from '../calibrator.ts';
import { refuteClaim } from './claim-prover.ts';
import { type ClaimFinding, chunksOf, type Verdict, type Withheld } from './finding.ts';
import { sliceTokens } from './partial-tokens.ts';

/** A draw of the claim, and which of its two claims is meant. */
export type DrawPlace = { readonly level: 'met' | 'before'; readonly draw: number };

/** Another token was drawn, or its item has another length or prompt. */
export type DrawFinding = { readonly type: 'draw' };

export type CalibrationTruth = {
  /** The draws that follow from the seed; undefined for a draw whose text is not available. */
  readonly draws: readonly (Draw | undefined)[];
  /** Returns the claims of the calibrator for known draws at a step of so many bits. */
  readonly trace: (draws: readonly Draw[], matchBits: number) => readonly DrawTrace[];
  /** Returns the tokens of an item, as far as they are known. */
  readonly item: (contribution: ContributionId, item: number) => Tokens | undefined;
  /** Checks whether a token counts as copied. No token of a commons does. */
  readonly isCopied: (contribution: ContributionId, item: number, position: number) => boolean;
  /** The contributions that may be cited and have no owner. */
  readonly commons: Precedence['commons'];
  readonly rules: CalibrationRules;
  readonly table: InfoTable;
};

export type CalibrationVerdict =
  | { readonly type: 'holds' }
  | { readonly type: 'false'; readonly at: DrawPlace; readonly finding: ClaimFinding | DrawFinding }
  | { readonly type: 'unknown'; readonly at: DrawPlace; readonly withheld: readonly Withheld[] };

const sameDraw = (claimed: DrawClaim, drawn: Draw): boolean =>
  claimed.contribution === drawn.contribution &&
  claimed.item === drawn.item &&
  claimed.position === drawn.position &&
  claimed.tokens === drawn.tokens &&
  claimed.promptTokens === drawn.promptTokens;

/**
 * Checks one claim of one draw.
 * @param bits - the bits of the step
 * @param honest - returns the claim that is right
 */
const refuteDraw = (
  claim: Claim,
  drawn: DrawClaim,
  { level, bits, honest }: { level: DrawPlace['level']; bits: number; honest: () => Claim },
  truth: CalibrationTruth,
): Verdict<ClaimFinding> => {
  const { start, end } = stretchOf(drawn);
  const { contribution, item, promptTokens } = drawn;
  const text = truth.item(contribution, item);
  if (text === undefined)
    return {
      type: 'unknown',
      withheld: [{ text: 'output', contribution: 0, item: 0, ...chunksOf(start, end) }],
    };
  const output = sliceTokens(text, start, end);
  const info = rulesOf(truth.rules.version).informationOf(truth.table, output);
  for (let i = 0; i < info.length; i++) if (truth.isCopied(contribution, item, start + i)) info[i] = 0;
  return refuteClaim(claim, {
    output,
    prompt: sliceTokens(text, 0, promptTokens),
    promptTokens,
    info,
    source: truth.item,
    rules: { ...truth.rules, matchBitsMin: bits },
    commons: truth.commons,
    honest,
    complete: level === 'met',
    inert: {
      output: (position) => truth.isCopied(contribution, item, start + position),
      source: truth.isCopied,
    },
  });
};

/**
 * Returns a function that gives the right claim of a draw at a step. It traces all draws of the step when it is first
 * asked, because draws that are not traced to the same items are traced together at less cost.
 */
const openTraces = (
  draws: readonly (Draw | undefined)[],
  bits: number,
  { trace }: CalibrationTruth,
): ((k: number) => Claim | undefined) => {
  let traced: ReadonlyMap<number, Claim> | undefined;
  return (k) => {
    if (traced === undefined) {
      const known = draws.flatMap((draw, at) => (draw === undefined ? [] : [{ at, draw }]));
      const traces = trace(
        known.map(({ draw }) => draw),
        bits,
      );
      traced = new Map(traces.flatMap(({ claim }, i) => known.slice(i, i + 1).map(({ at }) => [at, claim])));
    }
    return traced.get(k);
  };
};

/** Returns the first false part of a claim, or, if nothing is false, the first text that is not available. */
export const refuteCalibration = (
  { level, draws, before }: CalibrationClaim,
  truth: CalibrationTruth,
): CalibrationVerdict => {
  for (const [draw, claimed] of draws.entries()) {
    const drawn = truth.draws[draw];
    if (drawn !== undefined && !sameDraw(claimed, drawn))
      return { type: 'false', at: { level: 'met', draw }, finding: { type: 'draw' } };
  }
  let unknown: CalibrationVerdict | undefined;
  const steps = { met: level, before: level - 1 } as const;
  const shown = new Set(before.map(({ draw }) => draw));
  const traces = {
    met: openTraces(truth.draws, CALIBRATION_STEPS[steps.met] ?? 0, truth),
    before: openTraces(
      truth.draws.map((draw, k) => (shown.has(k) ? draw : undefined)),
      CALIBRATION_STEPS[steps.before] ?? 0,
      truth,
    ),
  };
  const places = [
    ...draws.map(({ claim }, draw) => ({ at: { level: 'met' as const, draw }, claim })),
    ...before.map(({ draw, claim }) => ({ at: { level: 'before' as const, draw }, claim })),
  ];
  for (const { at, claim } of places) {
    const drawn = draws[at.draw];
    if (drawn === undefined || isEmptyDraw(drawn)) continue;
    const step = steps[at.level];
    const bits = CALIBRATION_STEPS[step] ?? 0;
    // If no step meets the bar, only the totals are claimed. If a text is not fully known, no better claim can be
    // computed.
    const honest = (): Claim => (step === NO_STEP ? claim : (traces[at.level](at.draw) ?? claim));
    const verdict = refuteDraw(claim, drawn, { level: at.level, bits, honest }, truth);
    if (verdict.type === 'false') return { type: 'false', at, finding: verdict.finding };
    if (verdict.type === 'unknown') unknown ??= { type: 'unknown', at, withheld: verdict.withheld };
  }
  return unknown ?? { type: 'holds' };
};
