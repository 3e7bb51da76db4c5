/** Dear work that anyone may ask for runs in turns: fair, bounded, and a quarter of the thread. */
import { expect, test } from 'vitest';
import { createTurns } from '../../../node/turns.ts';
import type { Call } from '../../../rpc/call.ts';
import { ok } from '../../../src/lib/errors.ts';

const by = (address: string, connection = 1): Call => ({
  caller: { address, connection },
  pace: () => undefined,
});

/** Turns in simulated time. */
const open = () => {
  let now = 0;
  const pauses: number[] = [];
  const inTurn = createTurns({
    now: () => now,
    after: (ms, run) => {
      pauses.push(ms);
      now += ms;
      queueMicrotask(run);
    },
  });
  const work = async (ms: number) => {
    now += ms;
    return ok(now);
  };
  return { inTurn, work, pauses };
};

test('who asks for one waits for one of each other, and not behind all that another asked for', async () => {
  const { inTurn, work } = open();
  const order: string[] = [];
  const ask = (name: string, call: Call) =>
    inTurn(call, async () => {
      order.push(name);
      return work(1);
    });
  await Promise.all([
    ...Array.from({ length: 30 }, (_, i) => ask(`greedy${i}`, by('a', i))),
    ask('modest', by('b')),
  ]);
  expect(order.indexOf('modest')).toBeLessThanOrEqual(2);
});

test('a turn is followed by a pause of three times its own work, in which others do not count', async () => {
  const { inTurn, work, pauses } = open();
  const call: Call = {
    ...by('a'),
    // While this one pauses, others work for a second.
    pace: async () => {
      await work(1_000);
    },
  };
  await inTurn(call, async ({ pace }) => {
    await work(5);
    await pace();
    return work(7);
  });
  expect(pauses).toEqual([36]);
});

test('the time of a turn ends, and who waited too long is told to ask again', async () => {
  const { inTurn, work } = open();
  const over: boolean[] = [];
  const first = inTurn(by('a'), async ({ isOver }) => {
    over.push(isOver());
    await work(1_001);
    over.push(isOver());
    return work(9_000);
  });
  const second = inTurn(by('b'), async () => ok(1));
  await first;
  expect(over).toEqual([false, true]);
  expect(await second).toMatchObject({ ok: false, fault: { code: 'SIMULATION_BUSY' } });
});

test('what fails gives its turn on', async () => {
  const { inTurn } = open();
  await expect(
    inTurn(by('a'), async () => {
      throw new Error('broken');
    }),
  ).rejects.toThrow('broken');
  expect(await inTurn(by('a'), async () => ok(1))).toEqual(ok(1));
});
