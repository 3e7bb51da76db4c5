/** Claims made from a correct one by changes that the chain cannot see through: some false, some true in another way. */
import { bordersOf } from '../../../state/attribution/borders.ts';
import type { Claim, Echo, Match } from '../../../state/attribution/claim.ts';
import { compareMatches } from '../../../state/attribution/matches.ts';
import { pick, type Random } from '../../../tools/lib/random.ts';
import type { World } from './world.ts';

type Runs = Pick<Claim, 'x' | 'matches'>;
type Change = (claim: Claim, world: World, random: Random) => Runs;

const one = <T>(random: Random, all: readonly T[]): number => random(Math.max(1, all.length));
const nudge = (random: Random): number => (random(2) === 0 ? -1 : 1) * (1 + random(3));
const atLeast0 = (value: number): number => Math.max(0, value);

/** A run of the output that stands in an item, at random, as long as it goes; of any contribution there is. */
export const randomMatch = (
  { given: { output, contributions } }: World,
  random: Random,
): Match | undefined => {
  const { contribution, items } = pick(random, contributions);
  const item = one(random, items);
  const source = items[item]?.words ?? [];
  const start = one(random, output.words);
  const places = source.flatMap((word, pos) => (word === output.words[start] ? [pos] : []));
  const pos = places[one(random, places)];
  if (pos === undefined) return undefined;
  let end = start;
  while (end < output.words.length && output.words[end] === source[pos + end - start]) end += 1;
  return { start, end, contribution, item, pos };
};

const onMatch =
  (change: (match: Match, world: World, random: Random) => readonly (Match | undefined)[]): Change =>
  ({ x, matches }, world, random) => {
    const at = one(random, matches);
    const changed = matches.flatMap((match, i) => (i === at ? change(match, world, random) : [match]));
    return { x, matches: changed.filter((match) => match !== undefined) };
  };

const onEcho =
  (change: (echo: Echo, random: Random) => readonly Echo[]): Change =>
  ({ x, matches }, _world, random) => {
    const at = one(random, x);
    return { x: x.flatMap((echo, i) => (i === at ? change(echo, random) : [echo])), matches };
  };

const CHANGES: readonly Change[] = [
  onMatch(() => []),
  onMatch((match, _, random) => [{ ...match, pos: atLeast0(match.pos + nudge(random)) }]),
  onMatch((match, _, random) => [{ ...match, start: atLeast0(match.start + nudge(random)) }]),
  onMatch((match, _, random) => [{ ...match, end: match.end + nudge(random) }]),
  // Moved on as a whole: past the end of the source, or to other words.
  onMatch((match, _, random) => {
    const by = nudge(random);
    return [{ ...match, start: atLeast0(match.start + by), pos: atLeast0(match.pos + by) }];
  }),
  onMatch((match, { given: { contributions } }, random) => [
    { ...match, contribution: pick(random, contributions).contribution },
  ]),
  onMatch((match, _, random) => [{ ...match, item: random(4) }]),
  onMatch((match, _, random) => {
    const at = match.start + random(match.end - match.start);
    return [
      { ...match, end: Math.min(match.end, at + 12) },
      { ...match, start: at, pos: match.pos + at - match.start },
    ];
  }),
  // By a later one who holds just the same words.
  onMatch((match, { given: { contributions } }, random) => {
    const words =
      contributions.find(({ contribution }) => contribution === match.contribution)?.items[match.item]
        ?.words ?? [];
    const cited = words.slice(match.pos, match.pos + match.end - match.start);
    const clones = contributions.flatMap(({ contribution, items }) =>
      contribution <= match.contribution
        ? []
        : items.flatMap((item, i) => {
            const pos = item.words.findIndex((_, at) =>
              cited.every((word, k) => item.words[at + k] === word),
            );
            return pos < 0 ? [] : [{ ...match, contribution, item: i, pos }];
          }),
    );
    return clones.length === 0 ? [] : [pick(random, clones)];
  }),
  // By another who holds some of the same words.
  onMatch((match, world, random) => {
    for (let i = 0; i < 8; i++) {
      const other = randomMatch(world, random);
      if (other !== undefined && other.start < match.end && match.start < other.end) return [other];
    }
    return [match];
  }),
  ({ x, matches }, world, random) => ({
    x,
    matches: [...matches, randomMatch(world, random)].filter((match) => match !== undefined),
  }),
  onEcho(() => []),
  onEcho((echo, random) => [{ ...echo, place: atLeast0(echo.place + nudge(random)) }]),
  onEcho((echo, random) => [{ ...echo, start: atLeast0(echo.start + nudge(random)) }]),
  onEcho((echo, random) => [{ ...echo, end: echo.end + nudge(random) }]),
  onEcho((echo, random) => {
    const at = echo.start + random(echo.end - echo.start);
    return [
      { ...echo, end: Math.min(echo.end, at + 8) },
      { ...echo, start: at, place: echo.place + at - echo.start },
    ];
  }),
  ({ x, matches }, { given: { output, prompt, rules } }, random) => {
    const start = one(random, output.words);
    const echo = { start, end: start + rules.promptMin, place: one(random, prompt.words) };
    return { x: [...x, echo], matches };
  },
  ({ x }) => ({ x, matches: [] }),
  ({ matches }) => ({ x: [], matches }),
];

const SUM_CHANGES: readonly ((sum: number, random: Random) => number)[] = [
  (sum) => sum + 1,
  (sum) => sum - 1,
  (sum, random) => sum + random(5000) - 2500,
];

/** With the sums that are right for it, or one that is not. */
const withSums = ({ x, matches }: Runs, { truth }: World, random: Random | undefined): Claim => {
  const borders = bordersOf({ x, matches, shared: [] }, truth.info.length);
  let sum = 0;
  let at = 0;
  const info = borders.map((border) => {
    for (; at < border; at++) sum += truth.info[at] ?? 0;
    return sum;
  });
  if (random === undefined) return { x, matches, shared: [], info };
  const wrong = one(random, info);
  const change = pick(random, SUM_CHANGES);
  return {
    x,
    matches,
    shared: [],
    info: info.map((each, i) => (i === wrong ? atLeast0(change(each, random)) : each)),
  };
};

const canonical = ({ x, matches }: Runs): Runs => ({
  x: x.toSorted((a, b) => a.start - b.start),
  matches: matches
    .toSorted(compareMatches)
    .filter((match, i, all) => i === 0 || compareMatches(all[i - 1] ?? match, match) !== 0),
});

/** A claim that the chain takes in, changed in one to three places; undefined if those tried are none. */
export const changedClaim = (world: World, random: Random): Claim | undefined => {
  for (let tries = 0; tries < 4; tries++) {
    let runs: Runs = world.honest;
    if (random(8) > 0)
      for (let i = 1 + random(3); i > 0; i--)
        runs = pick(random, CHANGES)({ ...world.honest, ...runs }, world, random);
    const claim = withSums(
      canonical(runs),
      world,
      random(4) === 0 || runs === world.honest ? random : undefined,
    );
    if (
      claim.x.every(({ start, end }) => start < end) &&
      claim.matches.every(({ start, end }) => start < end) &&
      world.isTaken(claim)
    )
      return claim;
  }
  return undefined;
};
