import { expect, test } from 'vitest';
import { SeenMessages } from '../../../p2p/seen-messages.ts';

const stand = () => {
  const clock = { now: 0 };
  return { clock, seen: new SeenMessages({ keepMs: 1_000, most: 100, now: () => clock.now }) };
};

test('an id is known for the whole time, whenever in a generation it came, and forgotten after twice that', () => {
  const { clock, seen } = stand();
  for (const at of [0, 999]) {
    clock.now = at;
    expect(seen.put(`came at ${at}`)).toBe(false);
    expect(seen.put(`came at ${at}`)).toBe(true);
  }
  clock.now = 1_998;
  seen.prune();
  expect([seen.has('came at 0'), seen.has('came at 999')]).toEqual([true, true]);
  clock.now = 2_998;
  seen.prune();
  expect([seen.has('came at 999'), seen.size]).toEqual([false, 0]);
});

test('a flood of ids takes the room of two generations, and the newest stay', () => {
  const { seen } = stand();
  for (let i = 0; i < 10_000; i++) {
    seen.put(`${i}`);
    expect(seen.size).toBeLessThanOrEqual(200);
  }
  for (let i = 9_900; i < 10_000; i++) expect(seen.has(`${i}`)).toBe(true);
  seen.clear();
  expect([seen.size, seen.has('9999')]).toEqual([0, false]);
});
