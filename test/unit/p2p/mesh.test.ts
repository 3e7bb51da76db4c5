import { TopicValidatorResult } from '@chainsafe/libp2p-gossipsub';
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import { expect, test, vi } from 'vitest';
import { type GossipRouter, resizeMesh } from '../../../p2p/gossip-router.ts';
import type { Host } from '../../../p2p/host.ts';
import { topicOf } from '../../../p2p/protocols.ts';
import { utf8 } from '../../../src/lib/bytes.ts';
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

const control = (entries: object) => ({
  subscriptions: [],
  messages: [],
  control: { ihave: [], iwant: [], graft: [], prune: [], idontwant: [], ...entries },
});

/** Two hosts, and the peer that the second one is to the first. */
const connected = async () => {
  const host = await startHost('a', []);
  host.router.subscribe(TOPIC);
  const other = await startHost('b', host.addresses());
  await until(() => host.router.peers.size === 1, 'the peer is connected');
  const [from] = host.router.peers.values();
  if (from === undefined) expect.fail('the peer is connected');
  return { host, other, from };
};

test('a PRUNE keeps its sender out of the mesh for two seconds, whatever time it names', async () => {
  const { host, from } = await connected();
  const { router } = host;
  for (const backoff of [1, 60, 2 ** 34, 2 ** 53])
    await router.handleReceivedRpc(from, control({ prune: [{ topicID: TOPIC, peers: [], backoff }] }));
  const backoffs: unknown = 'backoff' in router ? router.backoff : undefined;
  const ends = backoffs instanceof Map ? [...(backoffs.get(TOPIC) as Map<string, number>).values()] : [];
  expect(ends).toHaveLength(1);
  expect(ends[0]).toBeLessThanOrEqual(Date.now() + 2_000);
});

test('GRAFT and PRUNE write nothing down about their sender', async () => {
  const { host, from } = await connected();
  const components: unknown = 'components' in host.router ? host.router.components : undefined;
  const { peerStore } = components as { readonly peerStore: Record<'merge' | 'patch' | 'save', () => void> };
  const writes = (['merge', 'patch', 'save'] as const).map((method) => vi.spyOn(peerStore, method));
  const entries = Array.from({ length: 64 }, () => ({ topicID: TOPIC, peers: [], backoff: 1 }));
  await host.router.handleReceivedRpc(from, control({ prune: entries }));
  await host.router.handleReceivedRpc(from, control({ graft: entries }));
  expect(writes.map(({ mock }) => mock.calls.length)).toEqual([0, 0, 0]);
});

/** What the library keeps about messages: records for its scoring, and messages that wait for a verdict. */
const keptOf = (router: GossipRouter): readonly unknown[] => {
  const fieldOf = (value: unknown, name: string): unknown =>
    typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  const records = fieldOf(fieldOf(router.score, 'deliveryRecords'), 'records');
  const messages = fieldOf(fieldOf(router, 'mcache'), 'msgs');
  return [records, messages].map((map) => (map instanceof Map ? map.size : map));
};

test('of messages that were judged the library keeps no record, and each is handled once', async () => {
  const { router, addresses } = await startHost('a', []);
  router.subscribe(TOPIC);
  await startHost('b', addresses());
  await until(() => router.peers.size === 1, 'the peer is connected');
  const [from] = router.peers.values();
  if (from === undefined) expect.fail('the peer is connected');
  const results = [TopicValidatorResult.Ignore, TopicValidatorResult.Reject, TopicValidatorResult.Accept];
  let handled = 0;
  router.addEventListener('gossipsub:message', ({ detail: { msgId, propagationSource } }) => {
    const result = results[handled % results.length] ?? TopicValidatorResult.Ignore;
    handled += 1;
    router.reportMessageValidationResult(msgId, propagationSource.toString(), result);
  });
  const messages = Array.from({ length: 300 }, (_, i) => ({ topic: TOPIC, data: utf8(`vote ${i}`) }));
  await router.handleReceivedRpc(from, { subscriptions: [], messages });
  await router.handleReceivedRpc(from, { subscriptions: [], messages });
  await until(() => handled === 300, 'all are handled');
  // What was accepted is kept for a moment: peers may ask for it.
  expect(keptOf(router)).toEqual([0, 100]);
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
