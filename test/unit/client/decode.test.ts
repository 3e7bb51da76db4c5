/** Reading results: each value in its form, and nothing that does not fit its schema. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { METHOD_SCHEMAS, type MethodName } from '../../../rpc/schemas/registry.ts';
import { decodeResult, encodeResult } from '../../../src/client/decode.ts';
import { fromHex } from '../../../src/lib/bytes.ts';
import { type Fault, unwrap } from '../../../src/lib/errors.ts';
import { alice } from '../rpc/server.ts';
import { smallGenesis } from '../rpc/small-chain.ts';

const root = `0x${'ab'.repeat(32)}`;
const address = `0x${'0c'.repeat(20)}`;
const bytes = (hex: string) => unwrap(fromHex(hex));
const { params } = smallGenesis([alice]);

const status = {
  chainId: '4242',
  height: '7',
  stateRoot: root,
  round: 0,
  peers: 3,
  syncing: false,
  waiting: null,
  version: '0.1.0',
};

/** The same of a node that waits, whose reasons are branches of a union. */
const waitingStatus = {
  ...status,
  waiting: {
    reason: 'quorum',
    since: '1796126400000',
    message: 'power 2 of 3, more than 2/3 needed; node-3 was last seen 12 s ago',
    data: {
      height: '8',
      round: 0,
      power: '2',
      totalPower: '3',
      missing: [{ name: 'node-3', publicKey: root, power: '1', lastSeen: null }],
    },
  },
};

/** The data of an event, in JSON. */
const reopened = {
  receipt: `${root}/3`,
  model: 1,
  version: 1,
  payer: address,
  provider: address,
  settlement: root,
  attestor: address,
  challenger: address,
  backers: [],
  reward: '5',
  burned: '1',
  deadline: '50',
};

/** The result of tx_status for a transaction in the mempool, in JSON. */
const pending = {
  id: root,
  status: 'pending',
  height: null,
  index: null,
  error: null,
  gasUsed: null,
  fee: null,
  events: [],
};

const faultOf = (method: MethodName, result: unknown): Fault | undefined => {
  const decoded = decodeResult(method, result);
  return decoded.ok ? undefined : decoded.fault;
};

describe('a result', () => {
  test('has bigints for amounts and heights, and bytes for hex', () => {
    expect(decodeResult('node_status', status)).toEqual({
      ok: true,
      value: { ...status, chainId: 4242n, height: 7n, stateRoot: bytes(root) },
    });
    expect(
      decodeResult('node_peers', [{ id: 'a', address: '/ip4', direction: 'inbound', height: null }]),
    ).toEqual({ ok: true, value: [{ id: 'a', address: '/ip4', direction: 'inbound', height: null }] });
    expect(decodeResult('account_get', { balance: String(2n ** 128n - 1n), nonce: '0' })).toEqual({
      ok: true,
      value: { balance: 2n ** 128n - 1n, nonce: 0n },
    });
  });

  test('has the events of a page with their own data', () => {
    const events = [
      {
        cursor: '5/0',
        type: 'transfer',
        data: { from: address, to: address, amount: '9' },
        transaction: root,
      },
      { cursor: '5/1', type: 'receiptReopened', data: reopened, transaction: null },
    ];
    const page = decodeResult('events_query', { events, height: '5', next: null });
    expect(page).toMatchObject({
      ok: true,
      value: {
        events: [
          {
            cursor: '5/0',
            type: 'transfer',
            data: { from: bytes(address), to: bytes(address), amount: 9n },
            transaction: bytes(root),
          },
          {
            type: 'receiptReopened',
            data: { receipt: { batch: bytes(root), index: 3 }, reward: 5n, deadline: 50n },
            transaction: null,
          },
        ],
        height: 5n,
      },
    });
    expect(encodeResult('events_query', unwrap(page))).toEqual({ events, height: '5', next: null });
  });

  test('tells the branches of a union apart', () => {
    const item = { type: 'item', rules: 2, text: 'x', promptTokens: 0, salt: root };
    expect(decodeResult('content_get', item)).toEqual({ ok: true, value: { ...item, salt: bytes(root) } });
    expect(faultOf('content_get', { ...item, type: 'itm' })).toMatchObject({ data: { path: 'type' } });
    expect(faultOf('content_get', null)?.message).toContain('expected an object');
  });

  test('may have fields that this version does not know: they are left out', () => {
    expect(decodeResult('account_get', { balance: '1', nonce: '2', later: {} })).toEqual({
      ok: true,
      value: { balance: 1n, nonce: 2n },
    });
    const later = encodeResult('chain_getParams', params) as Record<string, object>;
    Object.assign(later.attribution ?? {}, { later: 1 });
    expect(decodeResult('chain_getParams', { ...later, later: 1 })).toEqual({ ok: true, value: params });
  });

  test('is written again as it came', () => {
    expect(encodeResult('node_status', unwrap(decodeResult('node_status', status)))).toEqual(status);
    expect(encodeResult('node_status', unwrap(decodeResult('node_status', waitingStatus)))).toEqual(
      waitingStatus,
    );
    const ids = { prompt: [1], output: [2, 4_294_967_295] };
    for (const given of [null, ids]) {
      const inference = { type: 'inference', rules: 1, prompt: 'x', output: '', salt: root, ids: given };
      expect(encodeResult('content_get', unwrap(decodeResult('content_get', inference)))).toEqual(inference);
    }
    expect(
      faultOf('content_get', { type: 'inference', rules: 3, prompt: '', output: '', salt: root, ids }),
    ).toBeDefined();
    const item = { type: 'item', rules: 2, text: 'x', promptTokens: 0, salt: root };
    expect(encodeResult('content_get', unwrap(decodeResult('content_get', item)))).toEqual(item);
  });
});

describe('a result that does not fit', () => {
  test.each<[string, MethodName, unknown, string, string]>([
    [
      'a number for a decimal',
      'node_status',
      { ...status, height: 7 },
      'height',
      '2^64 - 1 as a decimal string',
    ],
    [
      'an unknown reason to wait',
      'node_status',
      { ...status, waiting: { ...waitingStatus.waiting, reason: 'tea' } },
      'waiting.reason',
      'one of checking, genesisTime, syncing, clock, peers, quorum',
    ],
    ['an exponent', 'node_status', { ...status, height: '1e3' }, 'height', 'decimal string'],
    ['a leading zero', 'node_status', { ...status, height: '07' }, 'height', 'decimal string'],
    ['a sign', 'node_status', { ...status, height: '-7' }, 'height', 'decimal string'],
    ['a number too large', 'node_status', { ...status, height: String(2n ** 64n) }, 'height', '2^64 - 1'],
    [
      'an amount too large',
      'account_get',
      { balance: String(2n ** 128n), nonce: '0' },
      'balance',
      '2^128 - 1',
    ],
    ['a missing field', 'account_get', { balance: '1' }, 'nonce', 'missing'],
    [
      'what is not hex',
      'node_status',
      { ...status, stateRoot: `0x${'zz'.repeat(32)}` },
      'stateRoot',
      '0x-hex',
    ],
    ['hex without 0x', 'node_status', { ...status, stateRoot: 'ab'.repeat(32) }, 'stateRoot', '0x-hex'],
    ['a root too short', 'node_status', { ...status, stateRoot: '0xabcd' }, 'stateRoot', '32 bytes'],
    [
      'an address too long',
      'attestor_get',
      { payout: `${address}00`, bond: '1', locked: '0' },
      'payout',
      '20 bytes',
    ],
    ['a fraction', 'node_status', { ...status, peers: 0.5 }, 'peers', 'an integer of 0 to 4294967295'],
    ['a number below 0', 'node_status', { ...status, peers: -1 }, 'peers', 'an integer of 0'],
    ['a string for a boolean', 'node_status', { ...status, syncing: 'no' }, 'syncing', 'true or false'],
    ['a number for text', 'node_status', { ...status, version: 1 }, 'version', 'text'],
    ['a list for an object', 'node_status', [], '', 'an object'],
    ['text for an object', 'node_status', 'up', '', 'an object'],
    ['an object for a list', 'node_peers', {}, '', 'a list'],
    [
      'an unknown name',
      'node_peers',
      [{ id: 'a', address: '/ip4', direction: 'sideways', height: null }],
      '[0].direction',
      'one of inbound, outbound',
    ],
    [
      'an event of an unknown type',
      'events_query',
      {
        events: [{ cursor: '1/0', type: 'transferred', data: {}, transaction: null }],
        height: '1',
        next: null,
      },
      'events[0].type',
      'the type of an event',
    ],
    [
      'the data of another event',
      'events_query',
      { events: [{ cursor: '1/0', type: 'transfer', data: {}, transaction: null }], height: '1', next: null },
      'events[0].data.from',
      'missing',
    ],
    [
      'fields of an error that are none',
      'tx_status',
      { ...pending, status: 'rejected', error: { code: 'TX_GAS', message: 'too much', data: { gas: {} } } },
      'error.data.gas',
      'a list of text',
    ],
    [
      'a place that is none',
      'events_query',
      { events: [{ cursor: '1', type: 'transfer', data: {}, transaction: null }], height: '1', next: null },
      'events[0].cursor',
      'height/index',
    ],
  ])('is a typed fault: %s', (_, method, result, path, expected) => {
    expect(faultOf(method, result)).toMatchObject({
      code: 'RPC_ANSWER_INVALID',
      data: { method, path },
      message: expect.stringContaining(expected) as unknown,
    });
  });

  const methods = fc.constantFrom(...(Object.keys(METHOD_SCHEMAS) as MethodName[]));

  test('is never anything but that fault, whatever the JSON', () => {
    fc.assert(
      fc.property(methods, fc.jsonValue({ maxDepth: 5 }), (method, json) => {
        const fault = faultOf(method, json);
        if (fault !== undefined)
          expect(fault).toMatchObject({ code: 'RPC_ANSWER_INVALID', data: { method } });
      }),
      { numRuns: 2_000 },
    );
  });
});
