import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { openFileSigner } from '../../../consensus/shell/signer.ts';
import type { Config } from '../../../node/config.ts';
import { type DevnetAccount, openDevnet } from '../../../node/devnet/devnet.ts';
import { readGenesis } from '../../../node/genesis-file.ts';
import { createHome, type HomePaths, homePaths, readConfig, readKey } from '../../../node/home.ts';
import { type RunningNode, startNode } from '../../../node/node.ts';
import { createRpcClient } from '../../../src/client/rpc-client.ts';
import { waitForHeight, waitUntil } from '../../../src/client/wait.ts';
import { createWallet } from '../../../src/client/wallet.ts';
import { toHeight } from '../../../src/lib/brands.ts';
import { ed25519Signer } from '../../../src/lib/ed25519.ts';
import { toFault, unwrap } from '../../../src/lib/errors.ts';
import { OF_CHAIN } from '../../../src/lib/ids.ts';
import type { Json } from '../../../src/lib/ssz.ts';
import { chainIdentity, type Genesis, genesisToJson } from '../../../state/genesis.ts';
import { openStore } from '../../../state/store/store.ts';
import { thrown } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'openledger-one-node-'));
let home: string;
let config: Config;
let account: DevnetAccount;

beforeAll(async () => {
  const { nodes, accounts } = await openDevnet({
    home: join(folder, 'net'),
    nodes: 1,
    basePort: undefined,
    genesis: undefined,
  });
  const [node] = nodes;
  const [alice] = accounts;
  if (node === undefined || alice === undefined) throw new Error('a devnet has a node and accounts');
  home = node.home;
  account = alice;
  config = { ...unwrap(readConfig(home)), log: { level: 'silent', format: 'json' } };
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const start = async (change: Partial<Config> = {}): Promise<RunningNode> => {
  const node = await startNode({ home, config: { ...config, ...change } });
  onTestFinished(node.stop);
  return node;
};

const occupied = async (port: number): Promise<void> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen({ port, host: '127.0.0.1' }, resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
};

test('a node decides blocks, stops, and goes on in the same process', async () => {
  const first = await start();
  const client = createRpcClient(first.rpc);
  const height = await waitForHeight(client, toHeight(2n));
  await first.stop();
  expect(await client.attempt('node_status')).toMatchObject({
    ok: false,
    fault: { code: 'RPC_UNREACHABLE' },
  });
  const second = await start();
  expect(second.rpc).toBe(first.rpc);
  expect(second.p2p).toEqual(first.p2p);
  await waitForHeight(createRpcClient(second.rpc), toHeight(height + 1n));
});

test('a node whose key is not in the validator set opens its signer, follows, and signs nothing', async () => {
  const validator = await start();
  const { genesis } = homePaths(home);
  const log = { level: 'silent', format: 'json' } as const;
  const other = await createHome({
    root: join(folder, 'follower'),
    config: {
      ...config,
      p2p: { ...config.p2p, port: 0, peers: [...validator.p2p] },
      rpc: { ...config.rpc, port: 0 },
    },
    genesis: JSON.parse(readFileSync(genesis, 'utf8')) as Json,
  });
  const options = { home: other.root, config: { ...unwrap(readConfig(other.root)), log } };
  const follower = await startNode(options);
  onTestFinished(follower.stop);
  await waitForHeight(createRpcClient(follower.rpc), toHeight(3n));
  await follower.stop();
  const lastSigned = async (paths: HomePaths): Promise<unknown> => {
    const key = ed25519Signer(unwrap(readKey(paths.validatorKey)));
    const chain = chainIdentity(unwrap(readGenesis(paths.genesis)));
    return unwrap(await openFileSigner(key, paths.signState, chain)).last();
  };
  expect(await lastSigned(other)).toBe('none');
  expect(await lastSigned(homePaths(home))).toMatchObject({ step: expect.any(Number) });
  // It may enter the set at any height, so it needs its sign-state from the start.
  rmSync(other.signState);
  expect(await thrown(() => startNode(options))).toMatchObject({ code: 'SIGN_STATE_MISSING' });
});

test('a validator goes on with its key after a corrected genesis, as docs/operators.md says', async () => {
  const before = await openDevnet({
    home: join(folder, 'corrected'),
    nodes: 1,
    basePort: undefined,
    genesis: undefined,
  });
  const [node] = before.nodes;
  if (node === undefined) throw new Error('a devnet has a node');
  const paths = homePaths(node.home);
  const own = { ...unwrap(readConfig(node.home)), log: config.log };
  const key = ed25519Signer(unwrap(readKey(paths.validatorKey)));
  const runTo = async (height: bigint): Promise<void> => {
    const running = await startNode({ home: node.home, config: own });
    onTestFinished(running.stop);
    await waitForHeight(createRpcClient(running.rpc), toHeight(height));
    await running.stop();
  };
  const lastSigned = async (genesis: Genesis) =>
    unwrap(await openFileSigner(key, paths.signState, chainIdentity(genesis))).last();

  await runTo(3n);
  const old = unwrap(readGenesis(paths.genesis));
  const signed = await lastSigned(old);
  const corrected = { ...old, accounts: old.accounts.slice(1) };
  writeFileSync(paths.genesis, JSON.stringify(genesisToJson(corrected)));
  const started = thrown(() => startNode({ home: node.home, config: own }));
  expect(await started).toMatchObject({
    code: 'HOME_OTHER_CHAIN',
    message: expect.stringContaining('delete data/chain/ and data/wal/') as unknown,
  });
  for (const path of [paths.chain, paths.wal]) rmSync(path, { recursive: true });
  expect(await lastSigned(corrected)).toBe('none');
  await runTo(2n);
  expect(await lastSigned(corrected)).toMatchObject({ step: expect.any(Number) as unknown });
  // What it signed for the old chain is not forgotten.
  expect(await lastSigned(old)).toEqual(signed);
});

test('a start that fails gives back all that it had taken', async () => {
  const failing: readonly (readonly [part: 'rpc' | 'p2p', code: string])[] = [
    ['rpc', 'RPC_PORT_IN_USE'],
    ['p2p', 'P2P_PORT_IN_USE'],
  ];
  for (const [part, code] of failing) {
    await occupied(config[part].port);
    const other = part === 'p2p' ? { rpc: { ...config.rpc, port: 0 } } : {};
    expect(await thrown(() => start(other))).toMatchObject({ code });
    // The database is free again.
    const store = await openStore(homePaths(home).chain, unwrap(readGenesis(homePaths(home).genesis)));
    await store.close();
  }
});

test('a node stops at once though a client waits for a transaction that does not come', async () => {
  const node = await start();
  const client = createRpcClient(node.rpc);
  const wallet = await createWallet(client, Buffer.from(account.privateKey.slice(2), 'hex'));
  const payload = { to: wallet.address, amount: 1n };
  // The nonces before it are missing, so no block takes it.
  const waiting = wallet.send('transfer', payload, {
    nonce: 3n,
    mode: 'commit',
    timeoutMs: 120_000,
    settleMs: 1_000,
  });
  const answered = waiting.then(
    ({ status }) => status,
    (error: unknown) => toFault(error).code,
  );
  await waitUntil('the transaction waits', async () =>
    (await client.call('node_mempool')).transactions === 1 ? true : undefined,
  );
  // If it waited for the transaction, it would do so for two minutes.
  await node.stop();
  expect(['pending', 'TX_OUTCOME_UNKNOWN']).toContain(await answered);
});

test('a node does not start on a genesis with the root of the commons that ships and another size', async () => {
  const { genesis } = homePaths(home);
  const before = readFileSync(genesis, 'utf8');
  onTestFinished(() => writeFileSync(genesis, before));
  const { commons, ...rest } = JSON.parse(before) as { readonly commons: object };
  writeFileSync(genesis, JSON.stringify({ ...rest, commons: { ...commons, tokens: '8' } }));
  expect(await thrown(() => startNode({ home, config }))).toMatchObject({ code: 'GENESIS_COMMONS_SIZES' });
});

test('a node does not start on a genesis that weighs tokens by another table', async () => {
  const { genesis } = homePaths(home);
  const before = readFileSync(genesis, 'utf8');
  onTestFinished(() => writeFileSync(genesis, before));
  writeFileSync(genesis, before.replace(/("info1Hash": *")0x[0-9a-f]{64}/, `$10x${'11'.repeat(32)}`));
  expect(await thrown(() => startNode({ home, config }))).toMatchObject({ code: 'GENESIS_INFO1' });
});

test('a node begins round 0 of the first block at the genesis time, and says until then that it waits', async () => {
  const { nodes } = await openDevnet({
    home: join(folder, 'future'),
    nodes: 1,
    basePort: undefined,
    genesis: undefined,
  });
  const root = nodes[0]?.home ?? '';
  const { genesis } = homePaths(root);
  // In 2.5 s: a proposal would be timely only from 0.5 s on.
  const time = BigInt(Date.now()) + 2_500n;
  const written = { ...(JSON.parse(readFileSync(genesis, 'utf8')) as object), time: time.toString() };
  writeFileSync(genesis, JSON.stringify(written));
  const node = await startNode({
    home: root,
    config: { ...unwrap(readConfig(root)), log: { level: 'silent', format: 'json' } },
  });
  onTestFinished(node.stop);
  const health = await fetch(`${node.rpc}/health`);
  expect(health.status).toBe(503);
  const client = createRpcClient(node.rpc);
  const { waiting } = await client.call('node_status');
  expect(waiting).toMatchObject({ reason: 'genesisTime', data: { time } });
  expect(await health.json()).toMatchObject({
    reason: 'genesisTime',
    message: waiting?.message,
    data: { time: time.toString() },
  });
  await waitForHeight(client, toHeight(1n));
  expect(BigInt(Date.now())).toBeGreaterThanOrEqual(time);
  expect(await client.call('chain_getCommit', { height: '1' })).toMatchObject({ round: 0 });
  expect(await client.call('node_status')).toMatchObject({ waiting: null });
  expect((await fetch(`${node.rpc}/health`)).status).toBe(200);
});

test('a node stops while it waits for the genesis time', async () => {
  const { nodes } = await openDevnet({
    home: join(folder, 'far'),
    nodes: 1,
    basePort: undefined,
    genesis: undefined,
  });
  const root = nodes[0]?.home ?? '';
  const { genesis } = homePaths(root);
  const written = { ...(JSON.parse(readFileSync(genesis, 'utf8')) as object), time: '32503680000000' };
  writeFileSync(genesis, JSON.stringify(written));
  const node = await startNode({
    home: root,
    config: { ...unwrap(readConfig(root)), log: { level: 'silent', format: 'json' } },
  });
  await node.stop();
  expect(await createRpcClient(node.rpc).attempt('node_status')).toMatchObject({ ok: false });
});

test('a node has the texts of the commons that its genesis names from the start', async () => {
  const node = await start();
  const client = createRpcClient(node.rpc);
  const commons = unwrap(readGenesis(join(home, 'genesis.json'))).commons;
  if (commons === undefined) throw new Error('the project ships a commons');
  const shown = await client.call('contribution_get', { contribution: OF_CHAIN });
  expect(shown).toMatchObject({ datanet: OF_CHAIN, owner: null, stage: 'commons', content: commons });
  const list = await client.call('content_get', { root: commons.root });
  if (list.type !== 'contribution') throw new Error('a list');
  expect(list.items).toHaveLength(commons.items);
  const [first = commons.root] = list.items;
  expect(await client.call('content_get', { root: first })).toMatchObject({ type: 'item', rules: 2 });
});
