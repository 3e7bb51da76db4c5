/** A service that is told to stop while its node does not answer. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startRpcServer } from '../../rpc/server.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { openLossyProxy } from '../unit/client/lossy-proxy.ts';
import { alice, bob, logger } from '../unit/rpc/server.ts';
import { smallChain, smallGenesis } from '../unit/rpc/small-chain.ts';
import { LAUNCHER } from './run.ts';

test.each([
  ['watch', 'once it runs', 'chain_getDomain', 2],
  ['attest', 'before it runs', 'node_status', 1],
  ['attest', 'before it runs', 'attestor_list', 1],
] as const)('%s ends at SIGTERM %s, though a request hangs', async (verb, _, hanging, from) => {
  const chain = smallChain(smallGenesis([alice, bob]));
  chain.seal();
  const limits = { maxBodyBytes: 1 << 20, maxBatch: 100, rateLimit: undefined };
  const server = await startRpcServer({ node: chain.node, logger, host: '127.0.0.1', port: 0, ...limits });
  const folder = mkdtempSync(join(tmpdir(), 'openledger-service-'));
  onTestFinished(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });
  const { promise: hangs, resolve: hang } = Promise.withResolvers<void>();
  let asked = 0;
  // A request that is about the state of the chain also asks how high the node is, in a batch.
  const proxy = await openLossyProxy(server.url, (_, _nth, calls) => {
    if (!calls.some(({ method }) => method === hanging) || ++asked < from) return 'pass';
    hang();
    return new Promise(() => undefined);
  });
  const key = join(folder, 'key');
  writeFileSync(key, toHex(alice.privateKey));
  const args = [verb, '--rpc', proxy.url, '--private-key-file', key, '--state', join(folder, 'state')];
  const child = spawn(process.execPath, [LAUNCHER, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const closed = once(child, 'close');
  await Promise.race([hangs, closed]);
  child.kill('SIGTERM');
  // The time limit of a request is far longer than that of this test.
  expect([...(await closed), said]).toEqual([0, null, '']);
});
