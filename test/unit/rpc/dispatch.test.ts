import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toHex, utf8 } from '../../../src/lib/bytes.ts';
import { alice, errorOf, field, testServer } from './server.ts';

const server = testServer();
const body = (value: unknown): string => JSON.stringify(value);
const status = (id: unknown) => ({ jsonrpc: '2.0', id, method: 'node_status' });
const errorFor = async (text: string) => errorOf((await server.post(text)).json);

describe('a single call', () => {
  test('is answered with its id and its result', async () => {
    const answer = await server.post(body(status('seven')));
    expect(answer.status).toBe(200);
    expect(answer.type).toMatch(/^application\/json/);
    expect(answer.json).toMatchObject({ jsonrpc: '2.0', id: 'seven', result: { height: '0' } });
  });

  test('takes parameters by name and by position alike', async () => {
    const address = toHex(alice.address);
    const named = await server.call('account_get', { address });
    expect(await server.call('account_get', [address])).toEqual(named);
    expect(named).toEqual({ balance: '1000000000000000000000', nonce: '0' });
  });

  test('may leave params out', async () => {
    expect((await server.post(body(status(1)))).json).toHaveProperty('result.chainId', '4242');
  });

  test.each([0, -1, 1.5, 'x', '', null, Number.MAX_SAFE_INTEGER])('gives back the id %j', async (id) => {
    expect((await server.post(body(status(id)))).json).toHaveProperty('id', id);
  });

  test.each(['1e400', '9007199254740993', '[1]', '{}', 'true'])('refuses the id %s', async (id) => {
    const answer = await server.post(`{"jsonrpc":"2.0","id":${id},"method":"node_status"}`);
    expect(answer.json).toMatchObject({
      id: null,
      error: { code: -32600, data: { code: 'REQUEST_INVALID' } },
    });
  });

  test('without an id is a notification: it runs and is not answered', async () => {
    const answer = await server.post(body({ jsonrpc: '2.0', method: 'node_status' }));
    expect(answer).toMatchObject({ status: 204, text: '' });
  });

  test('without an id is not answered even if it is refused', async () => {
    const answer = await server.post(body({ jsonrpc: '2.0', method: 'no_such' }));
    expect(answer).toMatchObject({ status: 204, text: '' });
  });
});

describe('what is no call', () => {
  test.each(['', '{', '{"a":}', 'hello', '{"jsonrpc":"2.0",}', '\u0000', '[1,', "{'a':1}"])(
    '%j is a parse error',
    async (text) => {
      expect(await errorFor(text)).toMatchObject({ code: -32700, data: { code: 'PARSE_ERROR' } });
    },
  );

  test('invalid UTF-8 is a parse error', async () => {
    const answer = await server.post(Uint8Array.of(0x22, 0xff, 0xfe, 0x22));
    expect(errorOf(answer.json)).toMatchObject({ code: -32700 });
  });

  test('brackets nested a million deep are refused before they are parsed', async () => {
    const big = testServer({ maxBodyBytes: 4 << 20 });
    const answer = await big.post('['.repeat(1_000_000));
    expect(errorOf(answer.json)).toMatchObject({ code: -32700, message: expect.stringContaining('deeper') });
  });

  test('brackets within strings do not count as nesting', async () => {
    const method = `${'['.repeat(200)}\\"${'{'.repeat(200)}`;
    expect(await errorFor(`{"jsonrpc":"2.0","id":1,"method":"${method}"}`)).toMatchObject({ code: -32601 });
  });

  test.each([
    'null',
    '1',
    '"node_status"',
    '{}',
    body({ id: 1, method: 'node_status' }),
    body({ jsonrpc: '1.0', id: 1, method: 'node_status' }),
    body({ jsonrpc: '2.0', id: 1 }),
    body({ jsonrpc: '2.0', id: 1, method: 5 }),
    body({ jsonrpc: '2.0', id: 1, method: 'node_status', params: 'x' }),
    body({ jsonrpc: '2.0', id: 1, method: 'node_status', params: null }),
  ])('%s is an invalid request', async (text) => {
    expect(await errorFor(text)).toMatchObject({ code: -32600, data: { code: 'REQUEST_INVALID' } });
  });
});

describe('methods', () => {
  test('the error of an unknown one names similar ones', async () => {
    expect(await server.refusal('node_statsu')).toMatchObject({
      code: -32601,
      data: { code: 'METHOD_NOT_FOUND', similar: expect.arrayContaining(['node_status']) as unknown },
    });
  });

  test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', ''])(
    'the name %j, which every object has, is none',
    async (name) => {
      expect(await server.refusal(name)).toMatchObject({ code: -32601 });
    },
  );

  test('an exception of a handler is an internal error that reveals no details', async () => {
    const broken = testServer();
    const failing = testServer({
      node: {
        ...broken.node,
        status: () => {
          throw new Error('the password is hunter2');
        },
      },
    });
    const refused = await failing.refusal('node_status');
    expect(refused).toMatchObject({ code: -32603, message: 'internal error' });
    expect(JSON.stringify(refused)).not.toContain('hunter2');
  });
});

describe('parameters', () => {
  const invalid = { code: -32602, data: { code: 'PARAMS_INVALID' } };

  test.each([
    [{}, 'missing address'],
    [{ address: 5 }, 'address'],
    [{ address: '0x12' }, 'address'],
    [{ address: `0x${'g'.repeat(40)}` }, 'not an address'],
    [{ address: '0xAbCdefABCDEFabcdefabcdefabcdefabcdefabcd' }, 'checksum'],
    [{ address: toHex(alice.address), extra: 1 }, 'unknown extra'],
    [[toHex(alice.address), 1], 'too many'],
    [[], 'missing address'],
  ])('account_get refuses %j', async (params, why) => {
    const refused = await server.refusal('account_get', params);
    expect(refused).toMatchObject(invalid);
    expect(refused.message).toContain(why);
  });

  test.each([
    -1,
    1.5,
    '-1',
    '01',
    '0x5',
    ' 5',
    '5 ',
    '1e3',
    '',
    null,
    [],
    {},
    true,
    '18446744073709551616',
    '9'.repeat(79),
    9007199254740992,
    1e300,
  ])('a height is not %j', async (height) => {
    expect(await server.refusal('chain_getHeader', { height })).toMatchObject(invalid);
  });

  test('a height may be the largest uint64: it is only not there', async () => {
    expect(await server.refusal('chain_getHeader', { height: '18446744073709551615' })).toMatchObject({
      code: -32001,
      data: { code: 'BLOCK_NOT_FOUND', height: '18446744073709551615' },
    });
  });

  test.each(['__proto__', 'constructor', 'prototype'])(
    'the key %s is an unknown parameter and pollutes nothing',
    async (key) => {
      const text = `{"jsonrpc":"2.0","id":1,"method":"node_status","params":{"${key}":{"polluted":true}}}`;
      expect(await errorFor(text)).toMatchObject(invalid);
      expect(field({}, 'polluted')).toBeUndefined();
    },
  );

  test('the key __proto__ in a call itself changes nothing', async () => {
    const text =
      '{"jsonrpc":"2.0","id":1,"method":"node_status","__proto__":{"method":"node_peers","polluted":1}}';
    expect((await server.post(text)).json).toHaveProperty('result.chainId');
    expect(field({}, 'polluted')).toBeUndefined();
  });
});

describe('a batch', () => {
  test('is answered in its order, each call by itself, notifications not at all', async () => {
    const answer = await server.post(
      body([status(1), { jsonrpc: '2.0', method: 'node_status' }, { jsonrpc: '2.0', id: 2, method: 'x' }, 5]),
    );
    expect(answer.json).toMatchObject([
      { id: 1, result: { height: '0' } },
      { id: 2, error: { code: -32601 } },
      { id: null, error: { code: -32600 } },
    ]);
  });

  test('of notifications only is not answered', async () => {
    const note = { jsonrpc: '2.0', method: 'node_status' };
    expect(await server.post(body([note, note]))).toMatchObject({ status: 204, text: '' });
  });

  test('that is empty is one invalid request', async () => {
    expect(await errorFor('[]')).toMatchObject({ code: -32600 });
  });

  test('within the limit is taken, past it refused as a whole', async () => {
    const calls = (count: number): string => body(Array.from({ length: count }, (_, i) => status(i)));
    expect((await server.post(calls(20))).json).toHaveLength(20);
    expect(await errorFor(calls(21))).toMatchObject({ code: -32600, data: { code: 'BATCH_TOO_LONG' } });
  });

  test('within a batch is an invalid request', async () => {
    expect((await server.post(body([[status(1)]]))).json).toMatchObject([
      { id: null, error: { code: -32600 } },
    ]);
  });
});

describe('whatever comes', () => {
  const standard = new Set([-32700, -32600, -32601, -32602, -32000, -32001]);
  const isAnswer = (json: unknown): boolean => {
    if (field(json, 'jsonrpc') !== '2.0' || typeof json !== 'object' || json === null) return false;
    if (!('id' in json)) return false;
    return 'result' in json || standard.has(Number(field(json, 'error', 'code')));
  };
  const isReply = (json: unknown): boolean =>
    json === undefined || (Array.isArray(json) ? json.every(isAnswer) : isAnswer(json));

  test('any bytes get a well-formed answer', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        const answer = await server.post(bytes);
        expect([200, 204]).toContain(answer.status);
        expect(isReply(answer.json)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('any JSON gets a well-formed answer', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json({ maxDepth: 6 }), async (text) => {
        expect(isReply((await server.post(text)).json)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('any parameters of any method get a result or a coded refusal, never an internal error', async () => {
    const { METHOD_SCHEMAS } = await import('../../../rpc/schemas/registry.ts');
    const calls = Object.entries(METHOD_SCHEMAS).map(([name, { params }]) => ({
      name,
      params: Object.keys(params.properties),
    }));
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.constantFrom('0', '1', '2', 0, 1, 5, toHex(alice.address), `0x${'00'.repeat(32)}`, '0x', 'transfer'),
      fc.nat().map(String),
    );
    const call = fc.constantFrom(...calls).chain(({ name, params }) =>
      fc.record({
        method: fc.constant(name),
        params: fc.oneof(
          fc.dictionary(params.length === 0 ? fc.string() : fc.constantFrom(...params), value),
          fc.array(value, { maxLength: 4 }),
        ),
      }),
    );
    await fc.assert(
      fc.asyncProperty(call, async (each) => {
        const answer = await server.post(body({ jsonrpc: '2.0', id: 1, ...each }));
        expect(isReply(answer.json)).toBe(true);
      }),
      { numRuns: 1_500 },
    );
  });
});

const itemOf = (text: string) => ({
  type: 'item' as const,
  rules: 2 as const,
  text: utf8(text),
  promptTokens: 0,
  salt: new Uint8Array(32),
});

test('the calls of a batch whose answers are too long together are refused, one by one', async () => {
  const text = 'a'.repeat(1 << 20);
  const node = {
    ...testServer().node,
    getContent: async () => itemOf(text),
  };
  const large = testServer({ node, maxBatch: 100 });
  const ask = { jsonrpc: '2.0', method: 'content_get', params: { root: `0x${'00'.repeat(32)}` } };
  const batch = Array.from({ length: 66 }, (_, id) => ({ ...ask, id }));
  const answers = (await large.post(body(batch))).json;
  expect(field(answers, 0, 'result', 'type')).toBe('item');
  expect(field(answers, 65, 'error')).toMatchObject({ code: -32005, data: { code: 'ANSWER_TOO_LONG' } });
});

test('an answer that would pass the limit of its batch is replaced, though its call began before', async () => {
  // Each character takes six in JSON.
  const text = '\u0001'.repeat(1 << 20);
  const node = {
    ...testServer().node,
    getContent: async () => itemOf(text),
  };
  const large = testServer({ node, maxBatch: 100 });
  const ask = { jsonrpc: '2.0', method: 'content_get', params: { root: `0x${'00'.repeat(32)}` } };
  const answer = await large.post(body(Array.from({ length: 20 }, (_, id) => ({ ...ask, id }))));
  expect(answer.text.length).toBeLessThan((64 << 20) + 10_000);
  expect(field(answer.json, 0, 'result', 'type')).toBe('item');
  expect(field(answer.json, 19, 'error', 'data', 'code')).toBe('ANSWER_TOO_LONG');
});
