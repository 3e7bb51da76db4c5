/** The loop of a service over a real RPC of a chain in memory: what it takes in, and what it knows after a restart. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Type from 'typebox';
import Value from 'typebox/value';
import { expect, onTestFinished, test } from 'vitest';
import { startRpcServer } from '../../../rpc/server.ts';
import { createRpcClient } from '../../../src/client/rpc-client.ts';
import { createWallet } from '../../../src/client/wallet.ts';
import { toHeight } from '../../../src/lib/brands.ts';
import { runService, type ServiceState, ServiceStateSchema } from '../../../src/services/run/service.ts';
import { openStateFile } from '../../../src/services/run/state-file.ts';
import { alice, bob, logger } from '../rpc/server.ts';
import { smallChain, smallGenesis } from '../rpc/small-chain.ts';

const StateSchema = Type.Object({ ...ServiceStateSchema.properties, memory: Type.Array(Type.String()) });
type State = ServiceState & { readonly memory: string[] };
const isState = (value: unknown): value is State => Value.Check(StateSchema, value);

test('a service that is stopped anywhere takes in every event once, over all its runs', async () => {
  const chain = smallChain(smallGenesis([alice, bob]));
  const limits = { maxBodyBytes: 1 << 20, maxBatch: 100, rateLimit: undefined };
  const server = await startRpcServer({ node: chain.node, logger, host: '127.0.0.1', port: 0, ...limits });
  const folder = mkdtempSync(join(tmpdir(), 'openledger-service-'));
  onTestFinished(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const client = createRpcClient(server.url);
  const wallet = await createWallet(client, alice.privateKey);
  const file = () => openStateFile(join(folder, 'state.json'), { genesis: '0x01', account: '0x02' }, isState);

  /** Runs until it has worked at a height; the work fails, as that of a process that is killed. */
  const runUntil = async (height: bigint): Promise<void> => {
    const stop = new AbortController();
    const options = {
      client,
      wallet,
      signs: true,
      file: file(),
      from: toHeight(1n),
      report: () => undefined,
    };
    await runService<string[]>({ ...options, signal: stop.signal }, (_, memory = []) => {
      const seen = [...memory];
      return {
        events: ['transfer'],
        see: ({ events }) => {
          for (const { type, data } of events) if (type === 'transfer') seen.push(data.amount.toString());
        },
        learn: () => undefined,
        work: async (at) => {
          if (at < height) return;
          stop.abort();
          throw new Error('killed');
        },
        isDue: () => false,
        memory: () => seen,
      };
    }).catch(() => undefined);
  };

  for (let i = 1; i <= 6; i++) {
    await wallet.send('transfer', { to: bob.address, amount: BigInt(i) });
    chain.seal();
    if (i % 2 === 0) await runUntil(BigInt(i));
  }
  expect(file().value()).toEqual({ height: '6', outbox: [], memory: ['1', '2', '3', '4', '5', '6'] });
});
