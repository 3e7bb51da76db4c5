/** Work of the RPC waits for connections that come in a burst, and no burst keeps it from its part of the time. */
import { expect, test } from 'vitest';
import { Newcomers } from '../../../rpc/newcomers.ts';
import type { Turns } from '../../../src/lib/turns.ts';

/** An event loop in simulated time: a turn without work takes `idleMs`, and brings one connection as long as some wait. */
const loopWith = (waiting: number, idleMs: number) => {
  let now = 0;
  let next: (() => void)[] = [];
  let left = waiting;
  const newcomers = new Newcomers(() => now);
  const plain: Turns = {
    now: () => now,
    soon: (run) => void next.push(run),
    later: (run) => void next.push(run),
    settled: async () => undefined,
  };
  const turn = (): void => {
    const due = next;
    next = [];
    if (left > 0) {
      left -= 1;
      newcomers.came();
    }
    now += idleMs;
    for (const run of due) run();
  };
  return {
    turns: newcomers.turns(plain),
    work: (ms: number) => {
      now += ms;
    },
    turn,
    now: () => now,
    left: () => left,
  };
};

test.each(['soon', 'later'] as const)('what is due %s begins at once if nobody comes', (way) => {
  const loop = loopWith(0, 1);
  let ran = 0;
  loop.turns[way](() => ran++, 1);
  loop.turn();
  expect(ran).toBe(1);
});

test('a newcomer behind 200 others does not wait for 200 slices of work', () => {
  const loop = loopWith(200, 0.25);
  const slice = (): void => {
    loop.work(5);
    loop.turns.soon(slice);
  };
  loop.turns.soon(slice);
  while (loop.left() > 0) loop.turn();
  // 40 of them come in the 10 ms before each slice: some five slices, where each turn would have one.
  expect(loop.now()).toBeLessThan(100);
});

test('work goes on after 10 ms, however many come', () => {
  const loop = loopWith(Number.POSITIVE_INFINITY, 0.5);
  let worked = 0;
  const slice = (): void => {
    loop.work(5);
    worked += 5;
    loop.turns.soon(slice);
  };
  loop.turns.soon(slice);
  while (loop.now() < 10_000) loop.turn();
  expect(worked / loop.now()).toBeGreaterThan(0.3);
});
