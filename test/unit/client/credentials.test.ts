import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createRpcClient } from '../../../src/client/rpc-client.ts';

/** A server of its own, and the address it listens on. */
const serve = async (listener: RequestListener): Promise<string> => {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
};

test('user and password are sent as HTTP Basic, and are in no message, nor is the rest of the URL', async () => {
  let headers: IncomingHttpHeaders = {};
  const host = await serve((request, response) => {
    ({ headers } = request);
    response.end('no JSON');
  });
  const client = createRpcClient(`http://ana:s3cret@${host}/v2/p4th?key=t0ken`, { retries: 0 });
  const answer = await client.attempt('node_status');
  expect(headers.authorization).toBe(`Basic ${Buffer.from('ana:s3cret').toString('base64')}`);
  expect(answer).toMatchObject({ ok: false, fault: { code: 'RPC_ANSWER_INVALID' } });
  for (const secret of ['s3cret', 't0ken', 'p4th', 'ana'])
    expect(JSON.stringify([answer, client.url])).not.toContain(secret);
});

test.each(
  [401, 403].flatMap((status) =>
    [
      'no',
      '{"error":"unauthorized"}',
      '{"message":"forbidden"}',
      '{"error":{"code":401,"message":"no"}}',
    ].map((body) => [status, body] as const),
  ),
)('that a server wants other credentials is said, for status %i and %s', async (status, body) => {
  const host = await serve((_, response) => {
    response.writeHead(status).end(body);
  });
  const client = createRpcClient(`http://${host}`, { retries: 0 });
  const wanted = {
    fault: {
      code: 'RPC_ANSWER_INVALID',
      message: expect.stringMatching(`HTTP status ${status}: it may want a user`) as unknown,
    },
  };
  expect(await client.attempt('node_status')).toMatchObject(wanted);
  await expect(client.batch([{ method: 'node_status', params: {} }])).rejects.toMatchObject(wanted);
});

test('what a node refuses with a status of HTTP keeps its code', async () => {
  const host = await serve((_, response) => {
    const error = { code: -32000, message: 'not listed', data: { code: 'HOST_REFUSED' } };
    response.writeHead(403).end(JSON.stringify({ jsonrpc: '2.0', id: null, error }));
  });
  const answer = await createRpcClient(`http://${host}`, { retries: 0 }).request('node_status', {});
  expect(answer).toMatchObject({ fault: { code: 'HOST_REFUSED', message: 'not listed' } });
});

test('a server that tells what stands in the URL does not have it printed', async () => {
  const host = await serve((request, response) => {
    const told = `${request.url} ${request.headers.authorization}`;
    const error = { code: -32000, message: `cannot POST ${told}`, data: { code: `NO ${told}` } };
    response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, error }));
  });
  const url = `http://anna.smith:s3cr%C3%A9t-w0rd@${host}/v2/p4th%20of%20mine?key=t0ken-of-mine&x=1`;
  const answer = await createRpcClient(url, { retries: 0 }).request('node_status', {});
  const text = JSON.stringify(answer);
  expect(text).toContain('cannot POST /v2/…?…');
  const base64 = Buffer.from('anna.smith:s3crét-w0rd').toString('base64');
  for (const secret of ['s3cr', 't0ken', 'p4th', base64]) expect(text).not.toContain(secret);
});

test.each([
  [301, 'http://ana:s3cret@elsewhere.example/rpc', 'http://elsewhere.example/…'],
  [302, 'https://elsewhere.example', 'https://elsewhere.example/'],
  [303, '/v2/s3cret', 'another path of it'],
  [307, 'http://elsewhere.example/?s3cret', 'http://elsewhere.example/…'],
  [308, 'http://[', 'another URL'],
])(
  'a redirect of %i to %s is not followed, and the server it names is named',
  async (status, location, target) => {
    const seen: (string | undefined)[] = [];
    const host = await serve((request, response) => {
      seen.push(`${request.method} ${request.url}`);
      response.writeHead(status, { location }).end();
    });
    const answer = await createRpcClient(`http://${host}/old`, { retries: 0 }).attempt('node_status');
    expect(answer).toMatchObject({
      ok: false,
      fault: {
        code: 'RPC_ANSWER_INVALID',
        message: `http://${host}/… redirects to ${target}; give the URL of the node itself`,
      },
    });
    expect(seen).toEqual(['POST /old']);
  },
);
