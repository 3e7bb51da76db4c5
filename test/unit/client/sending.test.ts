/** What a client reports of a transaction is what moved: over a real RPC of a chain in memory, through a proxy that loses answers. */
import { afterEach, describe, expect, test } from 'vitest';
import { type RpcServer, startRpcServer } from '../../../rpc/server.ts';
import { createRpcClient, type RpcClient } from '../../../src/client/rpc-client.ts';
import { createWallet } from '../../../src/client/wallet.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import { CodedError } from '../../../src/lib/errors.ts';
import { accountOf } from '../../../state/modules/ledger/accounts.ts';
import { formatOpen } from '../../../state/tx/action.ts';
import { alice, bob, logger } from '../rpc/server.ts';
import { actor, type SmallChain, smallChain, smallGenesis } from '../rpc/small-chain.ts';
import { type Fate, type LossyProxy, openLossyProxy } from './lossy-proxy.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const serve = async (chain: SmallChain): Promise<RpcServer> => {
  const limits = { maxBodyBytes: 1 << 20, maxBatch: 100, rateLimit: undefined };
  const server = await startRpcServer({ node: chain.node, logger, host: '127.0.0.1', port: 0, ...limits });
  closing.push(() => server.close());
  return server;
};

type Stage = {
  readonly chain: SmallChain;
  readonly client: RpcClient;
  readonly proxy: LossyProxy;
  /** What bob has got since the beginning. */
  readonly moved: () => bigint;
};

const balanceOfBob = (chain: SmallChain): bigint =>
  chain.node.read(({ view }) => accountOf(view, bob.address).balance);

/** A chain behind a proxy that does this to the n-th `tx_send`, and to no other call. */
const stageOf = async (fateOf: (nth: number) => Fate = () => 'pass'): Promise<Stage> => {
  const chain = smallChain(smallGenesis([alice, bob]));
  const before = balanceOfBob(chain);
  const proxy = await openLossyProxy((await serve(chain)).url, ({ method }, nth) =>
    method === 'tx_send' ? fateOf(nth) : 'pass',
  );
  return { chain, client: createRpcClient(proxy.url), proxy, moved: () => balanceOfBob(chain) - before };
};

const first =
  (fate: Fate) =>
  (nth: number): Fate =>
    nth === 1 ? fate : 'pass';

const payment = { to: bob.address, amount: 5n };
const walletOf = (client: RpcClient) => createWallet(client, alice.privateKey);

const faultOf = async (sending: Promise<unknown>) => {
  const error: unknown = await sending.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof CodedError) return error.fault;
  throw new Error('it was not refused');
};

const answered = (result: unknown) => ({
  forwarded: true,
  answer: ([call]: readonly { readonly id: number }[]) =>
    JSON.stringify({ jsonrpc: '2.0', id: call?.id, ...(result as object) }),
});

/** The node has got the call; the gateway before it answers with an error of its own. */
const ofGateway = (code: string) => answered({ error: { code: -32005, message: 'limit', data: { code } } });

describe('a transaction whose answer is lost', () => {
  test.each<[string, Fate]>([
    ['is cut off after the node has got the request', 'cut'],
    ['never comes because the request was lost', 'drop'],
    ['is a page of HTML', { forwarded: true, answer: () => '<html>502 Bad Gateway</html>' }],
    ['is a page of HTML in the place of the node', { forwarded: false, answer: () => '<html>' }],
    ['is an empty result', answered({ result: {} })],
    ['is null', answered({ result: null })],
    ['is about another transaction', answered({ result: { id: `0x${'00'.repeat(32)}`, known: false } })],
    ['is an error inside the node', answered({ error: { code: -32603, message: 'internal error' } })],
    ['is an error of something else', answered({ error: { code: -32000, message: 'upstream timed out' } })],
    ['is an error of a gateway with a code of its own', ofGateway('GATEWAY_TIMEOUT')],
    ['is that with an HTTP status of its own', { ...ofGateway('GATEWAY_TIMEOUT'), status: 504 }],
    ['is an error of a gateway whose code is none of a node', ofGateway('upstream \u001b[31mtimed out')],
    ['is a failure inside a gateway', ofGateway('INTERNAL')],
  ])('since it %s is found, and moves once', async (_, fate) => {
    const { chain, client, moved } = await stageOf(first(fate));
    const lost: string[] = [];
    const sent = await (await walletOf(client)).send('transfer', payment, {
      onLost: ({ code }) => lost.push(code),
    });
    expect(lost).toHaveLength(1);
    expect(sent).toMatchObject({ status: 'pending', error: null });
    chain.seal();
    expect(moved()).toBe(5n);
    expect(await client.call('tx_status', { id: sent.id })).toMatchObject({ status: 'committed' });
  });

  test('since something on the way says that it hears too much is found, also if a block has it by then', async () => {
    const limited = { forwarded: true, status: 429, answer: () => '<html>429 Too Many Requests</html>' };
    const { chain, client, moved } = await stageOf(first(limited));
    const later: string[] = [];
    const sent = await (await walletOf(client)).send('transfer', payment, {
      onLater: ({ code }) => {
        later.push(code);
        chain.seal();
      },
    });
    expect([later, sent.status, moved()]).toEqual([['RATE_LIMITED'], 'committed', 5n]);
    chain.seal();
    expect(moved()).toBe(5n);
  });

  test('is waited for until a block has executed it, if that was asked', async () => {
    const { chain, client, moved } = await stageOf(first('drop'));
    const sending = (await walletOf(client)).send('transfer', payment, { mode: 'commit' });
    const sealing = setInterval(chain.seal, 20);
    const sent = await sending;
    clearInterval(sealing);
    expect(sent).toMatchObject({ status: 'committed', events: [{ type: 'transfer' }] });
    expect(moved()).toBe(5n);
  });

  test('is waited for longer than a node waits, if that was asked', async () => {
    const chain = smallChain(smallGenesis([alice, bob]));
    const asked: unknown[] = [];
    const impatient: SmallChain['node'] = {
      ...chain.node,
      txSettled: (id, timeoutMs) => {
        asked.push(timeoutMs);
        return chain.node.txState(id);
      },
    };
    const client = createRpcClient((await serve({ ...chain, node: impatient })).url);
    const sealing = setInterval(() => asked.length > 0 && chain.seal(), 20);
    const sent = await (await walletOf(client)).send('transfer', payment, {
      mode: 'commit',
      timeoutMs: 600_000,
    });
    clearInterval(sealing);
    expect(asked).toEqual([120_000]);
    expect(sent).toMatchObject({ status: 'committed' });
  });

  test('is of unknown outcome if the node does not answer in time, and is found later by its id', async () => {
    const chain = smallChain(smallGenesis([alice, bob]));
    let isAway = false;
    const proxy = await openLossyProxy((await serve(chain)).url, ({ method }) => {
      isAway ||= method === 'tx_send';
      if (!isAway) return 'pass';
      return method === 'tx_send' ? 'cut' : 'drop';
    });
    const client = createRpcClient(proxy.url, { retries: 0 });
    const fault = await faultOf((await walletOf(client)).send('transfer', payment, { settleMs: 100 }));
    expect(fault).toMatchObject({
      code: 'TX_OUTCOME_UNKNOWN',
      data: { id: expect.stringMatching(/^0x[0-9a-f]{64}$/) as unknown, nonce: '0', validUntil: '200' },
    });
    proxy.heal();
    chain.seal();
    const id = String(fault.data?.id);
    expect(await client.call('tx_status', { id })).toMatchObject({ status: 'committed' });
  });

  test('is signed again with the next nonce once another transaction has used its own', async () => {
    const chain = smallChain(smallGenesis([alice, bob]));
    const before = balanceOfBob(chain);
    const node = createRpcClient((await serve(chain)).url);
    const other = await (await walletOf(node)).prepare('transfer', { to: bob.address, amount: 7n });
    const proxy = await openLossyProxy(node.url, async ({ method }, nth) => {
      if (method !== 'tx_send' || nth > 1) return 'pass';
      await chain.node.submit(other.bytes, '127.0.0.1');
      return 'drop';
    });
    const nonces: bigint[] = [];
    const sent = await (await walletOf(createRpcClient(proxy.url))).send('transfer', payment, {
      onSending: ({ nonce }) => nonces.push(nonce),
      onLost: chain.seal,
    });
    expect(nonces).toEqual([0n, 1n]);
    chain.seal();
    expect(await node.call('tx_status', { id: sent.id })).toMatchObject({ status: 'committed' });
    expect(balanceOfBob(chain) - before).toBe(12n);
  });

  test('with a nonce of the caller is refused once another transaction has used it', async () => {
    const { chain, client, moved } = await stageOf(first('drop'));
    const wallet = await walletOf(client);
    const other = await wallet.prepare('transfer', { to: bob.address, amount: 7n });
    await chain.node.submit(other.bytes, '127.0.0.1');
    const sending = wallet.send('transfer', payment, { nonce: 0n, onLost: chain.seal });
    expect(await faultOf(sending)).toMatchObject({ code: 'NONCE_TOO_LOW', data: { nonce: '0' } });
    chain.seal();
    expect(moved()).toBe(7n);
  });

  test('has expired once the chain is past its last height', async () => {
    const { chain, client, moved } = await stageOf(first('drop'));
    const sending = (await walletOf(client)).send('transfer', payment, {
      validUntil: 1n,
      onLost: () => {
        for (let i = 0; i < 3; i++) chain.seal();
      },
    });
    expect(await faultOf(sending)).toMatchObject({ code: 'TX_EXPIRED', data: { validUntil: '1' } });
    expect(moved()).toBe(0n);
  });
});

test('a transaction that a node refuses with a code of later is refused once the node says so again', async () => {
  const chain = smallChain(smallGenesis([alice, bob]));
  const before = balanceOfBob(chain);
  const why = { code: 'RULE_OF_TOMORROW', message: 'no', data: { limit: 7 } };
  const later: SmallChain['node'] = {
    ...chain.node,
    submit: async (bytes, caller) => {
      const sent = await chain.node.submit(bytes, caller);
      return sent.ok
        ? { ok: true, value: { ...sent.value, admitted: { ok: false, fault: why as never } } }
        : sent;
    },
    txState: async () => ({ status: 'rejected', fault: why }) as never,
  };
  const client = createRpcClient((await serve({ ...chain, node: later })).url);
  const lost: string[] = [];
  const sending = (await walletOf(client)).send('transfer', payment, {
    onLost: ({ code }) => lost.push(code),
  });
  expect(await faultOf(sending)).toMatchObject({ code: why.code, data: { limit: 7 } });
  expect(lost).toEqual([why.code]);
  expect(balanceOfBob(chain)).toBe(before);
});

const refused = (code: string): Fate => ({
  forwarded: false,
  answer: ([call]) =>
    JSON.stringify({ jsonrpc: '2.0', id: call?.id, error: { code: -32000, message: 'no', data: { code } } }),
});

describe('a transaction that is refused for a reason that passes', () => {
  test.each(['MEMPOOL_FULL', 'MEMPOOL_SENDER_FULL', 'VERIFIER_STOPPED'])(
    'is sent again as it is (%s), and moves once',
    async (code) => {
      const { chain, client, moved } = await stageOf((nth) => (nth <= 2 ? refused(code) : 'pass'));
      const said: string[] = [];
      const ids = new Set<string>();
      const sent = await (await walletOf(client)).send('transfer', payment, {
        onLater: (why) => said.push(why.code),
        onSending: ({ id }) => ids.add(toHex(id)),
      });
      expect(said).toEqual([code, code]);
      expect([...ids]).toEqual([toHex(sent.id)]);
      chain.seal();
      expect(moved()).toBe(5n);
    },
  );

  test('says so once its time is over, and a signal ends the waiting', async () => {
    const { client } = await stageOf(() => refused('MEMPOOL_FULL'));
    const wallet = await walletOf(client);
    expect(await faultOf(wallet.send('transfer', payment, { settleMs: 10 }))).toMatchObject({
      code: 'MEMPOOL_FULL',
    });
    const stopping = new AbortController();
    const reason = new Error('enough');
    const { signal } = stopping;
    const sending = wallet.send('transfer', payment, { signal, onLater: () => stopping.abort(reason) });
    await expect(sending).rejects.toBe(reason);
  });

  test.each([
    ['MEMPOOL_NONCE_TAKEN', 'nonce', { nonce: 0n }],
    ['MAX_FEE_TOO_LOW', 'fee', { maxFee: 10n ** 15n }],
    ['TX_EXPIRED', 'last height', { validUntil: 100n }],
  ])('is signed anew (%s), unless the caller has fixed its %s', async (code, _, fixed) => {
    const { client, chain, moved } = await stageOf((nth) => (nth <= 4 ? refused(code) : 'pass'));
    let signed = 0;
    const onSending = () => {
      signed += 1;
    };
    const wallet = await walletOf(client);
    expect(await faultOf(wallet.send('transfer', payment, { ...fixed, onSending }))).toMatchObject({ code });
    expect(signed).toBe(1);
    await wallet.send('transfer', payment, { onSending });
    expect(signed).toBe(5);
    chain.seal();
    expect(moved()).toBe(5n);
  });
});

test('a transaction that its owner replaced is not signed anew', async () => {
  const { client, chain, moved } = await stageOf(first(refused('TX_REPLACED')));
  let signed = 0;
  const onSending = () => {
    signed += 1;
  };
  const wallet = await walletOf(client);
  expect(await faultOf(wallet.send('transfer', payment, { onSending }))).toMatchObject({
    code: 'TX_REPLACED',
  });
  expect(signed).toBe(1);
  chain.seal();
  expect(moved()).toBe(0n);
});

describe('equal transactions', () => {
  test('that are sent at once have ids of their own, and all of them move', async () => {
    const { chain, client, moved } = await stageOf();
    const wallets = await Promise.all(Array.from({ length: 5 }, () => walletOf(client)));
    const sent = await Promise.all(wallets.map((wallet) => wallet.send('transfer', payment)));
    expect(new Set(sent.map(({ id }) => toHex(id))).size).toBe(5);
    chain.seal();
    for (const { id } of sent)
      expect(await client.call('tx_status', { id })).toMatchObject({ status: 'committed' });
    expect(moved()).toBe(25n);
  });

  test('have ids of their own also with the limit and the last height of the caller, which none exceeds', async () => {
    const { chain, client, moved } = await stageOf();
    const same = { maxFee: 10n ** 15n, validUntil: 100n };
    const wallets = await Promise.all(Array.from({ length: 3 }, () => walletOf(client)));
    const sent = await Promise.all(wallets.map((wallet) => wallet.send('transfer', payment, same)));
    expect(new Set(sent.map(({ id }) => toHex(id))).size).toBe(3);
    const drafts = await Promise.all(wallets.map((wallet) => wallet.draft('transfer', payment, same)));
    for (const { maxFee } of drafts) {
      expect(maxFee).toBeLessThanOrEqual(same.maxFee);
      expect(maxFee).toBeGreaterThan(same.maxFee - 2n ** 32n);
    }
    chain.seal();
    expect(moved()).toBe(15n);
  });

  test('with a nonce of the caller are refused after the first: they move nothing', async () => {
    const { chain, client, moved } = await stageOf();
    const wallet = await walletOf(client);
    const same = { maxFee: 10n ** 15n, validUntil: 100n, nonce: 0n };
    expect(await wallet.send('transfer', payment, same)).toMatchObject({ known: false });
    expect(await faultOf(wallet.send('transfer', payment, same))).toMatchObject({
      code: 'NONCE_TOO_LOW',
    });
    chain.seal();
    expect(moved()).toBe(5n);
  });

  // As a proxy does that repeats a request on its own: the client sees the second answer only.
  test.each([
    ['the limit of the node', {}],
    ['a limit of the caller', { maxFee: 10n ** 15n }],
    ['a limit and a last height of the caller', { maxFee: 10n ** 15n, validUntil: 100n }],
    ['all of it by the caller', { maxFee: 10n ** 15n, validUntil: 100n, nonce: 0n, tip: 3n }],
  ])('are the sender’s own, if something on the way has sent them twice, with %s', async (_, options) => {
    const { chain, client, moved } = await stageOf(() => 'twice');
    const sent = await (await walletOf(client)).send('transfer', payment, options);
    expect(sent).toMatchObject({ status: 'pending', known: true });
    expect(chain.node.mempool().transactions).toBe(1);
    chain.seal();
    expect(await client.call('tx_status', { id: sent.id })).toMatchObject({ status: 'committed' });
    expect(moved()).toBe(5n);
  });
});

describe('a limit of the caller near what a transaction needs', () => {
  const ENDS_MIN = 2n ** 16n;

  test('is used down to what is needed, and is refused where no digits are left to draw', async () => {
    const { chain, client, moved } = await stageOf();
    const wallet = await walletOf(client);
    const to = toHex(bob.address);
    const { gas, baseFee } = await client.call('tx_prepare', {
      from: alice.address,
      kind: 'transfer',
      payload: { to, amount: '5' },
    });
    const needed = gas * baseFee + 7n;
    const least = needed + ENDS_MIN - 1n;
    const { maxFee } = await wallet.draft('transfer', payment, { tip: 7n, maxFee: least });
    expect(maxFee).toBeGreaterThanOrEqual(needed);
    expect(maxFee).toBeLessThanOrEqual(least);
    const refused = await faultOf(wallet.send('transfer', payment, { tip: 7n, maxFee: least - 1n }));
    expect(refused).toMatchObject({
      code: 'MAX_FEE_TOO_LOW',
      message: `maxFee: must be at least ${formatOpen(least)} OPEN now, not ${formatOpen(least - 1n)}`,
      data: { maxFee: `${least - 1n}`, needed: `${least}` },
    });
    expect(await wallet.send('transfer', payment, { tip: 7n, maxFee: least })).toMatchObject({
      status: 'pending',
    });
    chain.seal();
    expect(moved()).toBe(5n);
  });
});

describe('a transaction that must fail', () => {
  const tooMuch = { to: bob.address, amount: 1_500n * 10n ** 18n };

  test('is refused in OPEN before it is signed, and costs nothing', async () => {
    const { chain, client, proxy } = await stageOf();
    const signed: unknown[] = [];
    const fault = await faultOf(
      (await walletOf(client)).send('transfer', tooMuch, { onSending: (sending) => signed.push(sending) }),
    );
    expect(fault.code).toBe('BALANCE_TOO_LOW');
    expect(fault.message).toMatch(/^you have 1000 OPEN, this needs 1500 OPEN and a fee of 0\.0+[0-9]+ OPEN$/);
    expect(signed).toEqual([]);
    expect(proxy.seen).not.toContain('tx_send');
    expect(chain.node.mempool().transactions).toBe(0);
  });

  test('of an account without money is refused with what the fee may be', async () => {
    const { client } = await stageOf();
    const poor = await createWallet(client, actor('poor').privateKey);
    const fault = await faultOf(poor.send('transfer', payment));
    expect(fault.code).toBe('BALANCE_BELOW_MAX_FEE');
    expect(fault.message).toMatch(/^you have 0 OPEN, and the fee may be up to 0\.0+[0-9]+ OPEN$/);
  });

  test('is sent all the same if that is asked, and has failed then', async () => {
    const { chain, client } = await stageOf();
    const wallet = await walletOf(client);
    const sending = wallet.send('transfer', tooMuch, { mode: 'commit', simulate: false });
    const sealing = setInterval(chain.seal, 20);
    const sent = await sending;
    clearInterval(sealing);
    expect(sent).toMatchObject({ status: 'failed', error: { code: 'BALANCE_TOO_LOW' } });
  });

  test.each([
    ['BUSY', { code: -32000, message: 'busy', data: { code: 'SIMULATION_BUSY' } }],
    ['unknown', { code: -32601, message: 'no such method', data: { code: 'METHOD_NOT_FOUND' } }],
  ])('is not held up by a node that cannot simulate: %s', async (_, error) => {
    const chain = smallChain(smallGenesis([alice, bob]));
    const proxy = await openLossyProxy((await serve(chain)).url, ({ method }) =>
      method === 'tx_simulate' ? answered({ error }) : 'pass',
    );
    const sent = await (await walletOf(createRpcClient(proxy.url))).send('transfer', payment);
    expect(sent.status).toBe('pending');
  });

  test('is sent if it only waits for others of its account', async () => {
    const { client } = await stageOf();
    const wallet = await walletOf(client);
    await wallet.send('transfer', payment);
    expect(await wallet.send('transfer', payment)).toMatchObject({ status: 'pending', known: false });
  });
});
