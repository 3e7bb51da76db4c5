/**
 * Few matches and shared runs that prove the owner of each position, and which of them are shared. Every match proves
 * something, because none before it covers its first position, or none is as long as the shared run for which it is made.
 * A longer match is still true, and a true match never changes an owner, who is the first of all. The same holds for
 * shared runs.
 */
import type { Match, Shared } from '../../state/attribution/claim.ts';
import { compareMatches } from '../../state/attribution/matches.ts';
import type { ClaimRules } from '../../state/attribution/rules.ts';
import { compareShared } from '../../state/attribution/shared.ts';
import { invariant } from '../lib/errors.ts';
import type { FirstHolders } from './first-holders.ts';
import { NOWHERE } from './suffix-automaton.ts';
import type { WindowRules, Windows } from './windows.ts';

type ProofRules = WindowRules & Pick<ClaimRules, 'sharedTokensMax'>;

/** Stands for the contribution of a window or a position that none holds. */
export const UNHELD = -1;

/** The windows of an output, by start, then end, and who holds them. */
export type Held = {
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  /** The first place that holds each, or NOWHERE, and its contribution, or UNHELD. */
  readonly places: Float64Array;
  readonly contributions: Float64Array;
  /** The first place of another owner, who brought it independently, or NOWHERE. */
  readonly others: Float64Array;
};

/** A match or a run that is not claimed yet, with the place at which it begins. */
type Stretch = { readonly start: number; readonly end: number; readonly place: number };

/** A shared run, and the place of its second holder. */
type SharedStretch = Stretch & { readonly other: number };

/**
 * Marks the positions that are shared: those in a window that their owner and another one hold. The windows suffice, as
 * state/attribution/shared.ts shows.
 */
const sharedPositions = ({ starts, ends, contributions, others }: Held, owners: Float64Array): Uint8Array => {
  const shared = new Uint8Array(owners.length);
  for (let i = 0; i < others.length; i++) {
    if ((others[i] ?? NOWHERE) === NOWHERE) continue;
    const end = ends[i] ?? 0;
    for (let t = starts[i] ?? 0; t < end; t++) if (owners[t] === contributions[i]) shared[t] = 1;
  }
  return shared;
};

class ProofFinder<Q> {
  readonly #index: FirstHolders<Q>;
  readonly #query: Q;
  readonly #held: Held;
  readonly #windows: Windows;
  readonly #rules: ProofRules;
  /** The number of tokens of the longest window that is held. */
  readonly #longest: number;
  /** The first window that may cover the position at hand. */
  #from = 0;

  constructor(index: FirstHolders<Q>, query: Q, held: Held, windows: Windows, rules: ProofRules) {
    this.#index = index;
    this.#query = query;
    this.#held = held;
    this.#windows = windows;
    this.#rules = rules;
    this.#longest = held.ends.reduce(
      (most, end, i) =>
        held.contributions[i] === UNHELD ? most : Math.max(most, end - (held.starts[i] ?? 0)),
      0,
    );
  }

  /** Returns the first window, from window i on, over a position that a contribution holds first, or −1. */
  #over(i: number, t: number, contribution: number): number {
    const { starts, ends, contributions } = this.#held;
    for (let k = i; k < starts.length && (starts[k] ?? 0) <= t; k++)
      if ((ends[k] ?? 0) > t && contributions[k] === contribution) return k;
    return -1;
  }

  /** Returns the first of all windows over a position that a contribution holds first, or −1. Positions never descend. */
  #firstOver(t: number, contribution: number): number {
    const { starts } = this.#held;
    while (this.#from < starts.length && (starts[this.#from] ?? 0) + this.#longest <= t) this.#from += 1;
    return this.#over(this.#from, t, contribution);
  }

  /** Returns the match over a position that extends furthest, of the windows that its owner holds. */
  match(t: number, contribution: number): Stretch {
    const { starts, ends, places } = this.#held;
    let best: Stretch | undefined;
    const seen = new Set<number>();
    for (let i = this.#firstOver(t, contribution); i >= 0; i = this.#over(i + 1, t, contribution)) {
      const start = starts[i] ?? 0;
      const end = ends[i] ?? 0;
      const place = places[i] ?? 0;
      if (seen.has(place - start)) continue;
      seen.add(place - start);
      // The match extends from the first window of this alignment as far as the texts agree and Lmax allows.
      const most = this.#rules.matchTokensMax;
      const found = this.#within(t, end + this.#agreeing(end, place + end - start, t + most - end), most);
      if (best === undefined || found.end > best.end) best = { ...found, place: place + found.start - start };
    }
    invariant(best !== undefined, 'an owner holds a window over what it owns');
    return best;
  }

  /** Returns the shared run over a position that extends furthest. The position is shared. */
  shared(t: number, contribution: number): SharedStretch {
    const { starts, ends, places, others } = this.#held;
    const { matchTokensMax, sharedTokensMax } = this.#rules;
    // It lies within a match.
    const most = Math.min(matchTokensMax, sharedTokensMax);
    let best: SharedStretch | undefined;
    const seen = new Set<string>();
    for (let i = this.#firstOver(t, contribution); i >= 0; i = this.#over(i + 1, t, contribution)) {
      const start = starts[i] ?? 0;
      const end = ends[i] ?? 0;
      const place = places[i] ?? 0;
      const other = others[i] ?? NOWHERE;
      if (other === NOWHERE) continue;
      const alignment = `${place - start} ${other - start}`;
      if (seen.has(alignment)) continue;
      seen.add(alignment);
      const own = this.#agreeing(end, place + end - start, t + most - end);
      const found = this.#within(t, end + this.#agreeing(end, other + end - start, own), most);
      if (best === undefined || found.end > best.end)
        best = { ...found, place: place + found.start - start, other: other + found.start - start };
    }
    invariant(best !== undefined, 'what is shared lies in a window that two owners hold');
    return best;
  }

  /** Extends a run of a match to the right, as far as the texts agree and Lmax allows. */
  extended({ start, end, place }: Stretch): Stretch {
    const most = start + this.#rules.matchTokensMax - end;
    return { start, end: end + this.#agreeing(end, place + end - start, most), place };
  }

  #agreeing(at: number, place: number, limit: number): number {
    return this.#index.extent(this.#query, at, place, Math.max(0, limit));
  }

  /**
   * Returns the run over `t` that ends at `reach`, or as soon before as it has at most so many tokens, and begins as late
   * as it may to be qualified.
   */
  #within(t: number, reach: number, most: number): { readonly start: number; readonly end: number } {
    const { latestStart } = this.#windows;
    let end = reach;
    let start = Math.min(t, latestStart[end] ?? 0);
    while (end - start > most) {
      end -= 1;
      start = Math.min(t, latestStart[end] ?? 0);
    }
    return { start, end };
  }
}

export type Proofs = { readonly matches: readonly Match[]; readonly shared: readonly Shared[] };

/**
 * Returns the matches and the shared runs, each in its order. For the first position that is not yet proven it takes the
 * one that extends furthest, so a position costs at most one match and one run.
 */
export const proveOwners = <Q>(
  index: FirstHolders<Q>,
  query: Q,
  held: Held,
  owners: Float64Array,
  windows: Windows,
  rules: ProofRules,
): Proofs => {
  const finder = new ProofFinder(index, query, held, windows, rules);
  /** The positions that are shared and not yet in a run. */
  const open = sharedPositions(held, owners);
  const matches: Stretch[] = [];
  const runs: { readonly run: SharedStretch; readonly match: Stretch }[] = [];
  /** The matches of each contribution that may reach over the position at hand, and the end of the one that reaches furthest. */
  const reaching = new Map<number, Stretch[]>();
  const reached = new Map<number, number>();
  const add = (match: Stretch, t: number, contribution: number): Stretch => {
    matches.push(match);
    const known = (reaching.get(contribution) ?? []).filter(({ end }) => end > t);
    reaching.set(contribution, [...known, match]);
    reached.set(contribution, Math.max(match.end, reached.get(contribution) ?? 0));
    return match;
  };
  for (let t = 0; t < owners.length; t++) {
    const contribution = owners[t] ?? UNHELD;
    if (contribution === UNHELD) continue;
    if (open[t] === 1) {
      // The match that proves the owner comes from the same alignment.
      const run = finder.shared(t, contribution);
      const known = reaching.get(contribution) ?? [];
      const match = known.find(({ start, end }) => start <= run.start && run.end <= end);
      runs.push({ run, match: match ?? add(finder.extended(run), t, contribution) });
      for (let i = t; i < run.end; i++) if (owners[i] === contribution) open[i] = 0;
    } else if ((reached.get(contribution) ?? 0) <= t) add(finder.match(t, contribution), t, contribution);
  }
  // These arrays are filled one by one. What `map` makes of an empty array has another shape than what it makes of other
  // arrays, so V8 would leave the compiled code whenever an output has no match or no shared run.
  const claimed: { readonly match: Stretch; readonly claim: Match }[] = [];
  for (const match of matches)
    claimed.push({
      match,
      claim: { start: match.start, end: match.end, ...index.locate(match.place) },
    });
  claimed.sort((a, b) => compareMatches(a.claim, b.claim));
  const numberOf = new Map(claimed.map(({ match }, number) => [match, number]));
  const shared: Shared[] = [];
  for (const { run, match } of runs)
    shared.push({
      match: numberOf.get(match) ?? 0,
      start: run.start,
      end: run.end,
      ...index.locate(run.other),
    });
  return { matches: claimed.map(({ claim }) => claim), shared: shared.sort(compareShared) };
};
