/** Changes of what a claim shows as shared. */
import { pick } from '../../../tools/lib/random.ts';
import { atLeast0, type Change, nudge, of, one, onShared, randomShared, secondsOf } from './changes.ts';

export const SHARED_CHANGES: readonly Change[] = [
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
