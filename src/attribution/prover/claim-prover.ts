/**
 * Checks a claim against its texts, and finds the first false part. The checks run in this order, because each relies
 * on those before it:
 * - `invalid`, `inert`: every claimed match, echo and shared run is true.
 * - `info`: every claimed sum is right.
 * - `echo`: every echoed position is claimed as one.
 * - `better`: every position outside of the echoes is claimed for its owner.
 * - `shared`: every position that several owners brought is shown as shared.
 *
 * A claim that passes all of them gives every position its owner and every owner its score, however it was made. So
 * every false claim is found, and no correct claim is called false. This needs the full texts. If parts are missing,
 * the claim is still checked against the rest.
 */

import { bordersOf, piecesOf } from '../../../state/attribution/borders.ts';
import {
  type CitingPart,
  CLAIM_LISTS,
  type Claim,
  type ClaimPart,
  type Match,
  type Shared,
} from '../../../state/attribution/claim.ts';
import { ownersOf, type Precedence, precedenceOf, rankOf } from '../../../state/attribution/owners.ts';
import { Q8 } from '../../../state/attribution/parameters.ts';
import { rulesOf } from '../../../state/attribution/rules.ts';
import type { Tokens } from '../../../state/attribution/tokens.ts';
import type { ContributionId } from '../../lib/ids.ts';
import type { TraceRules } from '../tracer.ts';
import { type ClaimFinding, chunksOf, type Verdict, type Withheld, withheldOfText } from './finding.ts';
import { compareTokens } from './partial-tokens.ts';

/** The truth about a claim. Texts may be known in part (`partial-tokens.ts`). */
export type ClaimTruth = {
  readonly output: Tokens;
  /** The prompt; undefined if nothing of it is available. */
  readonly prompt: Tokens | undefined;
  /** The number of tokens of its whole prompt: it shows what is missing if the prompt is not available. */
  readonly promptTokens: number;
  /** The information of each position of the output, in Q8 bits; 0 for one that does not count. */
  readonly info: Uint16Array;
  readonly source: (contribution: ContributionId, item: number) => Tokens | undefined;
  readonly rules: TraceRules;
  /** The contributions without an owner. */
  readonly commons: Precedence['commons'];
  /** Returns a correct claim for the same texts, from the tracer. It is called only if every claimed run is true. */
  readonly honest: () => Claim;
  /**
   * False if a claim may leave matches out, which holds for a calibration at the step before the one that meets the
   * bar.
   */
  readonly complete: boolean;
  /** The positions that match nothing, which are the copied ones of a calibration. */
  readonly inert?: {
    readonly output: (position: number) => boolean;
    readonly source: (contribution: ContributionId, item: number, position: number) => boolean;
  };
};

type Run = { readonly start: number; readonly end: number };

const invalid = (part: ClaimPart, index: number, at: number): ClaimFinding => ({
  type: 'invalid',
  part,
  index,
  at,
});

/** Returns the first token of a run that differs from its source, and whether some tokens are not known. */
const compareRun = (
  output: Tokens,
  { start, end }: Run,
  source: Tokens,
  place: number,
): { readonly differs: number | undefined; readonly unknown: boolean } => {
  let unknown = false;
  for (let at = 0; at < end - start; at++) {
    if (place + at >= source.count) return { differs: at, unknown };
    const compared = compareTokens(output, start + at, source, place + at);
    if (compared === 'different') return { differs: at, unknown };
    unknown ||= compared === 'unknown';
  }
  return { differs: undefined, unknown };
};

type Findings = { readonly finding: ClaimFinding | undefined; readonly withheld: readonly Withheld[] };

/** Finds a token of a match that matches nothing, in the output or in its source. */
const inertToken = (
  { contribution, item, pos, start, end }: Match,
  index: number,
  inert: NonNullable<ClaimTruth['inert']>,
): ClaimFinding | undefined => {
  for (let at = 0; at < end - start; at++) {
    if (inert.output(start + at)) return { type: 'inert', index, at, side: 'output' };
    if (inert.source(contribution, item, pos + at)) return { type: 'inert', index, at, side: 'source' };
  }
  return undefined;
};

/** Compares every match, or every shared run, with the item that it cites. */
const checkRuns = (part: CitingPart, claim: Claim, { output, source, inert }: ClaimTruth): Findings => {
  const withheld: Withheld[] = [];
  for (const [index, run] of claim[CLAIM_LISTS[part].name].entries()) {
    const { contribution, item, pos, start, end } = run;
    const text = source(contribution, item);
    const compared = text === undefined ? undefined : compareRun(output, run, text, pos);
    if (compared?.differs !== undefined)
      return { finding: invalid(part, index, compared.differs), withheld: [] };
    if (compared === undefined || compared.unknown)
      withheld.push({ text: 'source', contribution, item, ...chunksOf(pos, pos + end - start) });
    // A shared run lies within a match. A calibration, which alone has such tokens, has no shared runs.
    const finding = part === 'match' && inert !== undefined ? inertToken(run, index, inert) : undefined;
    if (finding !== undefined) return { finding, withheld: [] };
  }
  return { finding: undefined, withheld };
};

const checkEchoes = ({ x }: Claim, { output, prompt }: ClaimTruth): ClaimFinding | undefined => {
  if (prompt === undefined) return undefined;
  for (const [index, echo] of x.entries()) {
    const { differs } = compareRun(output, echo, prompt, echo.place);
    if (differs !== undefined) return invalid('echo', index, differs);
  }
  return undefined;
};

/** Returns 1 for each position that lies in one of the runs, 0 for the others. */
const coverOf = (runs: readonly Run[], tokens: number): Uint8Array => {
  const covered = new Uint8Array(tokens);
  for (const { start, end } of runs) covered.fill(1, start, end);
  return covered;
};

const omittedEcho = (
  claim: Claim,
  honest: Claim,
  { output, rules: { promptMin } }: ClaimTruth,
): ClaimFinding | undefined => {
  const claimed = coverOf(claim.x, output.count);
  for (const echo of honest.x)
    for (let position = echo.start; position < echo.end; position++) {
      if (claimed[position] === 1) continue;
      // The shortest run over the position that still is an echo.
      const start = Math.max(echo.start, Math.min(position, echo.end - promptMin));
      return {
        type: 'echo',
        position,
        start,
        end: start + promptMin,
        place: echo.place + start - echo.start,
      };
    }
  return undefined;
};

const wrongSum = (claim: Claim, { output, info }: ClaimTruth): ClaimFinding | undefined => {
  let sum = 0;
  let at = 0;
  for (const [border, position] of bordersOf(claim, output.count).entries()) {
    for (; at < position; at++) sum += info[at] ?? 0;
    if (claim.info[border] !== sum) return { type: 'info', border };
  }
  return undefined;
};

/** Returns the owner of each position by a claim, −1 for none. */
const ownersByPosition = (claim: Claim, tokens: number, precedence: Precedence): Float64Array => {
  const { x, matches, info } = claim;
  const pieces = piecesOf(x, bordersOf(claim, tokens), info);
  const owners = new Float64Array(tokens).fill(-1);
  for (const [piece, contribution] of ownersOf(matches, pieces, precedence).entries())
    if (contribution !== undefined)
      owners.fill(contribution, pieces.borders[piece], pieces.borders[piece + 1]);
  return owners;
};

/** The information outside of the claimed echoes before each position, and the total, in Q8 bits. */
const freeSums = ({ x }: Claim, { output, info }: ClaimTruth): Float64Array => {
  const echoed = coverOf(x, output.count);
  const free = new Float64Array(output.count + 1);
  for (let i = 0; i < output.count; i++)
    free[i + 1] = (free[i] ?? 0) + (echoed[i] === 1 ? 0 : (info[i] ?? 0));
  return free;
};

/**
 * Returns the shortest part of a match that covers `position` and is a match itself, so that few chunks have to be
 * opened.
 */
const shortestOver = <M extends Omit<Match, 'contribution' | 'item'>>(
  match: M,
  position: number,
  free: Float64Array,
  { matchTokensMin, matchBitsMin }: TraceRules,
): M => {
  let best = match;
  let end = Math.max(position + 1, match.start + matchTokensMin);
  for (let start = match.start; start <= position; start++) {
    while (
      end <= match.end &&
      (end - start < matchTokensMin || (free[end] ?? 0) - (free[start] ?? 0) < Q8 * matchBitsMin)
    )
      end += 1;
    if (end > match.end) break;
    if (end - start < best.end - best.start)
      best = { ...match, start, end, pos: match.pos + start - match.start };
  }
  return best;
};

const betterMatch = (claim: Claim, honest: Claim, truth: ClaimTruth): ClaimFinding | undefined => {
  const { output, rules, complete, commons } = truth;
  const precedence = precedenceOf(rulesOf(rules.version), commons);
  const claimed = ownersByPosition(claim, output.count, precedence);
  const owners = ownersByPosition(honest, output.count, precedence);
  for (const [position, owner] of owners.entries()) {
    const asClaimed = claimed[position] ?? -1;
    if (owner < 0 || (asClaimed < 0 ? !complete : rankOf(asClaimed, precedence) <= rankOf(owner, precedence)))
      continue;
    const match = honest.matches.find(
      ({ contribution, start, end }) => contribution === owner && start <= position && position < end,
    );
    if (match === undefined) continue;
    return { type: 'better', position, ...shortestOver(match, position, freeSums(claim, truth), rules) };
  }
  return undefined;
};

/** Returns for each position the first shared run over it whose match is of its owner; undefined if there is none. */
const sharedByPosition = (
  { matches, shared }: Claim,
  owners: Float64Array,
): readonly (Shared | undefined)[] => {
  const runs = new Array<Shared | undefined>(owners.length).fill(undefined);
  for (const run of shared)
    for (let position = run.start; position < run.end; position++)
      if (owners[position] === matches[run.match]?.contribution) runs[position] ??= run;
  return runs;
};

/** Finds a position that is shared and not shown as such. The claim gives every position its owner. */
const omittedShared = (claim: Claim, honest: Claim, truth: ClaimTruth): ClaimFinding | undefined => {
  const { output, rules, commons } = truth;
  const owners = ownersByPosition(honest, output.count, precedenceOf(rulesOf(rules.version), commons));
  const claimed = sharedByPosition(claim, owners);
  for (const [position, run] of sharedByPosition(honest, owners).entries()) {
    const match = run === undefined ? undefined : honest.matches[run.match];
    if (run === undefined || match === undefined || claimed[position] !== undefined) continue;
    const { start, end, pos } = shortestOver(run, position, freeSums(claim, truth), rules);
    return {
      type: 'shared',
      position,
      start,
      end,
      owner: match.contribution,
      ownItem: match.item,
      ownPos: match.pos + start - match.start,
      contribution: run.contribution,
      item: run.item,
      pos,
    };
  }
  return undefined;
};

/**
 * Finds what is false in a claim.
 * @param claim - one whose structure the chain has checked (`settleClaim`), for an output that is fully known
 */
export const refuteClaim = (claim: Claim, truth: ClaimTruth): Verdict<ClaimFinding> => {
  const { prompt, promptTokens } = truth;
  const matches = checkRuns('match', claim, truth);
  const shared = checkRuns('shared', claim, truth);
  const early = matches.finding ?? shared.finding ?? checkEchoes(claim, truth) ?? wrongSum(claim, truth);
  if (early !== undefined) return { type: 'false', finding: early };
  const missing = withheldOfText('prompt', prompt, promptTokens);
  if (missing.length === 0) {
    const honest = truth.honest();
    const late =
      omittedEcho(claim, honest, truth) ??
      betterMatch(claim, honest, truth) ??
      omittedShared(claim, honest, truth);
    if (late !== undefined) return { type: 'false', finding: late };
  }
  const withheld = [...missing, ...matches.withheld, ...shared.withheld];
  return withheld.length === 0 ? { type: 'holds' } : { type: 'unknown', withheld };
};
