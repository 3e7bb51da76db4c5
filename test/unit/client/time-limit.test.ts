/** A client waits long for what takes long, and not for an answer that was lost on the way. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createRpcClient } from '../../../src/client/rpc-client.ts';
import { createTimeLimit } from '../../../src/client/time-limit.ts';

const READ = { method: 'tx_status', params: {} };

test('a call that a node holds back, or that brings much, has 150 s, also in a batch, and any other 20 s', () => {
  const limit = createTimeLimit();
  const commit = { method: 'tx_send', params: { mode: 'commit' } };
  const put = { method: 'content_put', params: {} };
  const sync = { method: 'tx_send', params: { mode: 'sync' } };
  expect([[READ], [sync], [READ, commit], [put]].map((calls) => limit.of(calls))).toEqual([
    20_000, 20_000, 150_000, 150_000,
  ]);
});

test('after each answer that did not come it is twice as long, up to 150 s, and short again after one that came', () => {
  const limit = createTimeLimit();
  const limits = Array.from({ length: 5 }, () => {
    const ms = limit.of([READ]);
    // Another request of the same time.
    limit.missed(ms);
    limit.missed(ms);
    return ms;
  });
  expect(limits).toEqual([20_000, 40_000, 80_000, 150_000, 150_000]);
  limit.answered();
  expect(limit.of([READ])).toBe(20_000);
});

test('a limit that a caller names holds for every request', () => {
  const limit = createTimeLimit(50);
  limit.missed(50);
  expect([limit.of([READ]), limit.of([{ method: 'content_put', params: {} }])]).toEqual([50, 50]);
});

test('a client says how long it has waited, and gives the next request longer', async () => {
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const waited: number[] = [];
  const timeout = AbortSignal.timeout.bind(AbortSignal);
  AbortSignal.timeout = (ms) => {
    waited.push(ms);
    return timeout(20);
  };
  onTestFinished(() => {
    AbortSignal.timeout = timeout;
  });
  const client = createRpcClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  for (const seconds of [20, 40])
    await expect(client.call('node_status')).rejects.toMatchObject({
      code: 'RPC_TIMEOUT',
      message: expect.stringContaining(`within ${seconds}000 ms`),
    });
  expect(waited).toEqual([20_000, 40_000]);
});
