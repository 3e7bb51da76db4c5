/**
 * An attestor's claim of a calibration, and the checks of it that need no texts. The claim holds all matches and shared runs
 * at the step that meets the bar. For the step before, it holds enough matches to show that the bar is not met there.
 *
 * What may be left out. At the step that meets the bar the coverage gives κ, so it must be neither higher nor lower than it
 * is. A missing match or an invented shared run hides coverage there, an invented match or a missing shared run adds to it: each
 * can be refuted. At the step before, the claim has to show that there is more coverage than the bar allows. Too much of it comes
 * from an invented match, a missing echo, a position of a commons that is claimed for somebody else, and a missing shared run over
 * a position that is claimed: each can be refuted there too (docs/disputes.md#witnesses). Too little of it, by a match that is left
 * out or a shared run that is invented, only weakens the claim. Matches may be missing there, for the claim would not fit into a
 * transaction otherwise. A shared run that is none can be refuted like any other run, which costs an honest claim nothing.
 * Whether a position is shared follows from its owner, and not from other positions. So a match that is left out decides nothing
 * about those that are claimed. A position that is claimed for another than its owner can be refuted at both steps (`better`), so
 * each is charged to the true account (`control.ts`).
 */

import { height64 } from '../../src/lib/chain.ts';
import { failWith, ok } from '../../src/lib/errors.ts';
import { type ContributionId, contributionId, modelId } from '../../src/lib/ids.ts';
import { container, list, type Ssz, uint8, uint16, uint32, type ValueOf } from '../../src/lib/ssz.ts';
import {
  CALIBRATION_STEPS,
  CalibrationRoundType,
  type ControlSums,
  type DrawnToken,
  isMeasurable,
  meetsBar,
  NO_STEP,
  stretchOf,
} from './calibration.ts';
import { type Claim, ClaimType } from './claim.ts';
import { controlSumsOf, type DrawResult } from './control.ts';
import { type Fault, fail, fault, type Result } from './errors.ts';
import { type AttributionParameters, ITEM_TOKENS_MAX } from './parameters.ts';
import { type ClaimRules, rulesOfDraw, type TextRules } from './rules.ts';
import { settleClaim } from './settlement.ts';

const DRAWS_MAX = 1024;

export const DrawClaimType = container({
  /** The contribution id of the contribution drawn from. */
  contribution: contributionId,
  /** The index of the drawn item in its contribution. */
  item: uint32,
  /** The place of the drawn token in its item. */
  position: uint32,
  /** The number of tokens of the item. */
  tokens: uint32,
  /** The number of tokens of the item's prompt part. A drawn token is never in it. */
  promptTokens: uint32,
  /** The evidence for the stretch around the drawn token. */
  claim: ClaimType,
});
/** One draw, and its claim at the step that meets the bar. It is a {@link DrawnToken}. */
export type DrawClaim = ValueOf<typeof DrawClaimType>;
export const DrawClaimsType: Ssz<readonly DrawClaim[]> = list(DrawClaimType, DRAWS_MAX);

// The draw comes first in the encoding, so that one claim can be found among many.
export const BeforeClaimType = container({
  /** The index of the draw, from 0. */
  draw: uint16,
  /** The evidence for the same stretch at the step before. */
  claim: ClaimType,
});
/** The claim for one draw at the step before. */
export type BeforeClaim = ValueOf<typeof BeforeClaimType>;
export const BeforeClaimsType: Ssz<readonly BeforeClaim[]> = list(BeforeClaimType, DRAWS_MAX);

export const CalibrationClaimType = container({
  /** The model that is calibrated. */
  model: modelId,
  /** The version of the model. */
  version: uint32,
  /** Which of the two draws of the version is claimed: 0 or 1. */
  round: CalibrationRoundType,
  /** The claim counts what was struck or became void in blocks up to this height. */
  asOf: height64,
  /** The index of the step that meets the bar, or NO_STEP. */
  level: uint8,
  /** One entry for each draw, in order. The entries have no matches and echoes if no step meets the bar. */
  draws: DrawClaimsType,
  /**
   * The claims at the step before, ascending by draw. There are none if the first step meets the bar, or if too few
   * draws count for any step to meet it.
   */
  before: BeforeClaimsType,
});
export type CalibrationClaim = ValueOf<typeof CalibrationClaimType>;

/** The facts that the state holds about a claim's model and its draws. */
export type CalibrationContext = {
  /** The number of draws. */
  readonly draws: number;
  readonly targetBps: number;
  readonly parameters: Pick<AttributionParameters, 'matchTokensMin' | 'matchTokensMax' | 'promptMin'>;
  /** The ids of the claimed contributions that have no owner. */
  readonly commons: ReadonlySet<number>;
  /** The rules of the model's Datanets. */
  readonly rules: ClaimRules & Pick<TextRules, 'drawsWeigh'>;
  /** Returns the account of a drawn or cited contribution that is no commons. */
  readonly accountOf: (contribution: ContributionId) => string;
};

/** Checks whether a draw counts for nothing because its contribution is void: then it has no item. */
export const isEmptyDraw = ({ tokens }: DrawnToken): boolean => tokens === 0;

/** Checks that a draw is a position of an item after its prompt. Fault `CALIBRATION_DRAW`. */
const checkDraw = (draw: DrawClaim, k: number): Fault | undefined => {
  const { item, position, tokens, promptTokens } = draw;
  const placed = isEmptyDraw(draw)
    ? item === 0 && position === 0 && promptTokens === 0
    : position >= promptTokens && position < tokens && tokens <= ITEM_TOKENS_MAX;
  return placed
    ? undefined
    : fault('CALIBRATION_DRAW', `draw ${k} is not a position of an item after its prompt`, { draw: k });
};

/**
 * Returns the result of one claim of a draw. Faults: `CALIBRATION_OWN_ITEM`, those of {@link
 * settleClaim}.
 */
const settleDraw = (
  claim: Claim,
  drawn: DrawClaim,
  k: number,
  matchBitsMin: number,
  { parameters, commons, rules }: CalibrationContext,
): Result<DrawResult> => {
  const { matches, shared } = claim;
  if (
    [...matches, ...shared].some(
      ({ contribution, item }) => contribution === drawn.contribution && item === drawn.item,
    )
  )
    return fail('CALIBRATION_OWN_ITEM', `draw ${k} is matched with its own item`, { draw: k });
  const { start, end } = stretchOf(drawn);
  const attribution = settleClaim(claim, {
    outputTokens: end - start,
    promptTokens: drawn.promptTokens,
    matchBitsMin,
    parameters,
    commons,
    rules: rulesOfDraw(rules),
  });
  if (!attribution.ok) {
    const { code, message, data } = attribution.fault;
    return fail(code, `draw ${k}: ${message}`, { ...data, draw: k });
  }
  const { scores } = attribution.value;
  return ok({ contribution: drawn.contribution, scores, total: claim.info.at(-1) ?? 0 });
};

/**
 * Returns the results of all draws at the step before. Nothing of a draw without a claim there is covered. Faults:
 * `CALIBRATION_BEFORE`, and those of {@link settleDraw}.
 * @param met - the results of all draws at the step that meets the bar
 */
const settleBefore = (
  { level, draws, before }: CalibrationClaim,
  met: readonly DrawResult[],
  context: CalibrationContext,
): Result<readonly DrawResult[]> => {
  const results = met.map((each): DrawResult => ({ ...each, scores: [] }));
  let last = -1;
  for (const { draw: k, claim } of before) {
    const drawn = draws[k];
    if (drawn === undefined || k <= last)
      return fail('CALIBRATION_BEFORE', 'the claims at the step before are not in the order of their draws', {
        draw: k,
      });
    if (claim.info.at(-1) !== drawn.claim.info.at(-1))
      return fail('CALIBRATION_BEFORE', `draw ${k} has another total at the step before`, { draw: k });
    const result = settleDraw(claim, drawn, k, CALIBRATION_STEPS[level - 1] ?? 0, context);
    if (!result.ok) return result;
    results[k] = result.value;
    last = k;
  }
  return ok(results);
};

/**
 * Checks the structure of a claim and computes how much of its draws is covered at the step that is claimed to meet the bar;
 * if no step meets it, nothing is covered. The time is about linear in the size of the claim. The caller checks, from the state,
 * that the draws follow from the seed and that the contributions are eligible. A challenge checks the claim against the texts.
 *
 * Faults: `CALIBRATION_LEVEL`, `CALIBRATION_DRAWS`, `CALIBRATION_DRAW`, `CALIBRATION_BEFORE`; `CALIBRATION_ABOVE_BAR`
 * if the bar is not met at the claimed step, `CALIBRATION_UNMEASURABLE` if too few draws count for any step to meet it,
 * `CALIBRATION_BELOW_BAR` if it may be met at the step before; `CALIBRATION_OWN_ITEM`; those of {@link settleClaim},
 * with the draw.
 */
export const settleCalibration = (
  claim: CalibrationClaim,
  context: CalibrationContext,
): Result<ControlSums> => {
  const { level, draws } = claim;
  if (level > NO_STEP) return fail('CALIBRATION_LEVEL', `there are ${NO_STEP} steps`, { level });
  if (draws.length !== context.draws)
    return fail('CALIBRATION_DRAWS', `a calibration has ${context.draws} draws`, { draws: draws.length });
  if (level === 0 && claim.before.length > 0)
    return fail('CALIBRATION_BEFORE', 'there is no step before the first');
  const met: DrawResult[] = [];
  for (const [k, draw] of draws.entries()) {
    const misplaced = checkDraw(draw, k);
    if (misplaced !== undefined) return failWith(misplaced);
    if (level === NO_STEP && (draw.claim.matches.length > 0 || draw.claim.x.length > 0))
      return fail('CALIBRATION_DRAW', `draw ${k} has matches, but no step meets the bar`, { draw: k });
    const result = settleDraw(draw.claim, draw, k, CALIBRATION_STEPS[level] ?? 0, context);
    if (!result.ok) return result;
    met.push(result.value);
  }
  const sumsOf = (results: readonly DrawResult[]): ControlSums =>
    controlSumsOf(results, context.rules, context.accountOf);
  const sums = sumsOf(met);
  if (!isMeasurable(met.map(({ total }) => total)))
    return level === NO_STEP && claim.before.length === 0
      ? ok(sums)
      : fail('CALIBRATION_UNMEASURABLE', 'fewer than half of the draws count, so no step can meet the bar', {
          level,
        });
  const target = context.targetBps;
  if (!meetsBar(sums, target))
    return fail('CALIBRATION_ABOVE_BAR', `coincidence explains more than ${target} bps`, { level });
  if (level > 0) {
    const before = settleBefore(claim, met, context);
    if (!before.ok) return before;
    if (meetsBar(sumsOf(before.value), target))
      return fail('CALIBRATION_BELOW_BAR', `at the step before, the claims show no more than ${target} bps`, {
        level,
      });
  }
  return ok(sums);
};
