import { describe, expect, test } from 'vitest';
import type { Attendee } from '../../../consensus/shell/attendance.ts';
import { duration, type WaitingFacts, waitingFor } from '../../../node/waiting.ts';
import { toHeight, toRound } from '../../../src/lib/brands.ts';

const NOW = 1_800_000_000_000n;
const key = (i: number): Uint8Array => new Uint8Array(32).fill(i);

/** Node i of this many validators with power 1 each. Node 1 is this one. */
const present = (i: number): Attendee => ({
  publicKey: key(i),
  power: 1n,
  hasVoted: true,
  lastSeen: NOW,
  silentMs: 0,
});
const absent = (i: number, secondsAgo?: number): Attendee => ({
  publicKey: key(i),
  power: 1n,
  hasVoted: false,
  lastSeen: secondsAgo === undefined ? undefined : NOW - BigInt(secondsAgo * 1_000),
  silentMs: secondsAgo === undefined ? undefined : secondsAgo * 1_000,
});

/** A validator of three whose chain moves. */
const facts = (
  change: Partial<WaitingFacts> & { readonly validators?: readonly Attendee[] },
): WaitingFacts => ({
  now: NOW,
  genesisTime: NOW - 1_000_000n,
  tip: toHeight(7n),
  tipTime: NOW - 1_000n,
  stalledMs: 900,
  sync: { type: 'idle' },
  connectedPeers: 2,
  configuredPeers: 2,
  unresolvedHosts: [],
  clock: { offsetMs: 40, peers: 2 },
  clockToleranceMs: 2_000,
  round: toRound(1),
  roundMs: 1_650,
  isListening: false,
  attendance: () => change.validators ?? [present(1), present(2), present(3)],
  self: key(1),
  nameOf: (publicKey) => (publicKey[0] === 9 ? undefined : `node-${publicKey[0]}`),
  ...change,
});

const problemOf = (change: Parameters<typeof facts>[0]) => waitingFor(facts(change))?.problem;

test('a node whose chain moves waits for nothing', () => {
  expect(waitingFor(facts({}))).toBeUndefined();
  expect(waitingFor(facts({ validators: [present(1), absent(2), absent(3)] }))).toBeUndefined();
});

test('before the time of the genesis a node waits for that time', () => {
  const before = { tip: toHeight(0n), genesisTime: 1_800_003_600_000n, stalledMs: 50_000, connectedPeers: 0 };
  expect(problemOf(before)).toEqual({
    reason: 'genesisTime',
    message: 'the genesis time is 2027-01-15T09:00:00.000Z: no block is made before it',
    data: { time: 1_800_003_600_000n },
  });
  expect(problemOf({ ...before, genesisTime: NOW })).toMatchObject({ reason: 'peers' });
  const sync = { type: 'syncing', from: toHeight(0n), at: 0n, target: 90n } as const;
  expect(problemOf({ ...before, connectedPeers: 1, sync })).toMatchObject({
    reason: 'genesisTime',
    message:
      'the genesis time is 2027-01-15T09:00:00.000Z and peers have blocks already, up to 90: the clock of this machine is behind, correct it',
  });
});

test('a node that fetches blocks says how far it is', () => {
  const sync = { type: 'syncing', from: toHeight(1n), at: 3n, target: 90n } as const;
  expect(problemOf({ sync, stalledMs: 60_000 })).toEqual({
    reason: 'syncing',
    message: 'the node fetches blocks: it is at 3 of 90',
    data: { from: 1n, height: 3n, target: 90n },
  });
});

test('a node that has fetched all known blocks says that it asks for later ones', () => {
  const sync = { type: 'syncing', from: toHeight(1n), at: 18n, target: 18n } as const;
  expect(problemOf({ sync })).toEqual({
    reason: 'syncing',
    message:
      'the node has fetched all blocks that peers have shown it, up to 18, and asks them for later ones',
    data: { from: 1n, height: 18n, target: 18n },
  });
});

describe('without a quorum', () => {
  const stalled = { stalledMs: 13_000, validators: [present(1), present(2), absent(3, 12)] };

  test('a node says the power that takes part, and who is missing since when', () => {
    expect(waitingFor(facts(stalled))).toEqual({
      problem: {
        reason: 'quorum',
        message: 'power 2 of 3, more than 2/3 needed; node-3 was last seen 12 s ago',
        data: {
          height: 8n,
          round: 1,
          power: 2n,
          totalPower: 3n,
          missing: [{ name: 'node-3', publicKey: key(3), power: 1n, lastSeen: NOW - 12_000n }],
        },
      },
      forMs: 13_000,
    });
  });

  test.each([-7_200_000n, 7_200_000n])(
    'who is missing does not depend on a clock that was set by %s ms',
    (by) => {
      const validators = [present(1), present(2), absent(3, 12)];
      const set = { stalledMs: 13_000, now: NOW + by, tipTime: NOW + by };
      expect(waitingFor(facts({ ...set, validators }))).toEqual(waitingFor(facts(stalled)));
      const heard = [present(1), present(2), absent(3, 2)];
      expect(waitingFor(facts({ ...set, validators: heard }))).toBeUndefined();
    },
  );

  test('a validator that was never heard, has no name, or is this node is said to be so', () => {
    expect(problemOf({ ...stalled, validators: [absent(1), absent(2), absent(9)] })?.message).toBe(
      'power 0 of 3, more than 2/3 needed; node-1, which is this node, does not vote, ' +
        'node-2 was not seen since this node started, 0x09090909 was not seen since this node started',
    );
  });

  test('this node is said to listen for its key, if it does not vote because of that', () => {
    const validators = [absent(1), present(2), absent(3, 12)];
    expect(problemOf({ ...stalled, validators, isListening: true })?.message).toBe(
      'power 1 of 3, more than 2/3 needed; node-1, which is this node, checks whether its key is used ' +
        'elsewhere before it votes, node-3 was last seen 12 s ago',
    );
  });

  test('those with the most power are named first, and the rest is counted', () => {
    const big = { ...absent(7, 300), power: 40n };
    const validators = [present(1), ...[2, 3, 4, 5, 6].map((i) => absent(i, 12)), big];
    expect(problemOf({ ...stalled, validators })?.message).toBe(
      'power 1 of 46, more than 2/3 needed; node-7 was last seen 5 min ago, node-2 was last seen 12 s ago, ' +
        'node-3 was last seen 12 s ago, and 3 more',
    );
  });

  test('nobody is missing for as long as a round may take: their votes may be under way', () => {
    expect(problemOf({ ...stalled, roundMs: 15_000 })).toBeUndefined();
    expect(problemOf({ ...stalled, stalledMs: 9_000 })).toBeUndefined();
    expect(problemOf({ ...stalled, validators: [present(1), present(2), absent(3, 8)] })).toBeUndefined();
  });

  test('a chain whose validators all vote and decide nothing is told after 30 s', () => {
    const voting = { validators: [present(1), present(2), present(3)] };
    expect(problemOf({ ...voting, stalledMs: 29_000 })).toBeUndefined();
    expect(problemOf({ ...voting, stalledMs: 31_000 })).toMatchObject({
      reason: 'quorum',
      message: 'no block for 31 s, though power 3 of 3 votes: round 1 of height 8',
    });
  });
});

describe('without peers', () => {
  test('a node waits for them, unless it decides alone', () => {
    const alone = { connectedPeers: 0, stalledMs: 6_000 };
    expect(problemOf(alone)).toEqual({
      reason: 'peers',
      message: 'no peer is connected; the config names 2',
      data: { configured: 2, unresolved: [] },
    });
    expect(problemOf({ ...alone, unresolvedHosts: ['banana'] })).toMatchObject({
      message: 'no peer is connected; the config names 2, and banana does not resolve',
      data: { unresolved: ['banana'] },
    });
    expect(problemOf({ ...alone, unresolvedHosts: ['a', 'b', 'c', 'd'] })?.message).toContain(
      'and a, b, c and 1 more do not resolve',
    );
    expect(problemOf({ ...alone, configuredPeers: 0 })?.message).toBe(
      'no peer is connected; the config names none',
    );
    expect(problemOf({ ...alone, stalledMs: 4_000 })).toBeUndefined();
    expect(problemOf({ ...alone, validators: [present(1)] })).toBeUndefined();
  });
});

describe('with a clock that is off', () => {
  const behind = { clock: { offsetMs: -90_400, peers: 3 } };

  test('a validator says by how much, though its chain moves', () => {
    expect(problemOf(behind)).toEqual({
      reason: 'clock',
      message: "this machine's clock is 90 s behind its peers",
      data: { offsetMs: -90_400, toleranceMs: 2_000, peers: 3 },
    });
    expect(problemOf({ clock: { offsetMs: 3_100, peers: 3 } })?.message).toBe(
      "this machine's clock is 3 s ahead of its peers",
    );
    expect(problemOf({ clock: { offsetMs: -2_000, peers: 3 } })).toBeUndefined();
    expect(problemOf({ clock: undefined })).toBeUndefined();
  });

  test('a node that does not vote says so only when its chain stands still', () => {
    const follower = { ...behind, self: key(8) };
    expect(problemOf(follower)).toBeUndefined();
    expect(problemOf({ ...follower, stalledMs: 31_000 })).toMatchObject({ reason: 'clock' });
  });

  test('a validator says at once that the last block is ahead of it, though its peers have the same time', () => {
    const setBack = { now: NOW - 600_000n };
    expect(waitingFor(facts(setBack))).toEqual({
      problem: {
        reason: 'clock',
        message: "the last block is 9 min ahead of this machine's clock",
        data: { offsetMs: -599_000, toleranceMs: 2_000, peers: 2 },
      },
      forMs: 0,
    });
    expect(problemOf({ tipTime: NOW + 4_000n })).toBeUndefined();
    expect(problemOf({ tipTime: NOW + 4_001n, clock: undefined })?.data).toMatchObject({ peers: 0 });
    const follower = { ...setBack, self: key(8) };
    expect([problemOf(follower), problemOf({ ...follower, stalledMs: 31_000 })?.reason]).toEqual([
      undefined,
      'clock',
    ]);
    // Peers know better by how much.
    expect(problemOf({ ...setBack, ...behind })?.message).toBe(
      "this machine's clock is 90 s behind its peers",
    );
  });

  test('at height 0 the time of the genesis is what a node waits for, not a block', () => {
    const genesisTime = NOW + 600_000n;
    expect(problemOf({ tip: toHeight(0n), genesisTime, tipTime: genesisTime })?.reason).toBe('genesisTime');
  });

  test('it is told before the genesis time too, when it can still be set', () => {
    expect(problemOf({ ...behind, tip: toHeight(0n), genesisTime: NOW + 60_000n })).toMatchObject({
      reason: 'clock',
    });
  });
});

test('times are told in the unit that people would choose', () => {
  expect([400, 119_000, 120_000, 7_200_000, 172_800_000].map(duration)).toEqual([
    '0 s',
    '119 s',
    '2 min',
    '2 h',
    '2 days',
  ]);
});
