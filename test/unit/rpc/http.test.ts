import { request } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
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
    expect(errorOf((await server.get('/')).json).data.code).toBe('METHOD_NOT_ALLOWED');
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
    const before = performance.now();
    await server.close();
    expect(performance.now() - before).toBeLessThan(2_000);
  });
});
