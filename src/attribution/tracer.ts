/**
 * The tracer, off the chain: finds the contributions that an output can be traced to. It returns the claim that a
 * settlement needs, and the attribution that follows from it, exactly as the brute-force oracle in `test/oracle` does.
 */

import { bordersOf, type ClaimedRuns } from '../../state/attribution/borders.ts';
import type { Claim, Echo, Match } from '../../state/attribution/claim.ts';
import type { InfoTable } from '../../state/attribution/info1.ts';
import { compareMatches } from '../../state/attribution/matches.ts';
import { type RulesVersion, rulesOf } from '../../state/attribution/rules.ts';
import type { Attribution } from '../../state/attribution/scores.ts';
import { attributeClaim } from '../../state/attribution/settlement.ts';
import type { Tokens } from '../../state/attribution/tokens.ts';
import { invariant } from '../lib/errors.ts';
import { findEchoes } from './echo-finder.ts';
import type { FirstHolders } from './first-holders.ts';
import { NOWHERE } from './suffix-automaton.ts';
import { shortestWindows, type WindowRules, type Windows } from './windows.ts';

export type TraceRules = WindowRules & {
  readonly promptMin: number;
  /** The version of the rules, by which the texts are cut into tokens that bear information. */
  readonly version: RulesVersion;
};

export type Trace = { readonly claim: Claim; readonly attribution: Attribution };

/**
 * Returns the information before each position, and the total, in Q8 bits. If echoes are given, only what is outside of
 * them counts.
 */
const sumsOf = (info: Uint16Array, echoes: readonly Echo[]): Float64Array => {
  const sums = new Float64Array(info.length + 1);
  let next = 0;
  let echoEnd = 0;
  for (let i = 0; i < info.length; i++) {
    for (let echo = echoes[next]; echo !== undefined && echo.start <= i; echo = echoes[++next])
      echoEnd = echo.end;
    sums[i + 1] = (sums[i] ?? 0) + (i < echoEnd ? 0 : (info[i] ?? 0));
  }
  return sums;
};

/** Returns whether each position of an output lies in an echo: nobody owns it then. */
const echoed = (echoes: readonly Echo[], tokens: number): readonly boolean[] => {
  const inside = new Array<boolean>(tokens).fill(false);
  for (const { start, end } of echoes) inside.fill(true, start, end);
  return inside;
};

/** The windows that some item holds, by start, then end, each with the first place of the corpus that holds it. */
type Held = {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly places: readonly number[];
};

const heldWindows = <Q>(index: FirstHolders<Q>, query: Q, windows: Windows): Held => {
  const starts: number[] = [];
  const ends: number[] = [];
  const places: number[] = [];
  const firsts = index.firsts(query, windows);
  for (let i = 0; i < firsts.length; i++) {
    const place = firsts[i] ?? NOWHERE;
    if (place === NOWHERE) continue;
    starts.push(windows.starts[i] ?? 0);
    ends.push(windows.ends[i] ?? 0);
    places.push(place);
  }
  return { starts, ends, places };
};

/**
 * Returns the owner of each position that is not excluded, −1 for none (rule 3). Places ascend with the contribution
 * id, so the owner is that of the least place among the held windows over the position. Starts and ends of windows both
 * ascend, so the windows over a position are consecutive. A queue keeps those whose place is less than that of all
 * after them; its head has the least.
 */
const ownersOf = <Q>(index: FirstHolders<Q>, held: Held, excluded: readonly boolean[]): Float64Array => {
  const { starts, ends, places } = held;
  const owners = new Float64Array(excluded.length).fill(-1);
  const queue = new Uint32Array(places.length);
  let head = 0;
  let tail = 0;
  let next = 0;
  let contribution = -1;
  /** The window of which `contribution` is the contribution id. */
  let located = -1;
  for (let t = 0; t < owners.length; t++) {
    for (; next < places.length && (starts[next] ?? 0) <= t; next++) {
      while (tail > head && (places[queue[tail - 1] ?? 0] ?? 0) >= (places[next] ?? 0)) tail -= 1;
      queue[tail++] = next;
    }
    while (head < tail && (ends[queue[head] ?? 0] ?? 0) <= t) head += 1;
    if (head === tail || excluded[t] === true) continue;
    const window = queue[head] ?? 0;
    if (window !== located) {
      contribution = index.locate(places[window] ?? 0).contribution;
      located = window;
    }
    owners[t] = contribution;
  }
  return owners;
};

/**
 * Returns few matches that prove the owners. For the first position not yet proven, it extends the held windows of its
 * owner over it, and takes the match that extends furthest. Every match proves something, because none before it covers
 * its first position. An extended match is still true, and a true match never changes an owner, which is the least of
 * all.
 */
const proveOwners = <Q>(
  index: FirstHolders<Q>,
  query: Q,
  held: Held,
  owners: Float64Array,
  windows: Windows,
  rules: TraceRules,
): readonly Match[] => {
  const contributions = held.places.map((place) => index.locate(place).contribution);
  let longest = 0;
  for (const [i, end] of held.ends.entries()) longest = Math.max(longest, end - (held.starts[i] ?? 0));
  const matches: Match[] = [];
  const provenTo = new Map<number, number>();
  let from = 0;
  for (let t = 0; t < owners.length; t++) {
    const contribution = owners[t] ?? -1;
    if (contribution < 0 || t < (provenTo.get(contribution) ?? 0)) continue;
    while (from < held.starts.length && (held.starts[from] ?? 0) + longest <= t) from += 1;
    let best: { start: number; end: number; place: number } | undefined;
    const seen = new Set<number>();
    for (let i = from; i < held.starts.length && (held.starts[i] ?? 0) <= t; i++) {
      const start = held.starts[i] ?? 0;
      const end = held.ends[i] ?? 0;
      const place = held.places[i] ?? 0;
      if (end <= t || contributions[i] !== contribution || seen.has(place - start)) continue;
      seen.add(place - start);
      // The match extends from the first window of this alignment as far as the texts agree and Lmax allows.
      let reach = end + index.extent(query, end, place + end - start, t + rules.matchTokensMax - end);
      let first = Math.min(t, windows.latestStart[reach] ?? 0);
      while (reach - first > rules.matchTokensMax) {
        reach -= 1;
        first = Math.min(t, windows.latestStart[reach] ?? 0);
      }
      if (best === undefined || reach > best.end)
        best = { start: first, end: reach, place: place + first - start };
    }
    invariant(best !== undefined, 'an owner holds a window over what it owns');
    matches.push({ start: best.start, end: best.end, ...index.locate(best.place) });
    provenTo.set(contribution, best.end);
  }
  return matches.sort(compareMatches);
};

/**
 * Traces one output. `index` holds everything eligible: the contributions of the manifest and the commons of its
 * Datanets.
 *
 * @param commons - the ids of contributions without an owner, which own positions and are paid nothing
 */
export const trace = <Q>(
  index: FirstHolders<Q>,
  table: InfoTable,
  texts: { readonly output: Tokens; readonly prompt: Tokens },
  rules: TraceRules,
  commons: ReadonlySet<number> = new Set(),
): Trace => {
  const info = rulesOf(rules.version).informationOf(table, texts.output);
  const x = findEchoes(texts.output, texts.prompt, rules.promptMin);
  return traceQuery(index, { query: index.prepare(texts.output), info, x }, rules, commons);
};

/**
 * Does the same as {@link trace} for a prepared output: a query, the information of its positions in Q8 bits, and its
 * echoes. A position that a calibration leaves out has information 0, and no item may hold its id in the query.
 */
export const traceQuery = <Q>(
  index: FirstHolders<Q>,
  output: { readonly query: Q; readonly info: Uint16Array; readonly x: readonly Echo[] },
  rules: TraceRules,
  commons: ReadonlySet<number> = new Set(),
): Trace => {
  invariant(index.gram <= rules.matchTokensMin, 'the index answers for the shortest match');
  const { query, info, x } = output;
  const free = sumsOf(info, x);
  const windows = shortestWindows(free, rules);
  const held = heldWindows(index, query, windows);
  const owners = ownersOf(index, held, echoed(x, info.length));
  const matches = proveOwners(index, query, held, owners, windows, rules);
  const sums = sumsOf(info, []);
  const runs: ClaimedRuns = { x, matches, shared: [] };
  const borders = bordersOf(runs, info.length);
  const claim: Claim = { ...runs, info: borders.map((border) => sums[border] ?? 0) };
  return {
    claim,
    attribution: attributeClaim(claim, info.length, {
      commons,
      commonsFirst: rulesOf(rules.version).commonsFirst,
    }),
  };
};
