import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { SyncedBlock } from '../../../p2p/protocols.ts';
import { type ApplyOutcome, BlockSync, type BlockSyncOptions } from '../../../p2p/sync.ts';
import type { PeerName } from '../../../p2p/types.ts';
import { toHeight } from '../../../src/lib/brands.ts';
import { fail, fault, ok, type Result } from '../../../src/lib/errors.ts';
import { blockAt, quiet, until } from './networks.ts';

let running: BlockSync | undefined;
afterEach(async () => {
  await running?.stop();
  running = undefined;
});

type FakePeer = {
  height: bigint;
  answer: (from: bigint, count: number) => Promise<Result<readonly SyncedBlock[]>>;
};

const range = (from: bigint, count: number): SyncedBlock[] =>
  Array.from({ length: count }, (_, i) => blockAt(from + BigInt(i)));

/** Serves what is at or below its height. */
const honest = (height: bigint, delayMs = 1): FakePeer => {
  const peer: FakePeer = {
    height,
    answer: async (from, count) => {
      await sleep(delayMs);
      const rest = Number(peer.height - from) + 1;
      return ok(range(from, Math.max(0, Math.min(count, rest))));
    },
  };
  return peer;
};

/** A node of which only the tip is modelled, and peers that are functions. */
const world = (
  peers: Record<PeerName, FakePeer>,
  tip = 0n,
  apply?: (block: SyncedBlock, advance: () => void) => ApplyOutcome,
) => {
  const node = { tip };
  const applied: bigint[] = [];
  const penalties: string[] = [];
  const requests: string[] = [];
  const options: BlockSyncOptions = {
    tip: () => node.tip,
    apply: async (block) => {
      await sleep(0);
      const advance = (): void => {
        node.tip += 1n;
        applied.push(block.commit.height);
      };
      if (apply !== undefined) return apply(block, advance);
      if (block.block[0] === 255)
        return { type: 'invalid', fault: fault('BLOCK_INVALID', 'it is marked as false') };
      expect(block.commit.height).toBe(node.tip + 1n);
      advance();
      return { type: 'applied' };
    },
    peers: () => Object.entries(peers).map(([name, peer]) => ({ name, height: toHeight(peer.height) })),
    fetch: (name, from, count) => {
      requests.push(name);
      return peers[name]?.answer(from, count) ?? Promise.resolve(fail('P2P_NOT_CONNECTED', name));
    },
    penalise: (name, offence) => penalties.push(`${name} ${offence}`),
    logger: quiet,
  };
  running = new BlockSync(options);
  return { node, applied, penalties, requests, sync: running };
};

const upTo = (height: bigint): bigint[] => Array.from({ length: Number(height) }, (_, i) => BigInt(i + 1));

describe('block sync', () => {
  test('brings a new node to the height of its peers, in order, from several of them', async () => {
    const { node, applied, requests, penalties, sync } = world({
      a: honest(500n),
      b: honest(500n),
      c: honest(500n),
    });
    sync.start();
    await until(() => sync.state().type === 'syncing', 'it has begun');
    expect(sync.state()).toMatchObject({ type: 'syncing', from: 0n, target: 500n });
    await until(() => node.tip === 500n && sync.state().type === 'idle', 'it is done');
    expect(applied).toEqual(upTo(500n));
    expect(new Set(requests)).toEqual(new Set(['a', 'b', 'c']));
    expect(penalties).toEqual([]);
  });

  test('goes on to a target that moves, and starts again when the node falls behind', async () => {
    const peer = honest(50n);
    const { node, applied, sync } = world({ a: peer });
    sync.start();
    await until(() => node.tip === 50n, 'it is there');
    peer.height = 80n;
    await until(() => node.tip === 80n, 'it follows');
    await until(() => sync.state().type === 'idle', 'it rests');
    expect(applied).toEqual(upTo(80n));
  });

  test('leaves one block to consensus for a moment, and fetches it when consensus does not come to it', async () => {
    const { node, sync } = world({ a: honest(11n) }, 10n);
    sync.start();
    await sleep(500);
    expect([node.tip, sync.state().type]).toEqual([10n, 'idle']);
    await until(() => node.tip === 11n, 'it did not wait for ever', 5_000);
  });

  test('a peer that sends a false block is penalised, and the block is had elsewhere', async () => {
    const liar = honest(100n);
    liar.answer = async (from, count) =>
      ok(range(from, count).map((each) => ({ ...each, block: new Uint8Array(10).fill(255) })));
    const { node, applied, penalties, sync } = world({ liar, good: honest(100n, 5) });
    sync.start();
    await until(() => node.tip === 100n, 'it is there all the same');
    expect(applied).toEqual(upTo(100n));
    expect(penalties.length).toBeGreaterThan(0);
    expect(new Set(penalties)).toEqual(new Set(['liar false-answer']));
  });

  test('a peer that claims a height it does not have stops nothing', async () => {
    const boaster = honest(40n);
    const { node, penalties, sync } = world({
      boaster: { height: 1_000_000n, answer: (from, count) => boaster.answer(from, count) },
      good: honest(60n),
    });
    sync.start();
    await until(() => node.tip === 60n, 'it is at the real height');
    await until(() => sync.state().type === 'idle', 'it rests', 20_000);
    expect(new Set(penalties)).toEqual(new Set(['boaster false-height']));
  });

  test('peers that fail, hang or answer in part only slow it down', async () => {
    let failures = 0;
    const good = honest(200n);
    const peers: Record<PeerName, FakePeer> = {
      failing: {
        height: 200n,
        answer: async () => {
          failures += 1;
          return fail('P2P_RESET', 'broken');
        },
      },
      partial: { height: 200n, answer: (from) => good.answer(from, 3) },
      hanging: { height: 200n, answer: () => sleep(60_000, fail('P2P_TIMEOUT', 'never'), { ref: false }) },
      good,
    };
    const { node, applied, penalties, sync } = world(peers);
    sync.start();
    await until(() => node.tip === 200n, 'it gets on without them');
    expect(applied).toEqual(upTo(200n));
    expect(failures).toBeGreaterThan(0);
    expect(penalties).toEqual([]);
  });

  test("this node's own failure is no fault of the peer: it is tried again", async () => {
    let failures = 0;
    const { node, penalties, sync } = world({ a: honest(20n) }, 0n, (block, advance) => {
      if (block.commit.height === 7n && failures === 0) {
        failures += 1;
        return { type: 'failed', fault: fault('STORE_IO', 'disk full') };
      }
      advance();
      return { type: 'applied' };
    });
    sync.start();
    await until(() => node.tip === 20n, 'it is there');
    expect([failures, penalties]).toEqual([1, []]);
  });

  test('blocks that consensus decided meanwhile are not applied again', async () => {
    const state = world({ a: honest(64n, 20) });
    state.sync.start();
    await until(() => state.sync.state().type === 'syncing', 'it has begun');
    state.node.tip = 30n;
    await until(() => state.node.tip === 64n, 'it is there');
    expect(state.applied).toEqual(Array.from({ length: 34 }, (_, i) => BigInt(i + 31)));
  });

  test('whatever mix of peers there is, blocks are applied once each and in order', {
    timeout: 120_000,
  }, async () => {
    const kind = fc.constantFrom('honest', 'partial', 'failing', 'liar', 'boaster');
    await fc.assert(
      fc.asyncProperty(
        fc.array(kind, { maxLength: 4 }),
        fc.integer({ min: 2, max: 120 }),
        async (kinds, to) => {
          const height = BigInt(to);
          const peers: Record<PeerName, FakePeer> = { good: honest(height) };
          for (const [i, each] of kinds.entries()) {
            const base = honest(height, i);
            peers[`${each} ${i}`] = {
              honest: base,
              partial: {
                height,
                answer: (from: bigint, count: number) => base.answer(from, Math.min(2, count)),
              },
              failing: { height, answer: async () => fail('P2P_RESET', 'broken') },
              liar: {
                height,
                answer: async (from: bigint, count: number) =>
                  ok(range(from, count).map((b) => ({ ...b, block: Uint8Array.of(255) }))),
              },
              boaster: { height: height + 1_000n, answer: (f: bigint, c: number) => base.answer(f, c) },
            }[each];
          }
          const { node, applied, penalties, sync } = world(peers);
          sync.start();
          await until(() => node.tip === height, `all ${to} blocks are there`, 30_000);
          await sync.stop();
          expect(applied).toEqual(upTo(height));
          for (const penalty of penalties) expect(penalty).toMatch(/^(liar|boaster)/);
        },
      ),
      { numRuns: 15 },
    );
  });
});
