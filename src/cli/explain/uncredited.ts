/** Picks, of all runs of an answer that stand in the data, the few that show what is not credited. */
import { rankOf } from '../../../state/attribution/owners.ts';
import { Q8 } from '../../../state/attribution/parameters.ts';
import type { ContributionId } from '../../lib/ids.ts';
import { type Case, isDue, reasonOf, sameFate, sharedReason, uncountedReason } from './fates.ts';
import { type Grounds, within } from './grounds.ts';
import type { HeldRun } from './held-runs.ts';
import type { FoundWords, Searched } from './search.ts';
import type { AlsoHeld, Holder, Names, Reason, Uncredited } from './tracing.ts';

/** The most runs that an explanation shows; each may need a text to be read again. */
const SHOWN_MAX = 16;
/** A run that brings fewer words than this, beside others that are shown, is not worth a line. */
const NEW_WORDS_MIN = 4;
/** The most others that are named beside a holder. */
const NAMED_MAX = 5;

export const holderOf = (
  { contribution, owner, datanet, standing }: Searched,
  { start, end, item, pos }: HeldRun,
  names: Names,
): Holder => ({
  contribution,
  owner,
  name: owner === null ? null : (names(owner) ?? null),
  datanet,
  standing,
  start,
  end,
  item,
  pos,
});

/** The first run that reaches `end`: of those that do it starts first. */
const reaching = (runs: readonly HeldRun[], end: number): HeldRun | undefined => {
  let low = 0;
  let high = runs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((runs[middle]?.end ?? 0) < end) low = middle + 1;
    else high = middle;
  }
  return runs[low];
};

/** The contributions that hold all of [start, end), but for one of them. */
const othersHolding = (
  holders: readonly Searched[],
  { start, end }: HeldRun,
  but: ContributionId,
): readonly ContributionId[] =>
  holders.flatMap(({ contribution, runs = [] }) =>
    contribution !== but && (reaching(runs, end)?.start ?? end) <= start ? [contribution] : [],
  );

type Candidate = { readonly holder: Searched; readonly run: HeldRun; readonly free: number };

const isOfModel = ({ holder }: Candidate): number => (holder.standing.type === 'eligible' ? 0 : 1);

/** The positions of which something has to be said: [start, end) of those that are not taken yet. */
class Open {
  readonly #next: Uint32Array;

  constructor(isTaken: (position: number) => boolean, tokens: number) {
    this.#next = Uint32Array.from({ length: tokens + 1 }, (_, t) => (t < tokens && isTaken(t) ? t + 1 : t));
  }

  /** Returns the first open position from `at` on. */
  find(at: number): number {
    let t = at;
    while (this.#next[t] !== t) {
      const over = this.#next[t] ?? t;
      this.#next[t] = this.#next[over] ?? over;
      t = over;
    }
    return t;
  }

  in({ start, end }: HeldRun): readonly number[] {
    const open: number[] = [];
    for (let t = this.find(start); t < end; t = this.find(t + 1)) open.push(t);
    return open;
  }

  take(positions: readonly number[]): void {
    for (const t of positions) this.#next[t] = t + 1;
  }
}

const stretches = (positions: readonly number[]): Uncredited['marked'] => {
  const found: { start: number; end: number }[] = [];
  for (const t of positions) {
    const last = found.at(-1);
    if (last?.end === t) last.end = t + 1;
    else found.push({ start: t, end: t + 1 });
  }
  return found;
};

export type Picked = {
  readonly shown: readonly (Omit<Uncredited, 'excerpt'> & { readonly source: Searched })[];
  readonly more: number;
  /** The information of words that stand in the data and are neither credited nor echo, in Q8 bits. */
  readonly held: number;
};

/**
 * Returns the words that the claim credits to nobody, though the texts decide whose they are: those that are due to a
 * contribution, and those that several brought. Each is in a run that is a match.
 */
const decidedRuns = (
  given: Case,
  holders: readonly Searched[],
): readonly (Candidate & { readonly reason: Reason })[] => {
  const { tokens, claimed, entitled, free, rules } = given.grounds;
  const byId = new Map(holders.map((holder) => [holder.contribution, holder]));
  const reasonAt = (t: number): Reason | undefined => {
    if (isDue(given, t)) return uncountedReason(given);
    return (claimed?.owners[t] ?? -1) < 0 ? sharedReason(given, t) : undefined;
  };
  const decided: (Candidate & { readonly reason: Reason })[] = [];
  for (let t = 0; t < tokens; ) {
    const owner = entitled.owners[t] ?? -1;
    const holder = byId.get(owner);
    const reason = holder === undefined ? undefined : reasonAt(t);
    const match = holder?.runs?.findLast(
      ({ start, end }) => start <= t && t < end && within(free, start, end) >= Q8 * rules.matchBitsMin,
    );
    if (holder === undefined || reason === undefined || match === undefined) {
      t += 1;
      continue;
    }
    const continues = (at: number): boolean => {
      const next = entitled.owners[at] === owner ? reasonAt(at) : undefined;
      return next !== undefined && sameFate(next, reason);
    };
    let end = t + 1;
    while (end < match.end && continues(end)) end += 1;
    const run = { start: t, end, item: match.item, pos: match.pos + t - match.start };
    decided.push({ holder, run, reason, free: within(free, t, end) });
    t = end;
  }
  return decided;
};

/** Returns all runs, those that bear most first. */
const ranked = ({ grounds }: Case, holders: readonly Searched[]): readonly Candidate[] =>
  holders
    .flatMap((holder) =>
      (holder.runs ?? []).map((run) => ({ holder, run, free: within(grounds.free, run.start, run.end) })),
    )
    .sort(
      (a, b) =>
        b.free - a.free ||
        b.run.end - b.run.start - (a.run.end - a.run.start) ||
        a.run.start - b.run.start ||
        isOfModel(a) - isOfModel(b) ||
        a.holder.contribution - b.holder.contribution,
    );

/** Returns the runs that nobody is credited for: those of which the texts decide whose they are, then those that bear most. */
export const uncreditedOf = (given: Case, { holders }: Pick<FoundWords, 'holders'>, names: Names): Picked => {
  const { tokens, claimed, sums, echoed } = given.grounds;
  const isClaimed = (t: number): boolean => (claimed?.owners[t] ?? -1) >= 0;
  const open = new Open((t) => isClaimed(t) && !isDue(given, t), tokens);
  const shown: Picked['shown'][number][] = [];
  let more = 0;
  let held = 0;
  const pick = ({ holder, run }: Candidate, decided?: Reason): void => {
    const positions = open.in(run);
    if (positions.length === 0) return;
    open.take(positions);
    for (const t of positions) if (echoed[t] === 0 && !isClaimed(t)) held += within(sums, t, t + 1);
    if (decided === undefined && positions.length < NEW_WORDS_MIN && positions.length < run.end - run.start)
      return;
    if (shown.length === SHOWN_MAX) {
      more += 1;
      return;
    }
    const others = othersHolding(holders, run, holder.contribution);
    shown.push({
      start: run.start,
      end: run.end,
      score: within(sums, run.start, run.end),
      marked: stretches(positions),
      holder: holderOf(holder, run, names),
      others: others.slice(0, NAMED_MAX),
      otherCount: others.length,
      reason: decided ?? reasonOf(given, holder, run, positions),
      source: holder,
    });
  };
  for (const each of decidedRuns(given, holders)) pick(each, each.reason);
  for (const each of ranked(given, holders)) pick(each);
  return { shown: shown.toSorted((a, b) => a.start - b.start || a.end - b.end), more, held };
};

/** Returns who holds Lmin words or more of a span besides its owner. */
export const alsoHolding = (
  holders: readonly Searched[],
  span: { readonly start: number; readonly end: number; readonly contribution: ContributionId },
  { rules: { matchTokensMin: least }, entitled, precedence }: Grounds,
  names: Names,
): AlsoHeld => {
  // If texts are missing, one that comes after the claimed owner may seem to be the first.
  const isEntitled = (contribution: ContributionId): boolean =>
    rankOf(contribution, precedence) < rankOf(span.contribution, precedence) &&
    entitled.owners.subarray(span.start, span.end).includes(contribution);
  const found: { readonly holder: Searched; readonly run: HeldRun }[] = [];
  const wanted = Math.min(least, span.end - span.start);
  for (const holder of holders) {
    const { contribution, runs = [] } = holder;
    if (contribution === span.contribution) continue;
    let best: HeldRun | undefined;
    let most = wanted - 1;
    for (let i = 0; i < runs.length; i++) {
      const run = runs[i];
      if (run === undefined || run.end <= span.start) continue;
      if (run.start >= span.end) break;
      const tokens = Math.min(run.end, span.end) - Math.max(run.start, span.start);
      if (tokens > most) {
        most = tokens;
        best = run;
      }
    }
    if (best !== undefined) found.push({ holder, run: best });
  }
  return {
    count: found.length,
    holders: found.slice(0, NAMED_MAX).map(({ holder, run }) => {
      const start = Math.max(run.start, span.start);
      const end = Math.min(run.end, span.end);
      const held = { start, end, item: run.item, pos: run.pos + start - run.start };
      return { ...holderOf(holder, held, names), isEntitled: isEntitled(holder.contribution) };
    }),
  };
};
