import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Judgement } from '../../../p2p/sync/block-sync.ts';
import { RANGES_MAX, REQUESTS_MAX } from '../../../p2p/sync/ranges.ts';
import { fault } from '../../../src/lib/errors.ts';
import {
  type Behaviour,
  busy,
  dripping,
  empty,
  falseInside,
  forked,
  honest,
  inTurn,
  type Outcome,
  oldBlocks,
  replayed,
  resetting,
  reversed,
  runArena,
  type SimulatedPeer,
  silent,
  stingy,
  tooMany,
  unsigned,
  wrongCommits,
} from './sync-arena.ts';

const upTo = (height: number, from = 1): bigint[] =>
  Array.from({ length: height - from + 1 }, (_, i) => BigInt(i + from));

const still = (height: bigint) => (): bigint => height;

/** A chain with a block every second, of this height at the start. */
const growing =
  (height: bigint) =>
  (ms: number): bigint =>
    height + BigInt(Math.floor(ms / 1_000));

const four = (reply: Behaviour = honest()): readonly SimulatedPeer[] =>
  ['a', 'b', 'c', 'd'].map((name) => ({ name, configured: true, reply }));

const MILLION = 1_000_000n;
const boasting = (reply: Behaviour, name = 'liar'): SimulatedPeer => ({ name, claims: () => MILLION, reply });

describe('block sync', () => {
  test('brings a new node to the height of its peers, in order, from several of them', async () => {
    const { tookMs, applied, asked, blamed, credited, syncingSteps, excess } = await runArena(
      { peers: four(), chain: still(500n) },
      20_000,
    );
    expect(tookMs).toBeLessThan(3_000);
    expect(applied).toEqual(upTo(500));
    expect(new Set(asked.keys())).toEqual(new Set(['a', 'b', 'c', 'd']));
    expect([...blamed]).toEqual([]);
    expect(credited).toEqual(new Set(asked.keys()));
    expect([syncingSteps > 0, excess]).toEqual([true, 0n]);
  });

  test('follows a chain that grows, and rests when it is there', async () => {
    const { applied, isSyncing } = await runArena({ peers: four(), chain: growing(200n) }, 20_000);
    expect(applied.slice(0, 200)).toEqual(upTo(200));
    expect(isSyncing).toBe(false);
  });

  test('leaves one block to consensus for a moment, and fetches it when consensus does not come to it', async () => {
    const { tookMs, syncingSteps } = await runArena({ peers: four(), chain: still(11n), tip: 10n }, 5_000);
    expect(tookMs).toBeGreaterThan(1_400);
    expect(tookMs).toBeLessThan(2_000);
    expect(syncingSteps).toBeLessThan(60);
  });

  test('does nothing while consensus keeps up', async () => {
    const { asked, syncingSteps } = await runArena(
      { peers: four(), chain: growing(50n), tip: 50n, consensusMs: 300 },
      20_000,
      false,
    );
    expect([asked.size, syncingSteps]).toEqual([0, 0]);
  });

  test('of slow peers gets on, and blames none of them', async () => {
    const { tookMs, blamed } = await runArena({ peers: four(honest(3_000)), chain: still(100n) }, 120_000);
    expect(tookMs).toBeLessThan(60_000);
    expect([...blamed]).toEqual([]);
  });

  test('needs no peer of the config', async () => {
    const peers = ['e', 'f'].map((name) => ({ name, reply: honest() }));
    const { tookMs } = await runArena({ peers, chain: still(200n) }, 20_000);
    expect(tookMs).toBeLessThan(5_000);
  });

  test('past a change of the validators is judged by what was applied', async () => {
    const { tookMs, applied } = await runArena(
      { peers: four(), chain: still(100n), knowsNoValidators: true },
      20_000,
    );
    expect(tookMs).toBeLessThan(3_000);
    expect(applied).toEqual(upTo(100));
  });
});

describe('a new node with four honest peers in its config catches up in spite of', () => {
  const hostile: [string, SimulatedPeer | readonly SimulatedPeer[], RegExp][] = [
    ['a peer that claims a million and says nothing', boasting(silent), /^$/],
    ['a peer that claims a million and drips', boasting(dripping), /^$/],
    ['a peer that claims a million and has nothing', boasting(empty), /^liar false-height$/],
    ['a peer that claims a million and is always busy', boasting(busy), /^$/],
    ['a peer that claims a million and breaks off', boasting(resetting), /^$/],
    ['an old block with another height under its own commit', boasting(oldBlocks), /^liar false-answer$/],
    ['an old block as it is', boasting(replayed), /^liar false-answer$/],
    ['blocks that nobody has decided', boasting(unsigned), /^liar false-answer$/],
    ['the right blocks with commits that nobody signed', boasting(wrongCommits), /^liar false-answer$/],
    ['a fork that nobody has decided', boasting(forked), /^liar false-answer$/],
    ['blocks out of order', boasting(reversed), /^liar false-(answer|height)$/],
    ['more blocks than were asked for', boasting(tooMany), /^liar false-(answer|height)$/],
    ['one block at a time', boasting(stingy), /^liar false-height$/],
    ['a false commit in the middle of true blocks', boasting(falseInside), /^liar false-(answer|height)$/],
    ['truth and lies in turn', boasting(inTurn(honest(), wrongCommits)), /^liar false-(answer|height)$/],
    ['truth and silence in turn', boasting(inTurn(honest(), silent)), /^liar false-height$/],
    [
      'twenty peers that come back under new names',
      [silent, empty, oldBlocks, unsigned, forked].flatMap((reply, i) =>
        [0, 1, 2, 3].map((j) => ({ ...boasting(reply, `liar ${i} ${j}`), renewsMs: 2_000 })),
      ),
      /^liar \d \d false-(answer|height)$/,
    ],
  ];
  const expectCaughtUp = (
    { tookMs, applied, blamed, excess, isSyncing, ...most }: Outcome,
    blame: RegExp,
  ): void => {
    expect(tookMs).toBeLessThan(10_000);
    expect(applied).toEqual(upTo(applied.length));
    for (const each of blamed) expect(each).toMatch(blame);
    expect([excess, isSyncing]).toEqual([0n, false]);
    expect(most.underWayMax).toBeLessThanOrEqual(REQUESTS_MAX + 2);
    expect(most.blocksMax).toBeLessThanOrEqual(16 * (RANGES_MAX + 1));
  };
  test.each(hostile)('%s', async (_, liars, blame) => {
    expectCaughtUp(await runArena({ peers: [liars, four()].flat(), chain: growing(300n) }, 60_000), blame);
  });

  test('the same among peers whose validators it does not know yet', async () => {
    for (const [, liars, blame] of hostile)
      expectCaughtUp(
        await runArena(
          { peers: [liars, four()].flat(), chain: growing(100n), knowsNoValidators: true },
          60_000,
        ),
        blame,
      );
  });
});

describe('a validator at the tip is never said to be syncing because of', () => {
  const claims: [string, (chain: bigint) => bigint][] = [
    ['a claim of a million', () => MILLION],
    ['a claim of two blocks more than there are, for ever', (height) => height + 2n],
    ['a claim of the greatest height', () => (1n << 64n) - 1n],
  ];
  test.each(claims)('%s', async (_, claim) => {
    const useless = [silent, empty, oldBlocks, unsigned, forked];
    for (const reply of [...useless, honest(), inTurn(honest(), oldBlocks)]) {
      const liar = { name: 'liar', claims: claim, reply };
      const { syncingSteps, asked, credited } = await runArena(
        {
          peers: [liar, { ...liar, name: 'sybil', renewsMs: 3_000 }, ...four()],
          chain: growing(50n),
          tip: 50n,
          consensusMs: 300,
        },
        30_000,
        false,
      );
      expect(syncingSteps).toBe(0);
      if (useless.includes(reply)) expect([...credited]).toEqual([]);
      expect(['a', 'b', 'c', 'd'].some((name) => asked.has(name))).toBe(false);
    }
  });
});

describe('a new node that knows nobody', () => {
  const crowd = (reply: Behaviour): readonly SimulatedPeer[] =>
    Array.from({ length: 12 }, (_, i) => ({ ...boasting(reply, `sybil ${i}`), renewsMs: 5_000 }));
  test.each([
    ['silent', silent],
    ['empty', empty],
    ['forging', oldBlocks],
    ['inventing', unsigned],
  ] as const)(
    'finds the one honest peer among twelve %s ones that come back under new names',
    async (_, reply) => {
      const { tookMs, excess, applied } = await runArena(
        { peers: [...crowd(reply), { name: 'honest', reply: honest() }], chain: still(100n) },
        240_000,
      );
      expect(tookMs).toBeLessThan(120_000);
      expect([applied.length, excess]).toEqual([100, 0n]);
    },
  );
});

describe('what a node says of a block', () => {
  const failure = (type: 'false' | 'failed'): Judgement => ({ type, fault: fault('STORE_IO', 'disk full') });

  test('its own failure is no fault of the peer: the block is fetched again', async () => {
    let failures = 0;
    const { tookMs, blamed } = await runArena(
      {
        peers: four(),
        chain: still(20n),
        judge: (height) => {
          if (height !== 7n || failures > 2) return undefined;
          failures += 1;
          return failure('failed');
        },
      },
      20_000,
    );
    expect(tookMs).toBeLessThan(10_000);
    expect([failures, [...blamed]]).toEqual([3, []]);
  });

  test('a block that it calls its tip, and is not, is a failure', async () => {
    let lies = 0;
    const { tookMs, asked } = await runArena(
      {
        peers: four(),
        chain: still(20n),
        judge: (height) => {
          if (height !== 7n || lies > 0) return undefined;
          lies += 1;
          return { type: 'applied' };
        },
      },
      20_000,
    );
    expect(tookMs).toBeLessThan(10_000);
    expect(asked.size).toBeGreaterThan(1);
  });

  test('a block of a height that it has got by itself is passed over', async () => {
    const { tookMs, applied } = await runArena(
      {
        peers: four(),
        chain: still(64n),
        judge: (height, advance) => {
          if (height !== 30n) return undefined;
          advance();
          return { type: 'passed' };
        },
      },
      20_000,
    );
    expect(tookMs).toBeLessThan(10_000);
    expect(applied).toEqual(upTo(64));
  });

  test('between two heights it is asked again, without a pause', async () => {
    let asked = 0;
    const { tookMs } = await runArena(
      {
        peers: four(),
        chain: still(20n),
        judge: (height) => {
          if (height !== 7n || asked > 1) return undefined;
          asked += 1;
          return { type: 'later' };
        },
      },
      20_000,
    );
    expect([asked, tookMs !== undefined && tookMs < 1_500]).toEqual([2, true]);
  });
});

test('whatever mix of peers there is, blocks are applied once each and in order', async () => {
  const behaviour = fc.constantFrom(
    honest(),
    honest(700),
    stingy,
    resetting,
    silent,
    empty,
    busy,
    oldBlocks,
    unsigned,
    wrongCommits,
    falseInside,
    forked,
    inTurn(honest(), forked),
  );
  const peer = fc.record({
    reply: behaviour,
    configured: fc.boolean(),
    boasts: fc.boolean(),
    renews: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(peer, { maxLength: 6 }), fc.integer({ min: 2, max: 80 }), async (peers, to) => {
      const others = peers.map(({ reply, configured, boasts, renews }, i) => ({
        name: `${i}`,
        configured,
        reply,
        ...(boasts ? { claims: () => MILLION } : {}),
        ...(renews && !configured ? { renewsMs: 1_500 } : {}),
      }));
      const good = { name: 'good', configured: true, reply: honest() };
      const { tookMs, applied, excess, blamed } = await runArena(
        { peers: [...others, good], chain: still(BigInt(to)) },
        120_000,
      );
      expect(tookMs).toBeLessThan(60_000);
      expect([applied, excess]).toEqual([upTo(to), 0n]);
      expect([...blamed].some((each) => each.startsWith('good'))).toBe(false);
    }),
    { numRuns: 25 },
  );
});
