/** What holds for each position of an answer: its information, whether it is echo, and who owns it. */
import { bordersOf, piecesOf, sumsByBorder } from '../../../state/attribution/borders.ts';
import type { Claim } from '../../../state/attribution/claim.ts';
import { ownersOf, type Precedence, precedenceOf, rankOf } from '../../../state/attribution/owners.ts';
import { rulesOf } from '../../../state/attribution/rules.ts';
import { notIndependent, sharedPiecesOf } from '../../../state/attribution/shared.ts';
import { findEchoes } from '../../attribution/echo-finder.ts';
import { infoTable } from '../../attribution/info-table.ts';
import type { TraceRules } from '../../attribution/tracer.ts';
import { shortestWindows, type Windows } from '../../attribution/windows.ts';
import type { HeldRun } from './held-runs.ts';
import type { FoundWords, Searched } from './search.ts';
import { secondOver } from './shared-runs.ts';

/** Sums are the information before each position and the total, in Q8 bits. */
export type Grounds = {
  readonly tokens: number;
  readonly rules: TraceRules;
  readonly precedence: Precedence;
  /** Whether no text of the model is missing. */
  readonly isWhole: boolean;
  /** 1 for each position that is echo of the prompt. */
  readonly echoed: Uint8Array;
  readonly sums: Float64Array;
  /** The sums of what is no echo. */
  readonly free: Float64Array;
  readonly windows: Windows;
  /** By the claim; undefined without one. */
  readonly claimed: Ownership | undefined;
  /** Whether the claim has sums other than those of the answer. */
  readonly areSumsFalse: boolean;
  /** By the texts at hand. */
  readonly entitled: Ownership;
};

const sumsOf = (info: Uint16Array, counts: (position: number) => boolean): Float64Array => {
  const sums = new Float64Array(info.length + 1);
  for (const [i, each] of info.entries()) sums[i + 1] = (sums[i] ?? 0) + (counts(i) ? each : 0);
  return sums;
};

/** Whose each position is: a contribution id, −1 for none. */
type Ownership = {
  readonly owners: Float64Array;
  /** Where several owners brought it, so that it is nobody's: the contribution that did so beside the owner. */
  readonly seconds: Float64Array;
};

const noOwners = (tokens: number): Ownership => ({
  owners: new Float64Array(tokens).fill(-1),
  seconds: new Float64Array(tokens).fill(-1),
});

const claimedOwners = (claim: Claim, tokens: number, precedence: Precedence): Ownership => {
  const { x, matches, shared, info } = claim;
  const pieces = piecesOf(x, bordersOf(claim, tokens), info);
  const ownership = noOwners(tokens);
  const { owners, seconds } = ownership;
  const pieceOwners = ownersOf(matches, pieces, precedence);
  const sharedPieces = sharedPiecesOf(claim, pieces, pieceOwners);
  const { borders } = pieces;
  for (const [piece, contribution] of pieceOwners.entries()) {
    const start = borders[piece] ?? 0;
    const end = borders[piece + 1] ?? 0;
    if (contribution === undefined) continue;
    owners.fill(contribution, start, end);
    if (sharedPieces[piece] === true)
      seconds.fill(
        secondOver({ matches, shared }, { start, end, contribution })?.contribution ?? -1,
        start,
        end,
      );
  }
  return ownership;
};

type HeldWindow = { readonly window: number; readonly start: number; readonly end: number };

/**
 * Calls `visit` for each window that lies within a run. Both ascend.
 * @param runs - all maximal runs of one contribution, at least those of Lmin tokens or more
 */
const eachHeld = (runs: readonly HeldRun[], windows: Windows, visit: (held: HeldWindow) => void): void => {
  let run = 0;
  for (let window = 0; window < windows.count; window++) {
    const start = windows.starts[window] ?? 0;
    const end = windows.ends[window] ?? 0;
    // The first run that reaches the end of the window starts before all others that do.
    while (run < runs.length && (runs[run]?.end ?? 0) < end) run += 1;
    const reaching = runs[run];
    if (reaching === undefined) break;
    if (reaching.start <= start) visit({ window, start, end });
  }
};

/**
 * Returns 1 for each position that a match covers which these runs hold. The windows decide (`windows.ts`), and a run holds
 * the windows within it.
 * @param runs - all maximal runs of one contribution, at least those of Lmin tokens or more
 */
export const matchedBy = (
  runs: readonly HeldRun[],
  { tokens, windows }: Pick<Grounds, 'tokens' | 'windows'>,
): Uint8Array => {
  const matched = new Uint8Array(tokens);
  eachHeld(runs, windows, ({ start, end }) => matched.fill(1, start, end));
  return matched;
};

/**
 * Marks what several owners brought (`state/attribution/shared.ts`): the positions of each window of a shared run's length
 * that its first holder owns, if one of another owner holds it too, and brought it independently.
 * @param byRank - the eligible holders, the first one first
 */
const markShared = (
  byRank: readonly Searched[],
  { owners, seconds }: Ownership,
  windows: Windows,
  most: number,
): void => {
  const firsts: (Searched | undefined)[] = new Array<undefined>(windows.count).fill(undefined);
  const isShared = new Uint8Array(windows.count);
  for (const holder of byRank)
    eachHeld(holder.runs ?? [], windows, ({ window, start, end }) => {
      if (end - start > most || isShared[window] === 1) return;
      const first = firsts[window];
      if (first === undefined) firsts[window] = holder;
      else if (notIndependent(first.brought, holder.brought) === undefined) {
        isShared[window] = 1;
        for (let t = start; t < end; t++)
          if (owners[t] === first.contribution && seconds[t] === -1) seconds[t] = holder.contribution;
      }
    });
};

/** Returns whose each position is by the texts at hand. */
const entitledOwners = (
  holders: readonly Searched[],
  { tokens, windows, echoed, precedence, rules }: Omit<Grounds, 'claimed' | 'areSumsFalse' | 'entitled'>,
): Ownership => {
  const ownership = noOwners(tokens);
  const { owners } = ownership;
  const byRank = holders
    .filter(({ standing }) => standing.type === 'eligible')
    .toSorted((a, b) => rankOf(a.contribution, precedence) - rankOf(b.contribution, precedence));
  for (const { contribution, runs = [] } of byRank) {
    const matched = matchedBy(runs, { tokens, windows });
    for (let t = 0; t < tokens; t++)
      if (matched[t] === 1 && echoed[t] === 0 && owners[t] === -1) owners[t] = contribution;
  }
  const { sharedTokensMax } = rulesOf(rules.version);
  if (sharedTokensMax > 0) markShared(byRank, ownership, windows, sharedTokensMax);
  return ownership;
};

/** Whether a claim gives the words between two of its borders other information than they bear. */
const hasFalseSums = (claim: Claim, sums: Float64Array): boolean =>
  [...sumsByBorder(claim, sums.length - 1)].some(([border, sum]) => sum !== sums[border]);

/** @param commons - the ids of contributions without an owner */
export const groundsOf = (
  { output, prompt, holders, missing, unread }: FoundWords,
  rules: TraceRules,
  claim: Claim | undefined,
  commons: ReadonlySet<number>,
): Grounds => {
  const tokens = output.count;
  const textRules = rulesOf(rules.version);
  const info = textRules.informationOf(infoTable(), output);
  const echoed = new Uint8Array(tokens);
  for (const { start, end } of findEchoes(output, prompt, rules.promptMin)) echoed.fill(1, start, end);
  const sums = sumsOf(info, () => true);
  const free = sumsOf(info, (position) => echoed[position] === 0);
  const precedence = precedenceOf(textRules, commons);
  const grounds = {
    tokens,
    rules,
    precedence,
    isWhole: missing.length === 0 && unread === 0,
    echoed,
    sums,
    free,
    windows: shortestWindows(free, rules),
  };
  return {
    ...grounds,
    claimed: claim === undefined ? undefined : claimedOwners(claim, tokens, precedence),
    areSumsFalse: claim !== undefined && hasFalseSums(claim, sums),
    entitled: entitledOwners(holders, grounds),
  };
};

/** Returns the information of [start, end), in Q8 bits. */
export const within = (sums: Float64Array, start: number, end: number): number =>
  (sums[end] ?? 0) - (sums[start] ?? 0);

/**
 * Whether the claim gives each position to whom the texts say, or to nobody as they say; null if there is none, or if texts
 * that are missing could make the difference.
 */
export const ownersAgree = ({ claimed, entitled, precedence, isWhole }: Grounds): boolean | null => {
  if (claimed === undefined) return null;
  const rank = (owner: number): number => (owner < 0 ? Number.POSITIVE_INFINITY : rankOf(owner, precedence));
  let isOpen = !isWhole;
  for (const [t, owner] of entitled.owners.entries()) {
    const asClaimed = claimed.owners[t] ?? -1;
    const isShared = (entitled.seconds[t] ?? -1) >= 0;
    const isClaimedShared = (claimed.seconds[t] ?? -1) >= 0;
    if (asClaimed === owner && isClaimedShared === isShared) continue;
    // What is missing could only make an earlier contribution the owner, or one more of those that brought it.
    if (isWhole || rank(owner) < rank(asClaimed) || (asClaimed === owner && isShared)) return false;
    isOpen = true;
  }
  return isOpen ? null : true;
};
