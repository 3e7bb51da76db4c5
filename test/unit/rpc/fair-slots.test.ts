/** Scarce slots go round the addresses, and within an address round its connections. */
import { describe, expect, test } from 'vitest';
import { createFairSlots, type Release, type SlotLimits } from '../../../rpc/fair-slots.ts';
import type { Caller } from '../../../rpc/rounds.ts';

const caller = (address: string, connection = 1): Caller => ({ address, connection });

/** Slots of which it is noted who got one, or was refused. */
const open = (limits: Partial<SlotLimits> = {}) => {
  const slots = createFairSlots({ slots: 1, waiting: 100, ...limits });
  const given: string[] = [];
  const releases: Release[] = [];
  const ask = (name: string, by: Caller) => {
    void slots.take(by).then((release) => {
      given.push(release === undefined ? `no ${name}` : name);
      if (release !== undefined) releases.push(release);
    });
  };
  const settle = async () => {
    for (let i = 0; i < 10; i++) await Promise.resolve();
  };
  return {
    ask,
    given: async () => {
      await settle();
      return given;
    },
    release: async () => {
      await settle();
      releases.shift()?.();
      await settle();
    },
  };
};

describe('fair slots', () => {
  test('whoever asks for many waits behind who asks for one', async () => {
    const slots = open();
    for (let i = 0; i < 50; i++) slots.ask(`greedy${i}`, caller('a'));
    slots.ask('modest', caller('b'));
    await slots.release();
    await slots.release();
    expect((await slots.given()).slice(0, 3)).toEqual(['greedy0', 'greedy1', 'modest']);
  });

  test('behind one address the connections take turns', async () => {
    const slots = open();
    for (let i = 0; i < 50; i++) slots.ask(`greedy${i}`, caller('127.0.0.1', 1));
    slots.ask('modest', caller('127.0.0.1', 2));
    await slots.release();
    await slots.release();
    expect((await slots.given()).slice(0, 3)).toEqual(['greedy0', 'greedy1', 'modest']);
  });

  test('one address never holds all slots', async () => {
    const slots = open({ slots: 4 });
    for (let i = 0; i < 10; i++) slots.ask(`greedy${i}`, caller('a', i));
    slots.ask('modest', caller('b'));
    expect(await slots.given()).toEqual(['greedy0', 'greedy1', 'greedy2', 'modest']);
  });

  test('however many addresses ask, one that holds none finds a slot at once', async () => {
    for (const addresses of [1, 2, 3, 10, 20]) {
      const slots = open({ slots: 64, waiting: 10_000 });
      for (let i = 0; i < 100; i++)
        for (let a = 0; a < addresses; a++) slots.ask(`greedy${a}`, caller(`greedy${a}`, i));
      slots.ask('modest', caller('modest'));
      const given = await slots.given();
      expect(given).toContain('modest');
      // They hold alike, and most of what there is.
      const counts = Array.from(
        { length: addresses },
        (_, a) => given.filter((name) => name === `greedy${a}`).length,
      );
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      expect(given.length).toBeGreaterThanOrEqual(48);
    }
  });

  test('where too many wait, whoever has the most of them is refused', async () => {
    const slots = open({ waiting: 3 });
    for (let i = 0; i < 4; i++) slots.ask(`greedy${i}`, caller('a'));
    slots.ask('modest', caller('b'));
    slots.ask('late', caller('a'));
    expect(await slots.given()).toEqual(['greedy0', 'no greedy3', 'no late']);
    await slots.release();
    await slots.release();
    expect(await slots.given()).toContain('modest');
  });

  test('a slot that is given back twice is free once', async () => {
    const limits = createFairSlots({ slots: 1, waiting: 9 });
    const release = await limits.take(caller('a'));
    release?.();
    release?.();
    const second = await limits.take(caller('a'));
    let third = false;
    void limits.take(caller('b')).then(() => {
      third = true;
    });
    await Promise.resolve();
    expect(third).toBe(false);
    second?.();
  });
});
