import { generateKeyPairFromSeed } from '@libp2p/crypto/keys';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import { expect, test } from 'vitest';
import { type GossipRouter, resizeMesh } from '../../../p2p/gossip-router.ts';
import type { Host } from '../../../p2p/host.ts';
import { topicOf } from '../../../p2p/protocols.ts';
import { startHost } from './hosts.ts';
import { GENESIS, seedOf, until } from './networks.ts';

const TOPIC = topicOf(GENESIS, 'votes');

const meshSize = (router: GossipRouter): number => {
  const mesh: unknown = 'mesh' in router && router.mesh instanceof Map ? router.mesh.get(TOPIC) : undefined;
  return mesh instanceof Set ? mesh.size : 0;
};

test('the mesh of a running node grows and shrinks with the number of nodes that take part', async () => {
  const hosts: Host[] = [];
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']) {
    const host = await startHost(
      name,
      hosts.flatMap((other) => other.addresses()),
    );
    host.router.subscribe(TOPIC);
    hosts.push(host);
  }
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

test('a peer that has left gets no place in the mesh by what it had sent before', async () => {
  const { router } = await startHost('a', []);
  router.subscribe(TOPIC);
  const gone = peerIdFromPrivateKey(await generateKeyPairFromSeed('Ed25519', seedOf('gone')));
  await router.handleReceivedRpc(gone, {
    subscriptions: [{ subscribe: true, topic: TOPIC }],
    messages: [],
    control: { ihave: [], iwant: [], graft: [{ topicID: TOPIC }], prune: [], idontwant: [] },
  });
  expect(meshSize(router)).toBe(0);
  expect(router.getSubscribers(TOPIC)).toEqual([]);
});

test('the gossip library keeps no score of a peer that has left', async () => {
  const { router, addresses } = await startHost('a', []);
  const scored = (): number => {
    const score = 'score' in router && typeof router.score === 'object' ? router.score : null;
    const stats = score !== null && 'peerStats' in score ? score.peerStats : undefined;
    return stats instanceof Map ? stats.size : Number.NaN;
  };
  const other = await startHost('b', addresses());
  await until(() => scored() === 1, 'the peer is connected');
  await other.stop();
  await until(() => scored() === 0, 'nothing is kept of it');
});
