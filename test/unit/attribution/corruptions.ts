/**
 * Claims made from a correct one by changes that the chain cannot see through by itself: some of them false, some only
 * told in another way. Whether a claim is true is judged here by the oracle's rules, from strings.
 */
import { bordersOf } from '../../../state/attribution/borders.ts';
import {
  type Claim,
  ClaimType,
  type Echo,
  type Match,
  type Shared,
} from '../../../state/attribution/claim.ts';
import { compareMatches } from '../../../state/attribution/matches.ts';
import { type RulesVersion, rulesOf } from '../../../state/attribution/rules.ts';
import { settleClaim } from '../../../state/attribution/settlement.ts';
import { compareShared } from '../../../state/attribution/shared.ts';
import type { randomFrom } from '../../../tools/lib/random.ts';
import { type OracleAnswer, type OracleCase, oracleInformation } from '../../oracle/oracle.ts';

type Random = ReturnType<typeof randomFrom>;

/** Who brought what is a part of the words too: {@link OracleCase}. */
export type Words = Pick<OracleCase, 'commons' | 'origins'> & {
  readonly output: readonly string[];
  readonly prompt: readonly string[];
  readonly corpus: readonly (readonly (readonly string[])[])[];
  readonly imin: number;
  readonly version: RulesVersion;
};

const LIMITS = { matchTokensMin: 8, matchTokensMax: 256, promptMin: 8 };

/** Whether two contributions are of two owners, and the second was committed no later than the first was revealed. */
const areIndependent = ({ origins }: Words, first: number, second: number): boolean => {
  const [own, other] = [origins?.[first], origins?.[second]];
  return own !== undefined && other !== undefined && own.owner !== other.owner && other.commit <= own.reveal;
};

/** Whether the chain would take it: a value that a message can carry, its structure, and what it cites. */
export const isWellFormed = (claim: Claim, words: Words): boolean =>
  ClaimType.check(claim) === undefined &&
  [...claim.matches, ...claim.shared].every(
    ({ contribution, item }) => words.corpus[contribution]?.[item] !== undefined,
  ) &&
  claim.shared.every(({ match, contribution }) =>
    areIndependent(words, claim.matches[match]?.contribution ?? contribution, contribution),
  ) &&
  settleClaim(claim, {
    outputTokens: words.output.length,
    promptTokens: words.prompt.length,
    matchBitsMin: words.imin,
    parameters: LIMITS,
    commons: words.commons ?? new Set(),
    rules: rulesOf(words.version),
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
  const { x, matches, shared, info } = claim;
  if (!x.every(({ start, end, place }) => same(output, start, end, prompt, place))) return false;
  if (
    ![...matches, ...shared].every(({ start, end, contribution, item, pos }) =>
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
    const isCommons = (contribution: number): boolean =>
      words.version === 2 && words.commons?.has(contribution) === true;
    const [owner = null] = contributions.toSorted(
      (a, b) => Number(isCommons(b)) - Number(isCommons(a)) || a - b,
    );
    const isShared = shared.some(
      ({ match, start, end }) => start <= t && t < end && matches[match]?.contribution === owner,
    );
    return owner === answer.owners[t] && isShared === (answer.seconds[t] !== null);
  });
};

const without = <T>(all: readonly T[], index: number): T[] => all.filter((_, i) => i !== index);
const replaced = <T>(all: readonly T[], index: number, by: readonly T[]): T[] =>
  all.flatMap((each, i) => (i === index ? by : [each]));

/** The runs of a claim while it is changed: a shared run names its match by what it is. */
type Runs = Pick<Claim, 'x' | 'matches'> & {
  readonly shared: readonly (Omit<Shared, 'match'> & { readonly of: Match })[];
};

type Change = (runs: Runs, words: Words, random: Random) => Pick<Runs, 'x' | 'matches'> & Partial<Runs>;

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

/** A run of the output that stands in an item of somebody else too, over some of a match. */
const randomShared = (
  match: Match,
  { output, corpus }: Words,
  random: Random,
): readonly Runs['shared'][number][] => {
  const contribution = random(Math.max(1, corpus.length));
  const item = random(Math.max(1, corpus[contribution]?.length ?? 0));
  const source = corpus[contribution]?.[item] ?? [];
  const start = match.start + random(Math.max(1, match.end - match.start));
  const places = source.flatMap((token, pos) => (token === output[start] ? [pos] : []));
  const pos = places[random(Math.max(1, places.length))] ?? 0;
  let end = start;
  while (end < match.end && end - start < 128 && output[end] === source[pos + end - start]) end += 1;
  return [{ of: match, start, end: Math.max(end, start + 8), contribution, item, pos }];
};

type SharedRun = Runs['shared'][number];
const onShared =
  (change: (run: SharedRun, words: Words, random: Random) => readonly SharedRun[]): Change =>
  ({ x, matches, shared }, words, random) => {
    const index = random(Math.max(1, shared.length));
    const run = shared[index];
    return {
      x,
      matches,
      shared: run === undefined ? shared : replaced(shared, index, change(run, words, random)),
    };
  };

/** The shared runs with the places of their matches: of any match of the same contribution that they lie within. */
const placed = (matches: readonly Match[], shared: Runs['shared']): readonly Shared[] =>
  shared
    .flatMap(({ of, ...run }) => {
      const match = matches.findIndex(
        ({ start, end, contribution }) =>
          contribution === of.contribution && start <= run.start && run.end <= end,
      );
      return match < 0 ? [] : [{ match, ...run }];
    })
    .sort(compareShared);

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

const SHARED_CHANGES: readonly Change[] = [
  onShared(() => []),
  onShared((run, _, random) => [{ ...run, pos: Math.max(0, run.pos + nudged(random)) }]),
  onShared((run, _, random) => [{ ...run, start: Math.max(0, run.start + nudged(random)) }]),
  onShared((run, _, random) => [{ ...run, end: run.end + nudged(random) }]),
  onShared((run, { corpus }, random) => [{ ...run, contribution: random(Math.max(1, corpus.length)) }]),
  onShared((run, _, random) => [{ ...run, item: random(3) }]),
  // The same told in two runs that overlap.
  onShared((run, _, random) => {
    const cut = run.start + random(Math.max(1, run.end - run.start));
    return [
      { ...run, end: Math.min(run.end, cut + 8) },
      { ...run, start: cut, pos: run.pos + cut - run.start },
    ];
  }),
  ({ x, matches, shared }, words, random) => {
    const match = matches[random(Math.max(1, matches.length))];
    const others = match === undefined ? [] : randomShared(match, words, random);
    return { x, matches, shared: [...shared, ...others] };
  },
];

/** A well-formed claim that differs from the given one; undefined if none came of a few changes. */
export const changedClaim = (claim: Claim, words: Words, random: Random): Claim | undefined => {
  const kinds = words.origins === undefined ? CHANGES : [...CHANGES, ...SHARED_CHANGES, ...SHARED_CHANGES];
  const named = claim.shared.flatMap(({ match, ...run }) => {
    const of = claim.matches[match];
    return of === undefined ? [] : [{ of, ...run }];
  });
  for (let attempt = 0; attempt < 30; attempt++) {
    let runs: Runs = { x: claim.x, matches: claim.matches, shared: named };
    for (let changes = 1 + random(3); changes > 0; changes--) {
      const change = kinds[random(kinds.length)];
      if (change !== undefined) runs = { ...runs, ...change(runs, words, random) };
    }
    const matches = [...runs.matches].sort(compareMatches);
    const x = [...runs.x].sort((a, b) => a.start - b.start || a.end - b.end);
    const shared = placed(matches, runs.shared);
    const info = sumsAt(bordersOf({ x, matches, shared }, words.output.length), words);
    const at = random(4 * info.length);
    if (random(3) === 0 && at < info.length)
      info[at] = (info[at] ?? 0) + nudged(random) * (random(2) === 0 ? 1 : 300);
    const changed: Claim = { x, matches, shared, info };
    if (isWellFormed(changed, words) && JSON.stringify(changed) !== JSON.stringify(claim)) return changed;
  }
  return undefined;
};
