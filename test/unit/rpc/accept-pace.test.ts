/** Connections are let in within a rate for each address and one for all, and who is above it waits for its turn. */
import { describe, expect, test } from 'vitest';
import { AcceptPace, ADDRESS, ALL, LOOK_MS, QUIET } from '../../../rpc/accept-pace.ts';

const CROWD = Array.from({ length: 8 }, (_, i) => `198.51.100.${i}`);
const CHURNER = '192.0.2.1';
const MONITOR = '203.0.113.7';

const open = () => {
  const time = { now: 0 };
  const due: (() => void)[] = [];
  const pace = new AcceptPace({ now: () => time.now, later: (run) => due.push(run) });
  const letIn: string[] = [];
  return {
    due,
    letIn,
    enter: (address: string, name = address) => pace.enter(address, () => letIn.push(name)),
    isIn: (address: string): boolean => {
      const before = letIn.length;
      const leave = pace.enter(address, () => letIn.push(address));
      leave();
      return letIn.length > before;
    },
    pass: (ms: number): void => {
      for (let left = ms; left > 0; left -= LOOK_MS) {
        time.now += LOOK_MS;
        for (const run of due.splice(0)) run();
      }
    },
  };
};

describe('an address', () => {
  test('gets in at once until its burst is used up, and then at its rate', () => {
    const { enter, letIn, pass } = open();
    for (let i = 0; i < 2 * ADDRESS.burst; i++) enter(CHURNER);
    expect(letIn).toHaveLength(ADDRESS.burst);
    pass(500);
    expect(letIn.length).toBeLessThanOrEqual(ADDRESS.burst + ADDRESS.perSecond / 2);
    expect(letIn.length).toBeGreaterThan(ADDRESS.burst + ADDRESS.perSecond / 2 - ADDRESS.perSecond * 0.02);
    pass(1_000);
    expect(letIn).toHaveLength(2 * ADDRESS.burst);
  });

  test('lets in those that wait in their order, and none before them', () => {
    const { enter, letIn, pass } = open();
    for (let i = 0; i < ADDRESS.burst; i++) enter(CHURNER);
    letIn.length = 0;
    for (const name of ['a', 'b', 'c']) enter(CHURNER, name);
    pass(1_000);
    enter(CHURNER, 'd');
    expect(letIn).toEqual(['a', 'b', 'c', 'd']);
  });

  test('lets in none that has gone meanwhile, and keeps nothing of it', () => {
    const { due, enter, letIn, pass } = open();
    for (let i = 0; i < ADDRESS.burst; i++) enter(CHURNER);
    letIn.length = 0;
    const leave = enter(CHURNER, 'gone');
    enter(CHURNER, 'stays');
    leave();
    leave();
    pass(1_000);
    expect([letIn, due]).toEqual([['stays'], []]);
  });
});

describe('another address', () => {
  test('gets in at once while one comes anew without end', () => {
    const { enter, isIn, pass } = open();
    for (let second = 0; second < 60; second++) {
      for (let i = 0; i < 10; i++) {
        for (let k = 0; k < 100; k++) enter(CHURNER);
        pass(100);
      }
      expect(isIn(MONITOR), `after ${second} s`).toBe(true);
    }
  });

  test('gets in at once though many come anew without end and the rate of all is used up', () => {
    const { enter, isIn, letIn, pass } = open();
    for (let i = 0; i < 10; i++) {
      for (const address of CROWD) for (let k = 0; k < 500; k++) enter(address);
      pass(100);
    }
    const before = letIn.length;
    for (let second = 0; second < 20; second++) {
      for (let i = 0; i < 10; i++) {
        for (const address of CROWD) for (let k = 0; k < 100; k++) enter(address);
        pass(100);
      }
      expect(isIn(MONITOR), `after ${second} s`).toBe(true);
    }
    expect(letIn.length - before - 20).toBeLessThanOrEqual(20 * ALL.perSecond + ALL.burst);
  });

  test('is as quiet after it has waited as before', () => {
    const { enter, isIn, letIn, pass } = open();
    for (let i = 0; i < ADDRESS.burst / 2; i++) enter(CHURNER);
    // They use up both rates, and 300 of them wait before the monitor.
    const hosts = ALL.burst + QUIET.burst - letIn.length + 300;
    for (let i = 0; i < hosts; i++) enter(`10.0.${i >> 8}.${i & 255}`);
    enter(MONITOR);
    pass(200);
    expect(letIn).not.toContain(MONITOR);
    pass(200);
    expect(letIn).toContain(MONITOR);
    // What is left for all goes to another, and the rate of the quiet ones has been filled again.
    for (let i = 0; i < ADDRESS.burst / 2; i++) enter(CHURNER);
    expect(isIn(CHURNER)).toBe(false);
    expect(isIn(MONITOR)).toBe(true);
  });

  test('is let in in turn with the others that wait', () => {
    const { enter, letIn, pass } = open();
    for (const address of CROWD) for (let k = 0; k < ADDRESS.burst; k++) enter(address);
    const [first = '', second = ''] = CROWD;
    letIn.length = 0;
    for (const address of CROWD) for (let k = 0; k < ADDRESS.burst; k++) enter(address);
    pass(1_000);
    const of = (address: string): number => letIn.filter((each) => each === address).length;
    expect(Math.abs(of(first) - of(second))).toBeLessThanOrEqual(1);
    expect(of(first)).toBeGreaterThan(0);
  });
});

test('however many addresses come, no more are let in than the rates of all allow', () => {
  const { enter, letIn, pass } = open();
  for (let i = 0; i < 10_000; i++) enter(`10.0.${i >> 8}.${i & 255}`);
  expect(letIn).toHaveLength(ALL.burst + QUIET.burst);
  pass(1_000);
  expect(letIn.length).toBeLessThanOrEqual(ALL.burst + QUIET.burst + ALL.perSecond + QUIET.perSecond);
  expect(letIn.length).toBeGreaterThan(ALL.burst + QUIET.burst + 0.9 * ALL.perSecond);
});
