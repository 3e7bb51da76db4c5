import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type RpcServer, startRpcServer } from '../../../rpc/server.ts';
import { createRpcClient } from '../../../src/client/rpc-client.ts';
import { waitForHeight, waitForTransaction } from '../../../src/client/wait.ts';
import { createWallet, fetchChainIdentity } from '../../../src/client/wallet.ts';
import { toHeight } from '../../../src/lib/brands.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import { CodedError } from '../../../src/lib/errors.ts';
import { alice, bob, logger } from '../rpc/server.ts';
import { smallChain, smallGenesis } from '../rpc/small-chain.ts';

const chain = smallChain(smallGenesis([alice, bob]));
const sealing = setInterval(chain.seal, 30);
let server: RpcServer;
beforeAll(async () => {
  const limits = { maxBodyBytes: 1 << 20, maxBatch: 10, rateLimit: undefined };
  server = await startRpcServer({ node: chain.node, logger, host: '127.0.0.1', port: 0, ...limits });
});
const strangers: Server[] = [];
afterAll(async () => {
  clearInterval(sealing);
  await server.close();
  for (const each of strangers) each.closeAllConnections();
  for (const each of strangers) each.close();
});

/** A server that answers whatever the test has it answer; undefined for never. */
const stranger = async (answer: (body: string) => string | undefined): Promise<string> => {
  const made = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = answer(Buffer.concat(chunks).toString());
      if (text !== undefined) response.end(text);
    });
  });
  strangers.push(made);
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(made.address() as AddressInfo).port}`;
};

const codeOf = async (promise: Promise<unknown>): Promise<string> => {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof CodedError)) throw new Error(`expected a coded error, got ${String(error)}`);
  return error.code;
};

/** The result of node_status, in JSON. */
const statusAt = (height: number) => ({
  chainId: '4242',
  height: String(height),
  stateRoot: `0x${'ab'.repeat(32)}`,
  round: 0,
  peers: 3,
  syncing: false,
  waiting: null,
  version: '0.1.0',
});

/** The result of tx_prepare for a transfer, in JSON. */
const prepared = (transaction: object) => ({
  id: `0x${'00'.repeat(32)}`,
  action: 'transfer',
  gas: '1',
  baseFee: '1',
  transaction: {
    from: toHex(alice.address),
    nonce: '0',
    maxFee: '100',
    tip: '0',
    validUntil: '9',
    kind: 'transfer',
    payload: {},
    ...transaction,
  },
  typedData: {},
});

describe('a call', () => {
  test('gives its result, bigints and bytes being written as the node reads them', async () => {
    const client = createRpcClient(server.url);
    expect(await client.call('account_get', { address: bob.address })).toHaveProperty('nonce', 0n);
    await waitForHeight(client, toHeight(2n));
    expect(await client.call('chain_getHeader', { height: 2n })).toHaveProperty('height', 2n);
  });

  test('throws the code that the node gives, with its fields', async () => {
    const client = createRpcClient(server.url);
    const refused = client.call('chain_getHeader', { height: 10n ** 12n });
    await expect(refused).rejects.toMatchObject({
      code: 'BLOCK_NOT_FOUND',
      fault: { data: { height: '1000000000000', rpcCode: -32001 } },
    });
    expect(await client.attempt('account_get', { address: '0x12' })).toMatchObject({
      ok: false,
      fault: { code: 'PARAMS_INVALID', data: { path: 'address', rpcCode: -32602 } },
    });
  });

  test('says whom it did not reach', async () => {
    expect(await codeOf(createRpcClient('http://127.0.0.1:9').call('node_status'))).toBe('RPC_UNREACHABLE');
    const silent = await stranger(() => undefined);
    expect(await codeOf(createRpcClient(silent, { timeoutMs: 50 }).call('node_status'))).toBe('RPC_TIMEOUT');
  });

  test.each(['', 'hello', '[]', '5', 'null', '{}', '{"jsonrpc":"2.0","id":1}'])(
    'does not take %j for an answer',
    async (text) => {
      const url = await stranger(() => text);
      expect(await codeOf(createRpcClient(url).call('node_status'))).toBe('RPC_ANSWER_INVALID');
    },
  );

  test.each([
    ['result', 100_000],
    ['error', 100_000],
    ['result', 257],
  ])('does not take a %s that is nested %i deep for an answer', async (name, levels) => {
    const url = await stranger(() => `{"${name}":${'['.repeat(levels)}${']'.repeat(levels)}}`);
    const client = createRpcClient(url, { retries: 0 });
    expect(await client.request('node_status', {})).toMatchObject({
      ok: false,
      fault: { code: 'RPC_ANSWER_INVALID', message: expect.stringContaining('256 levels') as unknown },
    });
  });

  test('says that a switch to another protocol is no answer', async () => {
    const made = createServer();
    made.on('connection', (socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n'));
    });
    strangers.push(made);
    await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(made.address() as AddressInfo).port}`;
    expect(await createRpcClient(url, { retries: 0 }).attempt('node_status')).toMatchObject({
      ok: false,
      fault: { code: 'RPC_ANSWER_INVALID', message: expect.not.stringContaining('assert') as unknown },
    });
  });

  test.each([
    '{"error":5}',
    '{"error":{}}',
    '{"error":{"code":"x","message":7,"data":[]}}',
    // What else stands in the place of a code is not printed as one.
    '{"error":{"code":-32000,"message":"no","data":{"code":"BAD EVIL\\u001b[31m"}}}',
    '{"error":{"code":-32000,"message":"no","data":{"code":""}}}',
  ])('takes the malformed error %j for a refusal all the same', async (text) => {
    const url = await stranger(() => text);
    expect(await codeOf(createRpcClient(url).call('node_status'))).toBe('RPC_ERROR');
  });
});

describe('a stranger', () => {
  const listening = async (answer: Parameters<typeof createServer>[1]): Promise<string> => {
    const made = createServer(answer);
    strangers.push(made);
    await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(made.address() as AddressInfo).port}`;
  };

  test('that answers without end is left', async () => {
    let open = 0;
    const url = await listening((_, response) => {
      open += 1;
      const more = (): void => {
        while (response.write(Buffer.alloc(1 << 20, 0x20)));
      };
      response.on('drain', more);
      response.on('close', () => {
        open -= 1;
      });
      more();
    });
    expect(await codeOf(createRpcClient(url, { retries: 0 }).call('node_status'))).toBe('RPC_ANSWER_INVALID');
    await vi.waitFor(() => expect(open).toBe(0), { timeout: 30_000 });
  });

  test('is not followed to where it redirects', async () => {
    let asked = 0;
    const other = await listening((_, response) => {
      asked += 1;
      response.end('{}');
    });
    const url = await listening((_, response) => {
      response.writeHead(307, { location: other }).end();
    });
    expect(await codeOf(createRpcClient(url, { retries: 0 }).call('node_status'))).toBe('RPC_ANSWER_INVALID');
    expect(asked).toBe(0);
  });
});

describe('a batch', () => {
  test('gives each call its own result, in order', async () => {
    const client = createRpcClient(server.url);
    const [status, missing, account] = await client.batch([
      { method: 'node_status', params: {} },
      { method: 'chain_getBlock', params: { height: '999999' } },
      { method: 'account_get', params: { address: toHex(bob.address) } },
    ]);
    expect(status).toMatchObject({ ok: true, value: { chainId: 4242n } });
    expect(missing).toMatchObject({ ok: false, fault: { code: 'BLOCK_NOT_FOUND' } });
    expect(account).toMatchObject({ ok: true, value: { nonce: 0n } });
    expect(await client.batch([])).toEqual([]);
  });

  test('of more than a hundred calls is sent in pieces, and its results stay in order', async () => {
    const sizes: number[] = [];
    const url = await stranger((body) => {
      const ids = (JSON.parse(body) as { id: number }[]).map(({ id }) => id);
      sizes.push(ids.length);
      return JSON.stringify(ids.map((id) => ({ jsonrpc: '2.0', id, result: statusAt(id) })));
    });
    const calls = Array.from({ length: 250 }, () => ({ method: 'node_status', params: {} }) as const);
    const results = await createRpcClient(url).batch(calls);
    expect(sizes).toEqual([100, 100, 50]);
    expect(results.map((each) => (each.ok ? each.value.height : -1n))).toEqual(
      Array.from({ length: 250 }, (_, i) => BigInt(i + 1)),
    );
  });

  test('that is refused as a whole throws why', async () => {
    const calls = Array.from({ length: 11 }, () => ({ method: 'node_status', params: {} }) as const);
    expect(await codeOf(createRpcClient(server.url).batch(calls))).toBe('BATCH_TOO_LONG');
  });

  test('finds its answers by id, whatever their order, and misses those that are not there', async () => {
    const url = await stranger((body) => {
      const ids = (JSON.parse(body) as { id: number }[]).map(({ id }) => id);
      const answers = ids.map((id, i) => ({ jsonrpc: '2.0', id, result: statusAt(i) }));
      return JSON.stringify(answers.slice(1).reverse());
    });
    const call = { method: 'node_status', params: {} } as const;
    const results = await createRpcClient(url).batch([call, call, call]);
    expect(results).toMatchObject([
      { ok: false, fault: { code: 'RPC_ANSWER_INVALID' } },
      { ok: true, value: { height: 1n } },
      { ok: true, value: { height: 2n } },
    ]);
  });
});

describe('a request without an answer', () => {
  /** A node that answers from the n-th request on, and how often it was asked. */
  const late = async (answersFrom: number) => {
    let asked = 0;
    const url = await stranger((body) => {
      asked += 1;
      if (asked < answersFrom) return '<html>starting</html>';
      const one = JSON.parse(body) as { id: number } | readonly { id: number }[];
      const answer = ({ id }: { id: number }) => ({ jsonrpc: '2.0', id, result: statusAt(7) });
      return JSON.stringify('id' in one ? answer(one) : one.map(answer));
    });
    return { url, asked: () => asked };
  };

  test('is repeated, a few times', async () => {
    const { url, asked } = await late(3);
    expect(await createRpcClient(url).call('node_status')).toMatchObject({ height: 7n });
    expect(asked()).toBe(3);
    const never = await late(99);
    expect(await codeOf(createRpcClient(never.url).call('node_status'))).toBe('RPC_ANSWER_INVALID');
    expect(never.asked()).toBe(3);
    expect(await codeOf(createRpcClient(never.url, { retries: 0 }).call('node_status'))).toBe(
      'RPC_ANSWER_INVALID',
    );
    expect(never.asked()).toBe(4);
  });

  test('is not repeated if it sends a transaction, alone or in a batch', async () => {
    const { url, asked } = await late(99);
    const send = { method: 'tx_send', params: { transaction: '0x' } } as const;
    const client = createRpcClient(url);
    expect(await codeOf(client.call(send.method, send.params))).toBe('RPC_ANSWER_INVALID');
    expect(await codeOf(client.batch([{ method: 'node_status', params: {} }, send]))).toBe(
      'RPC_ANSWER_INVALID',
    );
    expect(asked()).toBe(2);
  });
});

describe('a request that is answered with an error', () => {
  /** Something that answers the first requests with an error, and then as a node, and how often it was asked. */
  const failing = async (error: object, times: number) => {
    let asked = 0;
    const url = await stranger((body) => {
      asked += 1;
      const isFailing = asked <= times;
      const one = JSON.parse(body) as { id: number } | readonly { id: number }[];
      const answer = ({ id }: { id: number }) => ({
        jsonrpc: '2.0',
        id,
        ...(isFailing ? { error } : { result: statusAt(7) }),
      });
      return JSON.stringify('id' in one ? answer(one) : one.map(answer));
    });
    return { url, asked: () => asked };
  };
  const timeout = { code: -32099, message: 'upstream timeout', data: { code: 'GATEWAY_TIMEOUT' } };

  test.each([
    ['a code that is not known', timeout],
    ['a failure inside the node', { code: -32603, message: 'internal', data: { code: 'INTERNAL' } }],
    ['no code', { code: -32005, message: 'limit exceeded' }],
  ])('of %s is repeated, alone and in a batch', async (_, error) => {
    const alone = await failing(error, 2);
    expect(await createRpcClient(alone.url).call('node_status')).toMatchObject({ height: 7n });
    const batch = await failing(error, 2);
    const call = { method: 'node_status', params: {} } as const;
    expect(await createRpcClient(batch.url).batch([call, call])).toMatchObject([{ ok: true }, { ok: true }]);
    expect([alone.asked(), batch.asked()]).toEqual([3, 3]);
  });

  test('that stays is reported after a few times, and a refusal at once', async () => {
    const stays = await failing(timeout, 99);
    expect(await codeOf(createRpcClient(stays.url).call('node_status'))).toBe('RPC_ERROR');
    expect(stays.asked()).toBe(3);
    const host = { code: -32600, message: 'not this host', data: { code: 'HOST_NOT_ALLOWED' } };
    const refused = await failing(host, 99);
    expect(await codeOf(createRpcClient(refused.url).call('node_status'))).toBe('HOST_NOT_ALLOWED');
    expect(refused.asked()).toBe(1);
  });

  test('is not repeated if it sends a transaction', async () => {
    const { url, asked } = await failing(timeout, 99);
    expect(await codeOf(createRpcClient(url).call('tx_send', { transaction: '0x' }))).toBe('GATEWAY_TIMEOUT');
    expect(asked()).toBe(1);
  });
});

describe('a wallet', () => {
  const client = () => createRpcClient(server.url);
  const payload = { to: bob.address, amount: 5n };

  test('sends, and its transaction is found until it is executed', async () => {
    const wallet = await createWallet(client(), alice.privateKey);
    expect(toHex(wallet.address)).toBe(toHex(alice.address));
    expect(wallet.chain).toEqual(await fetchChainIdentity(client()));
    const sent = await wallet.send('transfer', payload);
    expect(sent.status).toBe('pending');
    expect(await waitForTransaction(client(), sent.id)).toMatchObject({ status: 'committed', id: sent.id });
  });

  test('signs what was asked for, not what a node prepared', async () => {
    const thief = await stranger((body) => {
      const { id, method, params } = JSON.parse(body) as { id: number; method: string; params: object };
      const payloadOfThief = { to: toHex(alice.address), amount: '999' };
      const result =
        method === 'tx_prepare' ? prepared({ ...params, payload: payloadOfThief, tip: '50' }) : {};
      return JSON.stringify({ jsonrpc: '2.0', id, result });
    });
    const domain = await fetchChainIdentity(client());
    const wallet = await createWallet(createRpcClient(thief), alice.privateKey, domain);
    const shown = await wallet.preview('transfer', payload);
    expect(shown).toMatchObject({
      message: { action: `transfer 0.000000000000000005 OPEN to ${toHex(bob.address)}`, tip: '0' },
    });
  });

  test('does not sign a fee that nobody agreed to', async () => {
    const greedy = await stranger((body) => {
      const { id } = JSON.parse(body) as { id: number };
      const result = prepared({ maxFee: (10n ** 18n + 1n).toString() });
      return JSON.stringify({ jsonrpc: '2.0', id, result });
    });
    const domain = await fetchChainIdentity(client());
    const wallet = await createWallet(createRpcClient(greedy), alice.privateKey, domain);
    await expect(wallet.prepare('transfer', payload)).rejects.toMatchObject({
      code: 'FEE_TOO_HIGH',
      message: 'the node asks for a fee of up to 1.000000000000000001 OPEN; allow it by maxFee',
    });
    await expect(wallet.prepare('transfer', payload, { maxFee: 10n ** 19n })).resolves.toHaveProperty('id');
  });

  test.each([
    ['transfers', payload, 'TX_KIND_UNKNOWN'],
    ['transfer', { to: bob.address }, 'JSON_INVALID'],
    ['transfer', { to: bob.address, amount: -5n }, 'JSON_INVALID'],
    ['transfer', { to: bob.address, amount: 2n ** 128n }, 'JSON_INVALID'],
  ])('refuses %s of what is no such payload', async (kind, body, code) => {
    const wallet = await createWallet(client(), alice.privateKey);
    expect(await codeOf(wallet.send(kind, body as never))).toBe(code);
  });

  test('refuses a key that is none', async () => {
    expect(await codeOf(createWallet(client(), new Uint8Array(32)))).toBe('KEY_INVALID');
  });
});

test('waiting ends when its time is over, and says for what', async () => {
  const client = createRpcClient(server.url);
  const never = waitForHeight(client, toHeight(10n ** 9n), { timeoutMs: 30, pollMs: 5 });
  await expect(never).rejects.toMatchObject({
    code: 'WAIT_TIMEOUT',
    message: expect.stringContaining('1000000000') as unknown,
  });
});
