/** Claims made from a correct one by changes that the chain cannot see through: some false, some true in another way. */
import { bordersOf } from '../../../state/attribution/borders.ts';
import type { Claim, Echo, Match, Shared } from '../../../state/attribution/claim.ts';
import { compareMatches } from '../../../state/attribution/matches.ts';
import { compareShared } from '../../../state/attribution/shared.ts';
import { pick, type Random } from '../../../tools/lib/random.ts';
import { areIndependent, type Contribution, hasNobodys, inOrder } from './cases.ts';
import type { World } from './world.ts';

/** A shared run that names its match by what it is, as its number changes. */
type SharedOf = Omit<Shared, 'match'> & { readonly of: Match };
type Runs = Pick<Claim, 'x' | 'matches'> & { readonly shared: readonly SharedOf[] };
type Change = (runs: Runs, world: World, random: Random) => Partial<Runs>;

const one = <T>(random: Random, all: readonly T[]): number => random(Math.max(1, all.length));
const nudge = (random: Random): number => (random(2) === 0 ? -1 : 1) * (1 + random(3));
const atLeast0 = (value: number): number => Math.max(0, value);

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

const onMatch =
  (change: (match: Match, world: World, random: Random) => readonly (Match | undefined)[]): Change =>
  ({ matches }, world, random) => {
    const at = one(random, matches);
    const changed = matches.flatMap((match, i) => (i === at ? change(match, world, random) : [match]));
    return { matches: changed.filter((match) => match !== undefined) };
  };

const onShared =
  (change: (run: SharedOf, world: World, random: Random) => readonly SharedOf[]): Change =>
  ({ shared }, world, random) => {
    const at = one(random, shared);
    return { shared: shared.flatMap((run, i) => (i === at ? change(run, world, random) : [run])) };
  };

const onEcho =
  (change: (echo: Echo, random: Random) => readonly Echo[]): Change =>
  ({ x }, _world, random) => {
    const at = one(random, x);
    return { x: x.flatMap((echo, i) => (i === at ? change(echo, random) : [echo])) };
  };

const of = (contributions: readonly Contribution[], id: number): Contribution | undefined =>
  contributions.find(({ contribution }) => contribution === id);

/** Those that may be the second holder of what a contribution holds; now and then any. */
const secondsOf = ({ given }: World, id: number, random: Random): readonly Contribution[] => {
  const first = of(given.contributions, id);
  return given.contributions.filter(
    (second) => random(12) === 0 || (first !== undefined && areIndependent(first, second)),
  );
};

/** A run within a match that another one holds too, as long as both do; too short or not, and shared already or not. */
const randomShared = (
  world: World,
  random: Random,
  match: Match,
  seconds = secondsOf(world, match.contribution, random),
): readonly SharedOf[] => {
  const start = match.start + random(match.end - match.start);
  const second = randomMatch(world, random, seconds, start);
  if (second === undefined) return [];
  const most = Math.min(match.end, second.end, start + 128);
  const end = random(3) === 0 ? Math.min(most, start + world.given.rules.matchTokensMin) : most;
  return [{ ...second, end, of: match }];
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
  onMatch((match, { given }, random) => {
    const words = of(given.contributions, match.contribution)?.items[match.item]?.words ?? [];
    const cited = words.slice(match.pos, match.pos + match.end - match.start);
    const order = inOrder(given).map(({ contribution }) => contribution);
    const clones = given.contributions.flatMap(({ contribution, items }) =>
      order.indexOf(contribution) <= order.indexOf(match.contribution)
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
  // What a commons holds, for nobody or for an owner who holds it too.
  ({ matches }, world, random) => {
    const isCommons = ({ contribution }: Match): boolean =>
      of(world.given.contributions, contribution)?.commons === true;
    const left = matches.find(isCommons);
    const owned = world.given.contributions.filter(({ commons }) => !commons);
    const other = left && randomMatch(world, random, owned, left.start + random(left.end - left.start));
    return {
      matches: [...matches.filter((match) => match !== left), random(2) === 0 ? other : undefined].filter(
        (match) => match !== undefined,
      ),
    };
  },
  ({ matches }, world, random) => ({
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
  ({ x }, { given: { output, prompt, rules } }, random) => {
    const start = one(random, output.words);
    const echo = { start, end: start + rules.promptMin, place: one(random, prompt.words) };
    return { x: [...x, echo] };
  },
  () => ({ matches: [] }),
  () => ({ x: [] }),
];

const SHARED_CHANGES: readonly Change[] = [
  // Left out: all, one, or a part of one.
  () => ({ shared: [] }),
  onShared(() => []),
  onShared((run, _, random) => [{ ...run, start: run.start + 1 + random(3), pos: run.pos + 1 }]),
  onShared((run, { given: { rules } }) => [
    { ...run, end: Math.min(run.end, run.start + rules.matchTokensMin) },
  ]),
  // Invented, or another that is true.
  ({ shared, matches }, world, random) => {
    const match = matches[one(random, matches)];
    return { shared: [...shared, ...(match === undefined ? [] : randomShared(world, random, match))] };
  },
  ({ shared, matches }, world, random) => {
    const match = matches[one(random, matches)];
    const { contribution, items } = pick(random, [
      ...(match === undefined ? [] : secondsOf(world, match.contribution, random)),
      ...world.given.contributions,
    ]);
    if (match === undefined) return {};
    const start = match.start + random(match.end - match.start);
    const tokens = pick(random, [match.end - start, world.given.rules.matchTokensMin]);
    const item = one(random, items);
    const pos = one(random, items[item]?.words ?? []);
    return {
      shared: [
        ...shared,
        { of: match, start, end: Math.min(match.end, start + tokens), contribution, item, pos },
      ],
    };
  },
  // The second place is another.
  onShared((run, _, random) => [{ ...run, pos: atLeast0(run.pos + nudge(random)) }]),
  onShared((run, _, random) => [{ ...run, item: random(4) }]),
  onShared((run, world, random) => [
    { ...run, contribution: pick(random, world.given.contributions).contribution },
  ]),
  onShared((run, world, random) => randomShared(world, random, run.of)),
  // More is marked than both hold.
  onShared((run, _, random) => [{ ...run, end: Math.min(run.of.end, run.end + 1 + random(8)) }]),
  onShared((run, _, random) => {
    const by = Math.min(run.start - run.of.start, run.pos, 1 + random(8));
    return [{ ...run, start: run.start - by, pos: run.pos - by }];
  }),
  onShared((run) => [
    { ...run, start: run.of.start, end: run.of.end, pos: atLeast0(run.pos + run.of.start - run.start) },
  ]),
  // The same told in two.
  onShared((run, { given: { rules } }, random) => {
    const at = run.start + random(run.end - run.start);
    return [
      { ...run, end: Math.min(run.end, at + rules.matchTokensMin) },
      { ...run, start: at, pos: run.pos + at - run.start },
    ];
  }),
  // A later copy, for the owner or for the second.
  ({ shared, matches }, world, random) => {
    const match = matches[one(random, matches)];
    if (match === undefined) return {};
    const first = of(world.given.contributions, match.contribution);
    const late = world.given.contributions.filter(
      (second) => first !== undefined && second.commit > first.reveal && second.owner !== first.owner,
    );
    return { shared: [...shared, ...randomShared(world, random, match, late)] };
  },
];

const SUM_CHANGES: readonly ((sum: number, random: Random) => number)[] = [
  (sum) => sum + 1,
  (sum) => sum - 1,
  (sum, random) => sum + random(5000) - 2500,
];

/** The number of a match over a shared run: the one it was made for, or another of the same contribution. */
const numberOf = (matches: readonly Match[], { of: own, start, end }: SharedOf): number => {
  const same = matches.findIndex((match) => compareMatches(match, own) === 0);
  return same >= 0
    ? same
    : matches.findIndex(
        (match) => match.contribution === own.contribution && match.start <= start && end <= match.end,
      );
};

/** With the sums that are right for it, or one that is not. */
const withSums = (
  { x, matches, shared: named }: Runs,
  { truth }: World,
  random: Random | undefined,
): Claim => {
  const shared = named
    .map((run) => {
      const { start, end, contribution, item, pos } = run;
      return { match: numberOf(matches, run), start, end, contribution, item, pos };
    })
    .filter(({ match }) => match >= 0)
    .toSorted(compareShared)
    .filter((run, i, all) => i === 0 || compareShared(all[i - 1] ?? run, run) !== 0);
  const borders = bordersOf({ x, matches, shared }, truth.info.length);
  let sum = 0;
  let at = 0;
  const info = borders.map((border) => {
    for (; at < border; at++) sum += truth.info[at] ?? 0;
    return sum;
  });
  if (random === undefined) return { x, matches, shared, info };
  const wrong = one(random, info);
  const change = pick(random, SUM_CHANGES);
  return {
    x,
    matches,
    shared,
    info: info.map((each, i) => (i === wrong ? atLeast0(change(each, random)) : each)),
  };
};

const canonical = ({ x, matches, shared }: Runs): Runs => ({
  shared,
  x: x.toSorted((a, b) => a.start - b.start),
  matches: matches
    .toSorted(compareMatches)
    .filter((match, i, all) => i === 0 || compareMatches(all[i - 1] ?? match, match) !== 0),
});

/** A claim that the chain takes in, changed in one to three places; undefined if those tried are none. */
export const changedClaim = (world: World, random: Random): Claim | undefined => {
  const { x, matches } = world.honest;
  const shared = world.honest.shared.flatMap(({ match, ...run }) => {
    const own = matches[match];
    return own === undefined ? [] : [{ ...run, of: own }];
  });
  const honest: Runs = { x, matches, shared };
  const mayShare = hasNobodys(world.given).shared;
  for (let tries = 0; tries < 4; tries++) {
    let runs = honest;
    if (random(8) > 0)
      for (let i = 1 + random(3); i > 0; i--) {
        // Where something is shared, as many of these as of the others.
        const isShared = mayShare && random(runs.shared.length > 0 ? 2 : 6) === 0;
        runs = { ...runs, ...pick(random, isShared ? SHARED_CHANGES : CHANGES)(runs, world, random) };
      }
    const claim = withSums(canonical(runs), world, random(4) === 0 || runs === honest ? random : undefined);
    if (
      [...claim.x, ...claim.matches, ...claim.shared].every(({ start, end }) => start < end) &&
      world.isTaken(claim)
    )
      return claim;
  }
  return undefined;
};
