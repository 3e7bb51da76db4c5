/** Dear work that anyone may ask for runs in turns: fair, bounded, and a quarter of the thread. */
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createTurns } from '../../../node/turns.ts';
import type { Call } from '../../../rpc/call.ts';
import { ok } from '../../../src/lib/errors.ts';

const by = (address: string, connection = 1): Call => ({
  caller: { address, connection },
  pace: () => undefined,
});

/** Turns in simulated time: `end` goes from one timer to the next until there is none. */
const open = () => {
  let now = 0;
  const timers = new Set<{ readonly at: number; readonly run: () => void }>();
  const inTurn = createTurns({
    now: () => now,
    after: (ms, run) => {
      const timer = { at: now + ms, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
  });
  const work = async (ms: number) => {
    now += ms;
    return ok(now);
  };
  const end = async (): Promise<void> => {
    for (;;) {
      await setImmediate();
      const [next] = [...timers].sort((a, b) => a.at - b.at);
      if (next === undefined) return;
      timers.delete(next);
      now = Math.max(now, next.at);
      next.run();
    }
  };
  return { inTurn, work, end, now: () => now };
};

test('who asks for one waits for one of each other, and not behind all that another asked for', async () => {
  const { inTurn, work, end } = open();
  const order: string[] = [];
  const ask = (name: string, call: Call) =>
    inTurn(call, async () => {
      order.push(name);
      return work(1);
    });
  const asked = [
    ...Array.from({ length: 30 }, (_, i) => ask(`greedy${i}`, by('a', i))),
    ask('modest', by('b')),
  ];
  await end();
  await Promise.all(asked);
  expect(order).toHaveLength(31);
  expect(order.indexOf('modest')).toBeLessThanOrEqual(2);
});

test('a turn is followed by a pause of three times its own work, in which others do not count', async () => {
  const { inTurn, work, end, now } = open();
  const call: Call = {
    ...by('a'),
    // While this one pauses, others work for a second.
    pace: async () => {
      await work(1_000);
    },
  };
  const first = inTurn(call, async ({ pace }) => {
    await work(5);
    await pace();
    return work(7);
  });
  const second = inTurn(by('b'), async () => ok(now()));
  await end();
  await first;
  expect(await second).toEqual(ok(1_012 + 36));
});

test('the time of a turn ends', async () => {
  const { inTurn, work, end } = open();
  const over: boolean[] = [];
  const first = inTurn(by('a'), async ({ isOver }) => {
    over.push(isOver());
    await work(1_001);
    over.push(isOver());
    return ok(1);
  });
  await end();
  await first;
  expect(over).toEqual([false, true]);
});

test('who waits too long is told to ask again while others still work, and gives up its place', async () => {
  const { inTurn, work, end, now } = open();
  const working = Promise.withResolvers<void>();
  const first = inTurn({ ...by('a'), pace: () => working.promise }, async ({ pace }) => {
    await pace();
    return work(1);
  });
  // One has its turn, and 64 have a place.
  const answers: unknown[] = [];
  for (let i = 0; i < 64; i++)
    void inTurn(by('b', i), async () => ok(1)).then((answer) => answers.push(answer));
  await end();
  expect(now()).toBe(10_000);
  const told = {
    ok: false,
    fault: { code: 'SIMULATION_BUSY', message: expect.stringContaining('too long') },
  };
  expect(answers).toHaveLength(64);
  for (const each of answers) expect(each).toMatchObject(told);
  const later = Array.from({ length: 64 }, (_, i) => inTurn(by('b', i), async () => work(1)));
  working.resolve();
  await end();
  expect(await first).toMatchObject({ ok: true });
  for (const each of later) expect(await each).toMatchObject({ ok: true });
});

test('past the most that wait, whoever has the most of them is refused', async () => {
  const { inTurn, work, end } = open();
  const asked = Array.from({ length: 66 }, (_, i) => inTurn(by(i === 0 ? 'b' : 'a'), async () => work(1)));
  await end();
  const refused = (await Promise.all(asked)).flatMap((each) => (each.ok ? [] : [each.fault]));
  expect(refused).toMatchObject([{ code: 'SIMULATION_BUSY', message: expect.stringContaining('too many') }]);
});

test('what fails gives its turn on', async () => {
  const { inTurn, end } = open();
  await expect(
    inTurn(by('a'), async () => {
      throw new Error('broken');
    }),
  ).rejects.toThrow('broken');
  const next = inTurn(by('a'), async () => ok(1));
  await end();
  expect(await next).toEqual(ok(1));
});
