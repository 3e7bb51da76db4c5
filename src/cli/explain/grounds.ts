/** What holds for each position of an answer: its information, whether it is echo, and who owns it. */
import { bordersOf, piecesOf } from '../../../state/attribution/borders.ts';
import type { Claim } from '../../../state/attribution/claim.ts';
import { ownersOf } from '../../../state/attribution/owners.ts';
import { rulesOf } from '../../../state/attribution/rules.ts';
import { findEchoes } from '../../attribution/echo-finder.ts';
import { infoTable } from '../../attribution/info-table.ts';
import type { TraceRules } from '../../attribution/tracer.ts';
import { shortestWindows, type Windows } from '../../attribution/windows.ts';
import type { HeldRun } from './held-runs.ts';
import type { FoundWords } from './search.ts';

/** Owners are contribution ids, −1 for none. Sums are the information before each position and the total, in Q8 bits. */
export type Grounds = {
  readonly tokens: number;
  readonly rules: TraceRules;
  /** 1 for each position that is echo of the prompt. */
  readonly echoed: Uint8Array;
  readonly sums: Float64Array;
  /** The sums of what is no echo. */
  readonly free: Float64Array;
  readonly windows: Windows;
  /** By the claim; undefined without one. */
  readonly claimed: Float64Array | undefined;
  /** By the texts at hand. */
  readonly entitled: Float64Array;
};

const sumsOf = (info: Uint16Array, counts: (position: number) => boolean): Float64Array => {
  const sums = new Float64Array(info.length + 1);
  for (const [i, each] of info.entries()) sums[i + 1] = (sums[i] ?? 0) + (counts(i) ? each : 0);
  return sums;
};

const claimedOwners = ({ x, matches, info }: Claim, tokens: number): Float64Array => {
  const pieces = piecesOf(x, bordersOf(x, matches, tokens), info);
  const owners = new Float64Array(tokens).fill(-1);
  for (const [piece, contribution] of ownersOf(matches, pieces).entries())
    if (contribution !== undefined)
      owners.fill(contribution, pieces.borders[piece], pieces.borders[piece + 1]);
  return owners;
};

/**
 * Returns 1 for each position that a match covers which these runs hold. The windows decide (`windows.ts`), and a run holds
 * the windows within it; both ascend.
 * @param runs - all maximal runs of one contribution, at least those of Lmin tokens or more
 */
export const matchedBy = (
  runs: readonly HeldRun[],
  { tokens, windows }: Pick<Grounds, 'tokens' | 'windows'>,
): Uint8Array => {
  const matched = new Uint8Array(tokens);
  let run = 0;
  for (let i = 0; i < windows.count; i++) {
    const start = windows.starts[i] ?? 0;
    const end = windows.ends[i] ?? 0;
    // The first run that reaches the end of the window starts before all others that do.
    while (run < runs.length && (runs[run]?.end ?? 0) < end) run += 1;
    const reaching = runs[run];
    if (reaching === undefined) break;
    if (reaching.start <= start) matched.fill(1, start, end);
  }
  return matched;
};

/** @param matchBits - Imin in bits */
export const groundsOf = (
  { output, prompt, holders }: FoundWords,
  rules: TraceRules,
  claim: Claim | undefined,
): Grounds => {
  const tokens = output.count;
  const info = rulesOf(rules.version).informationOf(infoTable(), output);
  const echoed = new Uint8Array(tokens);
  for (const { start, end } of findEchoes(output, prompt, rules.promptMin)) echoed.fill(1, start, end);
  const free = sumsOf(info, (position) => echoed[position] === 0);
  const windows = shortestWindows(free, rules);
  const entitled = new Float64Array(tokens).fill(-1);
  for (const { contribution, standing, runs = [] } of holders) {
    if (standing.type !== 'eligible') continue;
    const matched = matchedBy(runs, { tokens, windows });
    for (let t = 0; t < tokens; t++)
      if (matched[t] === 1 && echoed[t] === 0 && entitled[t] === -1) entitled[t] = contribution;
  }
  return {
    tokens,
    rules,
    echoed,
    sums: sumsOf(info, () => true),
    free,
    windows,
    claimed: claim === undefined ? undefined : claimedOwners(claim, tokens),
    entitled,
  };
};

/** Returns the information of [start, end), in Q8 bits. */
export const within = (sums: Float64Array, start: number, end: number): number =>
  (sums[end] ?? 0) - (sums[start] ?? 0);

/**
 * Whether the claim gives each position to whom the texts say; null if there is none, or if texts that are missing could
 * make the difference.
 */
export const agreesWith = ({ claimed, entitled }: Grounds, isWhole: boolean): boolean | null => {
  if (claimed === undefined) return null;
  let isOpen = !isWhole;
  for (const [t, owner] of entitled.entries()) {
    const asClaimed = claimed[t] ?? -1;
    if (asClaimed === owner) continue;
    // What is missing could only make an earlier contribution the owner.
    if (owner >= 0 && (asClaimed < 0 || owner < asClaimed)) return false;
    if (isWhole) return false;
    isOpen = true;
  }
  return isOpen ? null : true;
};
