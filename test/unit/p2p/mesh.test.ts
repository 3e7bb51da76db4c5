import { onTestFinished, test } from 'vitest';
import { type GossipRouter, resizeMesh } from '../../../p2p/gossip-router.ts';
import { createHost, type Host } from '../../../p2p/host.ts';
import { topicOf } from '../../../p2p/protocols.ts';
import { PeerScores } from '../../../p2p/scores.ts';
import { GENESIS, quiet, seedOf, until } from './networks.ts';

const TOPIC = topicOf(GENESIS, 'votes');

const meshSize = (router: GossipRouter): number => {
  const mesh: unknown = 'mesh' in router && router.mesh instanceof Map ? router.mesh.get(TOPIC) : undefined;
  return mesh instanceof Set ? mesh.size : 0;
};

const hostOf = async (name: string, peers: readonly string[]): Promise<Host> => {
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
  host.router.subscribe(TOPIC);
  return host;
};

test('the mesh of a running node grows and shrinks with the number of nodes that take part', async () => {
  const hosts: Host[] = [];
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'])
    hosts.push(
      await hostOf(
        name,
        hosts.flatMap((host) => host.addresses()),
      ),
    );
  const sizes = (): readonly number[] => hosts.map(({ router }) => meshSize(router));
  const resize = (expectedNodes: number): void => {
    for (const { router } of hosts) resizeMesh(router, expectedNodes);
  };
  await until(() => sizes().every((size) => size >= 2 && size <= 4), 'the mesh of four nodes has formed');
  resize(9);
  await until(() => sizes().every((size) => size >= 7), 'it has grown to that of nine nodes');
  resize(4);
  await until(() => sizes().every((size) => size >= 1 && size <= 4), 'it has shrunk to that of four again');
});
