/** A key in two places, and an honest restart, which must never be taken for one. */
import { describe, expect, test } from 'vitest';
import {
  blockTarget,
  decodeMessage,
  encodeMessage,
  encodeVote,
  FRESH,
  type Message,
  NIL,
  type UnsignedVote,
} from '../../../consensus/messages.ts';
import type { Runner } from '../../../consensus/shell/runner.ts';
import { toHeight, toRound } from '../../../src/lib/brands.ts';
import { equal } from '../../../src/lib/bytes.ts';
import { Fleet, type FleetOptions, type Sent, toAll } from './fleet.ts';
import {
  bytesOf,
  commitOf,
  digest,
  FOUR,
  idOf,
  makeBlock,
  partOf,
  party,
  signProposal,
  signVote,
} from './support.ts';

const ALL = [0, 1, 2, 3];

const fleetOf = async (options: Partial<FleetOptions>, starting: readonly number[]): Promise<Fleet> => {
  const fleet = new Fleet({ of: FOUR, nodes: 4, deliver: toAll, ...options });
  for (const node of starting) expect(await fleet.start(node)).toMatchObject({ ok: true });
  return fleet;
};
const runnerOf = (fleet: Fleet, node: number): Runner => {
  const runner = fleet.runners[node];
  if (runner === undefined) throw new Error(`node ${node} is not running`);
  return runner;
};
const all =
  (fleet: Fleet, height: number, nodes: readonly number[] = ALL) =>
  () =>
    nodes.every((node) => fleet.home(node).chain.length >= height);
const codes = (fleet: Fleet): readonly string[] => fleet.fatal.map(({ code }) => code);

/** Two nodes of one key are one peer to the others: neither hears the other, by gossip or by a question. */
const apart =
  (one: number, other: number) =>
  (from: number, to: number): boolean =>
    !(from === one && to === other) && !(from === other && to === one);
const deliverApart =
  (one: number, other: number, delayMs = 3): FleetOptions['deliver'] =>
  (fleet, sent) => {
    for (const to of fleet.runners.keys())
      if (to !== sent.from && apart(one, other)(sent.from, to))
        fleet.time.after(delayMs, () => fleet.receive(to, sent));
  };

/** The steps that two nodes have signed differently. */
const doubleSigned = (fleet: Fleet, one: number, other: number): readonly string[] =>
  [...(fleet.home(one).signer?.signed ?? [])].flatMap(([step, bytes]) => {
    const theirs = fleet.home(other).signer?.signed.get(step);
    return theirs === undefined || equal(theirs, bytes) ? [] : [step];
  });

describe('a copy of a home that runs', () => {
  const started = async (): Promise<{ readonly fleet: Fleet; readonly copy: number }> => {
    const options = { reaches: apart(1, 4), deliver: deliverApart(1, 4) };
    const fleet = await fleetOf(options, ALL);
    await fleet.runUntil(all(fleet, 2));
    return { fleet, copy: fleet.clone(1) };
  };

  test('stops before its first signature, and the others go on', async () => {
    const { fleet, copy } = await started();
    await fleet.start(copy);
    await fleet.runUntil(() => fleet.fatal.length > 0);
    expect(codes(fleet)).toEqual(['KEY_IN_USE_ELSEWHERE']);
    expect(fleet.home(copy).signer?.signed.size).toBe(0);
    expect(runnerOf(fleet, copy).receive('vote', new Uint8Array(9), 'x')).toMatchObject({
      fault: { code: 'CONSENSUS_STOPPED' },
    });
    await fleet.runUntil(all(fleet, 6));
    expect(codes(fleet)).toHaveLength(1);
  });

  test('is found by the blocks that it syncs, if nobody answers what it asks', async () => {
    const { fleet, copy } = await started();
    await fleet.runUntil(all(fleet, 5));
    Object.assign(fleet.options, { reaches: () => false });
    await fleet.start(copy);
    const next = fleet.home(0).chain[fleet.home(copy).chain.length];
    if (next === undefined) throw new Error('the others are ahead');
    expect(await runnerOf(fleet, copy).syncedBlock(next.bytes, next.commit)).toMatchObject({ ok: false });
    expect(codes(fleet)).toEqual(['KEY_IN_USE_ELSEWHERE']);
    expect(fleet.home(copy).signer?.signed.size).toBe(0);
  });

  test('and that was stopped for the copy: of two that start at once, one stops, and nothing is signed twice', async () => {
    const { fleet, copy } = await started();
    fleet.kill(1);
    await fleet.settle();
    const second = fleet.clone(1);
    Object.assign(fleet.options, {
      reaches: apart(copy, second),
      deliver: deliverApart(copy, second),
      random: (node: number) => (node === copy ? 0.1 : 0.9),
    });
    // The copies were taken at the same moment.
    fleet.homes[copy] = fleet.home(1).copy();
    for (const node of [copy, second]) await fleet.start(node);
    await fleet.runUntil(() => fleet.fatal.length > 0);
    expect(codes(fleet)).toEqual(['KEY_IN_USE_ELSEWHERE']);
    const live = [0, 2, 3, copy];
    await fleet.runUntil(all(fleet, Math.max(...fleet.heights()) + 4, live));
    expect(doubleSigned(fleet, copy, second)).toEqual([]);
    expect(fleet.home(copy).signer?.signed.size).toBeGreaterThan(0);
  });
});

describe('a node that lacks blocks', () => {
  /** Block sync, as slow as a block in this many milliseconds. */
  const syncEvery = (fleet: Fleet, node: number, ms: number): void => {
    void fleet.syncOne(node);
    fleet.time.after(ms, () => syncEvery(fleet, node, ms));
  };
  const signed = (fleet: Fleet, node: number) => fleet.home(node).signer?.signed.size ?? 0;

  test('listens until it has them: of two copies that start and sync at once, one stops, and nothing is signed twice', async () => {
    const fleet = await fleetOf({ tellsHeights: true }, ALL);
    await fleet.runUntil(all(fleet, 2));
    fleet.kill(1);
    await fleet.settle();
    const copy = fleet.clone(1);
    const others = [0, 2, 3];
    await fleet.runUntil(all(fleet, 25, others));
    Object.assign(fleet.options, {
      reaches: apart(1, copy),
      deliver: deliverApart(1, copy),
      random: (node: number) => (node === copy ? 0.1 : 0.9),
    });
    const [begun, before] = [fleet.time.now, signed(fleet, 1)];
    for (const node of [1, copy]) {
      await fleet.start(node);
      syncEvery(fleet, node, 250);
    }
    await fleet.runUntil(() => fleet.fatal.length > 0);
    // It took longer than a key listens.
    expect(fleet.time.now - begun).toBeGreaterThan(5_000n);
    expect(codes(fleet)).toEqual(['KEY_IN_USE_ELSEWHERE']);
    await fleet.runUntil(all(fleet, Math.max(...fleet.heights()) + 3, [...others, copy]));
    expect([signed(fleet, copy) > 0, signed(fleet, 1)]).toEqual([true, before]);
    expect(doubleSigned(fleet, copy, 1)).toEqual([]);
  });

  test.each([
    ['without end', () => true],
    ['for eight seconds of each 8.4', (now: bigint) => now % 8_400n < 8_000n],
    ['for a moment of every second', (now: bigint) => now % 1_000n < 150n],
  ])('signs in time though a peer claims blocks that nobody has, %s', async (_, claims) => {
    for (const [stopped, limitMs] of [
      // The chain goes on, or waits for this node and others.
      [[1], 6_000n],
      [ALL, 20_000n],
    ] as const) {
      const fleet = await fleetOf({ tellsHeights: true }, ALL);
      Object.assign(fleet.options, { lie: () => (claims(fleet.time.now) ? 1_000_000n : 0n) });
      await fleet.runUntil(all(fleet, 2), 20_000);
      for (const node of stopped) fleet.kill(node);
      await fleet.settle();
      const before = signed(fleet, 1);
      const begun = fleet.time.now;
      for (const node of stopped) await fleet.start(node);
      expect(runnerOf(fleet, 1).status().isListening).toBe(true);
      await fleet.runUntil(() => signed(fleet, 1) > before, 20_000);
      expect(runnerOf(fleet, 1).status().isListening).toBe(false);
      expect(fleet.time.now - begun).toBeLessThan(limitMs);
      expect(fleet.fatal).toEqual([]);
    }
  });

  test('that had no peer for a while believes their claims anew', async () => {
    let isAlone = false;
    const fleet = await fleetOf({ tellsHeights: true, isConnected: () => !isAlone }, ALL);
    await fleet.runUntil(all(fleet, 2));
    for (const node of ALL) fleet.kill(node);
    await fleet.settle();
    Object.assign(fleet.options, { lie: () => (isAlone ? 0n : 1_000_000n) });
    await fleet.start(1);
    await fleet.start(0);
    const forMs = async (ms: bigint): Promise<void> => {
      const until = fleet.time.now + ms;
      await fleet.runUntil(() => fleet.time.now >= until, 20_000);
    };
    await forMs(5_000n);
    isAlone = true;
    await forMs(20_000n);
    isAlone = false;
    await forMs(10_000n);
    expect(runnerOf(fleet, 1).status().isListening).toBe(true);
    await forMs(15_000n);
    expect(runnerOf(fleet, 1).status().isListening).toBe(false);
  });
});

describe('a copy of a home that had never signed', () => {
  const options = { reaches: apart(1, 4), deliver: deliverApart(1, 4), tellsHeights: true };

  test('stops before its first signature if the chain has begun, also if no vote is there at that moment', async () => {
    const fleet = await fleetOf(options, []);
    const copy = fleet.clone(1);
    for (const node of ALL) await fleet.start(node);
    await fleet.runUntil(all(fleet, 2));
    // The next height begins, and nobody has heard a vote of it yet.
    await fleet.start(copy);
    await fleet.runUntil(() => fleet.fatal.length > 0);
    expect(codes(fleet)).toEqual(['KEY_IN_USE_ELSEWHERE']);
    expect(fleet.home(copy).signer?.signed.size).toBe(0);
    await fleet.runUntil(all(fleet, 5));
    expect(codes(fleet)).toHaveLength(1);
  });

  test('stops before its first signature if the other has voted for the first block', async () => {
    // Two of four decide nothing.
    const fleet = await fleetOf(options, []);
    const copy = fleet.clone(1);
    for (const node of [0, 1]) await fleet.start(node);
    await fleet.runUntil(() => (fleet.home(1).signer?.signed.size ?? 0) > 0);
    for (let i = 0; i < 10; i++) {
      fleet.time.runNext();
      await fleet.settle();
    }
    expect(fleet.home(0).chain).toEqual([]);
    await fleet.start(copy);
    await fleet.runUntil(() => fleet.fatal.length > 0);
    expect(fleet.fatal).toMatchObject([{ code: 'KEY_IN_USE_ELSEWHERE' }]);
    expect(fleet.home(copy).signer?.signed.size).toBe(0);
  });

  test.each([
    ['is in the set', FOUR],
    // Three of four decide without it.
    ['enters the set later', partOf(FOUR, new Map([0, 1, 2].map((each) => [each, 1n])))],
  ])(
    'and meets the chain with it, long after both have started alone, stops, if its key %s',
    async (_, first) => {
      let isAlone = true;
      const [one, copy] = [3, 4];
      const reaches = (from: number, to: number): boolean =>
        apart(one, copy)(from, to) && !(isAlone && Math.max(from, to) >= one);
      const fleet = await fleetOf(
        {
          reaches,
          isConnected: reaches,
          tellsHeights: true,
          validatorsAt: (height) => (height < 5n ? first : FOUR),
          random: (node) => (node === copy ? 0.1 : 0.9),
          deliver: (to, sent) => {
            for (const node of to.runners.keys())
              if (node !== sent.from && reaches(sent.from, node))
                to.time.after(3, () => to.receive(node, sent));
          },
        },
        [],
      );
      expect(fleet.clone(one)).toBe(copy);
      for (const node of [one, copy, 0, 1, 2]) await fleet.start(node);
      await fleet.runUntil(all(fleet, 25, [0, 1, 2]));
      isAlone = false;
      const sync = (node: number): void => {
        void fleet.syncOne(node);
        fleet.time.after(250, () => sync(node));
      };
      for (const node of [one, copy]) sync(node);
      await fleet.runUntil(() => fleet.fatal.length > 0, 50_000);
      expect(codes(fleet)).toEqual(['KEY_IN_USE_ELSEWHERE']);
      await fleet.runUntil(all(fleet, Math.max(...fleet.heights()) + 3, [0, 1, 2, copy]));
      const signed = (node: number) => fleet.home(node).signer?.signed.size ?? 0;
      expect([signed(copy) > 0, signed(one)]).toEqual([true, 0]);
      expect(doubleSigned(fleet, copy, one)).toEqual([]);
    },
  );

  test('and is started with the other is noticed within a few rounds', async () => {
    const fleet = await fleetOf(options, []);
    const copy = fleet.clone(1);
    const begun = fleet.time.now;
    for (const node of [...ALL, copy]) await fleet.start(node);
    await fleet.runUntil(() => fleet.fatal.length > 0);
    expect(fleet.time.now - begun).toBeLessThan(3_000n);
    expect(new Set(codes(fleet))).toEqual(new Set(['KEY_IN_USE_ELSEWHERE']));
  });
});

describe('a key that has never signed', () => {
  test('holds back what nobody could hear, and signs once a peer has answered', async () => {
    const fleet = await fleetOf({}, [1]);
    await fleet.settle();
    expect(fleet.home(1).signer?.signed.size).toBe(0);
    const begun = fleet.time.now;
    for (const node of [0, 2, 3]) await fleet.start(node);
    await fleet.runUntil(all(fleet, 1));
    expect(fleet.time.now - begun).toBeLessThanOrEqual(110n);
  });

  test('signs nothing without peers, and at once if it decides alone', async () => {
    const one = await fleetOf({}, [1]);
    const begun = one.time.now;
    await one.runUntil(() => one.time.now - begun > 60_000n);
    expect(one.home(1).signer?.signed.size).toBe(0);
    const alone = new Fleet({ of: party([1n]), nodes: 1, deliver: toAll });
    await alone.start(0);
    const started = alone.time.now;
    await alone.runUntil(() => alone.home(0).chain.length === 1);
    expect(alone.time.now - started).toBeLessThan(50n);
  });
});

describe('what is signed with the key of a node, and not by it, stops it', () => {
  const vote = (over: Partial<UnsignedVote>): Message => ({
    type: 'vote',
    vote: signVote(FOUR, {
      type: 'precommit',
      height: toHeight(1n),
      round: toRound(5),
      target: NIL,
      validator: 0,
      ...over,
    }),
  });
  const proposal = (): Message => {
    // Round 3 of height 1 is proposed by validator 0.
    const at = { height: toHeight(1n), round: toRound(3) };
    const block = makeBlock({ of: FOUR, height: 1n, round: 3, time: 1n });
    return {
      type: 'proposal',
      proposal: signProposal(FOUR, { ...at, id: idOf(block), validRound: FRESH }),
      block: bytesOf(block),
    };
  };
  const commit = (height: bigint): Message => ({
    type: 'commit',
    commit: commitOf(FOUR, height, 0, digest('v'), [0, 1, 2]),
  });

  test.each([
    ['a vote of this height', vote({})],
    ['a vote of a height to come', vote({ height: toHeight(3n) })],
    ['a proposal', proposal()],
    ['a commit', commit(1n)],
    ['a commit of a height to come', commit(2n)],
  ])('%s', async (_, message) => {
    const fleet = await fleetOf({}, [0]);
    const topic = message.type === 'proposal' ? 'proposal' : 'vote';
    expect(runnerOf(fleet, 0).receive(topic, encodeMessage(message), 'p')).toMatchObject({ type: 'ignore' });
    expect(fleet.fatal).toMatchObject([
      { code: 'KEY_IN_USE_ELSEWHERE', message: expect.stringContaining('in use elsewhere') },
    ]);
  });

  test('a vote that contradicts what it has signed, from gossip or as an answer', async () => {
    const undecided: FleetOptions['deliver'] = (to, sent) => {
      const decoded = decodeMessage(sent.bytes);
      const isPrecommit =
        decoded.ok && decoded.value.type === 'vote' && decoded.value.vote.type === 'precommit';
      for (const node of ALL) if (node !== sent.from && !isPrecommit) to.receive(node, sent);
    };
    for (const type of ['precommit', 'prevote'] as const)
      for (const way of ['gossip', 'answer']) {
        const fleet = await fleetOf({ deliver: undecided }, ALL);
        await fleet.runUntil(() => fleet.home(0).signer?.signed.has('1/0/2') === true);
        await fleet.settle();
        const other = vote({ type, round: toRound(0), target: blockTarget(digest('another')) });
        if (other.type !== 'vote') return;
        if (way === 'gossip') runnerOf(fleet, 0).receive('vote', encodeMessage(other), 'p');
        else runnerOf(fleet, 0).votesOfOwnKey([encodeVote(other.vote)]);
        await fleet.settle();
        expect(codes(fleet)).toEqual(['KEY_IN_USE_ELSEWHERE']);
      }
  });

  test('a vote of the height decided last that contradicts its last one, but not a forged one', async () => {
    const fleet = await fleetOf({}, ALL);
    await fleet.runUntil(all(fleet, 1));
    const other = vote({ round: toRound(0), target: blockTarget(digest('another')) });
    if (other.type !== 'vote') return;
    const forged: Message = { type: 'vote', vote: { ...other.vote, signature: new Uint8Array(64) } };
    const runner = runnerOf(fleet, 0);
    expect(runner.receive('vote', encodeMessage(forged), 'p')).toMatchObject({ type: 'reject' });
    expect(fleet.fatal).toEqual([]);
    runner.receive('vote', encodeMessage(other), 'p');
    expect(codes(fleet)).toEqual(['KEY_IN_USE_ELSEWHERE']);
  });

  test('but what only names it, and is signed with another key, does not', async () => {
    const fleet = await fleetOf({}, [0]);
    const forged = vote({ validator: 2 });
    if (forged.type !== 'vote') return;
    const named: Message = { type: 'vote', vote: { ...forged.vote, validator: 0 } };
    expect(runnerOf(fleet, 0).receive('vote', encodeMessage(named), 'p')).toMatchObject({ type: 'reject' });
    const runner = runnerOf(fleet, 0);
    expect(runner.votesOfOwnKey([encodeVote(forged.vote)])).toBe('false');
    expect(runner.votesOfOwnKey([Uint8Array.of(1, 2, 3)])).toBe('false');
    expect(runner.votesOfOwnKey([])).toBe('fine');
    expect(fleet.fatal).toEqual([]);
  });
});

describe('an honest restart', () => {
  test('whose own votes come back, from gossip and from peers that it asks, goes on', async () => {
    for (let moment = 4; moment < 24; moment += 3) {
      const past: Sent[] = [];
      const fleet = await fleetOf(
        {
          deliver: (to, sent) => {
            if (sent.from === 0) past.push(sent);
            for (const node of ALL)
              if (node !== sent.from) to.time.after(node * 3 + sent.from, () => to.receive(node, sent));
          },
        },
        ALL,
      );
      for (let i = 0; i < moment; i++) {
        fleet.time.runNext();
        await fleet.settle();
      }
      fleet.kill(0);
      await fleet.settle();
      // The process died after it had sent its last vote, and before the log had it.
      fleet.home(0).wal.losePower();
      await fleet.start(0);
      for (const sent of past) runnerOf(fleet, 0).receive(sent.topic, sent.bytes, 'p');
      await fleet.settle();
      await fleet.runUntil(all(fleet, Math.max(...fleet.heights()) + 3));
      expect(fleet.fatal).toEqual([]);
      expect(fleet.disagreement()).toBeUndefined();
    }
  });

  test('of all at once goes on within seconds, and a first start waits for nothing', async () => {
    const fleet = await fleetOf({ random: () => 0.999 }, ALL);
    const begun = fleet.time.now;
    await fleet.runUntil(all(fleet, 1));
    expect(fleet.time.now - begun).toBeLessThan(50n);
    for (const node of ALL) fleet.kill(node);
    await fleet.settle();
    const stopped = fleet.time.now;
    for (const node of ALL) await fleet.start(node);
    await fleet.runUntil(all(fleet, 2));
    expect(fleet.time.now - stopped).toBeGreaterThanOrEqual(500n);
    expect(fleet.time.now - stopped).toBeLessThan(3_500n);
    expect(fleet.fatal).toEqual([]);
  });

  test('that nobody answers goes on too', async () => {
    const one = await fleetOf({ reaches: () => false }, ALL);
    await one.runUntil(all(one, 1));
    for (const node of ALL) one.kill(node);
    await one.settle();
    for (const node of ALL) await one.start(node);
    await one.runUntil(all(one, 3));
    expect(one.fatal).toEqual([]);
  });
});
