/** However many calls work, one piece of work runs in a turn of the event loop. */
import { expect, test } from 'vitest';
import { createPace } from '../../../rpc/pace.ts';

/** An event loop in simulated time: a turn is what `soon` was given. */
const simulatedLoop = () => {
  let now = 0;
  let next: (() => void)[] = [];
  const settle = async () => {
    for (let i = 0; i < 20; i++) await Promise.resolve();
  };
  return {
    pace: createPace({ now: () => now, soon: (run) => next.push(run) }),
    work: (ms: number) => {
      now += ms;
    },
    turn: async () => {
      const due = next;
      next = [];
      for (const run of due) run();
      await settle();
    },
    settle,
    isIdle: () => next.length === 0,
  };
};

test('the calls of a turn share its time, and those that used it up go on one per turn', async () => {
  const loop = simulatedLoop();
  const log: string[] = [];
  const call = async (name: string) => {
    await loop.pace();
    for (let i = 0; i < 3; i++) {
      log.push(`${name}${i}`);
      loop.work(10);
      await loop.pace();
    }
  };
  const calls: Promise<void>[] = [];
  // They come in the same turn, one after the other.
  for (const name of ['a', 'b', 'c']) {
    calls.push(call(name));
    await loop.settle();
  }
  for (let i = 0; i < 20; i++) {
    log.push('|');
    await loop.turn();
  }
  await Promise.all(calls);
  const perTurn = log.join(' ').split('|');
  expect(perTurn.every((turn) => turn.trim().split(' ').filter(Boolean).length <= 1)).toBe(true);
  expect(log.filter((each) => each !== '|')).toHaveLength(9);
  expect(loop.isIdle()).toBe(true);
});

test('short work does not pause', async () => {
  const loop = simulatedLoop();
  for (let i = 0; i < 4; i++) {
    expect(loop.pace()).toBeUndefined();
    loop.work(1);
  }
  loop.work(2);
  expect(loop.pace()).toBeInstanceOf(Promise);
});
