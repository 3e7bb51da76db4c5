/** How the start of a devnet fails. Its nodes are objects here, not processes. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { NodeProcess } from '../../../../node/devnet/child.ts';
import { openDevnet } from '../../../../node/devnet/devnet.ts';
import { type NodeProbe, startDevnet } from '../../../../node/devnet/devnet-run.ts';
import { holdHome, homePaths } from '../../../../node/home.ts';
import { temporaryFolder, thrown } from '../support.ts';

const died = { code: 1, signal: null } as const;

vi.mock('../../../../node/devnet/child.ts', async (original) => ({
  ...(await original<object>()),
  startNodeProcess: (name: string): NodeProcess => ({
    name,
    pid: 1,
    exit: () => died,
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

test('nodes that do not agree within a minute are given up', async () => {
  const home = join(temporaryFolder(), 'net');
  const devnet = await openDevnet({ home, nodes: 1, basePort: undefined, genesis: undefined });
  vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  // No node, so none that could agree.
  const failed = thrown(() => startDevnet({ ...devnet, nodes: [] }, probe, never));
  await vi.advanceTimersByTimeAsync(61_000);
  expect(await failed).toMatchObject({ code: 'DEVNET_NOT_READY' });
});
