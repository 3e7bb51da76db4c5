/**
 * Slow networks and wrong clocks. The cores, their deadlines and the judgement of time are the real ones; network and clocks
 * are virtual.
 */
import { describe, expect, test } from 'vitest';
import { decodeMessage } from '../../../consensus/messages.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import { Fleet } from './fleet.ts';
import { chance } from './random.ts';
import { type Decided, PRECISION_MS, SlowNetwork, TIMEOUTS } from './slow.ts';
import { FOUR, party } from './support.ts';

const ALL = [0, 1, 2, 3];
const HOUR = 3_600_000n;

const idsOf = (network: SlowNetwork, heights: number): readonly (readonly string[])[] =>
  network.nodes.map(({ chain }) => chain.slice(0, heights).map(({ id }) => toHex(id)));

const expectAgreement = (network: SlowNetwork, heights: number): void => {
  const [first, ...others] = idsOf(network, heights);
  for (const other of others) expect(other).toEqual(first);
};

const chainOf = (network: SlowNetwork, node: number): readonly Decided[] => network.nodes[node]?.chain ?? [];

/**
 * Block time rises, does not fall behind the true time by more than `lagMs`, and is ahead of it by the precision at most
 * when the proposal arrives, which is two delays before the decision.
 */
const expectTimeHeld = (chain: readonly Decided[], delayMs: number, lagMs: bigint): void => {
  for (const [i, { time, at }] of chain.entries()) {
    expect(time).toBeGreaterThan(chain[i - 1]?.time ?? 0n);
    expect(time - at).toBeLessThanOrEqual(BigInt(PRECISION_MS - 2 * delayMs));
    expect(at - time).toBeLessThanOrEqual(lagMs);
  }
};

describe('a network whose messages take', () => {
  test.each([100, 700, 2_500, 10_000, 60_000])(
    '%i ms decides, and loses few rounds once it knows the delay',
    (delayMs) => {
      const network = new SlowNetwork({ of: FOUR, delay: () => delayMs });
      // Each round of the first height is longer than the one before, so the last ones are most of it.
      expect(network.run(1, ALL)).toBeLessThan(BigInt(delayMs) * 30n + 1_000n);
      network.run(6, ALL);
      expectAgreement(network, 6);
      for (const node of ALL)
        for (const { round } of chainOf(network, node).slice(1)) expect(round).toBeLessThanOrEqual(3);
    },
  );

  test('anything from 0.1 s to 60 s, each its own time, decides', () => {
    for (const seed of [1, 2, 3]) {
      const dice = chance(seed);
      const network = new SlowNetwork({ of: FOUR, delay: () => 100 + dice.below(60_000) });
      network.run(3, ALL);
      expectAgreement(network, 3);
    }
  });

  test('long, and of which one of four is silent, decides', () => {
    const silent = 2;
    const delay = (from: number, to: number) => (from === silent || to === silent ? 'none' : 5_000);
    const network = new SlowNetwork({ of: FOUR, delay });
    network.run(8, [0, 1, 3]);
    expect(chainOf(network, 0)).toHaveLength(8);
  });

  test('long for a time goes back to short timeouts when it is over', () => {
    let delayMs = 20_000;
    const network = new SlowNetwork({ of: FOUR, delay: () => delayMs });
    network.run(3, ALL);
    expect(network.nodes[0]?.proposeMs()).toBeGreaterThan(10_000);
    delayMs = 50;
    network.run(16, ALL);
    expect(network.nodes.map((node) => node.proposeMs())).toEqual(ALL.map(() => TIMEOUTS.proposeMs));
    expect(network.run(20, ALL)).toBeLessThan(4n * 1_000n);
  });
});

describe('silent proposers', () => {
  test('in a row, up to a third of the validators, cost steps and no doubling', () => {
    // Their places in the rotation are next to each other: the worst case.
    const dead = new Set([4, 5, 6]);
    const of = party(Array.from({ length: 10 }, () => 1n));
    const delay = (from: number, to: number) => (dead.has(from) || dead.has(to) ? 'none' : 20);
    const network = new SlowNetwork({ of, delay });
    const live = [0, 1, 2, 3, 7, 8, 9];
    network.run(3, live);
    // Height 4 begins with all three of them: 600 + 900 + 1200 ms, and three precommit timeouts.
    expect(network.run(4, live)).toBeLessThan(5_000n);
    network.run(40, live);
    expect(network.nodes[0]?.proposeMs()).toBe(TIMEOUTS.proposeMs);
  });
});

describe('one clock of four that is off by', () => {
  test.each([HOUR, -HOUR, 10_000n, -10_000n, 2_100n, -2_100n, 2_000n])('%i ms does not move time', (off) => {
    for (const delayMs of [100, 3_000]) {
      const network = new SlowNetwork({
        of: FOUR,
        delay: () => delayMs,
        clockOff: (node) => (node === 2 ? off : 0n),
      });
      network.run(12, ALL);
      expectAgreement(network, 12);
      expectTimeHeld(chainOf(network, 0), delayMs, BigInt(PRECISION_MS) + 4n * BigInt(delayMs) + 1_000n);
    }
  });

  test('an hour, with a delay of a minute: the age that is allowed grows, the future does not come nearer', () => {
    for (const off of [HOUR, -HOUR]) {
      const network = new SlowNetwork({
        of: FOUR,
        delay: () => 60_000,
        clockOff: (node) => (node === 1 ? off : 0n),
      });
      network.run(4, ALL);
      expectTimeHeld(chainOf(network, 0), 60_000, 300_000n);
    }
  });
});

test('a validator that missed many rounds is led to the round of the others, though their votes come late', async () => {
  let isCutOff = true;
  const fleet = new Fleet({
    of: FOUR,
    nodes: 4,
    deliver: (all, { from, topic, bytes }) => {
      // Without proposals the three go through rounds. Of two of them the fourth hears other rounds, and no certificate.
      const message = decodeMessage(bytes);
      const vote = message.ok && message.value.type === 'vote' ? message.value.vote : undefined;
      for (const to of all.runners.keys()) {
        if (to === from || (isCutOff && topic === 'proposal')) continue;
        const isHeard = vote !== undefined && vote.round > 0 && vote.round % 2 === from;
        if (isCutOff && to === 3 && !isHeard) continue;
        all.time.after(isCutOff ? 10 : 700, () => all.receive(to, { from, topic, bytes }));
      }
    },
  });
  const roundOf = (node: number): number => fleet.runners[node]?.status().round ?? 0;
  for (const node of ALL) await fleet.start(node);
  await fleet.runUntil(() => roundOf(0) >= 10, 20_000);
  expect(roundOf(3)).toBe(0);
  // From here on the fourth is needed.
  fleet.kill(2);
  isCutOff = false;
  await fleet.runUntil(() => [0, 1, 3].every((node) => (fleet.heights()[node] ?? 0) >= 2), 20_000);
  expect(fleet.disagreement()).toBeUndefined();
  expect(fleet.fatal).toEqual([]);
});

test('whole runners whose messages take three seconds decide', async () => {
  const fleet = new Fleet({
    of: FOUR,
    nodes: 4,
    deliver: (all, sent) => {
      for (const to of all.runners.keys())
        if (to !== sent.from) all.time.after(3_000, () => all.receive(to, sent));
    },
  });
  for (const node of ALL) await fleet.start(node);
  await fleet.runUntil(() => Math.min(...fleet.heights()) >= 2);
  expect(fleet.disagreement()).toBeUndefined();
  expect(fleet.fatal).toEqual([]);
});
