import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openDevnet } from '../../../node/devnet/devnet.ts';
import { readConfig } from '../../../node/home.ts';
import { createLateBackend } from '../../../node/late-backend.ts';
import { startNode } from '../../../node/node.ts';
import { createRpcClient } from '../../../src/client/rpc-client.ts';
import { toHeight } from '../../../src/lib/brands.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { createLogger } from '../../../src/lib/log.ts';
import { chainIdentity } from '../../../state/genesis.ts';
import { smallChain, smallGenesis } from '../rpc/small-chain.ts';
import { logLines, temporaryFolder } from './support.ts';

/** The check of a large database takes as long as the test wants. */
const check = vi.hoisted(() => ({ done: Promise.withResolvers<void>() }));
vi.mock('../../../state/store/verify.ts', () => ({ verifyState: () => check.done.promise }));

test('a node that checks its database says so, answers for nothing else, and then is whole', async () => {
  const { nodes } = await openDevnet({
    home: join(temporaryFolder(), 'net'),
    nodes: 1,
    basePort: undefined,
    genesis: undefined,
  });
  const [entry] = nodes;
  if (entry === undefined) throw new Error('a devnet has a node');
  const config = { ...unwrap(readConfig(entry.home)), log: { level: 'silent', format: 'json' } } as const;
  const starting = startNode({ home: entry.home, config });
  const client = createRpcClient(entry.rpc, { retries: 0, patienceMs: 0 });
  // A client that tries again pauses longer each time, and a node takes a while to start.
  while (!(await client.attempt('node_status')).ok) await sleep(50);
  const status = await client.call('node_status');
  expect(status).toMatchObject({
    height: 0n,
    peers: 0,
    waiting: { reason: 'checking', data: { height: 0n } },
  });
  const health = await fetch(`${entry.rpc}/health`);
  expect(health.status).toBe(503);
  expect(await health.json()).toMatchObject({
    reason: 'checking',
    message: 'the node checks its database at height 0',
  });
  expect(await client.attempt('chain_getParams')).toMatchObject({
    ok: false,
    fault: { code: 'NODE_STARTING' },
  });
  check.done.resolve();
  const node = await starting;
  onTestFinished(node.stop);
  expect(await client.call('node_status')).toMatchObject({ stateRoot: status.stateRoot, waiting: null });
  expect(await client.attempt('chain_getParams')).toMatchObject({ ok: true });
});

test('only a check that takes a while has lines in the log', () => {
  vi.useFakeTimers();
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const { node } = smallChain(smallGenesis([]));
  const lateFor = (ms: number) => {
    const { lines, out } = logLines();
    let elapsed = 50_000;
    const late = createLateBackend({
      chain: { ...node.chain, identity: chainIdentity(smallGenesis([])) },
      head: { ...node.head(), height: toHeight(7n) },
      // A clock that is set while the node checks.
      clock: { now: () => BigInt(elapsed < 51_000 ? 900_000 : 1) },
      elapsed: () => elapsed,
      logger: createLogger({ level: 'info', format: 'json' }, out),
    });
    vi.advanceTimersByTime(ms);
    elapsed += ms;
    late.become(node);
    vi.advanceTimersByTime(60_000);
    return lines().map(({ msg, seconds }) => [msg, seconds]);
  };
  expect(lateFor(900)).toEqual([]);
  expect(lateFor(75_000)).toEqual([
    ['waiting: the node checks its database at height 7', undefined],
    ['no longer waiting', 75],
  ]);
});
