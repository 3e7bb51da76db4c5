/**
 * Claims made from a correct one by changes that the chain cannot see through by itself: some of them false, some only
 * told in another way. Whether a claim is true is judged here by the oracle's rules, from strings.
 */
import { bordersOf } from '../../../state/attribution/borders.ts';
import { type Claim, ClaimType, type Echo, type Match } from '../../../state/attribution/claim.ts';
import { compareMatches } from '../../../state/attribution/matches.ts';
import { type RulesVersion, rulesOf } from '../../../state/attribution/rules.ts';
import { settleClaim } from '../../../state/attribution/settlement.ts';
import type { randomFrom } from '../../../tools/lib/random.ts';
import { type OracleAnswer, oracleInformation } from '../../oracle/oracle.ts';

type Random = ReturnType<typeof randomFrom>;

export type Words = {
  readonly output: readonly string[];
  readonly prompt: readonly string[];
  readonly corpus: readonly (readonly (readonly string[])[])[];
  readonly imin: number;
  readonly version: RulesVersion;
};

const LIMITS = { matchTokensMin: 8, matchTokensMax: 256, promptMin: 8 };

/** Whether the chain would take it: a value that a message can carry, its structure, and what it cites. */
export const isWellFormed = (claim: Claim, words: Words): boolean =>
  ClaimType.check(claim) === undefined &&
  claim.matches.every(({ contribution, item }) => words.corpus[contribution]?.[item] !== undefined) &&
  settleClaim(claim, {
    outputTokens: words.output.length,
    promptTokens: words.prompt.length,
    matchBitsMin: words.imin,
    parameters: LIMITS,
    commons: new Set(),
    informationMin: rulesOf(words.version).infoMin,
    commonsFirst: rulesOf(words.version).commonsFirst,
    mayShare: rulesOf(words.version).commonsFirst,
  }).ok;

const sumsAt = (borders: readonly number[], { output, version }: Words): number[] => {
  const info = oracleInformation(output, version);
  return borders.map((border) => info.slice(0, border).reduce((sum, bits) => sum + bits, 0));
};

const same = (
  output: readonly string[],
  start: number,
  end: number,
  source: readonly string[],
  place: number,
): boolean => {
  for (let at = 0; at < end - start; at++) if (output[start + at] !== source[place + at]) return false;
  return true;
};

/** Whether every run is true, every sum right, and every position echoed and owned as the oracle says. */
export const isTrue = (claim: Claim, words: Words, answer: OracleAnswer): boolean => {
  const { output, prompt, corpus } = words;
  const { x, matches, info } = claim;
  if (!x.every(({ start, end, place }) => same(output, start, end, prompt, place))) return false;
  if (
    !matches.every(({ start, end, contribution, item, pos }) =>
      same(output, start, end, corpus[contribution]?.[item] ?? [], pos),
    )
  )
    return false;
  const sums = sumsAt(bordersOf(claim, output.length), words);
  if (sums.some((sum, i) => sum !== info[i])) return false;
  const echoed = output.map((_, t) => x.some(({ start, end }) => start <= t && t < end));
  const excluded = output.map((_, t) => answer.excluded.some(([start, end]) => start <= t && t < end));
  if (echoed.some((each, t) => each !== excluded[t])) return false;
  return output.every((_, t) => {
    if (echoed[t]) return true;
    const contributions = matches
      .filter(({ start, end }) => start <= t && t < end)
      .map(({ contribution }) => contribution);
    return (contributions.length === 0 ? null : Math.min(...contributions)) === answer.owners[t];
  });
};

const without = <T>(all: readonly T[], index: number): T[] => all.filter((_, i) => i !== index);
const replaced = <T>(all: readonly T[], index: number, by: readonly T[]): T[] =>
  all.flatMap((each, i) => (i === index ? by : [each]));

type Change = (claim: Claim, words: Words, random: Random) => Pick<Claim, 'x' | 'matches'>;

/** A run of the output that stands at a random place of a random item, as long as it goes. */
const randomMatch = ({ output, corpus }: Words, random: Random): readonly Match[] => {
  const contribution = random(Math.max(1, corpus.length));
  const item = random(Math.max(1, corpus[contribution]?.length ?? 0));
  const source = corpus[contribution]?.[item] ?? [];
  const start = random(Math.max(1, output.length));
  const places = source.flatMap((token, pos) => (token === output[start] ? [pos] : []));
  const pos = places[random(Math.max(1, places.length))];
  if (pos === undefined) return [];
  let end = start;
  while (end < output.length && end - start < 256 && output[end] === source[pos + end - start]) end += 1;
  return [{ start, end, contribution, item, pos }];
};

const nudged = (random: Random): number => (random(2) === 0 ? -1 : 1) * (1 + random(3));

const onMatch =
  (change: (match: Match, words: Words, random: Random) => readonly Match[]): Change =>
  ({ x, matches }, words, random) => {
    const index = random(Math.max(1, matches.length));
    const match = matches[index];
    return {
      x,
      matches: match === undefined ? matches : replaced(matches, index, change(match, words, random)),
    };
  };

const onEcho =
  (change: (echo: Echo, random: Random) => readonly Echo[]): Change =>
  ({ x, matches }, _words, random) => {
    const index = random(Math.max(1, x.length));
    const echo = x[index];
    return { x: echo === undefined ? x : replaced(x, index, change(echo, random)), matches };
  };

const CHANGES: readonly Change[] = [
  onMatch(() => []),
  onMatch((match, _, random) => [{ ...match, pos: Math.max(0, match.pos + nudged(random)) }]),
  onMatch((match, _, random) => [{ ...match, start: Math.max(0, match.start + nudged(random)) }]),
  onMatch((match, _, random) => [{ ...match, end: match.end + nudged(random) }]),
  onMatch((match, { corpus }, random) => [{ ...match, contribution: random(Math.max(1, corpus.length)) }]),
  onMatch((match, _, random) => [{ ...match, item: random(3) }]),
  // The same words told in two matches that overlap, or of which one is the end of the other.
  onMatch((match, _, random) => {
    const cut = match.start + random(Math.max(1, match.end - match.start));
    return [
      { ...match, end: Math.min(match.end, cut + 8) },
      { ...match, start: cut, pos: match.pos + cut - match.start },
    ];
  }),
  // Owned by another who holds the same words.
  onMatch((match, words, random) => {
    const others = Array.from({ length: 8 }, () => randomMatch(words, random)).flat();
    return others.filter(({ start, end }) => start < match.end && match.start < end).slice(0, 1);
  }),
  ({ x, matches }, words, random) => ({ x, matches: [...matches, ...randomMatch(words, random)] }),
  onEcho(() => []),
  onEcho((echo, random) => [{ ...echo, place: Math.max(0, echo.place + nudged(random)) }]),
  onEcho((echo, random) => [{ ...echo, start: Math.max(0, echo.start + nudged(random)) }]),
  onEcho((echo, random) => [{ ...echo, end: echo.end + nudged(random) }]),
  onEcho((echo, random) => {
    const cut = echo.start + random(Math.max(1, echo.end - echo.start));
    return [
      { ...echo, end: Math.min(echo.end, cut + 8) },
      { ...echo, start: cut, place: echo.place + cut - echo.start },
    ];
  }),
  ({ x, matches }, { output, prompt }, random) => {
    const start = random(Math.max(1, output.length - 8));
    return { x: [...x, { start, end: start + 8, place: random(Math.max(1, prompt.length - 8)) }], matches };
  },
  ({ x, matches }) => ({ x, matches: without(matches, matches.length - 1) }),
];

/** A well-formed claim that differs from the given one; undefined if none came of a few changes. */
export const changedClaim = (claim: Claim, words: Words, random: Random): Claim | undefined => {
  for (let attempt = 0; attempt < 30; attempt++) {
    let { x, matches }: Pick<Claim, 'x' | 'matches'> = claim;
    for (let changes = 1 + random(3); changes > 0; changes--) {
      const change = CHANGES[random(CHANGES.length)];
      if (change !== undefined)
        ({ x, matches } = change({ x, matches, shared: [], info: [] }, words, random));
    }
    matches = [...matches].sort(compareMatches);
    x = [...x].sort((a, b) => a.start - b.start || a.end - b.end);
    const borders = bordersOf({ x, matches, shared: [] }, words.output.length);
    const info = sumsAt(borders, words);
    const at = random(4 * info.length);
    if (random(3) === 0 && at < info.length)
      info[at] = (info[at] ?? 0) + nudged(random) * (random(2) === 0 ? 1 : 300);
    const changed: Claim = { x, matches, shared: [], info };
    if (isWellFormed(changed, words) && JSON.stringify(changed) !== JSON.stringify(claim)) return changed;
  }
  return undefined;
};
