/** Names cost a stranger nothing, so nothing may stay of one. */
import type { PeerStore } from '@libp2p/interface';
import { expect, test } from 'vitest';
import { startHost } from './hosts.ts';
import { until } from './networks.ts';

const isPeerStore = (value: unknown): value is PeerStore =>
  typeof value === 'object' && value !== null && 'consumePeerRecord' in value;

test('libp2p keeps nothing about the peers of a node, and can read and delete nothing without a fault', async () => {
  const host = await startHost('host', []);
  const peer = await startHost('peer', host.addresses());
  // libp2p writes about a peer with every stream, before it hands it over.
  await until(() => host.router.getPeers().length > 0 && peer.router.getPeers().length > 0, 'they gossip');
  const components: unknown = Reflect.get(host.router, 'components');
  const store: unknown = Reflect.get(Object(components), 'peerStore');
  if (!isPeerStore(store)) throw new Error('the router has no peer store');
  const [id] = host.router.getPeers();
  if (id === undefined) throw new Error('no peer');
  await store.merge(id, { protocols: ['/x'], metadata: { AgentVersion: new Uint8Array(1_000) } });
  expect([await store.has(id), await store.all()]).toEqual([false, []]);
  await store.delete(id);
});
