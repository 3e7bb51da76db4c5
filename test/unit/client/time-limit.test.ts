/** A client waits long for what takes long, and not for an answer that was lost on the way. */
import { once } from 'node:events';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createRpcClient } from '../../../src/client/rpc-client.ts';
import { createDeadline, createTimeLimit } from '../../../src/client/time-limit.ts';

vi.mock('../../../src/client/time-limit.ts', { spy: true });

const READ = { method: 'tx_status', params: {} };
const OTHER = { method: 'node_status', params: {} };

test('a call that a node holds back, or that brings much, has 150 s, also in a batch, and any other 20 s', () => {
  const limit = createTimeLimit();
  const commit = { method: 'tx_send', params: { mode: 'commit' } };
  const put = { method: 'content_put', params: {} };
  const sync = { method: 'tx_send', params: { mode: 'sync' } };
  expect([[READ], [sync], [READ, commit], [put]].map((calls) => limit.of(calls, 0))).toEqual([
    20_000, 20_000, 150_000, 150_000,
  ]);
});

test('what is sent slowly has longer: a second for each 8 KiB', () => {
  const limit = createTimeLimit();
  expect([8 << 10, 512 << 10, 8 << 20].map((bytes) => limit.of([READ], bytes))).toEqual([
    21_000, 84_000, 150_000,
  ]);
});

test('after each answer that did not come it is twice as long, up to 150 s, and short again after one that came', () => {
  const limit = createTimeLimit();
  const limits = Array.from({ length: 5 }, () => {
    const ms = limit.of([READ], 0);
    // Another request of the same time.
    limit.missed([READ], ms);
    limit.missed([READ], ms);
    // An answer to another method says nothing about this one.
    limit.answered([OTHER]);
    return ms;
  });
  expect(limits).toEqual([20_000, 40_000, 80_000, 150_000, 150_000]);
  expect(limit.of([OTHER], 0)).toBe(20_000);
  limit.answered([READ]);
  expect(limit.of([READ], 0)).toBe(20_000);
});

test('a deadline aborts with an error of the name TimeoutError, at the time that it was given last', async () => {
  const early = createDeadline(1);
  await once(early.signal, 'abort');
  expect(early.signal.reason).toMatchObject({ name: 'TimeoutError' });
  const moved = createDeadline(600_000);
  moved.move(1);
  await once(moved.signal, 'abort');
  expect(moved.ms()).toBe(1);
});

/** What is sent takes some milliseconds of the limit more. */
const roughly = (ms: number): number => Math.round(ms / 100) * 100;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const serverOf = async (handle: RequestListener): Promise<string> => {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

/** Deadlines that end only when the test says so, with the milliseconds that each was given. */
const heldDeadlines = () => {
  const deadlines: { readonly given: number[]; readonly end: () => void }[] = [];
  vi.mocked(createDeadline).mockImplementation((first) => {
    const ending = new AbortController();
    const given = [first];
    deadlines.push({ given, end: () => ending.abort(new DOMException('late', 'TimeoutError')) });
    return {
      signal: ending.signal,
      move: (ms) => given.push(ms),
      ms: () => given.at(-1) ?? 0,
      clear: () => undefined,
    };
  });
  onTestFinished(() => void vi.mocked(createDeadline).mockReset());
  return deadlines;
};

test('a client says how long it has waited, and gives the next request longer', async () => {
  const deadlines = heldDeadlines();
  const client = createRpcClient(await serverOf(() => undefined));
  for (const [i, seconds] of [20, 40].entries()) {
    const asked = client.attempt('node_status');
    while (deadlines.length <= i) await turn();
    deadlines[i]?.end();
    expect(await asked).toMatchObject({
      fault: { code: 'RPC_TIMEOUT', message: expect.stringContaining(`within ${seconds}0`) },
    });
  }
});

test.each([
  [undefined, [20_000, 20_000, 20_000]],
  [1_000, [1_000]],
])(
  'with a limit of %s ms an answer has these milliseconds to begin, and to go on: %j',
  async (timeoutMs, expected) => {
    const deadlines = heldDeadlines();
    const url = await serverOf((_request, response) => {
      response.end('{"jsonrpc":"2.0","id":1,"result":5}');
    });
    const client = createRpcClient(url, timeoutMs === undefined ? {} : { timeoutMs });
    expect(await client.request('node_status', {})).toEqual({ ok: true, value: 5 });
    expect(deadlines.map(({ given }) => given.map(roughly))).toEqual([expected]);
  },
);

test('an answer that begins and then stalls is given up like one that does not begin', async () => {
  const deadlines = heldDeadlines();
  const client = createRpcClient(await serverOf((_request, response) => void response.write('{"jsonrpc"')));
  for (const [i, seconds] of [20, 40].entries()) {
    const asked = client.attempt('node_status');
    // The beginning, the headers, and the one piece.
    while ((deadlines[i]?.given.length ?? 0) < 3) await turn();
    expect(deadlines[i]?.given.map(roughly)).toEqual([seconds, seconds, seconds].map((each) => each * 1_000));
    deadlines[i]?.end();
    expect(await asked).toMatchObject({
      fault: { code: 'RPC_TIMEOUT', message: expect.stringContaining(`within ${seconds}0`) as string },
    });
  }
});

test('an answer that comes in pieces has 150 s in all', async () => {
  const deadlines = heldDeadlines();
  let passedMs = 0;
  const now = vi.spyOn(performance, 'now').mockImplementation(() => passedMs);
  onTestFinished(() => now.mockRestore());
  const answering = Promise.withResolvers<ServerResponse>();
  const url = await serverOf((_request, response) => {
    response.write('{');
    answering.resolve(response);
  });
  const asked = createRpcClient(url).attempt('node_status');
  const response = await answering.promise;
  for (const [i, atMs] of [19_000, 38_000, 145_000].entries()) {
    while ((deadlines[0]?.given.length ?? 0) < 3 + i) await turn();
    passedMs = atMs;
    response.write(' ');
  }
  while ((deadlines[0]?.given.length ?? 0) < 6) await turn();
  expect(deadlines[0]?.given.map(roughly)).toEqual([20_000, 20_000, 20_000, 20_000, 20_000, 5_000]);
  deadlines[0]?.end();
  expect(await asked).toMatchObject({
    fault: { code: 'RPC_TIMEOUT', message: expect.stringContaining('within 150000 ms') as string },
  });
});
