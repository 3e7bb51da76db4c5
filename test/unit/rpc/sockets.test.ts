/** The real server on a socket, before strangers that keep connections, bodies and answers open. */
import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, test } from 'vitest';
import { ADDRESS } from '../../../rpc/accept-pace.ts';
import { REFUSALS } from '../../../rpc/gated-server.ts';
import { buildApp, type RpcServer, type RpcServerOptions, startRpcServer } from '../../../rpc/server.ts';
import { createLogger } from '../../../src/lib/log.ts';
import { logLines } from '../node/support.ts';
import { errorOf, field, logger, testServer } from './server.ts';

const running: RpcServer[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(running.splice(0).map((server) => server.close()));
});

const started = async (more: Partial<RpcServerOptions> = {}): Promise<RpcServer> => {
  const { node } = testServer();
  const limits = { maxBodyBytes: 1 << 20, maxBatch: 10, rateLimit: undefined };
  const server = await startRpcServer({ node, logger, host: '127.0.0.1', port: 0, ...limits, ...more });
  running.push(server);
  return server;
};

/** A connection that sends what it is told, and collects what comes back until it is closed. */
const opened = async ({ port }: RpcServer, sent = '') => {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('connect', resolve));
  let text = '';
  socket.on('data', (data: Buffer) => {
    text += data.toString();
  });
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(text)));
  socket.write(sent);
  return { socket, closed, text: () => text };
};

const bodyOf = (answer: string): unknown => JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));
const statusOf = (answer: string): number => Number(answer.split(' ')[1]);

const CALL = '{"jsonrpc":"2.0","id":1,"method":"node_status"}';
const HEAD = 'POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n';

const ask = async ({ url }: RpcServer): Promise<unknown> => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: CALL,
  });
  return response.json();
};

test('however many connections are kept open, a newcomer is answered, and the server holds no more than its cap', async () => {
  const server = await started({ maxConnections: 8 });
  const idle = await Promise.all(Array.from({ length: 60 }, () => opened(server)));
  for (let i = 0; i < 10; i++) expect(field(await ask(server), 'result')).toBeDefined();
  await Promise.all(idle.slice(0, 50).map(({ closed }) => closed));
  expect(idle.filter(({ socket }) => !socket.closed).length).toBeLessThanOrEqual(8);
});

test('a server that ends waits for no connection on which nothing was sent', async () => {
  const server = await started();
  const silent = await Promise.all(Array.from({ length: 5 }, () => opened(server)));
  await ask(server);
  await server.close();
  // Not even with the answer that their time is up.
  expect(await Promise.all(silent.map(({ closed }) => closed))).toEqual(Array(5).fill(''));
});

test('a connection that is ended before a byte came is closed', async () => {
  const { socket, closed } = await opened(await started());
  socket.end();
  expect(await closed).toBe('');
});

test('a request that is sent in one go with the end of its connection is answered', async () => {
  const { socket, closed } = await opened(
    await started(),
    `${HEAD}content-length: ${CALL.length}\r\n\r\n${CALL}`,
  );
  socket.end();
  expect(statusOf(await closed)).toBe(200);
});

test('more newcomers than the pace lets in at once are all answered, in time', async () => {
  const server = await started({ maxConnections: 2 * ADDRESS.burst });
  const get = `${HEAD}connection: close\r\ncontent-length: ${CALL.length}\r\n\r\n${CALL}`;
  const answers = await Promise.all(
    Array.from({ length: ADDRESS.burst + 50 }, async () => (await opened(server, get)).closed),
  );
  expect(answers.map(statusOf).every((status) => status === 200)).toBe(true);
});

describe('a request that never comes whole', () => {
  test.each([
    ['body', `${HEAD}content-length: 100\r\n\r\n{"json`],
    ['body in chunks', `${HEAD}transfer-encoding: chunked\r\n\r\n3\r\n{"j\r\n`],
    ['headers', HEAD],
    ['headers that do not begin', ''],
  ])(
    'in its %s is cut at its deadline, however often a byte comes, with an error in JSON-RPC',
    async (_, begun) => {
      const server = await started({ requestTimeoutMs: 300 });
      const { socket, closed } = await opened(server, begun);
      const drip = setInterval(() => socket.write(begun.includes('chunked') ? '1\r\na\r\n' : 'a'), 50);
      const answer = await closed.finally(() => clearInterval(drip));
      // Where nothing was sent at all, a byte of the drip may make it something that is not HTTP.
      expect([400, 408]).toContain(statusOf(answer));
      expect(['BODY_TIMEOUT', 'REQUEST_INVALID']).toContain(errorOf(bodyOf(answer)).data.code);
      if (begun.includes('\r\n\r\n')) expect(errorOf(bodyOf(answer)).data.code).toBe('BODY_TIMEOUT');
    },
  );

  test('is not answered if it comes after its deadline, and nothing of it is done', async () => {
    const { node } = testServer();
    const submitted: Uint8Array[] = [];
    const submit: typeof node.submit = (encoded, caller) => {
      submitted.push(encoded);
      return node.submit(encoded, caller);
    };
    const server = await started({ node: { ...node, submit }, requestTimeoutMs: 300 });
    const { socket, closed } = await opened(server);
    const call = '{"jsonrpc":"2.0","id":1,"method":"tx_send","params":{"transaction":"0x00"}}';
    const late = `${HEAD}content-length: ${call.length}\r\n\r\n${call}`;
    socket.once('data', () => socket.write(late));
    const answer = await closed;
    expect([statusOf(answer), errorOf(bodyOf(answer)).data.code]).toEqual([408, 'BODY_TIMEOUT']);
    // One that comes in time is done, and it comes after the late one.
    await (await opened(server, late.replace('\r\n', '\r\nconnection: close\r\n'))).closed;
    expect(submitted).toHaveLength(1);
  });

  test('has half a minute, and the deadline is looked at every second', () => {
    const { node } = testServer();
    const app = buildApp({
      node,
      logger,
      host: '',
      port: 0,
      maxBodyBytes: 1,
      maxBatch: 1,
      rateLimit: undefined,
    });
    expect([app.server.requestTimeout, app.server.headersTimeout]).toEqual([30_000, 10_000]);
    expect(Reflect.get(app.initialConfig, 'requestTimeout')).toBe(30_000);
  });
});

test.each([
  ['what is not HTTP', 'hello\r\n\r\n', 400, 'REQUEST_INVALID'],
  [
    'headers without end',
    `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'a'.repeat(20_000)}`,
    431,
    'REQUEST_INVALID',
  ],
  ['a body past its limit', `${HEAD}content-length: 2000000\r\n\r\n`, 413, 'BODY_TOO_LARGE'],
  [
    'another content type',
    'POST / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\n{}',
    415,
    'CONTENT_TYPE_WRONG',
  ],
  ['a request without a host', 'GET /health HTTP/1.1\r\nconnection: close\r\n\r\n', 400, 'REQUEST_INVALID'],
  [
    'a request with two hosts',
    'GET /health HTTP/1.1\r\nhost: localhost\r\nHost: localhost\r\nconnection: close\r\n\r\n',
    400,
    'REQUEST_INVALID',
  ],
])('%s gets an error in JSON-RPC', async (_, sent, status, code) => {
  const { closed } = await opened(await started(), sent);
  const answer = await closed;
  expect(statusOf(answer)).toBe(status);
  expect(errorOf(bodyOf(answer)).data.code).toBe(code);
});

test('a request of HTTP/1.0 needs no host', async () => {
  const { closed } = await opened(await started(), 'GET /health HTTP/1.0\r\n\r\n');
  expect(field(bodyOf(await closed), 'height')).toBeDefined();
});

describe('a body that nobody reads', () => {
  const head = (line: string, length: number): string =>
    `${line} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;

  test.each([
    ['POST /nope', 404, 'PATH_UNKNOWN'],
    ['PUT /', 405, 'METHOD_NOT_ALLOWED'],
    ['GET /health', 400, 'REQUEST_INVALID'],
  ])('of %s is answered before it comes, and the connection is closed', async (line, status, code) => {
    const { closed } = await opened(await started(), head(line, 1_000));
    const answer = await closed;
    expect([statusOf(answer), errorOf(bodyOf(answer)).data.code]).toEqual([status, code]);
    expect(answer).toContain('connection: close');
  });

  test('takes no memory: after many of them, a call has room', async () => {
    const server = await started({ memoryBytes: 1 << 20 });
    const body = Buffer.alloc(256 << 10, 32);
    for (let i = 0; i < 6; i++) {
      const { socket, closed } = await opened(server, head('POST /nope', body.length));
      socket.write(body);
      await closed;
    }
    expect(field(await ask(server), 'result')).toBeDefined();
  });
});

test('a body in chunks of a byte is read as what it is', async () => {
  const bits = [...CALL].map((each) => `1\r\n${each}\r\n`).join('');
  const { socket, text } = await opened(await started(), `${HEAD}transfer-encoding: chunked\r\n\r\n`);
  socket.write(`${bits}0\r\n\r\n`);
  while (!text().includes('"result"')) await new Promise((resolve) => setImmediate(resolve));
  expect(statusOf(text())).toBe(200);
});

describe('requests that are sent on one connection without reading', () => {
  const body = `{"jsonrpc":"2.0","id":1,"method":"content_get","params":{"root":"0x${'00'.repeat(32)}"}}`;
  const GET = 'GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n';
  const CHUNKED = `${HEAD}transfer-encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;

  test('are answered one at a time and in their order, whatever they are and however they come', async () => {
    const { node } = testServer();
    let working = 0;
    const most: number[] = [];
    const slow = {
      ...node,
      seekContent: async () => {
        working += 1;
        most.push(working);
        for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
        working -= 1;
      },
    };
    const server = await started({ node: slow });
    const rounds = 5;
    const round = `${HEAD}content-length: ${body.length}\r\n\r\n${body}${CHUNKED}${GET}`;
    const kinds = Array.from({ length: rounds }, () => ['jsonrpc', 'jsonrpc', 'status']).flat();
    const whole = await opened(server, round.repeat(rounds));
    const inBits = await opened(server);
    for (const each of round.repeat(rounds).match(/.{1,7}/gs) ?? []) {
      inBits.socket.write(each);
      await new Promise((resolve) => setImmediate(resolve));
    }
    for (const { text, socket } of [whole, inBits]) {
      const answered = (): readonly (string | undefined)[] =>
        [...text().matchAll(/\{"(jsonrpc|status)"/g)].map(([, kind]) => kind);
      while (answered().length < kinds.length) await new Promise((resolve) => setImmediate(resolve));
      expect(answered()).toEqual(kinds);
      expect(socket.closed).toBe(false);
    }
    // Two connections at most, each with one.
    expect(most.length).toBe(4 * rounds);
    expect(Math.max(...most)).toBeLessThanOrEqual(2);
  });

  test('do not begin while an answer is waited for', async () => {
    const { node } = testServer();
    const asked: (() => void)[] = [];
    const waiting = {
      ...node,
      seekContent: () => new Promise<void>((resolve) => asked.push(() => resolve())),
    };
    const server = await started({ node: waiting });
    const { socket, text } = await opened(server, CHUNKED.repeat(3));
    for (let each = 1; each <= 3; each++) {
      while (asked.length < each) await new Promise((resolve) => setImmediate(resolve));
      // Another connection is answered meanwhile, and comes and goes.
      expect(field(await ask(server), 'result')).toBeDefined();
      expect(asked).toHaveLength(each);
      asked[each - 1]?.();
    }
    while (text().split('HTTP/1.1 ').length < 4) await new Promise((resolve) => setImmediate(resolve));
    expect(socket.closed).toBe(false);
  });
});

test('of newcomers that find no place some are told so, and the rest is closed', async () => {
  const { node } = testServer();
  const asked: (() => void)[] = [];
  const waiting = {
    ...node,
    seekContent: () => new Promise<void>((resolve) => asked.push(() => resolve())),
  };
  const server = await started({ node: waiting, maxConnections: 1 });
  const body = `{"jsonrpc":"2.0","id":1,"method":"content_get","params":{"root":"0x${'11'.repeat(32)}"}}`;
  await opened(server, `${HEAD}content-length: ${body.length}\r\n\r\n${body}`);
  while (asked.length < 1) await new Promise((resolve) => setImmediate(resolve));
  const newcomers = await Promise.all(Array.from({ length: 8 * REFUSALS.burst }, () => opened(server)));
  const answers = await Promise.all(newcomers.map(({ closed }) => closed));
  const told = answers.filter((answer) => answer !== '');
  expect(told.map(statusOf).every((status) => status === 503)).toBe(true);
  expect(told.length).toBeGreaterThanOrEqual(REFUSALS.burst);
  expect(answers).toContain('');
  for (const answer of asked) answer();
});

test('a large body comes whole, slice by slice', async () => {
  const server = await started();
  const text = CALL + ' '.repeat((1 << 20) - CALL.length);
  const response = await fetch(server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: text,
  });
  expect(field(await response.json(), 'result')).toBeDefined();
});

test.each([
  [
    'a path that no URL can have',
    'GET /%zz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n',
    404,
    'PATH_UNKNOWN',
  ],
  [
    'the same under another name',
    'GET /%zz HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n',
    403,
    'HOST_NOT_ALLOWED',
  ],
  [
    'an unknown expectation',
    `${HEAD}expect: 200-maybe\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`,
    417,
    'REQUEST_INVALID',
  ],
  ['CONNECT', 'CONNECT a:80 HTTP/1.1\r\nhost: localhost\r\n\r\n', 405, 'METHOD_NOT_ALLOWED'],
  [
    'many headers',
    `${HEAD}${Array.from({ length: 100 }, (_, i) => `a${i}: b\r\n`).join('')}\r\n`,
    431,
    'REQUEST_INVALID',
  ],
])('%s gets an error in JSON-RPC, and is closed', async (_, sent, status, code) => {
  const { closed } = await opened(await started(), sent);
  const answer = await closed;
  expect([statusOf(answer), errorOf(bodyOf(answer)).data.code]).toEqual([status, code]);
});

test('a client that leaves its answer unread holds no more than what its connection takes', async () => {
  const { node } = testServer();
  let calls = 0;
  const large = {
    ...node,
    getContent: async () => {
      calls += 1;
      const text = new Uint8Array(1 << 20).fill(97);
      return { type: 'item' as const, rules: 2 as const, text, promptTokens: 0, salt: new Uint8Array(32) };
    },
  };
  const server = await started({ node: large, maxBatch: 100 });
  const get = { jsonrpc: '2.0', method: 'content_get', params: { root: `0x${'00'.repeat(32)}` } };
  const body = JSON.stringify(Array.from({ length: 30 }, (_, id) => ({ ...get, id })));
  const { socket } = await opened(server);
  socket.pause();
  socket.write(`${HEAD}content-length: ${body.length}\r\n\r\n${body}`);
  while (calls < 8) await new Promise((resolve) => setImmediate(resolve));
  let before = 0;
  // It stops when the buffers of the system are full.
  while (calls !== before) {
    before = calls;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(calls).toBeLessThan(30);
});

test('a client that goes away is no error of the node, but what the node does wrong is one', async () => {
  const { node } = testServer();
  const { lines, out } = logLines();
  const limits = { maxBodyBytes: 1 << 20, maxBatch: 10, rateLimit: undefined };
  const log = createLogger({ level: 'debug', format: 'json' }, out);
  const app = buildApp({ node, logger: log, host: '127.0.0.1', port: 0, ...limits });
  const sent = `POST /any HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`;
  let isWrong = false;
  // Every other path comes here. An answer has been begun, and the client is gone before its first byte.
  app.post('/unknown', async (request, reply) => {
    if (isWrong) throw new TypeError('a bug');
    setImmediate(() => request.raw.socket.destroy());
    return reply.send(new Readable({ read: () => undefined }));
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const server = { url, port: Number(new URL(url).port), close: () => app.close() };
  running.push(server);
  const levels = () => lines().map(({ level }) => level);
  await (await opened(server, sent)).closed;
  while (levels().length < 1) await new Promise((resolve) => setImmediate(resolve));
  expect(levels()).toEqual([20]);
  isWrong = true;
  await opened(server, sent);
  while (levels().length < 2) await new Promise((resolve) => setImmediate(resolve));
  expect(levels()).toEqual([20, 50]);
});

test('preflights count in the limit of requests', async () => {
  const page = 'http://localhost:5173';
  const { url } = await started({ corsOrigins: [page], rateLimit: { requests: 3, windowMs: 60_000 } });
  const headers = { origin: page, 'access-control-request-method': 'POST' };
  const statuses: number[] = [];
  for (let i = 0; i < 4; i++) statuses.push((await fetch(url, { method: 'OPTIONS', headers })).status);
  expect(statuses.slice(0, 3).every((status) => status < 300)).toBe(true);
  expect(statuses[3]).toBe(429);
});
