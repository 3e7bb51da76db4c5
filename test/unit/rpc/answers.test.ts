/** What answers cost: memory is reckoned, calls run in slots, and a batch goes on as its answers are taken. */
import { describe, expect, test } from 'vitest';
import { ANSWER_BYTES_MAX, type Client } from '../../../rpc/answer-chunks.ts';
import { textOf } from '../../../rpc/answer-text.ts';
import type { NodeBackend } from '../../../rpc/backend.ts';
import { createDispatch, type Dispatch, SHORT_BODY_BYTES } from '../../../rpc/dispatch.ts';
import { METHODS } from '../../../rpc/registry.ts';
import { METHOD_SCHEMAS } from '../../../rpc/schemas/registry.ts';
import type { ContentObject } from '../../../src/content/objects.ts';
import { toHex, utf8 } from '../../../src/lib/bytes.ts';
import { errorOf, field, testServer } from './server.ts';

const { node } = testServer();

/** A client whose memory is counted. */
const client = (limit = Number.POSITIVE_INFINITY) => {
  const memory = { held: 0, most: 0 };
  const count = (bytes: number) => {
    memory.held += bytes;
    memory.most = Math.max(memory.most, memory.held);
  };
  const made: Client = {
    caller: { address: '192.0.2.1', connection: 1 },
    hold: (bytes) => {
      if (memory.held + bytes > limit) return false;
      count(bytes);
      return true;
    },
    holdAnyway: count,
    release: (bytes) => count(-bytes),
    isGone: () => false,
  };
  return { client: made, memory };
};

const dispatchTo = (backend: NodeBackend, maxBatch = 100): Dispatch =>
  createDispatch({
    methods: METHODS,
    node: backend,
    maxBatch,
    spend: () => 0,
    onInternalError: (_, error) => {
      throw error;
    },
  });

const call = (id: number, method = 'node_status', params: unknown = {}) => ({
  jsonrpc: '2.0',
  id,
  method,
  params,
});
const body = (value: unknown) => ({ bytes: utf8(JSON.stringify(value)), free: () => undefined });

const readAll = async (answer: AsyncIterable<Uint8Array>): Promise<unknown> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString());
};

const ZERO = `0x${'00'.repeat(32)}`;
const getText = (id: number) => call(id, 'content_get', { root: ZERO });
const itemOf = (text: string): ContentObject => ({
  type: 'item',
  rules: 2,
  text: utf8(text),
  promptTokens: 0,
  salt: new Uint8Array(32),
});
const withText = (text: string, onGet: () => void = () => undefined): NodeBackend => ({
  ...node,
  getContent: async () => {
    onGet();
    return itemOf(text);
  },
});

describe('a batch', () => {
  test('runs a few calls ahead of what is read, and no more', async () => {
    let calls = 0;
    const dispatch = dispatchTo(
      withText('a'.repeat(100_000), () => {
        calls += 1;
      }),
    );
    const { client: reader, memory } = client();
    const answer = dispatch(body(Array.from({ length: 100 }, (_, id) => getText(id))), reader);
    await answer.next();
    await answer.next();
    for (let i = 0; i < 100; i++) await new Promise((resolve) => setImmediate(resolve));
    expect(calls).toBeLessThanOrEqual(9);
    expect(memory.most).toBeLessThan(2_000_000);
    await answer.return(undefined);
    expect(memory.held).toBe(0);
    expect(calls).toBeLessThanOrEqual(9);
  });

  test('holds nothing when all is read, whatever its calls were', async () => {
    const { client: reader, memory } = client();
    const calls = [
      call(1),
      call(2, 'no_such'),
      5,
      { ...call(3), id: undefined },
      call(4, 'chain_getBlock', { height: 7 }),
    ];
    expect(await readAll(dispatchTo(node)(body(calls), reader))).toHaveLength(4);
    expect(memory.held).toBe(0);
  });
});

test('the answers of a batch that are written at the same time share its limit', async () => {
  const peers = Array.from({ length: 70_000 }, (_, i) => ({
    id: `${i}`,
    address: 'x'.repeat(100),
    direction: 'inbound' as const,
    height: undefined,
  }));
  const { client: reader, memory } = client();
  const calls = Array.from({ length: 6 }, (_, id) => call(id, 'node_peers'));
  const answers = await readAll(dispatchTo({ ...node, peers: () => peers })(body(calls), reader));
  const codes = calls.map((_, i) => field(answers, i, 'error', 'data', 'code'));
  expect(codes.filter((code) => code === undefined).length).toBeGreaterThan(0);
  expect(codes).toContain('ANSWER_TOO_LONG');
  // The values of the body are held too, and a chunk more for each answer that was refused.
  expect(memory.most).toBeLessThan(ANSWER_BYTES_MAX + 1_000_000);
  expect(memory.held).toBe(0);
});

describe('where there is no memory', () => {
  test('for the values of a body, it is refused before it is parsed', async () => {
    const { client: poor, memory } = client(1_000);
    const answer = await readAll(dispatchTo(node)(body([...Array(100).fill(0)]), poor));
    expect(errorOf(answer)).toMatchObject({ code: -32005, data: { code: 'SERVER_BUSY' } });
    expect(memory.held).toBe(0);
  });

  test('for an answer, an error takes its place', async () => {
    const { client: poor, memory } = client(100_000);
    const answer = await readAll(
      dispatchTo(withText('a'.repeat(200_000)))(body([getText(1), call(2)]), poor),
    );
    expect(field(answer, 0, 'error', 'data', 'code')).toBe('SERVER_BUSY');
    expect(field(answer, 1, 'result')).toBeDefined();
    expect(memory.held).toBe(0);
  });
});

test('an answer gives way to the node: a long one comes in pieces', async () => {
  const { client: reader } = client();
  const genesis = testServer();
  const peers = Array.from({ length: 2_000 }, (_, i) => ({
    id: `${i}`,
    address: 'x'.repeat(100),
    direction: 'inbound' as const,
    height: undefined,
  }));
  const sizes: number[] = [];
  for await (const chunk of dispatchTo({ ...genesis.node, peers: () => peers })(
    body(call(1, 'node_peers')),
    reader,
  ))
    sizes.push(chunk.length);
  expect(sizes.length).toBeGreaterThan(3);
  expect(Math.max(...sizes)).toBeLessThan(70_000);
});

test('an exception while an answer is written is an internal error, and holds nothing', async () => {
  const { client: reader, memory } = client();
  const seen: unknown[] = [];
  const broken = createDispatch({
    methods: METHODS,
    node: {
      ...node,
      peers: () => [{ id: 'p', address: 'a', direction: 'inbound', height: 5 as never }, null as never],
    },
    maxBatch: 1,
    spend: () => 0,
    onInternalError: (_, error) => seen.push(error),
  });
  expect(errorOf(await readAll(broken(body(call(1, 'node_peers')), reader)))).toMatchObject({ code: -32603 });
  expect([seen.length, memory.held]).toEqual([1, 0]);
});

test('calls that wait for others do not keep those that work from running', async () => {
  const never = new Promise<undefined>(() => undefined);
  const dispatch = dispatchTo({ ...node, seekContent: () => never });
  for (let i = 0; i < 100; i++) void dispatch(body(getText(i)), client().client).next();
  expect(field(await readAll(dispatch(body(call(1)), client().client)), 'result')).toBeDefined();
});

test('content is read and written by few calls at a time, however many ask for it', async () => {
  let reading = 0;
  let most = 0;
  let sought = 0;
  const dispatch = dispatchTo({
    ...node,
    seekContent: async () => {
      sought += 1;
    },
    getContent: async () => {
      reading += 1;
      most = Math.max(most, reading);
      for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
      reading -= 1;
      return itemOf('a');
    },
  });
  const answers = Array.from({ length: 64 }, (_, i) =>
    readAll(
      dispatch(body(getText(i)), {
        ...client().client,
        caller: { address: `192.0.2.${i % 4}`, connection: i },
      }),
    ),
  );
  for (const answer of await Promise.all(answers)) expect(field(answer, 'result', 'text')).toBe('a');
  expect([sought, most]).toEqual([64, 3]);
});

describe('a long body', () => {
  const never = new Promise<never>(() => undefined);
  /** A call whose body is longer than those of short calls. */
  const put = (id: number) =>
    call(id, 'content_put', {
      objects: [
        {
          type: 'item',
          rules: 2,
          text: 'a'.repeat(SHORT_BODY_BYTES),
          promptTokens: 0,
          salt: `0x${'11'.repeat(32)}`,
        },
      ],
    });

  test('keeps no short call waiting, though all come from one address', async () => {
    let putting = 0;
    const dispatch = dispatchTo({
      ...node,
      putContent: () => {
        putting += 1;
        return never;
      },
    });
    const from = (connection: number): Client => ({
      ...client().client,
      caller: { address: '192.0.2.1', connection },
    });
    let parsed = 0;
    const free = () => {
      parsed += 1;
    };
    for (let i = 0; i < 20; i++) void dispatch({ bytes: body(put(i)).bytes, free }, from(i)).next();
    expect(field(await readAll(dispatch(body(call(1)), from(99))), 'result')).toBeDefined();
    // It did not wait until those before it were parsed.
    expect(parsed).toBeLessThan(15);
    for (let i = 0; i < 100; i++) await new Promise((resolve) => setImmediate(resolve));
    expect([parsed, putting]).toEqual([20, 2]);
    expect(field(await readAll(dispatch(body(call(1)), from(99))), 'result')).toBeDefined();
  });

  test('is freed once it is parsed, and what it became is held until its call ends', async () => {
    const { client: reader, memory } = client();
    let freed = 0;
    let held = 0;
    const dispatch = dispatchTo({
      ...node,
      putContent: async (objects, pace) => {
        expect(freed).toBe(1);
        held = memory.held;
        return node.putContent(objects, pace);
      },
    });
    const { bytes } = body(put(1));
    const free = () => {
      freed += 1;
    };
    expect(field(await readAll(dispatch({ bytes, free }, reader)), 'result')).toBeDefined();
    expect(held).toBeGreaterThan(SHORT_BODY_BYTES);
    expect([freed, memory.held]).toEqual([1, 0]);
  });

  test('is freed if it is refused', async () => {
    let freed = 0;
    const free = () => {
      freed += 1;
    };
    await readAll(dispatchTo(node)({ bytes: utf8('['.repeat(SHORT_BODY_BYTES + 1)), free }, client().client));
    expect(freed).toBe(1);
  });
});

describe('the text of a result', () => {
  const text = `${'\u0001'.repeat(20_001)}${'😀"\\é'.repeat(20_000)}`;
  const longest = (pieces: readonly string[]): number => Math.max(...pieces.map(({ length }) => length));

  test('is a long one in pieces, cut between characters', () => {
    const item = { ...itemOf(text), text };
    const pieces = [...textOf(METHOD_SCHEMAS.content_get.result, item)];
    expect(JSON.parse(pieces.join(''))).toEqual({ ...item, salt: ZERO });
    expect(longest(pieces)).toBeLessThan(50_000);
    expect(pieces.every((piece) => piece.isWellFormed())).toBe(true);
  });

  test('is an object of a union in pieces', () => {
    const items = Array.from({ length: 2_000 }, (_, i) => new Uint8Array(32).fill(i));
    const pieces = [...textOf(METHOD_SCHEMAS.content_get.result, { type: 'contribution', items })];
    expect(JSON.parse(pieces.join(''))).toEqual({ type: 'contribution', items: items.map(toHex) });
    expect(longest(pieces)).toBeLessThan(100);
  });
});

test('the id that every answer repeats is short', async () => {
  const answer = await readAll(dispatchTo(node)(body({ ...call(1), id: 'x'.repeat(257) }), client().client));
  expect(errorOf(answer)).toMatchObject({ data: { code: 'REQUEST_INVALID' } });
});

test('calls that wait for a turn of dear work keep no short call waiting', async () => {
  const dispatch = dispatchTo({ ...node, inTurn: () => new Promise(() => undefined) });
  const from = (i: number): Client => ({
    ...client().client,
    caller: { address: `192.0.2.${i % 2}`, connection: i },
  });
  const prepare = { kind: 'transfer', payload: {}, from: `0x${'11'.repeat(20)}` };
  for (let i = 0; i < 16; i++) {
    void dispatch(body(call(i, 'tx_simulate', { transactions: ['0x00'] })), from(i)).next();
    void dispatch(body(call(i, 'tx_prepare', prepare)), from(16 + i)).next();
  }
  expect(field(await readAll(dispatch(body(call(99)), from(99))), 'result')).toBeDefined();
});
