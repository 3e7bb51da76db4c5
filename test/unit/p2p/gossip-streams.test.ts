/** Every peer gets its gossip stream from the node itself: one that never answers holds up no other one. */
import {
  type Connection,
  type Libp2pEvents,
  type PeerId,
  type Stream,
  type Topology,
  TypedEventEmitter,
} from '@libp2p/interface';
import { expect, test } from 'vitest';
import { GossipStreams, withoutNewStreams } from '../../../p2p/gossip-streams.ts';

class FakeStream extends EventTarget {
  status = 'open';

  close(): void {
    this.status = 'closed';
    this.dispatchEvent(new Event('close'));
  }
}

const asStream = (stream: FakeStream): Stream => stream as never;

const connectionTo = (name: string, newStream: () => Promise<Stream>): Connection =>
  ({ remotePeer: { toString: () => name }, status: 'open', newStream }) as never;

const never = (): Promise<Stream> => new Promise(() => undefined);
const refusing = (): Promise<Stream> => Promise.reject(new Error('not a protocol of this peer'));

/** The streams of a node, with what the gossip library is told of them. */
const stand = (isStarted = true) => {
  const events = new TypedEventEmitter<Libp2pEvents>();
  const connections: Connection[] = [];
  const told: { readonly name: string; readonly connection: Connection }[] = [];
  const gone: string[] = [];
  const topology: Topology = {
    onConnect: (peer, connection) => {
      told.push({ name: peer.toString(), connection });
    },
    onDisconnect: (peer) => {
      gone.push(peer.toString());
    },
  };
  const streams = new GossipStreams({
    events,
    registrar: { getTopologies: () => [topology] },
    connectionManager: {
      getConnections: (peer?: PeerId) =>
        connections.filter((each) => peer === undefined || each.remotePeer.toString() === peer.toString()),
    },
  });
  const connect = (connection: Connection): void => {
    connections.push(connection);
    events.dispatchEvent(new CustomEvent('connection:open', { detail: connection }));
  };
  const disconnect = (peer: PeerId): void => {
    events.dispatchEvent(new CustomEvent('peer:disconnect', { detail: peer }));
  };
  if (isStarted) streams.afterStart();
  return { streams, connect, disconnect, told, gone };
};

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a peer that does not answer holds up no other one', async () => {
  const { connect, told } = stand();
  const stream = asStream(new FakeStream());
  connect(connectionTo('silent', never));
  connect(connectionTo('honest', async () => stream));
  await settled();
  expect(told.map(({ name }) => name)).toEqual(['honest']);
  expect(await told[0]?.connection.newStream('/any')).toBe(stream);
});

test('a peer gets one stream, and another one when that has closed and it connects again', async () => {
  const { connect, told } = stand();
  const first = new FakeStream();
  let opened = 0;
  const open = async (): Promise<Stream> => {
    opened += 1;
    return asStream(opened === 1 ? first : new FakeStream());
  };
  connect(connectionTo('peer', open));
  connect(connectionTo('peer', open));
  await settled();
  expect([opened, told.length]).toEqual([1, 1]);
  first.close();
  await expect(told[0]?.connection.newStream('/any')).rejects.toThrow('closed');
  connect(connectionTo('peer', open));
  await settled();
  expect([opened, told.length]).toEqual([2, 2]);
});

test('when one of two connections refuses the stream, it is opened on the other', async () => {
  const { connect, told } = stand();
  connect(connectionTo('peer', refusing));
  connect(connectionTo('peer', async () => asStream(new FakeStream())));
  await settled();
  expect(told).toHaveLength(1);
});

test('peers that connect before the library has started get their streams when it has', async () => {
  const { streams, connect, told } = stand(false);
  connect(connectionTo('early', async () => asStream(new FakeStream())));
  await settled();
  expect(told).toEqual([]);
  streams.afterStart();
  await settled();
  expect(told).toHaveLength(1);
});

test('the library is told that a peer has gone, and opens no stream back to one that has opened a stream', async () => {
  const { connect, disconnect, gone } = stand();
  const connection = connectionTo('peer', async () => asStream(new FakeStream()));
  connect(connection);
  await settled();
  disconnect(connection.remotePeer);
  expect(gone).toEqual(['peer']);
  const inbound = withoutNewStreams(connection);
  expect([inbound.remotePeer, inbound.status]).toEqual([connection.remotePeer, 'open']);
  await expect(inbound.newStream('/any')).rejects.toThrow('the node opens');
});
