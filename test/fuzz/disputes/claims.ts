/** Claims made from a correct one by changes that the chain cannot see through: some false, some true in another way. */
import { bordersOf } from '../../../state/attribution/borders.ts';
import type { Claim, Match } from '../../../state/attribution/claim.ts';
import { compareMatches } from '../../../state/attribution/matches.ts';
import { compareShared } from '../../../state/attribution/shared.ts';
import { pick, type Random } from '../../../tools/lib/random.ts';
import { hasNobodys, inOrder } from './cases.ts';
import {
  atLeast0,
  type Change,
  nudge,
  of,
  onEcho,
  one,
  onMatch,
  type Runs,
  randomMatch,
  type SharedOf,
} from './changes.ts';
import { SHARED_CHANGES } from './shared-changes.ts';
import type { World } from './world.ts';

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

/** Those that have a token. */
const withRuns = ({ x, matches, shared }: Runs): Runs => {
  const isRun = ({ start, end }: { readonly start: number; readonly end: number }): boolean => start < end;
  return {
    x: x.filter(isRun),
    matches: matches.filter(isRun),
    shared: shared.filter((run) => isRun(run) && isRun(run.of)),
  };
};

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
        runs = withRuns({
          ...runs,
          ...pick(random, isShared ? SHARED_CHANGES : CHANGES)(runs, world, random),
        });
      }
    const claim = withSums(canonical(runs), world, random(4) === 0 || runs === honest ? random : undefined);
    if (world.isTaken(claim)) return claim;
  }
  return undefined;
};
