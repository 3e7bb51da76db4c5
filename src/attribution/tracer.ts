/**
 * The tracer, off the chain: finds the contributions that an output can be traced to. It returns the claim that a
 * settlement needs, and the attribution that follows from it, exactly as the brute-force oracle in `test/oracle` does.
 */

import { bordersOf } from '../../state/attribution/borders.ts';
import type { Claim, ClaimedRuns, Echo } from '../../state/attribution/claim.ts';
import type { InfoTable } from '../../state/attribution/info1.ts';
import { precedenceOf } from '../../state/attribution/owners.ts';
import { halfWordsOf, phraseEnd } from '../../state/attribution/phrases.ts';
import { nobodysOf, type Section } from '../../state/attribution/relevance.ts';
import {
  type ClaimRules,
  type RulesVersion,
  rulesOf,
  type TextRules,
} from '../../state/attribution/rules.ts';
import type { Attribution } from '../../state/attribution/scores.ts';
import { attributeClaim } from '../../state/attribution/settlement.ts';
import type { Tokens } from '../../state/attribution/tokens.ts';
import { invariant } from '../lib/errors.ts';
import { findEchoes } from './echo-finder.ts';
import type { FirstHolders } from './first-holders.ts';
import type { PhraseHolders, PhrasePlace } from './phrase-holders.ts';
import { type Held, proveOwners, UNHELD } from './proofs.ts';
import { findSections } from './relevance.ts';
import { NOWHERE } from './suffix-automaton.ts';
import { shortestWindows, type WindowRules, type Windows } from './windows.ts';

export type TraceRules = WindowRules & {
  readonly promptMin: number;
  /** The version of the rules, by which the texts are cut into tokens that bear information. */
  readonly version: RulesVersion;
};

/** It holds no phrase. */
const NO_PHRASES: PhraseHolders = {
  firstChunks: (_, { count }) => Array.from({ length: count }, () => []),
};

/** What a prepared output is traced by: what is left of the rules when its tokens have their information. */
export type QueryRules = WindowRules & Pick<ClaimRules, 'commonsFirst' | 'sharedTokensMax'>;

/** The spans that an output is traced to: the claim, and the attribution that follows from it. */
export type SpanTrace = { readonly claim: Claim; readonly attribution: Attribution };

/** All that is claimed for an output: also the chunks that share most with it, for each of its sections. */
export type Trace = SpanTrace & {
  readonly sections: readonly Section[];
  /** The first chunks that hold each of the phrases that begin at the positions that were asked for. */
  readonly firstChunks?: readonly (readonly PhrasePlace[])[];
};

/** The texts of an inference, and the positions of the output, ascending, of whose phrases the first chunks are asked for. */
export type TracedTexts = {
  readonly output: Tokens;
  readonly prompt: Tokens;
  readonly chunksAt?: readonly number[];
};

/** The rules for a receipt. If spans are paid nothing for the version of its model, they have no Imin. */
export type ReceiptRules = Omit<TraceRules, 'matchBitsMin'> & { readonly matchBitsMin: number | undefined };

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

/** The windows of an output, and the first place that holds each. */
type FirstHeld = Omit<Held, 'others'>;

const heldWindows = <Q>(index: FirstHolders<Q>, query: Q, windows: Windows): FirstHeld => {
  const { starts, ends } = windows;
  const places = index.firsts(query, windows);
  const contributions = new Float64Array(places.length).fill(UNHELD);
  for (let i = 0; i < places.length; i++) {
    const place = places[i] ?? NOWHERE;
    if (place !== NOWHERE) contributions[i] = index.locate(place).contribution;
  }
  return { starts, ends, places, contributions };
};

/**
 * Returns the owner of each position that is not excluded, or UNHELD (rule 3). Places are in the order of the index, so the
 * owner is that of the least place among the held windows over the position. Starts and ends of windows both ascend, so the
 * windows over a position are consecutive. A queue keeps those whose place is less than that of all after them; its head has
 * the least.
 */
const ownersOf = (
  { starts, ends, places, contributions }: FirstHeld,
  excluded: readonly Echo[],
  tokens: number,
): Float64Array => {
  const owners = new Float64Array(tokens).fill(UNHELD);
  const queue = new Uint32Array(places.length);
  let head = 0;
  let tail = 0;
  let next = 0;
  for (let t = 0; t < tokens; t++) {
    for (; next < places.length && (starts[next] ?? 0) <= t; next++) {
      const place = places[next] ?? NOWHERE;
      if (place === NOWHERE) continue;
      while (tail > head && (places[queue[tail - 1] ?? 0] ?? 0) >= place) tail -= 1;
      queue[tail++] = next;
    }
    while (head < tail && (ends[queue[head] ?? 0] ?? 0) <= t) head += 1;
    if (head < tail) owners[t] = contributions[queue[head] ?? 0] ?? UNHELD;
  }
  for (const { start, end } of excluded) owners.fill(UNHELD, start, end);
  return owners;
};

/** Returns the second holders of the held windows that are short enough to make a position shared. */
const othersOf = <Q>(
  index: FirstHolders<Q>,
  query: Q,
  windows: Windows,
  { starts, ends, places }: FirstHeld,
  { sharedTokensMax }: QueryRules,
): Float64Array => {
  const wanted = new Float64Array(places.length).fill(NOWHERE);
  if (sharedTokensMax === 0) return wanted;
  for (let i = 0; i < places.length; i++)
    if ((ends[i] ?? 0) - (starts[i] ?? 0) <= sharedTokensMax) wanted[i] = places[i] ?? NOWHERE;
  return index.others(query, windows, wanted);
};

/**
 * Traces one output. `index` holds everything eligible: the contributions of the manifest and the commons of its
 * Datanets.
 *
 * @param commons - the ids of contributions without an owner, which own positions and are paid nothing
 * @param phrases - the same contributions by what they declared to be novel, which is nothing if it is left out
 */
export const trace = <Q>(
  index: FirstHolders<Q>,
  table: InfoTable,
  texts: TracedTexts,
  rules: ReceiptRules,
  commons: ReadonlySet<number> = new Set(),
  phrases: PhraseHolders = NO_PHRASES,
): Trace => {
  const { output, prompt } = texts;
  const textRules = rulesOf(rules.version);
  const { commonsFirst, sharedTokensMax } = textRules;
  const info = textRules.informationOf(table, output);
  const { matchBitsMin } = rules;
  const spans =
    matchBitsMin === undefined
      ? noSpans(info)
      : traceQuery(
          index,
          { query: index.prepare(output), info, x: findEchoes(output, prompt, rules.promptMin) },
          { ...rules, matchBitsMin, commonsFirst, sharedTokensMax },
          commons,
        );
  const nobodys = nobodysOf(spans.attribution, commons, output.count);
  const sections = findSections(phrases, { rules: textRules, output, prompt, info, nobodys });
  const { chunksAt } = texts;
  if (chunksAt === undefined) return { ...spans, sections };
  return { ...spans, sections, firstChunks: firstChunksOf(phrases, textRules, output, chunksAt) };
};

const firstChunksOf = (
  phrases: PhraseHolders,
  rules: TextRules,
  output: Tokens,
  positions: readonly number[],
): readonly (readonly PhrasePlace[])[] => {
  const halfWords = halfWordsOf(rules, output);
  const ended = positions.flatMap((at, i) => {
    const end = phraseEnd(halfWords, at);
    return end === undefined ? [] : [{ i, at, end }];
  });
  const found = phrases.firstChunks(output, {
    starts: Uint32Array.from(ended, ({ at }) => at),
    ends: Uint32Array.from(ended, ({ end }) => end),
    count: ended.length,
  });
  const firstChunks: (readonly PhrasePlace[])[] = positions.map(() => []);
  for (const [k, { i }] of ended.entries()) firstChunks[i] = found[k] ?? [];
  return firstChunks;
};

/** Returns the trace of an output for whose spans nobody is paid. */
const noSpans = (info: Uint16Array): SpanTrace => {
  const runs: ClaimedRuns = { x: [], matches: [], shared: [] };
  const sums = sumsOf(info, []);
  const claim: Claim = { ...runs, info: bordersOf(runs, info.length).map((border) => sums[border] ?? 0) };
  return { claim, attribution: attributeClaim(claim, info.length) };
};

/**
 * Does the same as {@link trace} for the spans of a prepared output: a query, the information of its positions in Q8 bits, and its
 * echoes. A position that a calibration leaves out has information 0, and no item may hold its id in the query.
 */
export const traceQuery = <Q>(
  index: FirstHolders<Q>,
  output: { readonly query: Q; readonly info: Uint16Array; readonly x: readonly Echo[] },
  rules: QueryRules,
  commons: ReadonlySet<number> = new Set(),
): SpanTrace => {
  invariant(index.gram <= rules.matchTokensMin, 'the index answers for the shortest match');
  const { query, info, x } = output;
  const free = sumsOf(info, x);
  const windows = shortestWindows(free, rules);
  const held = heldWindows(index, query, windows);
  const owners = ownersOf(held, x, info.length);
  const others = othersOf(index, query, windows, held, rules);
  const proofs = proveOwners(index, query, { ...held, others }, owners, windows, rules);
  const sums = x.length === 0 ? free : sumsOf(info, []);
  const runs: ClaimedRuns = { x, ...proofs };
  const borders = bordersOf(runs, info.length);
  const claim: Claim = { ...runs, info: borders.map((border) => sums[border] ?? 0) };
  const precedence = precedenceOf(rules, commons);
  return { claim, attribution: attributeClaim(claim, info.length, precedence) };
};
