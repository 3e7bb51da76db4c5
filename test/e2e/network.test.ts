/** A network of real processes under transactions: killed, restarted, joined, tampered with. */

import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { Level } from 'level';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRpcClient, type RpcClient } from '../../src/client/rpc-client.ts';
import { createWallet } from '../../src/client/wallet.ts';
import { toHex } from '../../src/lib/bytes.ts';
import {
  type Command,
  eventually,
  grows,
  heightOf,
  lives,
  openWorkshop,
  type Ready,
  type RunningDevnet,
  result,
  startDevnet,
  whilePaused,
} from './processes.ts';

const shop = openWorkshop();
const home = join(shop.folder, 'net');
let net: RunningDevnet;
let first: Ready;
/** Nodes that were killed and brought back with "openledger start". */
const byHand = new Map<number, Command>();

const bringBack = (i: number): void => {
  byHand.set(i, shop.run('start', '--home', net.node(i).home));
};

beforeAll(async () => {
  net = await startDevnet(shop, home, '--nodes', '4');
  first = net.ready;
});
afterAll(() => shop.close());

/** The state root after `height`, as the header of the next height has it. */
const rootAfter = async (client: RpcClient, height: bigint): Promise<string> =>
  toHex((await client.call('chain_getHeader', { height: height + 1n })).stateRoot);

const pay = async (from: string, to: string, via: number, amount: bigint): Promise<void> => {
  const [payer, payee] = await Promise.all([net.wallet(from, via), net.wallet(to, via)]);
  const sent = await payer.send(
    'transfer',
    { to: payee.address, amount },
    { mode: 'commit', timeoutMs: 600_000 },
  );
  expect(sent.status).toBe('committed');
};

const balanceAt = async (name: string, via: number): Promise<bigint> => {
  const account = net.ready.accounts.find((each) => each.name === name);
  return (await net.client(via).call('account_get', { address: account?.address ?? '' })).balance;
};

/** Waits until all the nodes have the height of the first, and compares the roots after it. */
const agree = async (nodes: readonly number[]): Promise<void> => {
  const clients = nodes.map((i) => net.client(i));
  const [first] = clients;
  if (first === undefined) throw new Error('no nodes to compare');
  const height = await heightOf(first);
  for (const client of clients)
    await eventually(
      `height ${height + 2n} at ${client.url}`,
      async () => (await heightOf(client)) > height + 1n,
    );
  const roots = await Promise.all(clients.map((client) => rootAfter(client, height)));
  expect(new Set(roots).size).toBe(1);
};

describe('a network of four validators', () => {
  test('says where everything is, each node a process with its own home', () => {
    expect(net.ready.chainId).toBe('673600');
    expect(net.ready.nodes).toHaveLength(4);
    for (const node of net.ready.nodes) {
      expect(node.home).toBe(join(home, node.name));
      expect(node.p2p).toMatch(/^\/ip4\/127\.0\.0\.1\/tcp\/[0-9]+\/p2p\/12D3Koo/);
      expect(Number(new URL(node.rpc).port)).toBeLessThan(32_768);
      expect(lives(node.pid)).toBe(true);
    }
    expect(new Set(net.ready.nodes.map(({ pid }) => pid)).size).toBe(4);
  });

  test('executes a transfer sent to one node on every node', async () => {
    const before = await balanceAt('bob', 2);
    await pay('alice', 'bob', 0, 5n);
    await eventually('bob is paid on node 3', async () => (await balanceAt('bob', 2)) === before + 5n);
    await agree([0, 1, 2, 3]);
  });

  test('of which one home is copied and started too: the copy stops before it signs, and the original goes on', async () => {
    const original = net.node(2);
    const copy = join(shop.folder, 'copy');
    // Nothing is written while the files are copied.
    await whilePaused(original.pid, () => cpSync(original.home, copy, { recursive: true }));
    await grows(net.client(2), 2n);
    const ended = await result(shop.run('start', '--home', copy, '--p2p-port', '0', '--rpc-port', '0'));
    expect(ended.code).toBe(1);
    expect(`${ended.out}${ended.err}`).toContain('KEY_IN_USE_ELSEWHERE');
    expect(lives(original.pid)).toBe(true);
    await grows(net.client(2), 2n);
  });

  test('goes on when a validator is killed, decides heights without their proposer, and takes it back', async () => {
    process.kill(net.node(1).pid, 'SIGKILL');
    await eventually('the process is gone', async () => !lives(net.node(1).pid));
    const from = await heightOf(net.client(0));
    await pay('alice', 'carol', 0, 7n);
    // Four validators of equal power take turns: within four heights it was the dead one's, and another round decided.
    await grows(net.client(0), 6n);
    const rounds: number[] = [];
    for (let height = from + 1n; height <= from + 6n; height++)
      rounds.push((await net.client(0).call('chain_getCommit', { height })).round);
    expect(Math.max(...rounds)).toBeGreaterThanOrEqual(1);

    bringBack(1);
    await agree([0, 1, 2, 3]);
    // It votes again: with another one of the four gone, a block needs it.
    process.kill(net.node(2).pid, 'SIGKILL');
    await grows(net.client(0), 3n);
    bringBack(2);
    await agree([0, 1, 2, 3]);
    expect(net.command.stdout().filter((each) => each.includes('"event":"exit"'))).toHaveLength(2);
  });

  test('lets a fifth node join, which executes everything and votes on nothing', async () => {
    const fifth = join(shop.folder, 'fifth');
    const made = await shop.finish(
      'init',
      '--home',
      fifth,
      '--genesis',
      join(home, 'genesis.json'),
      '--json',
    );
    expect(made.err).toBe('');
    const { rpc } = JSON.parse(made.out) as { rpc: string };
    shop.run('start', '--home', fifth, '--peers', `${net.node(0).p2p},${net.node(3).p2p}`);
    const client = net.client(0);
    const joined = createRpcClient(rpc);
    const height = await heightOf(client);
    await eventually('the fifth catches up', async () => (await heightOf(joined)) > height + 1n);
    expect(await rootAfter(joined, height)).toBe(await rootAfter(client, height));
    await pay('alice', 'dave', 1, 11n);
    const { validators } = await joined.call('chain_getValidators');
    expect(validators).toHaveLength(4);
    // A transaction sent to it reaches the validators.
    const alice = net.ready.accounts.find(({ name }) => name === 'alice');
    const wallet = await createWallet(joined, Buffer.from((alice?.privateKey ?? '').slice(2), 'hex'));
    const to = (await net.wallet('erin', 0)).address;
    const sent = await wallet.send('transfer', { to, amount: 13n }, { mode: 'commit', timeoutMs: 600_000 });
    expect(sent.status).toBe('committed');
  });

  test('goes on where it stopped when all are killed at once and started again', async () => {
    const { client } = net;
    const before = await balanceAt('bob', 0);
    const height = (await heightOf(client(0))) - 2n;
    const root = await rootAfter(client(0), height);
    for (const [i, { pid }] of net.ready.nodes.entries()) process.kill(byHand.get(i)?.pid ?? pid, 'SIGKILL');
    net.command.kill('SIGINT');
    expect((await net.command.ended).code).toBe(0);

    net = await startDevnet(shop, home);
    expect(net.ready.nodes.map(({ rpc, p2p }) => [rpc, p2p])).toEqual(
      first.nodes.map(({ rpc, p2p }) => [rpc, p2p]),
    );
    expect(net.ready.accounts).toEqual(first.accounts);
    for (const i of [0, 1, 2, 3]) expect(await rootAfter(net.client(i), height)).toBe(root);
    expect(await balanceAt('bob', 3)).toBe(before);
    await pay('bob', 'alice', 3, 1n);
    await agree([0, 1, 2, 3]);
  });

  test('stops at SIGINT, sent twice, and leaves no process behind', async () => {
    net.command.kill('SIGINT');
    net.command.kill('SIGINT');
    expect(await net.command.ended).toEqual({ code: 0, signal: null });
    for (const { pid } of net.ready.nodes) expect(lives(pid)).toBe(false);
    for (const line of net.command.stdout()) expect(() => JSON.parse(line) as unknown).not.toThrow();
  });
});

describe('a home that was tampered with', () => {
  test('is not run: the node stops, names the height, and leaves the rest as it was', async () => {
    const other = openWorkshop();
    try {
      const path = join(other.folder, 'net');
      const running = await startDevnet(other, path, '--nodes', '4');
      await grows(running.client(0), 3n);
      for (const { pid } of running.ready.nodes) process.kill(pid, 'SIGKILL');
      await eventually('all four are gone', async () => running.ready.nodes.every(({ pid }) => !lives(pid)));
      running.command.kill('SIGINT');
      await running.command.ended;

      const chain = join(running.node(0).home, 'data', 'chain');
      const level = new Level<string, Uint8Array>(chain, { keyEncoding: 'utf8', valueEncoding: 'view' });
      await level.open();
      const [entry] = await level.iterator({ gt: 'state/accounts/', limit: 1 }).all();
      if (entry === undefined) throw new Error('the state holds accounts');
      const [key, value] = entry;
      const altered = Uint8Array.from(value);
      altered[0] = (altered[0] ?? 0) ^ 1;
      await level.put(key, altered, { sync: true });
      await level.close();

      const started = await other.finish('start', '--home', running.node(0).home);
      expect(started.code).not.toBe(0);
      expect(started.err).toMatch(/STATE_CORRUPT.*height [0-9]+/);

      // The value put right, all four go on where they were: nothing else was lost.
      await level.open();
      await level.put(key, value, { sync: true });
      await level.close();
      const again = await startDevnet(other, path);
      await grows(again.client(0), 2n);
    } finally {
      await other.close();
    }
  });
});
