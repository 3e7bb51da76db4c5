import { request } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { type RpcServer, type RpcServerOptions, startRpcServer } from '../../../rpc/server.ts';
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
    expect(errorOf((await server.get('/')).json).data.code).toBe('METHOD_NOT_ALLOWED');
    expect((await server.get('/other')).status).toBe(404);
    expect(errorOf((await server.get('/other')).json).data.code).toBe('PATH_UNKNOWN');
  });

  describe('to a page', () => {
    const PAGE = 'http://localhost:5173';
    const preflight = (url: string, origin: string) =>
      fetch(url, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'content-type',
        },
      });
    const post = (url: string, origin: string) =>
      fetch(url, { method: 'POST', headers: { origin, 'content-type': 'application/json' }, body: call });
    const corsOf = ({ headers }: Response) =>
      Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control')));

    test('of any origin no header is sent by default', async () => {
      const { url } = await started();
      for (const response of [await preflight(url, PAGE), await post(url, PAGE)])
        expect(corsOf(response)).toEqual({});
      expect((await preflight(url, PAGE)).ok).toBe(false);
    });

    test('of a listed origin its preflight is answered, and it may read the answer', async () => {
      const { url } = await started(0, { corsOrigins: ['https://other.example', PAGE] });
      const asked = await preflight(url, PAGE);
      expect(asked.ok).toBe(true);
      expect(corsOf(asked)).toMatchObject({
        'access-control-allow-origin': PAGE,
        'access-control-allow-methods': 'GET, POST',
        'access-control-allow-headers': 'content-type',
      });
      const answered = await post(url, PAGE);
      expect(corsOf(answered)).toMatchObject({ 'access-control-allow-origin': PAGE });
      expect(answered.headers.get('vary')?.toLowerCase()).toContain('origin');
      expect(await answered.json()).toMatchObject({ id: 1 });
    });

    test.each(['https://evil.example', `${PAGE}.evil.example`, 'http://localhost', 'null', ''])(
      'of the origin %j, which is not listed, no header is sent',
      async (origin) => {
        const { url } = await started(0, { corsOrigins: [PAGE] });
        const asked = await preflight(url, origin);
        expect([asked.ok, corsOf(asked)]).toEqual([false, {}]);
        expect(corsOf(await post(url, origin))).toEqual({});
      },
    );

    test('of a listed origin a refusal can be read: too many requests, a wrong path, a body past the limit', async () => {
      const { url } = await started(0, {
        corsOrigins: [PAGE],
        rateLimit: { requests: 3, windowMs: 60_000 },
      });
      const wrong = await fetch(`${url}/other`, { headers: { origin: PAGE } });
      const large = await fetch(url, {
        method: 'POST',
        headers: { origin: PAGE, 'content-type': 'application/json' },
        body: ' '.repeat(20_000),
      });
      await post(url, PAGE);
      const late = await post(url, PAGE);
      expect([wrong, large, late].map(({ status }) => status)).toEqual([404, 413, 429]);
      for (const response of [wrong, large, late])
        expect(corsOf(response)).toMatchObject({ 'access-control-allow-origin': PAGE });
      expect(corsOf(late)['access-control-expose-headers']).toBe('retry-after');
    });
  });

  describe('with a limit of requests', () => {
    const limited = (windowMs = 60_000) => testServer({ rateLimit: { requests: 2, windowMs } });

    test('answers an address past it with 429, and says when to come again', async () => {
      const server = limited();
      expect((await server.post(call)).status).toBe(200);
      expect((await server.post(call)).status).toBe(200);
      const refused = await server.post(call);
      expect([refused.status, refused.headers['retry-after']]).toEqual([429, '60']);
      expect(refused.type).toMatch('application/json');
      expect(errorOf(refused.json)).toMatchObject({ code: -32005, data: { code: 'RATE_LIMITED' } });
    });

    test('counts requests of every path and method, good or bad', async () => {
      const server = limited();
      expect((await server.get('/other')).status).toBe(404);
      expect((await server.get('/health')).status).toBe(503);
      for (const path of ['/other', '/health', '/']) expect((await server.get(path)).status).toBe(429);
      expect((await server.post(call)).status).toBe(429);
    });

    test('counts each address by itself', async () => {
      const server = limited();
      const statuses = async (remoteAddress: string): Promise<readonly number[]> => {
        const all: number[] = [];
        for (let i = 0; i < 3; i++) all.push((await server.get('/other', remoteAddress)).status);
        return all;
      };
      expect(await statuses('10.0.0.1')).toEqual([404, 404, 429]);
      expect(await statuses('10.0.0.2')).toEqual([404, 404, 429]);
      expect(await statuses('10.0.0.1')).toEqual([429, 429, 429]);
    });

    test('lets an address in again in the next window', async () => {
      const server = limited(50);
      await Promise.all([server.post(call), server.post(call)]);
      await new Promise((resolve) => setTimeout(resolve, 80));
      expect((await server.post(call)).status).toBe(200);
    });
  });
});

describe('/health', () => {
  test('is 503 with the reason until the node is ready, and 200 then', async () => {
    const server = testServer();
    const before = await server.get('/health');
    expect(before.status).toBe(503);
    const problem = {
      reason: 'peers',
      since: '1700000000000',
      message: 'no peer is connected; the config names 2',
      data: { configured: 2, unresolved: [] },
    };
    expect(before.json).toEqual({
      status: 'unavailable',
      ...problem,
      problems: [problem],
      height: '0',
      peers: 0,
      syncing: false,
    });
    server.seal();
    const after = await server.get('/health');
    expect(after.status).toBe(200);
    expect(after.json).toEqual({ status: 'ok', height: '1', peers: 0, syncing: false });
  });
});

const running: RpcServer[] = [];
const started = async (
  port = 0,
  more: Partial<Pick<RpcServerOptions, 'corsOrigins' | 'rateLimit'>> = {},
): Promise<RpcServer> => {
  const { node } = testServer();
  const options = { maxBodyBytes: 10_000, maxBatch: 10, rateLimit: undefined, ...more };
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

  test('an address that the machine does not have is a fault that names it', async () => {
    const options = { maxBodyBytes: 10_000, maxBatch: 10, rateLimit: undefined };
    // Of TEST-NET-1 (RFC 5737).
    const server = startRpcServer({
      node: testServer().node,
      logger,
      host: '192.0.2.1',
      port: 0,
      ...options,
    });
    await expect(server).rejects.toMatchObject({
      code: 'RPC_LISTEN_FAILED',
      fault: { data: { host: '192.0.2.1' } },
    });
  });

  test('closing does not wait for a client that keeps its connection open', async () => {
    const server = await started();
    const open = request({ host: '127.0.0.1', port: server.port, method: 'POST', path: '/' });
    open.on('error', () => undefined);
    open.write('{"jsonrpc"');
    await new Promise((resolve) => setTimeout(resolve, 50));
    // If it waited for the client, it would do so for ever.
    await expect(server.close()).resolves.toBeUndefined();
  });
});
