/**
 * Whole runners whose validator set changes from height to height: keys enter, leave, come back and change their power,
 * while the processes run, restart and lose power. What is checked is every signature that was ever made.
 */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { verifyCommit } from '../../../consensus/certificates.ts';
import { encodeMessage, NIL } from '../../../consensus/messages.ts';
import { toHeight, toRound } from '../../../src/lib/brands.ts';
import { equal } from '../../../src/lib/bytes.ts';
import { Fleet, type FleetOptions, type Sent, toAll } from './fleet.ts';
import { type Chance, chance } from './random.ts';
import { CHAIN, keyOf, type Party, partOf, party, signVote } from './support.ts';

type Schedule = (height: bigint) => Party;

const keysOf = (count: number): Party => party(new Array<bigint>(count).fill(1n));
const equals = (of: Party, ...members: readonly number[]): Party =>
  partOf(of, new Map(members.map((member) => [member, 1n])));

/** The set of a height is that of the last entry at or below it. */
const scheduleOf =
  (entries: readonly (readonly [height: bigint, set: Party])[]): Schedule =>
  (height) => {
    const found = entries.findLast(([from]) => from <= height);
    if (found === undefined) throw new Error(`no set at height ${height}`);
    return found[1];
  };

const fleetOf = async (
  of: Party,
  validatorsAt: Schedule,
  options: Partial<FleetOptions> = {},
): Promise<Fleet> => {
  const fleet = new Fleet({ of, nodes: of.keys.length, deliver: toAll, validatorsAt, ...options });
  for (const node of fleet.homes.keys()) expect(await fleet.start(node)).toMatchObject({ ok: true });
  return fleet;
};

const isMember = (fleet: Fleet, node: number, height: bigint): boolean => {
  const { publicKey } = keyOf(fleet.options.of, node);
  return fleet.validatorsAt(height).validators.some((each) => equal(each.publicKey, publicKey));
};

/** The heights at which a node's key has signed anything at all. */
const signedHeights = (fleet: Fleet, node: number): ReadonlySet<bigint> =>
  new Set([...(fleet.home(node).signer?.signed.keys() ?? [])].map((key) => BigInt(key.split('/')[0] ?? '')));

const numbers = (fleet: Fleet): readonly number[] => [...fleet.homes.keys()];
const upTo = (height: number): readonly bigint[] => Array.from({ length: height }, (_, i) => BigInt(i + 1));
const reached = (fleet: Fleet, height: number) => (): boolean =>
  fleet.heights().every((each) => each >= height);

/** Signatures at heights whose set does not hold the key, as `node@height`. */
const strangers = (fleet: Fleet): readonly string[] =>
  numbers(fleet).flatMap((node) =>
    [...signedHeights(fleet, node)]
      .filter((height) => !isMember(fleet, node, height))
      .map((height) => `${node}@${height}`),
  );

/** Nobody has signed out of turn, nodes agree, and each commit is one of the validators of its height. */
const checkSafety = (fleet: Fleet): void => {
  expect(strangers(fleet)).toEqual([]);
  expect(fleet.fatal).toEqual([]);
  expect(fleet.disagreement()).toBeUndefined();
  for (const { chain } of fleet.homes)
    for (const { height, commit } of chain)
      expect(verifyCommit(fleet.validatorsAt(height).validators, CHAIN, commit)).toMatchObject({ ok: true });
};

const slowly = (fleet: Fleet, sent: Sent): void => {
  for (const node of fleet.runners.keys())
    if (node !== sent.from) fleet.time.after(node * 3 + sent.from, () => fleet.receive(node, sent));
};

describe('a running node', () => {
  const of = keysOf(6);
  const powers = partOf(
    of,
    new Map([
      [1, 1n],
      [2, 5n],
      [3, 2n],
      [4, 3n],
    ]),
  );
  const schedule = scheduleOf([
    [1n, equals(of, 0, 1, 2, 3)],
    // 4 enters, then 0 leaves, so the indexes of all others change.
    [4n, equals(of, 0, 1, 2, 3, 4)],
    [7n, equals(of, 1, 2, 3, 4)],
    [9n, powers],
    // 0 comes back and 5 enters, while 2 and 3 leave.
    [11n, equals(of, 0, 1, 4, 5)],
    [13n, equals(of, 0, 1, 4)],
  ]);

  test('signs at each height whose set holds its key, from the first one on, and at no other', async () => {
    // Each hears from a peer that nobody else has its key before the first block is decided.
    const fleet = await fleetOf(of, schedule, { deliver: slowly });
    await fleet.runUntil(reached(fleet, 15));
    checkSafety(fleet);
    for (const node of numbers(fleet)) {
      const expected = upTo(15).filter((height) => isMember(fleet, node, height));
      expect([...signedHeights(fleet, node)].filter((height) => height <= 15n)).toEqual(expected);
    }
  });

  test('changes with the set at no cost of a round', async () => {
    const fleet = await fleetOf(of, schedule);
    await fleet.runUntil(reached(fleet, 15));
    for (const { chain } of fleet.homes) expect(chain.map(({ round }) => round)).toEqual(chain.map(() => 0));
  });

  test('verifies what arrives early against the set of the next height', async () => {
    const later = equals(of, 1, 2, 3, 4);
    const fleet = new Fleet({
      of,
      nodes: 1,
      deliver: toAll,
      validatorsAt: scheduleOf([
        [1n, equals(of, 0, 1, 2, 3)],
        [2n, later],
      ]),
    });
    await fleet.start(0);
    const vote = {
      type: 'prevote',
      height: toHeight(2n),
      round: toRound(0),
      target: NIL,
      validator: 3,
    } as const;
    const bytesOf = (signers: Party): Uint8Array =>
      encodeMessage({ type: 'vote', vote: signVote(signers, vote) });
    expect(fleet.runners[0]?.receive('vote', bytesOf(equals(of, 0, 1, 2, 3)), 'p')).toMatchObject({
      type: 'reject',
      fault: { code: 'VOTE_SIGNATURE' },
    });
    expect(fleet.runners[0]?.receive('vote', bytesOf(later), 'p')).toEqual({ type: 'accept' });
  });

  test('that proposes is one of the set, in proportion to the powers of the height', async () => {
    const fleet = await fleetOf(
      of,
      scheduleOf([
        [1n, equals(of, 0, 1)],
        [
          2n,
          partOf(
            of,
            new Map([
              [2, 3n],
              [3, 1n],
            ]),
          ),
        ],
      ]),
    );
    await fleet.runUntil(reached(fleet, 9));
    const proposers = fleet
      .home(0)
      .chain.slice(1, 9)
      .map(({ block }) => block.header.proposer.join());
    const times = [...new Set(proposers)].map((each) => proposers.filter((other) => other === each).length);
    expect(times.sort((a, b) => a - b)).toEqual([2, 6]);
    checkSafety(fleet);
  });
});

describe('a chain', () => {
  test('goes on while its validators are replaced one by one until none of the first is left', async () => {
    const of = keysOf(8);
    // At height h: h − 1, h, h + 1 and h + 2, until the last four.
    const schedule: Schedule = (height) => {
      const first = Math.min(Number(height) - 1, 4);
      return equals(of, first, first + 1, first + 2, first + 3);
    };
    const fleet = await fleetOf(of, schedule);
    await fleet.runUntil(reached(fleet, 10));
    checkSafety(fleet);
    expect(isMember(fleet, 3, 5n)).toBe(false);
    for (const { chain } of fleet.homes) expect(chain.map(({ round }) => round)).toEqual(chain.map(() => 0));
  });

  test('goes on when all of its validators are replaced at one height', async () => {
    const of = keysOf(8);
    const fleet = await fleetOf(
      of,
      scheduleOf([
        [1n, equals(of, 0, 1, 2, 3)],
        [4n, equals(of, 4, 5, 6, 7)],
      ]),
    );
    await fleet.runUntil(reached(fleet, 8));
    expect(Math.min(...fleet.heights())).toBeGreaterThanOrEqual(8);
    checkSafety(fleet);
  });

  test('goes on when a key enters whose node is down, and with it when the node is back', async () => {
    const of = keysOf(4);
    const fleet = await fleetOf(
      of,
      scheduleOf([
        [1n, equals(of, 0, 1, 2)],
        [3n, equals(of, 0, 1, 2, 3)],
      ]),
    );
    fleet.kill(3);
    await fleet.runUntil(() =>
      fleet
        .heights()
        .slice(0, 3)
        .every((height) => height >= 6),
    );
    expect([...signedHeights(fleet, 3)]).toEqual([]);
    expect(await fleet.start(3)).toMatchObject({ ok: true });
    await fleet.catchUp();
    const at = BigInt(fleet.home(3).chain.length);
    await fleet.runUntil(reached(fleet, Number(at) + 3));
    expect(signedHeights(fleet, 3)).toContain(at + 2n);
    checkSafety(fleet);
  });
});

describe('a node that restarts', () => {
  const of = keysOf(5);
  const schedule = scheduleOf([
    [1n, equals(of, 0, 1, 2, 3)],
    [3n, equals(of, 0, 1, 2, 3, 4)],
    [5n, equals(of, 0, 1, 2, 3)],
    [7n, equals(of, 0, 1, 2, 3, 4)],
  ]);
  const step = async (fleet: Fleet, timers: number): Promise<void> => {
    for (let i = 0; i < timers; i++) {
      fleet.time.runNext();
      await fleet.settle();
    }
  };
  /** Messages take their time, so that a process can be stopped in the midst of a height. */
  test('in the midst of a height, in the set or not, replays it as what it was then', async () => {
    let replayed = { member: 0, stranger: 0 };
    for (let moment = 0; moment < 16; moment++) {
      const fleet = await fleetOf(of, schedule, { deliver: slowly });
      await step(fleet, 20 + moment * 80);
      fleet.kill(4);
      await fleet.settle();
      const home = fleet.home(4);
      if (moment % 2 === 0) home.wal.losePower();
      const height = BigInt(home.chain.length + 1);
      if (home.wal.height === height && home.wal.written.length > 0) {
        const kind = isMember(fleet, 4, height) ? 'member' : 'stranger';
        replayed = { ...replayed, [kind]: replayed[kind] + 1 };
      }
      expect(await fleet.start(4)).toMatchObject({ ok: true });
      await fleet.catchUp();
      await fleet.runUntil(reached(fleet, Number(height) + 1));
      checkSafety(fleet);
    }
    expect(replayed.member).toBeGreaterThan(1);
    expect(replayed.stranger).toBeGreaterThan(1);
  });

  test('from an old copy of its home, and comes back to the set, signs nothing that it has signed before', async () => {
    const past: Sent[] = [];
    const fleet = await fleetOf(of, schedule, {
      deliver: (to, sent) => {
        past.push(sent);
        toAll(to, sent);
      },
    });
    await fleet.runUntil(reached(fleet, 5));
    const home = fleet.home(4);
    const last = home.signer?.last();
    expect(last).toMatchObject({ height: toHeight(4n) });
    const before = new Set(home.signer?.signed.keys());
    fleet.kill(4);
    await fleet.settle();
    // Back to height 2. The set of height 3 holds the key, and the proposals of then arrive once more.
    home.chain.splice(2);
    home.wal.height = 'none';
    expect(await fleet.start(4)).toMatchObject({ ok: true });
    for (const sent of past.splice(0))
      if (sent.from !== 4 && sent.topic === 'proposal') fleet.receive(4, sent);
    await fleet.settle();
    expect(new Set(home.signer?.signed.keys())).toEqual(before);
    await fleet.catchUp();
    await fleet.runUntil(reached(fleet, 9));
    // It listens before it signs again, so it may miss height 7.
    const signed = [...signedHeights(fleet, 4)].filter((height) => height !== 7n);
    expect(signed.slice(0, 3)).toEqual([3n, 4n, 8n]);
    checkSafety(fleet);
  });
});

describe('in bad weather', () => {
  /** Sets of three to six keys out of seven that change by one member or one power at a time. */
  const randomSchedule = (of: Party, dice: Chance): Schedule => {
    const sets: Map<number, bigint>[] = [new Map([0, 1, 2, 3].map((member) => [member, 1n]))];
    return (height) => {
      while (sets.length < Number(height)) {
        const next = new Map(sets.at(-1));
        const member = dice.below(of.keys.length);
        if (!next.has(member) && next.size < 6) next.set(member, 1n + BigInt(dice.below(2)));
        else if (next.has(member) && next.size > 3 && dice.happens(0.6)) next.delete(member);
        else if (next.has(member)) next.set(member, 1n + BigInt(dice.below(2)));
        sets.push(next);
      }
      return partOf(of, sets[Number(height) - 1] ?? new Map());
    };
  };

  const survive = async (seed: number): Promise<Fleet> => {
    const dice = chance(seed);
    const of = keysOf(7);
    let calm = false;
    const fleet = await fleetOf(of, cached(randomSchedule(of, chance(seed + 1))), {
      deliver: (to, sent) => {
        for (const node of to.runners.keys()) {
          if (node === sent.from || (!calm && dice.happens(0.1))) continue;
          to.time.after(dice.below(calm ? 20 : 150), () => to.receive(node, sent));
        }
      },
    });
    for (let i = 0; i < 400; i++) {
      if (!fleet.time.runNext()) break;
      if (i % 4 === 0) await fleet.settle();
      for (const [node, runner] of fleet.runners.entries()) {
        if (runner !== undefined && dice.happens(0.002)) {
          fleet.kill(node);
          await fleet.settle();
          if (dice.happens(0.5)) fleet.home(node).wal.losePower();
        } else if (runner === undefined && dice.happens(0.1)) {
          expect(await fleet.start(node)).toMatchObject({ ok: true });
        }
      }
    }
    calm = true;
    for (const [node, runner] of fleet.runners.entries()) if (runner === undefined) await fleet.start(node);
    const goal = Math.max(...fleet.heights()) + 6;
    for (let i = 0; i < 40 && Math.min(...fleet.heights()) < goal; i++) {
      // Who was no validator of a height that is over says nothing of it: block sync brings it on.
      await fleet.catchUp();
      let timers = 0;
      await fleet.runUntil(() => Math.min(...fleet.heights()) >= goal || ++timers > 100);
    }
    expect(Math.min(...fleet.heights())).toBeGreaterThanOrEqual(goal);
    return fleet;
  };

  /** One party for each height: a set is asked for by many. */
  const cached = (schedule: Schedule): Schedule => {
    const known = new Map<bigint, Party>();
    return (height) => {
      const set = known.get(height) ?? schedule(height);
      known.set(height, set);
      return set;
    };
  };

  test('nodes of a changing set agree, sign only where they belong, and go on when it clears', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => checkSafety(await survive(seed))),
      { numRuns: Number(process.env.CHAOS_RUNS ?? 8) },
    );
  });
});
