import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { BackendParts } from '../../../node/backend.ts';
import { createSimulate } from '../../../node/simulation.ts';
import { createTurns } from '../../../node/turns.ts';
import { infoTable } from '../../../src/attribution/info-table.ts';
import { createRootOf } from '../../../src/content/objects.ts';
import { toHeight, toRound } from '../../../src/lib/brands.ts';
import { chainIdentity } from '../../../state/genesis.ts';
import { openShownStore } from '../content/shown-store.ts';
import { type OneChain, openChain } from './one-chain.ts';
import { temporaryFolder } from './support.ts';

/** The parts of a node with one chain, and of its network only what a test says. */
export const backendParts = async (
  change: Partial<BackendParts> = {},
  given?: OneChain,
): Promise<BackendParts> => {
  const folder = temporaryFolder();
  const chain = given ?? (await openChain(join(folder, 'chain')));
  const content = await openShownStore({
    directory: join(folder, 'content'),
    maxBytes: 1 << 20,
    rootOf: createRootOf(infoTable()),
  });
  onTestFinished(content.close);
  return {
    genesis: chain.genesis,
    identity: chainIdentity(chain.genesis),
    store: chain.store,
    mempool: chain.mempool,
    mempoolLimits: { max_transactions: 9, max_bytes: 99, max_per_sender: 3 },
    pool: chain.pool,
    content,
    exchange: { arrived: () => undefined, offer: async () => undefined, obtain: async () => false },
    network: { peers: () => [] },
    sync: { state: () => ({ type: 'idle' }) },
    runner: {
      status: () => ({
        height: toHeight(1n),
        round: toRound(4),
        step: 'propose',
        roundMs: 1_200,
        isListening: false,
        seenHeight: toHeight(1n),
      }),
    },
    inTurn: createTurns(),
    simulate: createSimulate({
      identity: chainIdentity(chain.genesis),
      info: infoTable(),
      tip: chain.store.tip,
      view: chain.store.uncachedView,
      now: () => chain.genesis.time + 1_000n,
    }),
    watchman: { waiting: () => undefined, problems: () => [] },
    ...change,
  };
};
