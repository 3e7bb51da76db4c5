import { expect, test } from 'vitest';
import { MISSED_COMMITS, Participation } from '../../../node/participation.ts';
import type { Found } from '../../../node/waiting.ts';
import { Watchman } from '../../../node/watchman.ts';
import type { Problem, Waiting } from '../../../rpc/schemas/waiting.ts';
import { toHeight } from '../../../src/lib/brands.ts';
import { createLogger } from '../../../src/lib/log.ts';
import { logLines } from './support.ts';

const peers = (forMs: number): Found<Waiting> => ({
  problem: { reason: 'peers', message: 'no peer is connected', data: { configured: 1, unresolved: [] } },
  forMs,
});
const sync: Found<Waiting> = {
  problem: {
    reason: 'syncing',
    message: 'at 3 of 9',
    data: { from: toHeight(1n), height: toHeight(3n), target: toHeight(9n) },
  },
  forMs: 0,
};

const watched = () => {
  const { lines, out } = logLines();
  const at = {
    now: 100_000n,
    elapsed: 5_000,
    waiting: undefined as Found<Waiting> | undefined,
    problem: undefined as Found<Problem> | undefined,
  };
  const watchman = new Watchman({
    waiting: () => at.waiting,
    problem: () => at.problem,
    clock: { now: () => at.now },
    elapsed: () => at.elapsed,
    logger: createLogger({ level: 'info', format: 'json' }, out),
  });
  return { at, watchman, lines };
};

test('the log is told once that the node waits, and once how long it has waited', () => {
  const { at, watchman, lines } = watched();
  watchman.problems();
  expect(lines()).toEqual([]);
  at.waiting = peers(6_000);
  expect(watchman.problems()).toEqual([{ ...peers(0).problem, since: 94_000n }]);
  at.now = 130_000n;
  at.elapsed += 30_000;
  at.waiting = peers(36_100);
  expect(watchman.problems()).toEqual([{ ...peers(0).problem, since: 94_000n }]);
  expect(watchman.waiting()?.since).toBe(94_000n);
  at.waiting = undefined;
  expect(watchman.problems()).toEqual([]);
  expect(watchman.waiting()).toBeUndefined();
  watchman.problems();
  expect(lines()).toEqual([
    expect.objectContaining({ level: 40, msg: 'waiting: no peer is connected', reason: 'peers' }),
    expect.objectContaining({ level: 30, msg: 'no longer waiting', reason: 'peers', seconds: 36 }),
  ]);
});

test.each([
  ['forward', 100_000n],
  ['back', -90_000n],
])('the log is told how long the node has waited, though its clock was set %s', (_, by) => {
  const { at, watchman, lines } = watched();
  at.waiting = peers(6_000);
  watchman.problems();
  at.now += by;
  at.elapsed += 30_000;
  at.waiting = undefined;
  watchman.problems();
  expect(lines().at(-1)).toMatchObject({ msg: 'no longer waiting', seconds: 36 });
});

test('another reason is another wait', () => {
  const { at, watchman, lines } = watched();
  at.waiting = peers(0);
  watchman.problems();
  at.now = 103_000n;
  at.waiting = sync;
  expect(watchman.waiting()?.since).toBe(103_000n);
  watchman.problems();
  expect(lines().map(({ level, msg }) => [level, msg])).toEqual([
    [40, 'waiting: no peer is connected'],
    [30, 'waiting: at 3 of 9'],
    [30, 'no longer waiting'],
  ]);
});

test('a validator whose precommit is in none of the last 20 commits is not healthy, though its chain moves', () => {
  const { at, watchman, lines } = watched();
  const own = new Uint8Array(32).fill(1);
  const validators = [
    { publicKey: new Uint8Array(32).fill(2), power: 5n },
    { publicKey: own, power: 5n },
  ];
  const participation = new Participation(own);
  const commit = (signers: boolean[], now = 0): void => {
    participation.committed({ signers }, validators, now);
    at.problem = participation.problem(now);
  };
  commit([true, true]);
  for (let i = 1; i < MISSED_COMMITS; i++) commit([true, false], 1_000 * i);
  expect(watchman.problems()).toEqual([]);
  commit([true, false], 20_000);
  expect(watchman.problems()).toMatchObject([
    {
      reason: 'precommits',
      since: 81_000n,
      message: expect.stringContaining('the last 20 commits hold no precommit of this validator'),
      data: { commits: 20 },
    },
  ]);
  // It does not wait: the others go on.
  expect(watchman.waiting()).toBeUndefined();
  commit([true, true]);
  expect(watchman.problems()).toEqual([]);
  expect(lines()).toHaveLength(2);
});

test('a node that is no validator, or fetches blocks, misses nothing', () => {
  const participation = new Participation(new Uint8Array(32).fill(1));
  const others = [{ publicKey: new Uint8Array(32).fill(2), power: 5n }];
  for (let i = 0; i < MISSED_COMMITS; i++) participation.committed({ signers: [true] }, others, 0);
  expect(participation.problem(0)).toBeUndefined();
  const set = [...others, { publicKey: new Uint8Array(32).fill(1), power: 5n }];
  for (let i = 0; i < MISSED_COMMITS; i++) {
    participation.committed({ signers: [true, false] }, set, 0);
    if (i === 5) participation.reset();
  }
  expect(participation.problem(0)).toBeUndefined();
});
