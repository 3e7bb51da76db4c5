import { request } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { createRateLimiter } from '../../../rpc/rate-limit.ts';
import { type RpcServer, startRpcServer } from '../../../rpc/server.ts';
import { CodedError } from '../../../src/lib/errors.ts';
import { errorOf, logger, testServer } from './server.ts';

const call = '{"jsonrpc":"2.0","id":1,"method":"node_status"}';

describe('HTTP', () => {
  test('a body past the limit gets 413 and an error in JSON-RPC', async () => {
    const server = testServer({ maxBodyBytes: 1_000 });
    const answer = await server.post(`${call}${' '.repeat(1_000)}`);
    expect(answer.status).toBe(413);
    expect(errorOf(answer.json)).toMatchObject({
      code: -32600,
      data: { code: 'BODY_TOO_LARGE', limit: 1_000 },
    });
    expect((await server.post(call)).status).toBe(200);
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'application/xml'])(
    'the content type %s, which a page of any origin may send, gets 415',
    async (type) => {
      const answer = await testServer().post(call, { 'content-type': type });
      expect(answer.status).toBe(415);
      expect(errorOf(answer.json)).toMatchObject({ code: -32600, data: { code: 'CONTENT_TYPE_WRONG' } });
    },
  );

  test('a content type with a character set is JSON all the same', async () => {
    const answer = await testServer().post(call, { 'content-type': 'application/json; charset=utf-8' });
    expect(answer.status).toBe(200);
  });

  test('a POST without a body is a parse error, not a crash', async () => {
    expect(errorOf((await testServer().post('')).json)).toMatchObject({ code: -32700 });
  });

  test('a GET of the root gets 405, another path 404', async () => {
    const server = testServer();
    expect((await server.get('/')).status).toBe(405);
    expect((await server.get('/other')).status).toBe(404);
    expect(errorOf((await server.get('/other')).json).data.code).toBe('PATH_UNKNOWN');
  });

  test('no header ever invites another origin', async () => {
    const server = await started();
    const response = await fetch(server.url, {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    });
    expect(response.ok).toBe(false);
    expect([...response.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  test('past its rate an address gets 429', async () => {
    const server = testServer({ rateLimit: { perSecond: 0.001, burst: 2 } });
    expect((await server.post(call)).status).toBe(200);
    expect((await server.post(call)).status).toBe(200);
    const refused = await server.post(call);
    expect(refused.status).toBe(429);
    expect(errorOf(refused.json)).toMatchObject({ code: -32005, data: { code: 'RATE_LIMITED' } });
  });
});

describe('a rate limit', () => {
  const limiter = createRateLimiter({ perSecond: 2, burst: 3 });
  const admitted = (client: string, nowMs: number, times: number): number =>
    Array.from({ length: times }, () => limiter.admit(client, nowMs)).filter(Boolean).length;

  test('lets a burst in, then what its rate allows, and never more than a burst', () => {
    expect(admitted('a', 0, 5)).toBe(3);
    expect(admitted('a', 400, 5)).toBe(0);
    expect(admitted('a', 1_000, 5)).toBe(2);
    expect(admitted('a', 1_000_000, 10)).toBe(3);
  });

  test('counts each client by itself', () => {
    expect(admitted('b', 0, 5)).toBe(3);
    expect(admitted('c', 0, 5)).toBe(3);
  });

  test('is not moved by a clock that goes back', () => {
    expect(admitted('d', 10_000, 5)).toBe(3);
    expect(admitted('d', 0, 5)).toBe(0);
  });

  test('does not grow without end', () => {
    for (let i = 0; i < 25_000; i++) limiter.admit(`client ${i}`, 20_000 + i);
    expect(limiter.clients()).toBeLessThanOrEqual(10_000);
  });
});

describe('/health', () => {
  test('is 503 with the reason until the node is ready, and 200 then', async () => {
    const server = testServer();
    const before = await server.get('/health');
    expect(before.status).toBe(503);
    expect(before.json).toMatchObject({ status: 'unavailable', reason: 'no block yet' });
    server.seal();
    const after = await server.get('/health');
    expect(after.status).toBe(200);
    expect(after.json).toEqual({ status: 'ok', height: '1', peers: 0, syncing: false });
  });
});

const running: RpcServer[] = [];
const started = async (port = 0): Promise<RpcServer> => {
  const { node } = testServer();
  const options = { maxBodyBytes: 10_000, maxBatch: 10, rateLimit: undefined };
  const server = await startRpcServer({ node, logger, host: '127.0.0.1', port, ...options });
  running.push(server);
  return server;
};
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()));
});

describe('the socket', () => {
  test('its URL takes a POST as it is', async () => {
    const { url, port } = await started();
    expect(url).toBe(`http://127.0.0.1:${port}`);
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: call,
    });
    expect(await response.json()).toMatchObject({ id: 1, result: { chainId: '4242' } });
  });

  test('a port in use is a fault that names it', async () => {
    const { port } = await started();
    const second = started(port);
    await expect(second).rejects.toThrow(CodedError);
    await expect(second).rejects.toMatchObject({ code: 'RPC_PORT_IN_USE', fault: { data: { port } } });
  });

  test('closing does not wait for a client that keeps its connection open', async () => {
    const server = await started();
    const open = request({ host: '127.0.0.1', port: server.port, method: 'POST', path: '/' });
    open.on('error', () => undefined);
    open.write('{"jsonrpc"');
    await new Promise((resolve) => setTimeout(resolve, 50));
    const before = performance.now();
    await server.close();
    expect(performance.now() - before).toBeLessThan(2_000);
  });
});
