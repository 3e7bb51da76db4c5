/** A follower and an outbox over a real RPC of a chain in memory, through restarts and outages of either side. */
import { afterEach, describe, expect, test } from 'vitest';
import { type RpcServer, startRpcServer } from '../../../rpc/server.ts';
import { type FollowedBlock, followChain } from '../../../src/client/chain-follower.ts';
import { type OutboxEntry, openOutbox } from '../../../src/client/outbox.ts';
import { createRpcClient, type RpcClient } from '../../../src/client/rpc-client.ts';
import { createWallet } from '../../../src/client/wallet.ts';
import { toHex } from '../../../src/lib/bytes.ts';
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

/** The next blocks, in order. */
const take = async (blocks: AsyncGenerator<FollowedBlock>, count: number): Promise<FollowedBlock[]> => {
  const taken: FollowedBlock[] = [];
  while (taken.length < count) {
    const next = await blocks.next();
    if (!next.done) taken.push(next.value);
  }
  return taken;
};

const follow = (client: RpcClient, from: bigint, signal = AbortSignal.timeout(20_000)) =>
  followChain(client, { from, kinds: ['transfer'], pollMs: 5, firstMs: 5, mostMs: 20, signal });

const pay = async (client: RpcClient, chain: SmallChain, amount: bigint): Promise<string> => {
  const wallet = await createWallet(client, alice.privateKey);
  const { id } = await wallet.send('transfer', { to: bob.address, amount });
  chain.seal();
  return id;
};

describe('a follower', () => {
  test('gives every block once and in order, with what was executed in it, from any height on', async () => {
    const chain = newChain();
    const client = createRpcClient((await serve(chain)).url);
    chain.seal();
    const first = await pay(client, chain, 5n);
    // More than there is: executed, and failed.
    await pay(client, chain, 10n ** 24n);
    const blocks = follow(client, 1n);
    expect((await take(blocks, 3)).map(({ height, transactions }) => [height, transactions.length])).toEqual([
      [1n, 0],
      [2n, 1],
      [3n, 0],
    ]);
    const next = take(blocks, 1);
    const second = await pay(client, chain, 7n);
    expect((await next)[0]?.transactions[0]).toMatchObject({
      id: second,
      from: toHex(alice.address),
      kind: 'transfer',
    });
    const [again] = await take(follow(client, 2n), 1);
    expect(again?.transactions[0]?.id).toBe(first);
    expect(again?.transactions[0]?.payload.length).toBe(36);
    expect(again?.last).toBe(4n);
  });

  test('waits for a node that is away, and goes on where it was', async () => {
    const chain = newChain();
    const server = await serve(chain);
    chain.seal();
    const blocks = follow(createRpcClient(server.url), 1n);
    await take(blocks, 1);
    await server.close();
    const next = take(blocks, 1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    chain.seal();
    await serve(chain, Number(new URL(server.url).port));
    expect((await next)[0]?.height).toBe(2n);
  });

  test('does not go on over another chain at the same place', async () => {
    const server = await serve(newChain());
    const blocks = follow(createRpcClient(server.url), 1n);
    const next = blocks.next();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await server.close();
    const other = newChain('other');
    other.seal();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await serve(other, Number(new URL(server.url).port));
    await expect(next).rejects.toMatchObject({ code: 'CHAIN_CHANGED' });
  });

  test('ends when it is told to, also while it waits', async () => {
    const stop = new AbortController();
    const blocks = follow(createRpcClient('http://127.0.0.1:9'), 1n, stop.signal);
    const next = blocks.next();
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
  BigInt((await client.call('account_get', { address: toHex(bob.address) })).balance) - 10n ** 21n;

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
    await expect(outbox.send('bad', 'transfer', { to: '0x12' })).rejects.toMatchObject({
      code: 'JSON_INVALID',
    });
    expect(entries).toEqual([]);
  });
});
