/**
 * Whole runners (core, log, recovery, buffers, re-requests) on a network that loses, delays and repeats, with processes
 * killed at any moment, machines losing power, and crashes on either side of a commit.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Fleet, type Sent } from './fleet.ts';
import { chance } from './random.ts';
import { FOUR } from './support.ts';

type Weather = {
  readonly loss: number;
  readonly repeat: number;
  readonly delayMs: number;
  readonly crash: number;
};

const survive = async (seed: number, weather: Weather): Promise<Fleet> => {
  const dice = chance(seed);
  let now: Weather = weather;
  const deliver = (fleet: Fleet, sent: Sent): void => {
    for (const to of fleet.runners.keys()) {
      if (to === sent.from || dice.happens(now.loss)) continue;
      const copies = dice.happens(now.repeat) ? 2 : 1;
      for (let i = 0; i < copies; i++)
        fleet.time.after(dice.below(now.delayMs), () => fleet.receive(to, sent));
    }
  };
  const fleet = new Fleet({
    of: FOUR,
    nodes: 4,
    deliver,
    crashAtDecision: () =>
      dice.happens(now.crash * 5) ? (dice.happens(0.5) ? 'before commit' : 'after commit') : 'no',
  });
  for (const node of fleet.homes.keys()) await fleet.start(node);
  for (let i = 0; i < 400; i++) {
    if (!fleet.time.runNext()) break;
    await fleet.settle();
    for (const [node, runner] of fleet.runners.entries()) {
      if (runner !== undefined && dice.happens(now.crash)) {
        fleet.kill(node);
        await fleet.settle();
        if (dice.happens(0.3)) fleet.home(node).wal.losePower();
      } else if (runner === undefined && dice.happens(0.05)) {
        expect(await fleet.start(node)).toMatchObject({ ok: true });
      }
    }
  }
  now = { loss: 0, repeat: 0, delayMs: 20, crash: 0 };
  for (const [node, runner] of fleet.runners.entries()) if (runner === undefined) await fleet.start(node);
  const goal = Math.max(...fleet.heights()) + 3;
  for (let i = 0; i < 40 && Math.min(...fleet.heights()) < goal; i++) {
    // Who is more than one height behind is left to block sync, which looks from time to time.
    await fleet.catchUp();
    let timers = 0;
    await fleet.runUntil(() => Math.min(...fleet.heights()) >= goal || ++timers > 60);
  }
  expect(Math.min(...fleet.heights())).toBeGreaterThanOrEqual(goal);
  return fleet;
};

const check = (fleet: Fleet): void => {
  expect(fleet.fatal).toEqual([]);
  expect(fleet.disagreement()).toBeUndefined();
};

describe('four runners in bad weather', () => {
  test('never disagree, never sign twice, and go on when it clears', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer(),
        fc.record({
          loss: fc.constantFrom(0, 0.05, 0.3),
          repeat: fc.constantFrom(0, 0.3),
          delayMs: fc.constantFrom(5, 100, 800),
          crash: fc.constantFrom(0, 0.003, 0.02),
        }),
        async (seed, weather) => check(await survive(seed, weather)),
      ),
      { numRuns: Number(process.env.CHAOS_RUNS ?? 25) },
    );
  });
});
