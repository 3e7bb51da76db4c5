/** What changes of a claim are made of. */
import type { Claim, Echo, Match, Shared } from '../../../state/attribution/claim.ts';
import { pick, type Random } from '../../../tools/lib/random.ts';
import { areIndependent, type Contribution, hasNobodys } from './cases.ts';
import type { World } from './world.ts';

/** A shared run that names its match by what it is, as its number changes. */
export type SharedOf = Omit<Shared, 'match'> & { readonly of: Match };
export type Runs = Pick<Claim, 'x' | 'matches'> & { readonly shared: readonly SharedOf[] };
export type Change = (runs: Runs, world: World, random: Random) => Partial<Runs>;

export const one = <T>(random: Random, all: readonly T[]): number => random(Math.max(1, all.length));
export const nudge = (random: Random): number => (random(2) === 0 ? -1 : 1) * (1 + random(3));
export const atLeast0 = (value: number): number => Math.max(0, value);

/** A run of the output that stands in an item, at random, as long as it goes; of any of the contributions. */
export const randomMatch = (
  { given }: World,
  random: Random,
  contributions: readonly Contribution[] = given.contributions,
  start: number = one(random, given.output.words),
): Match | undefined => {
  if (contributions.length === 0) return undefined;
  const { output } = given;
  const { contribution, items } = pick(random, contributions);
  const item = one(random, items);
  const source = items[item]?.words ?? [];
  const places = source.flatMap((word, pos) => (word === output.words[start] ? [pos] : []));
  const pos = places[one(random, places)];
  if (pos === undefined) return undefined;
  let end = start;
  while (end < output.words.length && output.words[end] === source[pos + end - start]) end += 1;
  return { start, end, contribution, item, pos };
};

export const onMatch =
  (change: (match: Match, world: World, random: Random) => readonly (Match | undefined)[]): Change =>
  ({ matches }, world, random) => {
    const at = one(random, matches);
    const changed = matches.flatMap((match, i) => (i === at ? change(match, world, random) : [match]));
    return { matches: changed.filter((match) => match !== undefined) };
  };

export const onShared =
  (change: (run: SharedOf, world: World, random: Random) => readonly SharedOf[]): Change =>
  ({ shared }, world, random) => {
    const at = one(random, shared);
    return { shared: shared.flatMap((run, i) => (i === at ? change(run, world, random) : [run])) };
  };

export const onEcho =
  (change: (echo: Echo, random: Random) => readonly Echo[]): Change =>
  ({ x }, _world, random) => {
    const at = one(random, x);
    return { x: x.flatMap((echo, i) => (i === at ? change(echo, random) : [echo])) };
  };

export const of = (contributions: readonly Contribution[], id: number): Contribution | undefined =>
  contributions.find(({ contribution }) => contribution === id);

/** Those that may be the second holder of what a contribution holds; now and then any. */
export const secondsOf = ({ given }: World, id: number, random: Random): readonly Contribution[] => {
  const first = of(given.contributions, id);
  return given.contributions.filter(
    (second) => random(12) === 0 || (first !== undefined && areIndependent(first, second)),
  );
};

/** A run within a match that another one holds too, as long as both do; too short or not, and shared already or not. */
export const randomShared = (
  world: World,
  random: Random,
  match: Match,
  seconds = secondsOf(world, match.contribution, random),
): readonly SharedOf[] => {
  const start = match.start + random(match.end - match.start);
  const second = randomMatch(world, random, seconds, start);
  if (second === undefined) return [];
  const most = Math.min(match.end, second.end, start + hasNobodys(world.given).sharedMax);
  const end = random(3) === 0 ? Math.min(most, start + world.given.rules.matchTokensMin) : most;
  return [{ ...second, end, of: match }];
};
