/** What a command that sends reports is what moved: several at once, with lost answers, and interrupted. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RpcServer, startRpcServer } from '../../rpc/server.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { accountOf } from '../../state/modules/ledger/accounts.ts';
import { eventually, openWorkshop, result, startDevnet } from '../e2e/processes.ts';
import { type Fate, openLossyProxy } from '../unit/client/lossy-proxy.ts';
import { alice, bob, logger } from '../unit/rpc/server.ts';
import { type SmallChain, smallChain, smallGenesis } from '../unit/rpc/small-chain.ts';
import { isOneErrorLine, openledger } from './run.ts';

const shop = openWorkshop();
const folder = mkdtempSync(join(tmpdir(), 'openledger-sending-'));
const aliceKey = join(folder, 'alice.key');
const closing: (() => Promise<void>)[] = [];

beforeAll(() => writeFileSync(aliceKey, toHex(alice.privateKey)));
afterAll(async () => {
  for (const close of closing) await close();
  await shop.close();
  rmSync(folder, { recursive: true });
});

const serve = async (): Promise<{ readonly chain: SmallChain; readonly server: RpcServer }> => {
  const chain = smallChain(smallGenesis([alice, bob]));
  const limits = { maxBodyBytes: 1 << 20, maxBatch: 100, rateLimit: undefined };
  const server = await startRpcServer({ node: chain.node, logger, host: '127.0.0.1', port: 0, ...limits });
  closing.push(() => server.close());
  return { chain, server };
};

const balanceOfBob = (chain: SmallChain): bigint =>
  chain.node.read(({ view }) => accountOf(view, bob.address).balance);

const transfer = (url: string): readonly string[] =>
  `tx transfer --to ${toHex(bob.address)} --amount 5base --json --rpc ${url} --private-key-file ${aliceKey}`.split(
    ' ',
  );

const parsed = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;

test('equal transfers of one account at once, at two nodes, are each paid by their own id or refused', async () => {
  const home = join(shop.folder, 'devnet');
  const net = await startDevnet(shop, home, '--nodes', '2');
  const address = net.ready.accounts.find(({ name }) => name === 'bob')?.address ?? '';
  const balance = async (): Promise<bigint> =>
    BigInt((await net.client(0).call('account_get', { address })).balance);
  const before = await balance();
  const args = ['tx', 'transfer', '--to', 'bob', '--amount', '1', '--key', 'alice', '--home', home, '--json'];
  const ran = await Promise.all([0, 1, 0, 1, 0].map((i) => shop.finish(...args, '--rpc', net.node(i).rpc)));
  const paid = ran.filter(({ code }) => code === 0).map(({ out }) => parsed(out));
  for (const { code, err } of ran)
    if (code !== 0) expect([code, err]).toEqual([4, expect.stringMatching(/^error /)]);
  expect(paid.length).toBeGreaterThan(0);
  expect(new Set(paid.map(({ id }) => id)).size).toBe(paid.length);
  for (const { id, status, height } of paid) {
    expect([status, Number(height)]).toEqual(['committed', expect.any(Number)]);
    const known = await net.client(0).call('tx_status', { id: String(id) });
    expect(known.status).toBe('committed');
  }
  expect((await balance()) - before).toBe(BigInt(paid.length) * 10n ** 18n);
  net.command.kill('SIGINT');
  expect((await net.command.ended).code).toBe(0);
});

describe('a transfer whose answer is lost', () => {
  test('is reported as it turned out, and moves once', async () => {
    const { chain, server } = await serve();
    const before = balanceOfBob(chain);
    const sealing = setInterval(chain.seal, 50);
    const proxy = await openLossyProxy(server.url, ({ method }, nth) =>
      method === 'tx_send' && nth === 1 ? 'cut' : 'pass',
    );
    const { code, stdout, stderr } = await openledger(transfer(proxy.url));
    clearInterval(sealing);
    expect([code, parsed(stdout)]).toMatchObject([0, { status: 'committed', error: null }]);
    expect(stderr).toMatch(
      /^the answer does not say what became of the transaction \(.*\); asking the node\n$/,
    );
    expect(balanceOfBob(chain) - before).toBe(5n);
  });

  test('is refused once it has expired', async () => {
    const { chain, server } = await serve();
    const proxy = await openLossyProxy(server.url, ({ method }, nth) => {
      if (method !== 'tx_send' || nth > 1) return 'pass';
      for (let i = 0; i < 3; i++) chain.seal();
      return 'drop';
    });
    const { code, stdout, stderr } = await openledger([...transfer(proxy.url), '--valid-until', '1']);
    expect([code, stdout]).toEqual([4, '']);
    expect(stderr).toMatch(/\nerror TX_EXPIRED: .*\n$/);
    expect(chain.node.mempool().transactions).toBe(0);
  });

  test('is of unknown outcome while no node answers, with the id to ask for', async () => {
    const { chain, server } = await serve();
    let isAway = false;
    const proxy = await openLossyProxy(server.url, ({ method }) => {
      isAway ||= method === 'tx_send';
      return isAway ? (method === 'tx_send' ? 'cut' : 'drop') : 'pass';
    });
    const { code, stdout, stderr } = await openledger([...transfer(proxy.url), '--mode', 'sync']);
    const report = parsed(stdout);
    expect([code, report]).toMatchObject([
      3,
      { status: 'unknown', height: null, nonce: '0', error: { code: 'TX_OUTCOME_UNKNOWN' } },
    ]);
    const last = `${stderr.trimEnd().split('\n').at(-1)}\n`;
    expect(isOneErrorLine(last, 'TX_OUTCOME_UNKNOWN'), stderr).toBe(true);
    expect(last).toContain(String(report.id));
    proxy.heal();
    const ask = ['tx', 'status', String(report.id), '--rpc', proxy.url, '--json'];
    expect((await openledger(ask)).code).toBe(3);
    chain.seal();
    const asked = await openledger(ask);
    expect([asked.code, parsed(asked.stdout)]).toMatchObject([0, { id: report.id, status: 'committed' }]);
  });
});

test('a simulation that a gateway refuses by a code of its own ends with 3: the chain has refused nothing', async () => {
  const { chain, server } = await serve();
  const proxy = await openLossyProxy(server.url, ({ method }) =>
    method === 'tx_simulate'
      ? {
          forwarded: false,
          answer: (calls) =>
            JSON.stringify({
              jsonrpc: '2.0',
              id: calls[0]?.id ?? null,
              error: { code: -32_000, message: 'not in your plan', data: { code: 'PLAN_TOO_SMALL' } },
            }),
        }
      : 'pass',
  );
  const { code, stdout, stderr } = await openledger(transfer(proxy.url));
  expect([code, stdout]).toEqual([3, '']);
  expect(stderr).toMatch(/^error PLAN_TOO_SMALL: .*not in your plan\n$/m);
  expect(chain.node.mempool().transactions).toBe(0);
});

describe('a command that is interrupted', () => {
  test('ends with 130, and names the transaction that it has sent', async () => {
    const { chain, server } = await serve();
    const sending = shop.run(...transfer(server.url));
    await eventually('it is sent', async () => chain.node.mempool().transactions > 0);
    sending.kill('SIGINT');
    const { code, signal, out, err } = await result(sending);
    expect({ code, signal, out }).toEqual({ code: 130, signal: null, out: '' });
    const id = /"openledger tx status (0x[0-9a-f]{64})"/.exec(err)?.[1] ?? '';
    chain.seal();
    expect((await openledger(['tx', 'status', id, '--rpc', server.url])).code).toBe(0);
  });

  test('says nothing of a transaction before there is one', async () => {
    const { server } = await serve();
    let asked = false;
    const { promise, resolve } = Promise.withResolvers<void>();
    const proxy = await openLossyProxy(server.url, async ({ method }): Promise<Fate> => {
      asked ||= method === 'tx_prepare';
      if (method === 'tx_prepare') await promise;
      return 'pass';
    });
    const sending = shop.run(...transfer(proxy.url));
    await eventually('it is prepared', async () => asked);
    sending.kill('SIGINT');
    expect(await result(sending)).toMatchObject({ code: 130, out: '', err: '' });
    resolve();
  });
});
