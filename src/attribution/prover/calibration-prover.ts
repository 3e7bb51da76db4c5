/**
 * Holds the claim of a calibration against the texts: first which tokens were drawn, then, draw by draw, what is claimed
 * of each at the step that meets the bar, and of some at the step before. A claim that passes has the right draws, the
 * right sums at its step, and no more coverage at the step before than there is: so it has found the right step.
 */

import { CALIBRATION_STEPS, NO_STEP, stretchOf } from '../../../state/attribution/calibration.ts';
import {
  type CalibrationClaim,
  type DrawClaim,
  isEmptyDraw,
} from '../../../state/attribution/calibration-claim.ts';
import type { Claim } from '../../../state/attribution/claim.ts';
import { type InfoTable, informationOf } from '../../../state/attribution/info1.ts';
import type { Tokens } from '../../../state/attribution/pt1.ts';
import type { ContributionId } from '../../lib/ids.ts';
import type { CalibrationRules, Draw, DrawTrace } from '../calibrator.ts';
import { refuteClaim } from './claim-prover.ts';
import { type ClaimFinding, chunksOf, type Verdict, type Withheld } from './finding.ts';
import { sliceTokens } from './partial-tokens.ts';

/** A draw of the claim, and the step of its claim that is meant. */
export type DrawPlace = { readonly level: 'met' | 'before'; readonly draw: number };

/** Another token was drawn, or its item has another length or prompt part. */
export type DrawFinding = { readonly type: 'draw' };

export type CalibrationTruth = {
  /** The draws that the seed makes. Undefined where the text drawn from is not to be had. */
  readonly draws: readonly (Draw | undefined)[];
  /** The claim for a draw at some step of so many bits: the calibrator's. Of draws that are known. */
  readonly trace: (draw: Draw, matchBits: number) => DrawTrace;
  /** What is known of an item. */
  readonly item: (contribution: ContributionId, item: number) => Tokens | undefined;
  /** Whether a token counts as copied: of a commons none does. */
  readonly isCopied: (contribution: ContributionId, item: number, position: number) => boolean;
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

/** One claim of one draw. @param bits - of the step */
const refuteDraw = (
  claim: Claim,
  drawn: DrawClaim,
  { level, bits, isFree }: { level: DrawPlace['level']; bits: number; isFree: boolean },
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
  const info = informationOf(truth.table, output);
  for (let i = 0; i < info.length; i++) if (truth.isCopied(contribution, item, start + i)) info[i] = 0;
  return refuteClaim(claim, {
    output,
    prompt: sliceTokens(text, 0, promptTokens),
    promptTokens,
    info,
    source: truth.item,
    rules: { ...truth.rules, matchBitsMin: bits },
    // Where no step meets the bar only the totals are claimed; of what is not known in full there is no better claim.
    honest: () => (isFree ? claim : truth.trace(drawn, bits).claim),
    complete: level === 'met',
    inert: {
      output: (position) => truth.isCopied(contribution, item, start + position),
      source: truth.isCopied,
    },
  });
};

/** The first thing that is false, or, without any, the first that is not to be had. */
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
  const places = [
    ...draws.map(({ claim }, draw) => ({ at: { level: 'met' as const, draw }, claim })),
    ...before.map(({ draw, claim }) => ({ at: { level: 'before' as const, draw }, claim })),
  ];
  for (const { at, claim } of places) {
    const drawn = draws[at.draw];
    if (drawn === undefined || isEmptyDraw(drawn)) continue;
    const step = at.level === 'met' ? level : level - 1;
    const isFree = step === NO_STEP || truth.draws[at.draw] === undefined;
    const bits = CALIBRATION_STEPS[step] ?? 0;
    const verdict = refuteDraw(claim, drawn, { level: at.level, bits, isFree }, truth);
    if (verdict.type === 'false') return { type: 'false', at, finding: verdict.finding };
    if (verdict.type === 'unknown') unknown ??= { type: 'unknown', at, withheld: verdict.withheld };
  }
  return unknown ?? { type: 'holds' };
};
