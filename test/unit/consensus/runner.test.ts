import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { verifyCommit } from '../../../consensus/certificates.ts';
import {
  blockTarget,
  decodeMessage,
  encodeMessage,
  FRESH,
  heightOf,
  type Message,
  NIL,
  type UnsignedVote,
} from '../../../consensus/messages.ts';
import { toHeight, toRound } from '../../../src/lib/brands.ts';
import { equal } from '../../../src/lib/bytes.ts';
import type { Block } from '../../../src/lib/chain.ts';
import { Fleet, type FleetOptions, type Sent, toAll } from './fleet.ts';
import {
  bytesOf,
  CHAIN,
  commitOf,
  digest,
  FOUR,
  idOf,
  makeBlock,
  party,
  signProposal,
  signVote,
} from './support.ts';

const fleetOf = async (options: Partial<FleetOptions>, starting: readonly number[]): Promise<Fleet> => {
  const fleet = new Fleet({ of: FOUR, nodes: 4, deliver: toAll, ...options });
  for (const node of starting) expect(await fleet.start(node)).toMatchObject({ ok: true });
  return fleet;
};
const ALL = [0, 1, 2, 3];
const runnerOf = (fleet: Fleet, node: number) => {
  const runner = fleet.runners[node];
  if (runner === undefined) throw new Error(`node ${node} is not running`);
  return runner;
};
const all =
  (fleet: Fleet, height: number, nodes = ALL) =>
  () =>
    nodes.every((node) => fleet.home(node).chain.length >= height);
const messageOf = ({ bytes }: Sent): Message => {
  const decoded = decodeMessage(bytes);
  if (!decoded.ok) throw new Error(decoded.fault.message);
  return decoded.value;
};

describe('four runners', () => {
  test('decide one height after another, the same on each, each with a commit that verifies', async () => {
    const fleet = await fleetOf({}, ALL);
    await fleet.runUntil(all(fleet, 5));
    expect(fleet.disagreement()).toBeUndefined();
    expect(fleet.fatal).toEqual([]);
    for (const { chain } of fleet.homes)
      for (const { commit } of chain)
        expect(verifyCommit(FOUR.validators, CHAIN, commit)).toMatchObject({ ok: true });
  });

  test('put the commit they saw into the next block', async () => {
    const fleet = await fleetOf({}, ALL);
    await fleet.runUntil(all(fleet, 3));
    const [first, second] = fleet.home(0).chain;
    expect(second?.block.lastCommit.blockHash).toEqual(first?.id);
    expect(second?.block.lastCommit.height).toBe(1n);
  });

  test('with one of them dead, decide its heights in a later round', async () => {
    const fleet = await fleetOf({}, [0, 1, 2]);
    await fleet.runUntil(all(fleet, 6, [0, 1, 2]));
    const rounds = fleet.home(0).chain.map(({ round }) => round);
    expect(rounds).toEqual([0, 0, 1, 0, 0, 0]);
  });

  test('with two of them dead, decide nothing, and go on when one is back', async () => {
    const fleet = await fleetOf({}, [0, 1]);
    for (let i = 0; i < 100; i++) {
      fleet.time.runNext();
      await fleet.settle();
    }
    expect(fleet.heights()).toEqual([0, 0, 0, 0]);
    await fleet.start(2);
    await fleet.runUntil(all(fleet, 2, [0, 1, 2]));
    expect(fleet.disagreement()).toBeUndefined();
  });

  test('ask for a proposal that gossip never brought: three of four are enough only if all three vote', async () => {
    let proposals = 0;
    const fleet = await fleetOf(
      {
        deliver: (to, sent) => {
          // Whole proposals are lost on the way to node 2, but for one that it asked for.
          for (const node of [0, 1, 2]) {
            if (node === sent.from) continue;
            if (node === 2 && sent.topic === 'proposal' && ++proposals % 2 === 1) continue;
            to.receive(node, sent);
          }
        },
      },
      [0, 1, 2],
    );
    await fleet.runUntil(all(fleet, 2, [0, 1, 2]));
    expect(fleet.home(2).chain.map(({ round }) => round)).toEqual([0, 0]);
    expect(proposals).toBeGreaterThanOrEqual(2);
  });

  test('a block that is invalid gets nil, and the next proposer has its turn', async () => {
    const bad = (block: Block): boolean => block.header.height === 1n && isBy(block, 1);
    const isBy = (block: Block, index: number): boolean =>
      equal(
        block.header.proposer,
        makeBlock({ of: FOUR, height: BigInt(index), round: toRound(0), time: 0n }).header.proposer,
      );
    const fleet = await fleetOf({ invalid: bad }, ALL);
    await fleet.runUntil(all(fleet, 2));
    expect(fleet.home(0).chain[0]).toMatchObject({ round: toRound(1) });
    expect(fleet.home(0).chain[1]).toMatchObject({ round: toRound(0) });
  });

  test('a proposer whose clock is off by more than the drift gets nil, and one within it does not', async () => {
    const fleet = await fleetOf(
      { clockOff: (node) => (node === 0 ? 2_100n : node === 2 ? 1_000n : 0n) },
      ALL,
    );
    await fleet.runUntil(all(fleet, 2));
    expect(fleet.home(1).chain.map(({ round }) => round)).toEqual([0, 0]);
    for (const others of [-2_100n, 2_700n]) {
      const off = await fleetOf({ clockOff: (node) => (node === 1 ? 0n : others) }, ALL);
      await off.runUntil(all(off, 1));
      expect(off.home(0).chain[0]?.round).toBe(1);
    }
  });

  test('one that follows without a key decides the same, and signs nothing', async () => {
    const said = new Set<string>();
    const fleet = await fleetOf(
      {
        nodes: 5,
        deliver: (to, sent) => {
          if (sent.from === 4) said.add(messageOf(sent).type);
          toAll(to, sent);
        },
      },
      [0, 1, 2, 3, 4],
    );
    await fleet.runUntil(() => fleet.heights().every((height) => height >= 3));
    expect(fleet.disagreement()).toBeUndefined();
    said.delete('commit');
    expect([...said]).toEqual([]);
  });

  test('a validator alone goes on by itself', async () => {
    const fleet = new Fleet({ of: party([1n]), nodes: 1, deliver: toAll });
    await fleet.start(0);
    await fleet.runUntil(() => fleet.heights()[0] === 4);
    expect(fleet.home(0).chain.map(({ round }) => round)).toEqual([0, 0, 0, 0]);
  });
});

describe('a runner that was killed', () => {
  test('before its block was committed, comes back to the same decision and commits it', async () => {
    let crashed = false;
    const fleet = await fleetOf(
      {
        crashAtDecision: (node) => {
          if (node !== 3 || crashed) return 'no';
          crashed = true;
          return 'before commit';
        },
      },
      ALL,
    );
    await fleet.runUntil(() => fleet.runners[3] === undefined);
    expect(fleet.home(3).chain).toHaveLength(0);
    expect(fleet.home(3).wal.height).toBe(1n);
    for (const node of [0, 1, 2]) fleet.kill(node);
    await fleet.start(3);
    await fleet.settle();
    expect(fleet.home(3).chain).toHaveLength(1);
    expect(fleet.disagreement()).toBeUndefined();
  });

  test('after its block was committed, drops the old log and goes on', async () => {
    let crashed = false;
    const fleet = await fleetOf(
      {
        crashAtDecision: (node) => {
          if (node !== 3 || crashed) return 'no';
          crashed = true;
          return 'after commit';
        },
      },
      ALL,
    );
    await fleet.runUntil(() => fleet.runners[3] === undefined);
    expect(fleet.home(3).chain).toHaveLength(1);
    expect(fleet.home(3).wal.height).toBe(1n);
    await fleet.start(3);
    expect(fleet.home(3).wal.height).toBe(2n);
    await fleet.runUntil(all(fleet, 4));
    expect(fleet.disagreement()).toBeUndefined();
  });

  test('all at once, at any moment, go on together', async () => {
    for (let moment = 0; moment < 24; moment++) {
      const fleet = await fleetOf(
        {
          deliver: (to, sent) => {
            for (const node of ALL)
              if (node !== sent.from) to.time.after(node * 3 + sent.from, () => to.receive(node, sent));
          },
        },
        ALL,
      );
      for (let i = 0; i < 5 + moment * 2; i++) {
        fleet.time.runNext();
        await fleet.settle();
      }
      for (const node of ALL) fleet.kill(node);
      await fleet.settle();
      for (const node of ALL) fleet.home(node).wal.losePower();
      const before = Math.max(...fleet.heights());
      for (const node of ALL) expect(await fleet.start(node)).toMatchObject({ ok: true });
      await fleet.runUntil(all(fleet, before + 3));
      expect(fleet.disagreement()).toBeUndefined();
      expect(fleet.fatal).toEqual([]);
    }
  });

  test('one height behind the others, gets the commit it missed', async () => {
    let cutOff = true;
    const fleet = await fleetOf(
      {
        deliver: (to, sent) => {
          const message = messageOf(sent);
          for (const node of ALL) {
            const precommit = message.type === 'vote' && message.vote.type === 'precommit';
            if (node === sent.from || (node === 3 && cutOff && precommit && message.vote.height === 1n))
              continue;
            to.receive(node, sent);
          }
        },
      },
      ALL,
    );
    await fleet.runUntil(all(fleet, 1, [0, 1, 2]));
    expect(fleet.home(3).chain).toHaveLength(0);
    cutOff = false;
    await fleet.runUntil(all(fleet, 1));
    expect(fleet.disagreement()).toBeUndefined();
  });

  test('whose log was lost signs nothing until past what it signed last', async () => {
    const fleet = await fleetOf({}, [0, 1]);
    for (let i = 0; i < 20; i++) {
      fleet.time.runNext();
      await fleet.settle();
    }
    const signed = fleet.home(0).signer?.signed.size ?? 0;
    expect(signed).toBeGreaterThan(0);
    fleet.kill(0);
    await fleet.settle();
    fleet.home(0).wal.height = 'none';
    await fleet.start(0);
    await fleet.start(2);
    await fleet.start(3);
    await fleet.runUntil(all(fleet, 1));
    expect(fleet.home(0).signer?.signed.size).toBe(signed);
    await fleet.runUntil(all(fleet, 3));
    expect(fleet.home(0).signer?.signed.size).toBeGreaterThan(signed);
  });

  test('whose log has been tampered with does not start', async () => {
    const fleet = await fleetOf({}, [0, 1]);
    for (let i = 0; i < 10; i++) {
      fleet.time.runNext();
      await fleet.settle();
    }
    fleet.kill(0);
    await fleet.settle();
    const { written } = fleet.home(0).wal;
    expect(written.length).toBeGreaterThan(0);
    const forged = signVote(FOUR, {
      type: 'prevote',
      height: toHeight(1n),
      round: toRound(0),
      target: NIL,
      validator: 1,
    });
    const { encodeEntry } = await import('../../../consensus/shell/entries.ts');
    const vote = { ...forged, validator: 2 };
    written.push(encodeEntry({ type: 'message', bytes: encodeMessage({ type: 'vote', vote }) }));
    expect(await fleet.start(0)).toMatchObject({ ok: false, fault: { code: 'WAL_ENTRY' } });
  });
});

describe('the pause', () => {
  const begun = async (fleet: Fleet): Promise<number> => {
    await fleet.runUntil(all(fleet, 2));
    const [first, second] = fleet.home(0).chain;
    return Number((second?.block.header.time ?? 0n) - (first?.block.header.time ?? 0n));
  };

  test('of an idle chain is 500 ms', async () => {
    const apart = await begun(await fleetOf({}, ALL));
    expect(apart).toBeGreaterThanOrEqual(500);
    expect(apart).toBeLessThan(520);
  });

  test('is 100 ms if the next proposer has transactions, though the others have none', async () => {
    const fleet = await fleetOf({ hasTransactions: (node) => node === 2 }, ALL);
    const apart = await begun(fleet);
    expect(apart).toBeGreaterThanOrEqual(100);
    expect(apart).toBeLessThan(120);
    // The others have begun with its proposal: the block is decided as soon as it is proposed.
    expect(Number(fleet.time.now - (fleet.home(0).chain[0]?.block.header.time ?? 0n))).toBeLessThan(140);
  });

  test('ends when transactions come', async () => {
    const fleet = await fleetOf({}, ALL);
    await fleet.runUntil(all(fleet, 1));
    fleet.time.after(250, () => runnerOf(fleet, 2).notifyTransactions());
    const apart = await begun(fleet);
    expect(apart).toBeGreaterThanOrEqual(250);
    expect(apart).toBeLessThan(270);
  });

  test('shows the next height, not begun', async () => {
    const fleet = await fleetOf({}, ALL);
    await fleet.runUntil(all(fleet, 1));
    expect(runnerOf(fleet, 0).status()).toEqual({
      height: toHeight(2n),
      round: toRound(0),
      step: 'unstarted',
      roundMs: 1_200,
      isListening: false,
      seenHeight: 2n,
    });
  });
});

describe('the attendance', () => {
  const seenAt = (fleet: Fleet, node = 0) =>
    runnerOf(fleet, node)
      .attendance()
      .map(({ hasVoted, lastSeen, silentMs }) => [hasVoted, lastSeen, silentMs]);

  test('says which validators vote in the present step, and when each other one was heard', async () => {
    const fleet = await fleetOf({}, [0, 1, 2]);
    await fleet.runUntil(all(fleet, 2, [0, 1, 2]));
    fleet.kill(2);
    const killedAt = fleet.time.now;
    await fleet.runUntil(() => fleet.time.now > killedAt + 20_000n);
    // Nodes 0 and 1 repeat their prevotes; node 3 was never there.
    const [own, other, dead, absent] = seenAt(fleet);
    expect(own).toEqual([true, expect.any(BigInt), expect.any(Number)]);
    expect(other?.[0]).toBe(true);
    expect(dead?.[0]).toBe(false);
    expect(Number(killedAt) - Number(dead?.[1])).toBeLessThan(1_000);
    expect(Number(fleet.time.now) - Number(dead?.[2])).toBe(Number(dead?.[1]));
    expect(absent).toEqual([false, undefined, undefined]);
  });

  test('a vote that comes again says nothing new about its validator', async () => {
    const sent: Sent[] = [];
    const fleet = await fleetOf({ deliver: (_, each) => sent.push(each) }, [0, 1]);
    await fleet.runUntil(() => sent.some((each) => each.from === 1 && messageOf(each).type === 'vote'));
    const vote = sent.find((each) => each.from === 1 && messageOf(each).type === 'vote');
    if (vote === undefined) throw new Error('node 1 votes');
    fleet.receive(0, vote);
    await fleet.settle();
    const heard = fleet.time.now;
    expect(seenAt(fleet)[1]?.slice(0, 2)).toEqual([true, heard]);
    await fleet.runUntil(() => fleet.time.now > heard + 5_000n);
    fleet.receive(0, vote);
    await fleet.settle();
    expect(seenAt(fleet)[1]?.slice(0, 2)).toEqual([true, heard]);
  });
});

describe('the disk', () => {
  test('is synced once for each signature and never without one', async () => {
    const fleet = await fleetOf({}, ALL);
    await fleet.runUntil(all(fleet, 4));
    for (const home of fleet.homes) expect(home.wal.syncs).toBe(home.signer?.signed.size);
    const observer = await fleetOf({ nodes: 5 }, [0, 1, 2, 3, 4]);
    await observer.runUntil(all(observer, 2));
    expect(observer.home(4).wal.syncs).toBe(0);
  });

  test('that fails while a block is committed stops the node, and nothing more is signed', async () => {
    const fleet = await fleetOf({ breaks: (node, height) => node === 1 && height === 2n }, ALL);
    await fleet.runUntil(() => fleet.fatal.length > 0);
    expect(fleet.fatal).toMatchObject([{ message: 'no space left on device' }]);
    const signed = fleet.home(1).signer?.signed.size;
    await fleet.runUntil(all(fleet, 4, [0, 2, 3]));
    expect(fleet.home(1).signer?.signed.size).toBe(signed);
    expect(fleet.fatal).toMatchObject([{ code: 'CONSENSUS_FAILED' }]);
    expect(runnerOf(fleet, 1).receive('vote', new Uint8Array(9), 'x')).toMatchObject({
      type: 'ignore',
      fault: { code: 'CONSENSUS_STOPPED' },
    });
  });
});

describe('what is received', () => {
  const vote = (over: Partial<UnsignedVote>): UnsignedVote => ({
    type: 'prevote',
    height: toHeight(1n),
    round: toRound(0),
    target: blockTarget(digest('v')),
    validator: 2,
    ...over,
  });
  const encoded = (over: Partial<UnsignedVote> = {}): Uint8Array =>
    encodeMessage({ type: 'vote', vote: signVote(FOUR, vote(over)) });
  const alone = async () => runnerOf(await fleetOf({}, [0]), 0);

  test('is accepted once, and ignored when it is said again', async () => {
    const fleet = await fleetOf({}, [0]);
    const runner = runnerOf(fleet, 0);
    expect(runner.receive('vote', encoded(), 'p')).toEqual({ type: 'accept' });
    await fleet.settle();
    expect(runner.receive('vote', encoded(), 'p')).toMatchObject({ type: 'ignore' });
  });

  test('is passed on once while it waits for its turn or its height, whoever repeats it', async () => {
    const fleet = await fleetOf({}, [0]);
    const runner = runnerOf(fleet, 0);
    for (const height of [1n, 2n]) {
      expect(runner.receive('vote', encoded({ height: toHeight(height) }), 'p')).toEqual({ type: 'accept' });
      for (const peer of ['p', 'q'])
        expect(runner.receive('vote', encoded({ height: toHeight(height) }), peer)).toMatchObject({
          type: 'ignore',
          fault: { code: 'MESSAGE_KNOWN' },
        });
    }
    await fleet.settle();
    expect(runner.receive('vote', encoded(), 'p')).toMatchObject({ fault: { code: 'MESSAGE_USELESS' } });
  });

  test('is rejected if it is malformed, wrongly signed, of a stranger, or on the wrong topic', async () => {
    const runner = await alone();
    const forged = { ...signVote(FOUR, vote({})), validator: 1 };
    const stranger = { ...signVote(FOUR, vote({})), validator: 9 };
    const elsewhere = signVote(FOUR, vote({}), { ...CHAIN, chainId: 1n });
    for (const [bytes, code] of [
      [Uint8Array.of(), 'MESSAGE_DECODE'],
      [Uint8Array.of(9, 0, 0, 0, 0, 1), 'MESSAGE_DECODE'],
      [encoded().subarray(0, 50), 'SSZ_DECODE'],
      [encodeMessage({ type: 'vote', vote: forged }), 'VOTE_SIGNATURE'],
      [encodeMessage({ type: 'vote', vote: stranger }), 'VOTE_VALIDATOR'],
      [encodeMessage({ type: 'vote', vote: elsewhere }), 'VOTE_SIGNATURE'],
    ] as const)
      expect(runner.receive('vote', bytes, 'p')).toMatchObject({ type: 'reject', fault: { code } });
    expect(runner.receive('proposal', encoded(), 'p')).toMatchObject({
      type: 'reject',
      fault: { code: 'MESSAGE_TOPIC' },
    });
  });

  test('is rejected if it is a proposal that is not the proposer’s, or not of its block', async () => {
    const runner = await alone();
    const block = makeBlock({ of: FOUR, height: toHeight(1n), round: toRound(0), time: 1n });
    const proposal = signProposal(FOUR, {
      height: toHeight(1n),
      round: toRound(0),
      id: idOf(block),
      validRound: FRESH,
    });
    const send = (message: Message): unknown => runner.receive('proposal', encodeMessage(message), 'p');
    expect(
      send({ type: 'proposal', proposal: { ...proposal, round: toRound(1) }, block: bytesOf(block) }),
    ).toMatchObject({
      type: 'reject',
      fault: { code: 'PROPOSAL_SIGNATURE' },
    });
    const other = bytesOf({ ...block, transactions: [Uint8Array.of(1)] });
    expect(send({ type: 'proposal', proposal, block: other })).toMatchObject({
      type: 'reject',
      fault: { code: 'BLOCK_BODY' },
    });
    expect(send({ type: 'proposal', proposal, block: bytesOf(block) })).toEqual({ type: 'accept' });
  });

  test('of a height to come is kept and used then, within bounds', async () => {
    const runner = await alone();
    expect(runner.receive('vote', encoded({ height: toHeight(2n) }), 'p')).toEqual({ type: 'accept' });
    expect(runner.status().seenHeight).toBe(2n);
    expect(runner.receive('vote', encoded({ height: toHeight(100n) }), 'p')).toMatchObject({
      type: 'ignore',
      fault: { code: 'MESSAGE_FAR' },
    });
    // The set of the next height is known; that of a later one may be another. So what is kept for it is not passed on.
    expect(runner.receive('vote', encoded({ height: toHeight(3n) }), 'p')).toMatchObject({
      type: 'ignore',
      fault: { code: 'MESSAGE_EARLY' },
    });
    expect(runner.status().seenHeight).toBe(3n);
    for (const [height, type] of [
      [2n, 'reject'],
      [3n, 'ignore'],
    ] as const) {
      const forged = { ...signVote(FOUR, vote({ height: toHeight(height) })), validator: 1 };
      expect(runner.receive('vote', encodeMessage({ type: 'vote', vote: forged }), 'p')).toMatchObject({
        type,
        fault: { code: 'VOTE_SIGNATURE' },
      });
    }
  });

  test('of a later height than the next one is used when its height begins, though it is not passed on', async () => {
    const behind = 3;
    const late: string[] = [];
    const fleet = await fleetOf(
      {
        // The last one hears nothing but height 3, which the others reach without it, and nothing after that.
        deliver: (to, sent) => {
          for (const node of ALL)
            if (node !== sent.from && node !== behind && sent.from !== behind) to.receive(node, sent);
          if (heightOf(messageOf(sent)) !== 3n || to.home(behind).chain.length > 0) return;
          const verdict = to.runners[behind]?.receive(sent.topic, sent.bytes, `node ${sent.from}`);
          if (verdict?.type !== 'ignore') throw new Error(`it is passed on: ${verdict?.type}`);
          late.push(verdict.fault.code);
        },
        reaches: (from, to) => from !== behind && to !== behind,
      },
      ALL,
    );
    await fleet.runUntil(all(fleet, 3, [0, 1, 2]));
    expect(fleet.home(behind).chain).toEqual([]);
    expect(late).toContain('MESSAGE_EARLY');
    await fleet.syncOne(behind);
    await fleet.syncOne(behind);
    await fleet.runUntil(() => fleet.home(behind).chain.length === 3);
    expect(fleet.disagreement()).toBeUndefined();
  });

  test('of a height whose set is not known yet and wrongly signed is not verified again and again for the same peer', async () => {
    const runner = await alone();
    const forged = (round: number): Uint8Array => {
      const vote2 = {
        ...signVote(FOUR, vote({ height: toHeight(3n), round: toRound(round) })),
        validator: 1,
      };
      return encodeMessage({ type: 'vote', vote: vote2 });
    };
    const codes = [0, 1, 2, 3, 4, 5].map((round) => runner.receive('vote', forged(round), 'p'));
    expect(codes.map((verdict) => ('fault' in verdict ? verdict.fault.code : verdict.type))).toEqual([
      'VOTE_SIGNATURE',
      ...new Array<string>(5).fill('MESSAGE_DOUBTED'),
    ]);
    const right = encoded({ height: toHeight(3n) });
    expect(runner.receive('vote', right, 'p')).toMatchObject({ type: 'ignore' });
    expect(runner.receive('vote', right, 'another')).toMatchObject({ fault: { code: 'MESSAGE_EARLY' } });
    expect(runner.receive('vote', encoded(), 'p')).toEqual({ type: 'accept' });
  });

  test('may be any bytes at all: it is judged, nothing throws, and nothing forged is taken in', async () => {
    const fleet = await fleetOf({}, [0]);
    const runner = runnerOf(fleet, 0);
    const block = makeBlock({
      of: FOUR,
      height: toHeight(1n),
      round: toRound(0),
      time: 1n,
      transactions: [digest('t')],
    });
    const proposal = signProposal(FOUR, {
      height: toHeight(1n),
      round: toRound(0),
      id: idOf(block),
      validRound: FRESH,
    });
    const votes = [1, 2, 3].map((validator) =>
      signVote(FOUR, vote({ type: 'precommit', round: toRound(1), validator })),
    );
    const good: readonly (readonly [Sent['topic'], Uint8Array])[] = [
      ['vote', encoded()],
      ['proposal', encodeMessage({ type: 'proposal', proposal, block: bytesOf(block) })],
      ['vote', encodeMessage({ type: 'commit', commit: commitOf(FOUR, 1n, 0, digest('v'), [1, 2, 3]) })],
      [
        'vote',
        encodeMessage({ type: 'round', certificate: { height: toHeight(1n), round: toRound(2), votes } }),
      ],
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...good),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        ([topic, bytes], at, flip) => {
          // The kind and the height: what they become is of no use here. Bytes 1 to 4 are part of no signature.
          const place = 13 + (at % (bytes.length - 13));
          const hostile = Uint8Array.from(bytes);
          hostile[place] = (hostile[place] ?? 0) ^ flip;
          expect(runner.receive(topic, hostile, 'p').type).not.toBe('accept');
        },
      ),
      { numRuns: 600 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 0, max: 6 }), (bytes, kind) => {
        for (const topic of ['vote', 'proposal'] as const)
          expect(runner.receive(topic, Uint8Array.of(kind, ...bytes), 'p').type).not.toBe('accept');
      }),
      { numRuns: 600 },
    );
    await fleet.settle();
    expect(fleet.fatal).toEqual([]);
    expect(runner.status()).toMatchObject({ height: toHeight(1n), round: toRound(0), step: 'propose' });
    // And as they were, all of them are good.
    for (const [topic, bytes] of good) expect(runner.receive(topic, bytes, 'p')).toEqual({ type: 'accept' });
  });

  test('of the height decided last is answered with its commit at most every 500 ms, also after the clock was set back', async () => {
    let off = 0n;
    let commits = 0;
    const fleet = await fleetOf(
      {
        clockOff: (node) => (node === 0 ? off : 0n),
        deliver: (to, sent) => {
          if (sent.from === 0 && messageOf(sent).type === 'commit') commits++;
          toAll(to, sent);
        },
      },
      ALL,
    );
    await fleet.runUntil(all(fleet, 2));
    // Nobody else is heard from now on, so height 2 stays the last one.
    for (const node of [1, 2, 3]) fleet.kill(node);
    const answered = (round: number): number => {
      const before = commits;
      runnerOf(fleet, 0).receive('vote', encoded({ height: toHeight(2n), round: toRound(round) }), 'p');
      return commits - before;
    };
    const isPast = (ms: bigint) => {
      const begun = fleet.time.now;
      return () => fleet.time.now >= begun + ms;
    };
    await fleet.runUntil(isPast(500n));
    expect([answered(1), answered(2)]).toEqual([1, 0]);
    off = -7_200_000n;
    await fleet.runUntil(isPast(500n));
    expect([answered(3), answered(4)]).toEqual([1, 0]);
  });

  test('is ignored when it is of a height that is decided, and a certificate counts for what its peer may send', async () => {
    const fleet = await fleetOf({}, ALL);
    await fleet.runUntil(all(fleet, 2));
    expect(runnerOf(fleet, 0).receive('vote', encoded({ height: toHeight(1n) }), 'p')).toMatchObject({
      type: 'ignore',
      fault: { code: 'MESSAGE_OLD' },
    });
    const [first] = fleet.home(0).chain;
    if (first === undefined) throw new Error('two blocks');
    const commit = encodeMessage({ type: 'commit', commit: first.commit });
    expect(runnerOf(fleet, 0).receive('vote', commit, 'p')).toMatchObject({
      type: 'old',
      fault: { code: 'MESSAGE_OLD' },
    });
  });
});

describe('block sync', () => {
  test('hands over blocks with their commits, one height after the other, and consensus goes on from there', async () => {
    const fleet = await fleetOf({}, [0, 1, 2]);
    await fleet.runUntil(all(fleet, 6, [0, 1, 2]));
    await fleet.start(3);
    await fleet.catchUp();
    expect(fleet.home(3).chain.length).toBeGreaterThanOrEqual(6);
    await fleet.runUntil(all(fleet, 12));
    expect(fleet.disagreement()).toBeUndefined();
    expect(
      fleet
        .home(3)
        .chain.slice(8)
        .some(({ commit }) => commit.signers[3] === true),
    ).toBe(true);
  });

  test('refuses a block of another height, one that is not the commit’s, and a commit that does not verify', async () => {
    const fleet = await fleetOf({}, [0, 1, 2]);
    await fleet.runUntil(all(fleet, 2, [0, 1, 2]));
    const [first, second] = fleet.home(0).chain;
    if (first === undefined || second === undefined) throw new Error('two blocks');
    await fleet.start(3);
    const runner = runnerOf(fleet, 3);
    const refused = (code: string): object => ({ ok: false, fault: { code } });
    expect(await runner.syncedBlock(second.bytes, second.commit)).toMatchObject(refused('SYNC_HEIGHT'));
    expect(await runner.syncedBlock(second.bytes, first.commit)).toMatchObject(refused('SYNC_BLOCK'));
    const few = commitOf(FOUR, 1n, first.round, first.id, [0, 1]);
    expect(await runner.syncedBlock(first.bytes, few)).toMatchObject(refused('CERTIFICATE_POWER'));
    const body = { ...first.block, transactions: [] };
    expect(await runner.syncedBlock(bytesOf(body), first.commit)).toMatchObject(refused('BLOCK_BODY'));
    expect(fleet.home(3).chain).toHaveLength(0);
    expect(await runner.syncedBlock(first.bytes, first.commit)).toEqual({ ok: true, value: undefined });
    expect(fleet.home(3).chain).toHaveLength(1);
  });

  test('of a block that is decided meanwhile without it does no harm', async () => {
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    let asked = 0;
    const validating = (node: number): Promise<void> =>
      node === 3 && ++asked === 1 ? gate : Promise.resolve();
    const sent: Sent[] = [];
    const fleet = await fleetOf(
      {
        validating,
        deliver: (to, each) => {
          sent.push(each);
          toAll(to, each);
        },
      },
      [0, 1, 2],
    );
    await fleet.runUntil(all(fleet, 1, [0, 1, 2]));
    const first = fleet.home(0).chain[0];
    if (first === undefined) throw new Error('a block');
    await fleet.start(3);
    await fleet.settle();
    const synced = runnerOf(fleet, 3).syncedBlock(first.bytes, first.commit);
    for (const each of sent.splice(0)) fleet.receive(3, each);
    await fleet.settle();
    expect(fleet.home(3).chain).toHaveLength(1);
    open();
    expect(await synced).toEqual({ ok: true, value: undefined });
    expect(fleet.fatal).toEqual([]);
  });

  test('of a block that this node holds for invalid stops the node', async () => {
    let broken = false;
    const fleet = await fleetOf({ invalid: () => broken }, [0, 1, 2]);
    await fleet.runUntil(all(fleet, 1, [0, 1, 2]));
    const first = fleet.home(0).chain[0];
    if (first === undefined) throw new Error('a block');
    for (const node of [0, 1, 2]) fleet.kill(node);
    broken = true;
    await fleet.start(3);
    expect(await runnerOf(fleet, 3).syncedBlock(first.bytes, first.commit)).toMatchObject({ ok: false });
    expect(fleet.fatal).toMatchObject([{ code: 'CONSENSUS_DIVERGED', data: { height: '1' } }]);
  });
});
