/** A follower and an outbox over a real RPC of a chain in memory, through restarts and outages of either side. */

import { afterEach, describe, expect, test } from 'vitest';
import { type RpcServer, startRpcServer } from '../../../rpc/server.ts';
import {
  type FollowedHeights,
  type FollowOptions,
  followEvents,
  heightOf,
} from '../../../src/client/event-follower.ts';
import { type OutboxEntry, openOutbox } from '../../../src/client/outbox.ts';
import { createRpcClient, type RpcClient } from '../../../src/client/rpc-client.ts';
import { createWallet } from '../../../src/client/wallet.ts';
import { type Root, toHeight } from '../../../src/lib/brands.ts';
import { type Fault, failWith } from '../../../src/lib/errors.ts';
import { alice, bob, logger } from '../rpc/server.ts';
import { type SmallChain, smallChain, smallGenesis } from '../rpc/small-chain.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const serve = async (chain: SmallChain, port = 0): Promise<RpcServer> => {
  const limits = { maxBodyBytes: 1 << 20, maxBatch: 100, rateLimit: undefined };
  const server = await startRpcServer({ node: chain.node, logger, host: '127.0.0.1', port, ...limits });
  closing.push(() => server.close());
  return server;
};

const newChain = (name = 'small'): SmallChain =>
  smallChain(smallGenesis([alice, bob], (genesis) => ({ ...genesis, name })));

type Following = AsyncGenerator<FollowedHeights>;

/** The next heights that the follower returns. */
const nextOf = async (following: Following): Promise<FollowedHeights> => {
  const next = await following.next();
  if (next.done) throw new Error('a follower does not end');
  return next.value;
};

type Fast = Partial<Pick<FollowOptions, 'limit' | 'signal' | 'onAway' | 'repeatAfter'>>;
const follow = (
  client: RpcClient,
  from: bigint,
  { signal = AbortSignal.timeout(20_000), ...options }: Fast = {},
): Following =>
  followEvents(client, {
    from: toHeight(from),
    filter: { types: 'transfer' },
    pollMs: 5,
    pauses: { first: 5, longest: 20 },
    signal,
    ...options,
  });

const pay = async (client: RpcClient, chain: SmallChain, amount: bigint): Promise<Root> => {
  const wallet = await createWallet(client, alice.privateKey);
  const { id } = await wallet.send('transfer', { to: bob.address, amount }, { simulate: false });
  chain.seal();
  return id;
};

describe('a follower', () => {
  test('returns each event once and in order, from any height on, and none of a transaction that failed', async () => {
    const chain = newChain();
    const client = createRpcClient((await serve(chain)).url);
    chain.seal();
    const first = await pay(client, chain, 5n);
    // More than there is: executed, and failed.
    await pay(client, chain, 10n ** 24n);
    const following = follow(client, 1n);
    const { height, last, events } = await nextOf(following);
    expect([height, last]).toEqual([3n, 3n]);
    expect(events).toMatchObject([{ cursor: '2/0', type: 'transfer', transaction: first }]);
    const next = nextOf(following);
    const second = await pay(client, chain, 7n);
    expect(await next).toMatchObject({ height: 4n, events: [{ transaction: second }] });
    expect((await nextOf(follow(client, 3n))).events).toMatchObject([{ transaction: second }]);
  });

  test('returns heights without an event too, as soon as they are there', async () => {
    const chain = newChain();
    const following = follow(createRpcClient((await serve(chain)).url), 1n);
    for (let height = 1n; height <= 3n; height++) {
      chain.seal();
      expect(await nextOf(following)).toEqual({ height, last: height, events: [] });
    }
  });

  test.each([1, 2, 3, 100])(
    'never splits a height, whatever a page holds, such as %i events',
    async (limit) => {
      const chain = newChain();
      const client = createRpcClient((await serve(chain)).url);
      const wallet = await createWallet(client, alice.privateKey);
      for (const count of [3, 0, 1, 5]) {
        for (let i = 0; i < count; i++) await wallet.send('transfer', { to: bob.address, amount: 1n });
        chain.seal();
      }
      const following = follow(client, 1n, { limit });
      const counts = new Map<bigint, number>();
      let done = 0n;
      while (done < 4n) {
        const { height, events } = await nextOf(following);
        for (const { cursor } of events) {
          expect(heightOf(cursor)).toBeGreaterThan(done);
          expect(heightOf(cursor)).toBeLessThanOrEqual(height);
          counts.set(heightOf(cursor), (counts.get(heightOf(cursor)) ?? 0) + 1);
        }
        done = height;
      }
      expect([...counts]).toEqual([
        [1n, 3],
        [3n, 1],
        [4n, 5],
      ]);
    },
  );

  test('waits for a node that is away, and goes on where it was', async () => {
    const chain = newChain();
    const server = await serve(chain);
    chain.seal();
    const following = follow(createRpcClient(server.url), 1n);
    await nextOf(following);
    await server.close();
    const next = nextOf(following);
    await new Promise((resolve) => setTimeout(resolve, 100));
    chain.seal();
    await serve(chain, Number(new URL(server.url).port));
    expect((await next).height).toBe(2n);
  });

  /** The faults with which something between answers one request, as the client hands them over. */
  const ODD = [
    {
      code: 'RPC_ERROR',
      message: 'upstream timeout',
      data: { rpcCode: -32099, nodeCode: 'GATEWAY_TIMEOUT' },
    },
    { code: 'RPC_ANSWER_INVALID', message: 'null', data: { method: 'events_query' } },
    { code: 'HOST_NOT_ALLOWED', message: 'not this host', data: { rpcCode: -32600 } },
  ];
  /** A client whose nth batch is answered with a fault. */
  const oddClient = (client: RpcClient, odd: Fault, nth: number): RpcClient => {
    let asked = 0;
    return {
      ...client,
      batch: async (calls) => {
        asked += 1;
        return asked === nth ? (calls.map(() => failWith(odd)) as never) : client.batch(calls);
      },
    };
  };

  test.each(ODD)('goes on after one answer with $code, which it says', async (odd) => {
    const chain = newChain();
    chain.seal();
    const client = oddClient(createRpcClient((await serve(chain)).url), odd, 2);
    const away: string[] = [];
    const following = follow(client, 1n, { onAway: ({ code }) => away.push(code) });
    await nextOf(following);
    const next = nextOf(following);
    chain.seal();
    expect((await next).height).toBe(2n);
    expect(away).toEqual([odd.code]);
  });

  test('goes on after one odd answer also if its caller leaves out by undefined when to ask again', async () => {
    const chain = newChain();
    chain.seal();
    const client = oddClient(createRpcClient((await serve(chain)).url), ODD[0] as Fault, 2);
    const following = follow(client, 1n, { repeatAfter: undefined } as never);
    await nextOf(following);
    const next = nextOf(following);
    chain.seal();
    expect((await next).height).toBe(2n);
  });

  test.each(ODD)(
    'ends with $code if no request was answered before, unless its caller waits that out',
    async (odd) => {
      const chain = newChain();
      chain.seal();
      const client = createRpcClient((await serve(chain)).url);
      await expect(nextOf(follow(oddClient(client, odd, 1), 1n))).rejects.toMatchObject({ code: odd.code });
      const patient = follow(oddClient(client, odd, 1), 1n, { repeatAfter: () => true });
      expect((await nextOf(patient)).height).toBe(1n);
    },
  );

  test('does not go on over another chain at the same place', async () => {
    const server = await serve(newChain());
    const client = createRpcClient(server.url);
    const { promise: known, resolve: knows } = Promise.withResolvers<void>();
    const call: RpcClient['call'] = async (method, ...params) => {
      const answer = await client.call(method, ...params);
      knows();
      return answer;
    };
    const next = nextOf(follow({ ...client, call }, 1n));
    await known;
    await server.close();
    const other = newChain('other');
    other.seal();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await serve(other, Number(new URL(server.url).port));
    await expect(next).rejects.toMatchObject({ code: 'CHAIN_CHANGED' });
  });

  test('notices another chain also if it never saw the node away', async () => {
    const before = createRpcClient((await serve(newChain())).url);
    const other = newChain('other');
    other.seal();
    const after = createRpcClient((await serve(other)).url);
    let asked = 0;
    const client: RpcClient = {
      ...before,
      batch: (calls) => (asked++ < 3 ? before : after).batch(calls),
    };
    await expect(nextOf(follow(client, 1n))).rejects.toMatchObject({ code: 'CHAIN_CHANGED' });
    expect(asked).toBe(4);
  });

  test('ends when it is told to, also while it waits', async () => {
    const stop = new AbortController();
    const next = nextOf(follow(createRpcClient('http://127.0.0.1:9'), 1n, { signal: stop.signal }));
    stop.abort();
    await expect(next).rejects.toMatchObject({ name: 'AbortError' });
  });
});

/** An outbox whose entries outlive it. */
const openStored = async (client: RpcClient, entries: OutboxEntry[]) =>
  openOutbox(client, await createWallet(client, alice.privateKey), {
    entries: [...entries],
    save: (all) => void entries.splice(0, entries.length, ...all),
  });

const balanceOf = async (client: RpcClient): Promise<bigint> =>
  (await client.call('account_get', { address: bob.address })).balance - 10n ** 21n;

describe('an outbox', () => {
  const payment = { to: bob.address, amount: 5n };

  test('does a thing once, however often it is asked and begun anew', async () => {
    const chain = newChain();
    const client = createRpcClient((await serve(chain)).url);
    const entries: OutboxEntry[] = [];
    const outbox = await openStored(client, entries);
    await outbox.send('pay', 'transfer', payment);
    await outbox.send('pay', 'transfer', payment);
    expect(await outbox.settle()).toEqual([]);
    // Begun anew on what was put down, it knows of it.
    const again = await openStored(client, entries);
    expect(again.has('pay')).toBe(true);
    await again.send('pay', 'transfer', payment);
    chain.seal();
    // Until it is dealt with, its outcome is told again.
    for (let i = 0; i < 2; i++)
      expect(await again.settle()).toMatchObject([{ key: 'pay', status: 'committed' }]);
    again.forget('pay');
    expect(entries).toEqual([]);
    chain.seal();
    expect(await balanceOf(client)).toBe(5n);
  });

  test('sends the same bytes again to a node that has forgotten them', async () => {
    const forgetful = newChain();
    const server = await serve(forgetful);
    const entries: OutboxEntry[] = [];
    const outbox = await openStored(createRpcClient(server.url), entries);
    await outbox.send('pay', 'transfer', payment);
    const id = entries[0]?.id;
    // The same chain, from a process that has an empty mempool.
    const chain = newChain();
    const client = createRpcClient((await serve(chain)).url);
    const again = await openStored(client, entries);
    expect(await again.settle()).toEqual([]);
    chain.seal();
    expect(await again.settle()).toMatchObject([{ id, status: 'committed' }]);
    expect(await balanceOf(client)).toBe(5n);
  });

  test('says what failed, and drops what no block can take in any more', async () => {
    const chain = newChain();
    const client = createRpcClient((await serve(chain)).url);
    const entries: OutboxEntry[] = [];
    const outbox = await openStored(client, entries);
    await outbox.send('too much', 'transfer', { to: bob.address, amount: 10n ** 24n });
    chain.seal();
    expect(await outbox.settle()).toMatchObject([{ status: 'failed', fault: { code: 'BALANCE_TOO_LOW' } }]);
    outbox.forget('too much');
    await outbox.send('late', 'transfer', payment);
    const [entry] = entries;
    if (entry === undefined) return expect.unreachable();
    // A chain that never heard of it, and is past the last block that may hold it.
    const other = newChain();
    for (let i = 0; i < 70; i++) other.seal();
    const elsewhere = createRpcClient((await serve(other)).url);
    expect(await (await openStored(elsewhere, entries)).settle()).toMatchObject([
      { key: 'late', status: 'dropped', fault: { code: 'TX_EXPIRED' } },
    ]);
  });

  test('puts nothing down that is refused at once', async () => {
    const client = createRpcClient((await serve(newChain())).url);
    const entries: OutboxEntry[] = [];
    const outbox = await openStored(client, entries);
    await expect(outbox.send<string>('bad', 'transfer', { to: '0x12' })).rejects.toMatchObject({
      code: 'JSON_INVALID',
    });
    expect(entries).toEqual([]);
  });
});
