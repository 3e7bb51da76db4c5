import { describe, expect, test } from 'vitest';
import { Gate, type HalfOpen } from '../../../../p2p/guard/gate.ts';

const HOME = '10.0.0.1';

type Held = { readonly entry: HalfOpen; evicted: boolean };

const simulation = (places = 32) => {
  let now = 0;
  let seed = 1;
  const gate = new Gate({
    places,
    isConfiguredHost: (host) => host === HOME,
    now: () => now,
    random: () => {
      seed = (seed * 16_807) % 2_147_483_647;
      return seed / 2_147_483_647;
    },
  });
  const enter = (host: string): Held => {
    const held: Held = {
      entry: gate.enter(host, () => {
        held.evicted = true;
      }),
      evicted: false,
    };
    return held;
  };
  return {
    gate,
    enter,
    pass: (ms: number) => {
      now += ms;
    },
  };
};

describe('the gate', () => {
  test('holds no more half-open connections than it has places, whatever happens', () => {
    const { gate, enter } = simulation(32);
    for (let i = 0; i < 2_000; i++) {
      enter(i % 3 === 0 ? HOME : `10.1.${i % 50}.1`);
      expect(gate.stats().halfOpen).toBeLessThanOrEqual(32);
    }
  });

  test('keeps places for configured hosts that strangers never take', () => {
    const { enter } = simulation(32);
    const own = Array.from({ length: 16 }, () => enter(HOME));
    for (let i = 0; i < 1_000; i++) enter(`10.1.${i % 200}.${i}`);
    expect(own.filter(({ evicted }) => evicted)).toEqual([]);
  });

  test('gives each strange host a share: one that floods takes no place of others', () => {
    const { enter } = simulation(128);
    const other = enter('10.2.0.1');
    const flood = Array.from({ length: 500 }, () => enter('10.3.0.1'));
    expect(other.evicted).toBe(false);
    expect(flood.filter(({ evicted }) => !evicted)).toHaveLength(8);
  });

  test('takes the place of the host with the most half-open connections', () => {
    const { enter } = simulation(64);
    const few = Array.from({ length: 2 }, () => enter('10.2.0.1'));
    for (let i = 0; i < 300; i++) enter(`10.3.0.${i % 8}`);
    expect(few.filter(({ evicted }) => evicted)).toEqual([]);
  });

  test('evicts a silent connection before one in its handshake, on the same host too', () => {
    const { gate, enter } = simulation(64);
    const honest = enter(HOME);
    expect(gate.begin(honest.entry)).toBe(true);
    for (let i = 0; i < 1_000; i++) enter(HOME);
    expect(honest.evicted).toBe(false);
  });

  test('evicts handshakes that stand still when there is nothing else', () => {
    const { gate, enter, pass } = simulation(16);
    const idle = Array.from({ length: 8 }, () => enter(HOME));
    for (const { entry } of idle) expect(gate.begin(entry)).toBe(true);
    pass(1_000);
    enter(HOME);
    expect(idle.filter(({ evicted }) => evicted)).toHaveLength(1);
  });

  test('limits the handshakes of one strange host, of all strangers, and never by them those of configured hosts', () => {
    const { gate, enter, pass } = simulation(512);
    const begun = (host: string): boolean => {
      const { entry } = enter(host);
      const began = gate.begin(entry);
      gate.leave(entry);
      return began;
    };
    const count = (times: number, host: (i: number) => string): number =>
      Array.from({ length: times }, (_, i) => begun(host(i))).filter(Boolean).length;
    expect(count(100, () => '10.2.0.1')).toBe(16);
    expect(count(1_000, (i) => `10.${i % 250}.1.1`)).toBeLessThanOrEqual(64);
    expect(count(100, () => HOME)).toBe(100);
    pass(60_000);
    expect(begun('10.2.0.1')).toBe(true);
  });
});
