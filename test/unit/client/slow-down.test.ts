/** A client that is told to slow down slows down: it waits as long as the node asks, says so, and gives up in bounded time. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startRpcServer } from '../../../rpc/server.ts';
import { retryAfterOf } from '../../../src/client/pace.ts';
import { createRpcClient, type RpcClientOptions } from '../../../src/client/rpc-client.ts';
import { alice, logger } from '../rpc/server.ts';
import { smallChain, smallGenesis } from '../rpc/small-chain.ts';

/** A client of a server that refuses so many requests with 429 before it answers, and the times at which it heard one. */
const limited = async (
  refusals: number,
  { header, body }: { readonly header?: string; readonly body: string },
  options: RpcClientOptions = {},
) => {
  const heard: number[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      heard.push(performance.now());
      const { id } = JSON.parse(Buffer.concat(chunks).toString()) as { readonly id: number };
      if (heard.length <= refusals) {
        response.writeHead(429, header === undefined ? {} : { 'retry-after': header }).end(body);
        return;
      }
      const transaction = `0x${'00'.repeat(40)}`;
      response.end(JSON.stringify({ jsonrpc: '2.0', id, result: { height: '1', index: 0, transaction } }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const client = createRpcClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, options);
  return { ask: () => client.call('tx_get', { id: `0x${'00'.repeat(32)}` }), heard };
};

const REFUSED = JSON.stringify({
  jsonrpc: '2.0',
  id: null,
  error: { code: -32005, message: 'too many', data: { code: 'RATE_LIMITED' } },
});

test.each(['SERVER_BUSY', 'NODE_STARTING'])(
  'a client that is turned away with %s asks again later',
  async (code) => {
    const body = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      error: { code: -32005, message: 'later', data: { code } },
    });
    const said: string[] = [];
    const { ask, heard } = await limited(
      2,
      { header: '0', body },
      { onSlowDown: (why) => said.push(why.code) },
    );
    await ask();
    expect([heard.length, said]).toEqual([3, [code, code]]);
  },
);

describe('a client that hears RATE_LIMITED', () => {
  test('of a real node waits for the next window, with all its requests', async () => {
    const { node } = smallChain(smallGenesis([alice]));
    const rateLimit = { requests: 3, windowMs: 300 };
    const limits = { maxBodyBytes: 1 << 20, maxBatch: 100, rateLimit };
    const server = await startRpcServer({ node, logger, host: '127.0.0.1', port: 0, ...limits });
    onTestFinished(() => server.close());
    const said: string[] = [];
    const client = createRpcClient(server.url, {
      onSlowDown: ({ code }, pauseMs) => said.push(`${code} ${pauseMs}`),
    });
    // A slow machine may answer so late that the requests come in different windows.
    while (said.length === 0)
      expect(await Promise.all(Array.from({ length: 5 }, () => client.call('node_status')))).toHaveLength(5);
    expect(new Set(said)).toEqual(new Set(['RATE_LIMITED 1000']));
  });

  test.each([
    ['the node', REFUSED],
    ['a proxy', '<html>429 Too Many Requests</html>'],
  ])('of %s pauses for as long as it is asked', async (_, body) => {
    const pauses: number[] = [];
    const { ask, heard } = await limited(
      1,
      { header: '1', body },
      { onSlowDown: (__, ms) => pauses.push(ms) },
    );
    await ask();
    expect(pauses).toEqual([1_000]);
    expect((heard[1] ?? 0) - (heard[0] ?? 0)).toBeGreaterThan(900);
  });

  test('pauses longer each time where it is not told how long, and lets its other requests wait too', async () => {
    const pauses: number[] = [];
    const { ask, heard } = await limited(1, { body: REFUSED }, { onSlowDown: (_, ms) => pauses.push(ms) });
    const first = ask();
    await expect.poll(() => pauses.length).toBe(1);
    const second = ask();
    await Promise.all([first, second]);
    expect(pauses).toEqual([500]);
    expect(heard).toHaveLength(3);
    expect(Math.min(...heard.slice(1)) - (heard[0] ?? 0)).toBeGreaterThan(400);
    const { ask: patient, heard: all } = await limited(2, { header: '0', body: REFUSED });
    await patient();
    expect(all).toHaveLength(3);
  });

  test.each(['3600', '999999999'])(
    'does not wait longer than its patience: retry-after %s',
    async (header) => {
      const { ask, heard } = await limited(9, { header, body: REFUSED });
      await expect(ask()).rejects.toMatchObject({ code: 'RATE_LIMITED' });
      expect(heard).toHaveLength(1);
    },
  );

  test('stops at once when its signal is aborted', async () => {
    const stopping = new AbortController();
    const reason = new Error('enough');
    const { ask } = await limited(
      9,
      { header: '30', body: REFUSED },
      { signal: stopping.signal, onSlowDown: () => stopping.abort(reason) },
    );
    await expect(ask()).rejects.toBe(reason);
    await expect(ask()).rejects.toBe(reason);
  });
});

test('the header is read as seconds and as a date, and nothing else', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  expect(retryAfterOf('7', now)).toBe(7_000);
  expect(retryAfterOf('Thu, 01 Jan 2026 00:00:09 GMT', now)).toBe(9_000);
  expect(retryAfterOf('Wed, 31 Dec 2025 00:00:09 GMT', now)).toBe(0);
  for (const header of [null, '', 'soon', '-1', '1e3x']) expect(retryAfterOf(header, now)).toBeUndefined();
});
