/** Hosts of nodes on loopback, for the tests of this folder. */
import { onTestFinished } from 'vitest';
import { createHost, type Host } from '../../../p2p/host.ts';
import { PeerScores } from '../../../p2p/scores.ts';
import { GENESIS, quiet, seedOf } from './networks.ts';

/** Starts the host of a node, without a network above it. The test stops it at its end. */
export const startHost = async (name: string, peers: readonly string[]): Promise<Host> => {
  const scores = new PeerScores({
    now: () => performance.now(),
    onOffence: () => undefined,
    onBan: () => undefined,
  });
  const host = await createHost({
    seed: seedOf(name),
    listen: ['/ip4/127.0.0.1/tcp/0'],
    peers,
    genesisHash: GENESIS,
    expectedNodes: 4,
    maxOtherPeers: 32,
    maxHalfOpen: 256,
    isOnChain: () => false,
    scores,
    logger: quiet,
    onConnect: () => undefined,
    onDisconnect: () => undefined,
  });
  await host.start();
  onTestFinished(host.stop);
  return host;
};
