/** The RPC of a running node, from outside: what it answers, and what it refuses before it reaches a block. */
import { join } from 'node:path';
import { privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDevnet } from '../../node/devnet/devnet.ts';
import { readGenesis } from '../../node/genesis-file.ts';
import { readConfig, writeConfig } from '../../node/home.ts';
import { type Hex, toHex } from '../../src/lib/bytes.ts';
import { unwrap } from '../../src/lib/errors.ts';
import { VERSION } from '../../src/lib/version.ts';
import { genesisHash } from '../../state/genesis.ts';
import { eventually, openWorkshop, type RunningDevnet, startDevnet } from './processes.ts';

const shop = openWorkshop();
afterAll(() => shop.close());

const LIMITS = { max_body_bytes: 100_000, max_batch: 20, max_per_sender: 4 };
let net: RunningDevnet;
let url: string;

beforeAll(async () => {
  const home = join(shop.folder, 'net');
  const { nodes } = await openDevnet({ home, nodes: 1, basePort: undefined, genesis: undefined });
  for (const node of nodes) {
    const config = unwrap(readConfig(node.home));
    const { max_body_bytes, max_batch, max_per_sender } = LIMITS;
    writeConfig(node.home, {
      ...config,
      rpc: { ...config.rpc, max_body_bytes, max_batch },
      mempool: { ...config.mempool, max_per_sender },
    });
  }
  net = await startDevnet(shop, home);
  url = net.node(0).rpc;
});

// ---------------------------------------------------------------------------------------------- a bare client

type Answer = { readonly status: number; readonly json: unknown };

const post = async (body: string | Uint8Array<ArrayBuffer>, type = 'application/json'): Promise<Answer> => {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': type }, body });
  const text = await response.text();
  return { status: response.status, json: text === '' ? undefined : (JSON.parse(text) as unknown) };
};

const at = (value: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>(
    (inner, name) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, name) : undefined),
    value,
  );

const ask = async (method: string, params: unknown): Promise<unknown> =>
  (await post(JSON.stringify({ jsonrpc: '2.0', id: 7, method, params }))).json;

const call = async (method: string, params: unknown = {}): Promise<unknown> => {
  const answer = await ask(method, params);
  expect(answer).toMatchObject({ jsonrpc: '2.0', id: 7 });
  const result = at(answer, 'result');
  expect(result, JSON.stringify(answer)).toBeDefined();
  return result;
};

type Refusal = { readonly code: unknown; readonly name: unknown };
const refusalIn = (answer: unknown): Refusal => {
  expect(at(answer, 'result')).toBeUndefined();
  expect(at(answer, 'error', 'message')).toMatch(/./);
  return { code: at(answer, 'error', 'code'), name: at(answer, 'error', 'data', 'code') };
};
const refusal = async (method: string, params: unknown = {}): Promise<Refusal> =>
  refusalIn(await ask(method, params));

// ---------------------------------------------------------------------------------------- a wallet that is not ours

type Signer = ReturnType<typeof privateKeyToAccount>;
const signer = (name: string): Signer => {
  const found = net.ready.accounts.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no account ${name}`);
  return privateKeyToAccount(found.privateKey as Hex);
};
const addressOf = (name: string): string => signer(name).address.toLowerCase();

type TypedData = Parameters<Signer['signTypedData']>[0];
type Prepared = { readonly transaction: Record<string, unknown>; readonly typedData: TypedData };

const prepare = async (name: string, kind: string, payload: unknown, more: object = {}): Promise<Prepared> =>
  (await call('tx_prepare', { from: addressOf(name), kind, payload, ...more })) as Prepared;

const transferOf = (amount: string, to = 'bob') => ({ to: addressOf(to), amount });

/** A signed transfer of alice's, the typed data changed before it is signed. */
const signed = async (
  name: string,
  more: object = {},
  change: (data: TypedData) => TypedData = (data) => data,
): Promise<Record<string, unknown>> => {
  const { transaction, typedData } = await prepare(name, 'transfer', transferOf('5'), more);
  return { ...transaction, signature: await signer(name).signTypedData(change(typedData)) };
};

const send = (transaction: unknown, mode = 'sync') => ask('tx_send', { transaction, mode });

const balanceOf = async (name: string): Promise<bigint> =>
  BigInt(String(at(await call('account_get', { address: addressOf(name) }), 'balance')));

// ------------------------------------------------------------------------------------------------------- reading

const UINT = /^(0|[1-9][0-9]*)$/;
const ROOT = /^0x[0-9a-f]{64}$/;
const like = (pattern: RegExp): unknown => expect.stringMatching(pattern);

describe('what is read', () => {
  test('node_status has exactly its eight fields', async () => {
    const status = await call('node_status');
    expect(status).toEqual({
      chainId: '673600',
      height: like(UINT),
      stateRoot: like(ROOT),
      round: expect.any(Number) as unknown,
      peers: 0,
      syncing: false,
      waiting: null,
      version: VERSION,
    });
  });

  test('chain_getHeader is the header itself, in camel case, its stateRoot that of the block before', async () => {
    const status = await call('node_status');
    const height = BigInt(String(at(status, 'height')));
    await eventually('the next block', async () => {
      const header = await call('chain_getHeader', { height: `${height + 1n}` });
      return at(header, 'height') === `${height + 1n}`;
    });
    const header = await call('chain_getHeader', { height: `${height + 1n}` });
    const roots = [
      'parent',
      'transactionsRoot',
      'lastCommitRoot',
      'evidenceRoot',
      'validatorsHash',
      'nextValidatorsHash',
      'parametersHash',
      'stateRoot',
      'resultsRoot',
    ];
    expect(header).toEqual({
      chainId: '673600',
      height: `${height + 1n}`,
      time: like(UINT),
      proposer: net.node(0).validator,
      ...Object.fromEntries(roots.map((name) => [name, like(ROOT)])),
    });
    expect(at(header, 'stateRoot')).toBe(at(status, 'stateRoot'));
    const before = await call('chain_getBlock', { height: Number(height) });
    expect(at(header, 'parent')).toBe(at(before, 'hash'));
    // By position as by name, and the last one where none is named.
    expect(await call('chain_getHeader', [`${height + 1n}`])).toEqual(header);
    expect(BigInt(String(at(await call('chain_getHeader'), 'height')))).toBeGreaterThan(height);
  });

  test('account_get has balance and nonce, of an account that nobody has used too', async () => {
    expect(await call('account_get', { address: addressOf('heidi') })).toEqual({
      balance: '1000000000000000000000000',
      nonce: '0',
    });
    expect(await call('account_get', { address: `0x${'12'.repeat(20)}` })).toEqual({
      balance: '0',
      nonce: '0',
    });
  });

  test('what there is not is told by its own code', async () => {
    const zeros = `0x${'00'.repeat(32)}`;
    const none: readonly (readonly [method: string, params: unknown, name: string])[] = [
      ['chain_getBlock', { height: '999999' }, 'BLOCK_NOT_FOUND'],
      ['chain_getHeader', { height: '18446744073709551615' }, 'BLOCK_NOT_FOUND'],
      ['chain_getCommit', { height: 999_999 }, 'BLOCK_NOT_FOUND'],
      ['chain_getValidators', { height: 999_999 }, 'BLOCK_NOT_FOUND'],
      ['datanet_get', { id: 77 }, 'DATANET_NOT_FOUND'],
      ['contribution_get', { contribution: 77 }, 'CONTRIBUTION_NOT_FOUND'],
      ['model_get', { id: 77 }, 'MODEL_NOT_FOUND'],
      ['receipt_get', { id: `${zeros}/0` }, 'RECEIPT_NOT_FOUND'],
      ['attribution_get', { id: `${zeros}/0` }, 'ATTRIBUTION_NOT_FOUND'],
      ['content_get', { root: zeros }, 'CONTENT_NOT_FOUND'],
    ];
    for (const [method, params, name] of none)
      expect(await refusal(method, params), method).toEqual({ code: -32_001, name });
    expect(await call('tx_status', { id: zeros })).toMatchObject({ status: 'unknown', height: null });
  });

  test('/health tells that the node keeps up', async () => {
    const response = await fetch(`${url}/health`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: 'ok', height: like(UINT), peers: 0, syncing: false });
  });
});

// ------------------------------------------------------------------------------------------------- transactions

describe('a transaction', () => {
  test('signed by another wallet as typed data is answered at once, when taken in, or when executed', async () => {
    const before = await balanceOf('bob');
    const waits = { height: null, index: null, error: null };
    expect(at(await send(await signed('alice'), 'async'), 'result')).toMatchObject({
      status: 'pending',
      ...waits,
    });
    expect(at(await send(await signed('carol')), 'result')).toMatchObject({ status: 'pending', ...waits });
    const committed = at(await send(await signed('dave'), 'commit'), 'result');
    expect(committed).toMatchObject({ status: 'committed', height: like(UINT), error: null });
    const { known, ...status } = committed as { readonly known: boolean };
    expect(known).toBe(false);
    expect(await call('tx_status', { id: at(committed, 'id') })).toEqual(status);
    await eventually('all three are executed', async () => (await balanceOf('bob')) === before + 15n);
  });

  test('signed for another chain id, or for another devnet of the same number, is refused', async () => {
    const other = join(shop.folder, 'other');
    await openDevnet({ home: other, nodes: 1, basePort: undefined, genesis: undefined });
    const salt = toHex(genesisHash(unwrap(readGenesis(join(other, 'genesis.json')))));
    for (const domain of [{ chainId: 1 }, { salt }]) {
      const transaction = await signed('erin', {}, (data) => ({
        ...data,
        domain: { ...data.domain, ...domain },
      }));
      expect(refusalIn(await send(transaction))).toEqual({ code: -32_000, name: 'SIGNATURE_SIGNER' });
    }
  });

  test('with a bad signature is refused, and a good one that was made high is made low again', async () => {
    const good = await signed('erin');
    const bytes = Buffer.from(String(good.signature).slice(2), 'hex');
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const high = Buffer.from(bytes);
    const s = order - BigInt(`0x${bytes.subarray(32, 64).toString('hex')}`);
    high.write(s.toString(16).padStart(64, '0'), 32, 'hex');
    high[64] = 27 + 28 - (bytes[64] ?? 0);
    const flipped = Buffer.from(bytes);
    flipped[5] = (flipped[5] ?? 0) ^ 1;
    const badV = Buffer.from(bytes);
    badV[64] = 29;
    const refusals = new Map<string, unknown>();
    for (const [name, signature] of Object.entries({ flipped, badV, zeros: Buffer.alloc(65) }))
      refusals.set(name, refusalIn(await send({ ...good, signature: toHex(signature) })).name);
    for (const name of refusals.values()) expect(name).toMatch(/^SIGNATURE_/);
    expect(refusalIn(await send({ ...good, tip: '1' })).name).toMatch(/^(SIGNATURE_SIGNER|TX_TIP)$/);
    // The good one was harmed by none of them.
    const sent = await send({ ...good, signature: toHex(high) });
    expect(at(sent, 'result', 'status')).toBe('pending');
    const id = at(sent, 'result', 'id');
    expect(id).toMatch(/^0x/);
    expect(at(await send(good), 'result', 'id')).toBe(id);
  });

  test('whose nonce is used, or that nobody can pay for, or is too late, is refused', async () => {
    const first = await signed('frank');
    expect(at(await send(first, 'commit'), 'result', 'status')).toBe('committed');
    const stale = await signed('frank', { nonce: '0', tip: '1' });
    expect(refusalIn(await send(stale)).name).toBe('NONCE_TOO_LOW');
    const costly = await signed('frank', { maxFee: '2000000000000000000000000' });
    expect(refusalIn(await send(costly)).name).toBe('BALANCE_BELOW_MAX_FEE');
    expect(refusalIn(await send(await signed('frank', { maxFee: '1' }))).name).toBe('MAX_FEE_TOO_LOW');
    expect(refusalIn(await send(await signed('frank', { validUntil: '1' }))).name).toBe('TX_EXPIRED');
    const id = at(await prepare('frank', 'transfer', transferOf('5'), { validUntil: '1' }), 'id');
    // What is refused before its signature is verified is not remembered: anyone could have sent it.
    expect(await call('tx_status', { id })).toMatchObject({ status: 'unknown' });
  });

  test('that spends more than there is fails in its block: the fee is charged, and nothing else', async () => {
    const [grace, bob] = [await balanceOf('grace'), await balanceOf('bob')];
    const { transaction, typedData } = await prepare('grace', 'transfer', transferOf(`${grace}`));
    const signature = await signer('grace').signTypedData(typedData);
    const sent = at(await send({ ...transaction, signature }, 'commit'), 'result');
    expect(sent).toMatchObject({ status: 'failed', height: like(UINT), error: { code: 'BALANCE_TOO_LOW' } });
    const fee = BigInt(String(at(sent, 'fee')));
    expect(fee).toBeGreaterThan(0n);
    expect(await balanceOf('grace')).toBe(grace - fee);
    expect(await balanceOf('bob')).toBe(bob);
    expect(at(await call('account_get', { address: addressOf('grace') }), 'nonce')).toBe('1');
  });

  test('beyond what the mempool keeps of one sender is refused', async () => {
    const codes: unknown[] = [];
    // The first of them waits for a nonce that never comes, so none of them leaves.
    for (let nonce = 1; nonce <= 4; nonce++) {
      const answer = await send(await signed('heidi', { nonce }));
      codes.push(at(answer, 'error', 'data', 'code') ?? at(answer, 'result', 'status'));
    }
    expect(codes).toEqual(['pending', 'pending', 'pending', 'MEMPOOL_NONCE_GAP']);
  });

  test('of no kind, of no payload, or with numbers past their range is refused as parameters are', async () => {
    const good = await signed('erin');
    const params: readonly Record<string, unknown>[] = [
      { nonce: '18446744073709551616' },
      { nonce: -1 },
      { nonce: 1.5 },
      { nonce: 2 ** 60 },
      { nonce: '007' },
      { maxFee: '340282366920938463463374607431768211456' },
      { tip: '0x10' },
      { tip: null },
      { from: '0x12' },
      { signature: '0x' },
      { signature: 'hello' },
      { more: 1 },
    ];
    for (const change of params)
      expect(refusalIn(await send({ ...good, ...change })).code, JSON.stringify(change)).toBe(-32_602);
    const payloads: readonly unknown[] = [
      { to: addressOf('bob') },
      { to: addressOf('bob'), amount: '340282366920938463463374607431768211456' },
      { to: addressOf('bob'), amount: '-1' },
      { to: '0x00', amount: '1' },
      { to: addressOf('bob'), amount: '1', memo: 'x' },
      [],
      'all of it',
    ];
    for (const payload of payloads)
      expect(refusalIn(await send({ ...good, payload })).name, JSON.stringify(payload)).toBe('TX_PAYLOAD');
    expect(refusalIn(await send({ ...good, kind: 'mint' })).name).toBe('TX_KIND_UNKNOWN');
    for (const bytes of ['0x', '0x00', `0x${'ff'.repeat(500)}`])
      expect(refusalIn(await send(bytes)).name).toBe('TX_DECODE');
    const reviewers = Array.from({ length: 65 }, (_, i) => `0x${(i + 1).toString(16).padStart(40, '0')}`);
    const long = await refusal('tx_prepare', {
      from: addressOf('erin'),
      kind: 'datanetCreate',
      payload: { reviewers },
    });
    expect(long.name).toBe('TX_PAYLOAD');
  });
});

// ------------------------------------------------------------------------------------------------- bad requests

describe('a request', () => {
  const callOf = (id: unknown) => ({ jsonrpc: '2.0', id, method: 'node_status' });

  test('that is no JSON, no call, or asks for no method gets the code of JSON-RPC', async () => {
    const bad: readonly (readonly [body: string, code: number])[] = [
      ['{', -32_700],
      ['', -32_700],
      ['[{"jsonrpc":"2.0"', -32_700],
      [`${'['.repeat(5_000)}${']'.repeat(5_000)}`, -32_700],
      ['1', -32_600],
      ['[]', -32_600],
      ['{"jsonrpc":"1.0","id":1,"method":"node_status"}', -32_600],
      ['{"jsonrpc":"2.0","id":1,"method":3}', -32_600],
      ['{"jsonrpc":"2.0","id":1,"method":"constructor"}', -32_601],
      ['{"jsonrpc":"2.0","id":1,"method":"node_statu"}', -32_601],
      ['{"jsonrpc":"2.0","id":1,"method":"chain_getHeader","params":{"height":"x"}}', -32_602],
      ['{"jsonrpc":"2.0","id":1,"method":"chain_getHeader","params":{"heigth":1}}', -32_602],
      ['{"jsonrpc":"2.0","id":1,"method":"chain_getHeader","params":[1,2]}', -32_602],
    ];
    for (const [body, code] of bad) {
      const answer = await post(body);
      expect(at(answer.json, 'error', 'code'), body.slice(0, 80)).toBe(code);
    }
    expect(at((await post(new Uint8Array([0x22, 0xff, 0x22]))).json, 'error', 'code')).toBe(-32_700);
  });

  test('past the configured size is refused, and the one just below it is read', async () => {
    const padded = (bytes: number): string => {
      const body = JSON.stringify(callOf(1));
      return body + ' '.repeat(bytes - body.length);
    };
    const large = await post(padded(LIMITS.max_body_bytes + 1));
    expect(large.status).toBe(413);
    expect(refusalIn(large.json)).toEqual({ code: -32_600, name: 'BODY_TOO_LARGE' });
    expect(at((await post(padded(LIMITS.max_body_bytes))).json, 'result')).toBeDefined();
  });

  test('of many is answered for each, and refused past the configured number', async () => {
    const calls = (count: number) => JSON.stringify(Array.from({ length: count }, (_, i) => callOf(i)));
    const { json } = await post(calls(LIMITS.max_batch));
    expect(json).toHaveLength(LIMITS.max_batch);
    const { json: long } = await post(calls(LIMITS.max_batch + 1));
    expect(refusalIn(long)).toEqual({ code: -32_600, name: 'BATCH_TOO_LONG' });
    const mixed = await post(JSON.stringify([callOf('a'), 1, { jsonrpc: '2.0', method: 'node_status' }]));
    expect(mixed.json).toHaveLength(2);
  });

  test('without an id is not answered', async () => {
    const { status, json } = await post(JSON.stringify({ jsonrpc: '2.0', method: 'node_status' }));
    expect({ status, json }).toEqual({ status: 204, json: undefined });
  });

  test('of another content type, method or path is refused', async () => {
    expect((await post(JSON.stringify(callOf(1)), 'text/plain')).status).toBe(415);
    expect((await fetch(url)).status).toBe(405);
    expect((await fetch(`${url}/nowhere`)).status).toBe(404);
  });

  test('of any of these kinds leaves the node at work', async () => {
    expect(at(await call('node_status'), 'syncing')).toBe(false);
    expect(at(await send(await signed('alice'), 'commit'), 'result', 'status')).toBe('committed');
  });
});
