/** How the start of a devnet fails. Its nodes are objects here, not processes. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { NodeProcess } from '../../../../node/devnet/child.ts';
import { openDevnet } from '../../../../node/devnet/devnet.ts';
import { type NodeProbe, startDevnet } from '../../../../node/devnet/devnet-run.ts';
import { holdHome, homePaths } from '../../../../node/home.ts';
import { toHeight, toRound } from '../../../../src/lib/brands.ts';
import { temporaryFolder, thrown } from '../support.ts';

/** Whether the nodes of a test run. */
let alive = false;
const died = { code: 1, signal: null } as const;

vi.mock('../../../../node/devnet/child.ts', async (original) => ({
  ...(await original<object>()),
  startNodeProcess: (name: string): NodeProcess => ({
    name,
    pid: 1,
    exit: () => (alive ? undefined : died),
    exited: Promise.resolve(died),
    kill: () => undefined,
  }),
}));

const probe: NodeProbe = { look: async () => undefined, blockId: async () => undefined };
const never = new AbortController().signal;

test('a node that ends while it starts is named, with its last words', async () => {
  const home = join(temporaryFolder(), 'net');
  const devnet = await openDevnet({ home, nodes: 1, basePort: undefined, genesis: undefined });
  appendFileSync(homePaths(devnet.nodes[0]?.home ?? '').log, '{"code":"STORE_CORRUPT","msg":"damaged"}\n');
  expect(await thrown(() => startDevnet(devnet, probe, never))).toMatchObject({
    code: 'DEVNET_NODE_DIED',
    message: expect.stringContaining('STORE_CORRUPT: damaged'),
  });
});

test('a devnet that runs is not started again, and is free when it has stopped', async () => {
  const home = join(temporaryFolder(), 'net');
  const devnet = await openDevnet({ home, nodes: 1, basePort: undefined, genesis: undefined });
  const release = holdHome(home);
  expect(await thrown(() => startDevnet(devnet, probe, never))).toMatchObject({ code: 'HOME_IN_USE' });
  release();
  expect(await thrown(() => startDevnet(devnet, probe, never))).toMatchObject({ code: 'DEVNET_NODE_DIED' });
  holdHome(home)();
});

/** A devnet of two nodes that run, and a clock that the test moves. */
const running = async () => {
  const home = join(temporaryFolder(), 'net');
  const devnet = await openDevnet({ home, nodes: 2, basePort: undefined, genesis: undefined });
  alive = true;
  vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] });
  onTestFinished(() => {
    alive = false;
    vi.useRealTimers();
  });
  return devnet;
};
const view = { height: toHeight(4n), round: toRound(0), peers: 1, mempool: 0 };

test('nodes are waited for however slow they are, and it is said which ones and since when', async () => {
  const devnet = await running();
  const since = performance.now();
  const slow = devnet.nodes[1]?.rpc;
  const after = (ms: number, rpc: string): boolean => rpc !== slow || performance.now() >= since + ms;
  const said: string[] = [];
  const started = startDevnet(
    devnet,
    {
      look: async (rpc) => (after(300_000, rpc) ? view : undefined),
      blockId: async (rpc, height) => (after(320_000, rpc) ? `block ${height}` : undefined),
    },
    never,
    (text) => said.push(text),
  );
  await vi.advanceTimersByTimeAsync(330_000);
  expect((await started).devnet).toBe(devnet);
  expect(said[0]).toBe('waiting for an answer of node-2, since 10 s');
  expect(said.at(-1)).toMatch(/^waiting for block 5 at node-2, since 3[01]0 s$/);
});

test('nodes that have decided different blocks are no devnet', async () => {
  const devnet = await running();
  const divided: NodeProbe = { look: async () => view, blockId: async (rpc) => rpc };
  expect(await thrown(() => startDevnet(devnet, divided, never))).toMatchObject({ code: 'DEVNET_DIVIDED' });
});

test('a devnet that is stopped while it starts does not wait any longer', async () => {
  const devnet = await running();
  const stopping = new AbortController();
  const failed = startDevnet(devnet, probe, stopping.signal).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(1_000);
  stopping.abort();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await failed).toMatchObject({ name: 'AbortError' });
});
