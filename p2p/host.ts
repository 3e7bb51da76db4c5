/**
 * Creates the libp2p node: TCP, noise, yamux, ping and gossipsub, with limits for a network of a few configured nodes and
 * some others. It decides who may connect; other files decide what a peer may send. There is no identify: nodes know the
 * protocols of each other, and what a stranger says of itself is of no use.
 */

import { generateKeyPairFromSeed } from '@libp2p/crypto/keys';
import type { Connection, MultiaddrConnection, PeerId } from '@libp2p/interface';
import { noise } from '@libp2p/noise';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import { ping } from '@libp2p/ping';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { createLibp2p } from 'libp2p';
import type { Root } from '../src/lib/brands.ts';
import { CodedError, toFault, unwrap } from '../src/lib/errors.ts';
import type { Logger } from '../src/lib/log.ts';
import { Dialer, parsePeers } from './dialer.ts';
import { type Fault, fault } from './errors.ts';
import { type GossipRouter, gossipRouter } from './gossip-router.ts';
import { GossipStreams } from './gossip-streams.ts';
import { hostKeyOf } from './guard/addresses.ts';
import { createGuard } from './guard/guard.ts';
import { type Stranger, seatFor } from './guard/seats.ts';
import { CONNECTIONS_PER_PEER } from './limits.ts';
import { forgetfulStore } from './peer-store.ts';
import type { StreamHost } from './reqresp.ts';
import type { PeerScores } from './scores.ts';
import type { PeerName } from './types.ts';

/** Dials that may be under way beside the connections that are open. */
const DIALS = 100;
const DIAL_MS = 5_000;
/** The flow-control window of a stream, which is also the most that a paused stream buffers. */
const STREAM_WINDOW_BYTES = 2 << 20;
const STREAM_BUFFER_BYTES = 4 << 20;
const STREAMS_PER_CONNECTION = 128;
/** Connections that the system holds until the node takes them. */
const BACKLOG = 128;
const PING_EVERY_MS = 10_000;
/**
 * A peer that does not answer a ping in this time is disconnected. A busy machine needs seconds. The library would adapt the
 * time to an average over an interval, by the clock of the system. When that is set back by an hour, the average becomes NaN and
 * stays so, and every ping ends its connection. With an endless interval the average keeps its first value, whatever the clock.
 */
const PING_MS = { interval: Number.POSITIVE_INFINITY, minTimeout: 15_000, maxTimeout: 15_000 };

export type HostOptions = {
  readonly seed: Uint8Array;
  readonly listen: readonly string[];
  readonly peers: readonly string[];
  readonly genesisHash: Root;
  readonly expectedNodes: number;
  readonly maxOtherPeers: number;
  readonly maxHalfOpen: number;
  readonly scores: PeerScores;
  readonly logger: Logger;
  readonly onConnect: (peer: PeerName) => void;
  readonly onDisconnect: (peer: PeerName) => void;
  /** Whether a connected peer has shown that it is on this chain. */
  readonly isOnChain: (peer: PeerName) => boolean;
};

export type Host = StreamHost & {
  readonly name: PeerName;
  readonly router: GossipRouter;
  /** @throws CodedError `P2P_PORT_IN_USE`, `P2P_LISTEN` */
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
  /** The multiaddrs it listens on, each with `/p2p/` and its peer id. */
  readonly addresses: () => readonly string[];
  readonly connectionsTo: (peer: PeerName) => readonly Connection[];
  readonly isConfigured: (peer: PeerName) => boolean;
  /** The names in the addresses of configured peers that do not resolve. */
  readonly unresolved: () => readonly string[];
  /** Closes the connections to a peer. A configured one is dialled again after `pauseMs`. */
  readonly disconnect: (peer: PeerName, reason: string, pauseMs?: number) => void;
};

/** @throws CodedError `P2P_PEER_ADDRESS` */
export const createHost = async (options: HostOptions): Promise<Host> => {
  const { seed, listen, genesisHash, expectedNodes, maxOtherPeers, maxHalfOpen, scores, logger } = options;
  const privateKey = await generateKeyPairFromSeed('Ed25519', seed);
  const self = peerIdFromPrivateKey(privateKey);
  const targets = unwrap(parsePeers(options.peers));

  const guard = createGuard({ targets, maxHalfOpen, frameBytesMax: STREAM_WINDOW_BYTES, scores, logger });

  /** When each connection was opened, by a clock that nobody sets: libp2p notes it by that of the system. */
  const openedAt = new WeakMap<Connection, number>();

  const strangers = (now: number): Stranger[] =>
    libp2p
      .getPeers()
      .map((peer) => peer.toString())
      .filter((name) => !targets.has(name))
      .map((name) => ({
        name,
        host: hostOf(connections(name)),
        connectedAt: Math.min(...connections(name).map((each) => openedAt.get(each) ?? now)),
        onChain: options.isOnChain(name),
        useful: scores.useful(name),
      }));

  /** Makes room for a connection of a peer that has just been authenticated. True if there is none. */
  const refuses = (peer: PeerId, connection: MultiaddrConnection): boolean => {
    const name = peer.toString();
    if (scores.isBanned(name)) return true;
    const host = hostKeyOf(connection.remoteAddr);
    const known = connections(name);
    // The oldest gives way, because the newest is the one that works.
    for (const old of known.slice(0, Math.max(0, known.length + 1 - CONNECTIONS_PER_PEER)))
      old.abort(new Error('a newer connection of the peer took its place'));
    if (targets.has(name)) {
      guard.hosts.learn(host);
      return false;
    }
    if (known.length > 0) return false;
    const now = performance.now();
    const seat = seatFor(host, strangers(now), maxOtherPeers, now);
    if (seat.type === 'instead-of') {
      logger.debug({ peer: seat.name, newcomer: name }, 'a stranger gives its place to another one');
      for (const old of connections(seat.name)) old.abort(new Error('another stranger took its place'));
    }
    return seat.type === 'none';
  };

  // The gate, the seats and the number of configured peers keep it from being reached.
  const connectionsMax = CONNECTIONS_PER_PEER * (maxOtherPeers + targets.size) + maxHalfOpen + DIALS;

  const libp2p = await createLibp2p({
    start: false,
    privateKey,
    datastore: forgetfulStore(),
    addresses: { listen: [...listen] },
    transports: [
      (components) => guard.transport(tcp({ backlog: BACKLOG, maxConnections: connectionsMax })(components)),
    ],
    connectionEncrypters: [(components) => guard.encrypter(noise()(components))],
    streamMuxers: [
      (components) =>
        guard.muxer(
          yamux({
            maxInboundStreams: STREAMS_PER_CONNECTION,
            maxOutboundStreams: STREAMS_PER_CONNECTION,
            streamOptions: {
              maxStreamWindowSize: STREAM_WINDOW_BYTES,
              maxReadBufferLength: STREAM_BUFFER_BYTES,
            },
          })(),
          () => components.registrar.getProtocols(),
        ),
    ],
    connectionManager: {
      // libp2p's own bounds do not know which peers are configured, and refuse whoever comes last.
      maxConnections: connectionsMax,
      inboundConnectionThreshold: Number.MAX_SAFE_INTEGER,
      maxIncomingPendingConnections: maxHalfOpen + 1,
      dialTimeout: DIAL_MS,
      inboundUpgradeTimeout: DIAL_MS,
      // The dialer reconnects.
      reconnectRetries: 0,
    },
    connectionMonitor: { pingInterval: PING_EVERY_MS, pingTimeout: PING_MS },
    connectionGater: {
      denyDialPeer: (peer) => scores.isBanned(peer.toString()),
      denyInboundEncryptedConnection: refuses,
      denyOutboundEncryptedConnection: refuses,
    },
    services: {
      ping: ping(),
      gossipStreams: (components) => new GossipStreams(components),
      gossip: gossipRouter({
        genesisHash,
        expectedNodes,
        scores,
        isConfigured: (peer) => targets.has(peer),
      }),
    },
  });

  const connections = (name: PeerName): Connection[] =>
    libp2p.getConnections().filter((c) => c.status === 'open' && c.remotePeer.toString() === name);

  const dialer = new Dialer({
    self: self.toString(),
    targets,
    dial: async (addresses) => {
      await libp2p.dial(addresses, { signal: AbortSignal.timeout(DIAL_MS) });
    },
    isConnected: (peer) => connections(peer).length > 0,
    logger,
  });

  libp2p.addEventListener('connection:open', ({ detail }) => openedAt.set(detail, performance.now()));
  libp2p.addEventListener('peer:connect', (event) => options.onConnect(event.detail.toString()));
  libp2p.addEventListener('peer:disconnect', (event) => {
    const name = event.detail.toString();
    dialer.disconnected(name);
    options.onDisconnect(name);
  });

  return {
    name: self.toString(),
    router: libp2p.services.gossip,
    start: async () => {
      try {
        await libp2p.start();
      } catch (error) {
        await libp2p.stop();
        throw new CodedError(listenFault(listen, error), { cause: error });
      }
      guard.start();
      dialer.start();
    },
    stop: async () => {
      guard.stop();
      dialer.stop();
      await libp2p.stop();
    },
    handle: (protocol, handler, handlerOptions) => libp2p.handle(protocol, handler, handlerOptions),
    addresses: () => libp2p.getMultiaddrs().map((address) => address.toString()),
    connectionTo: (peer) => connections(peer)[0],
    connectionsTo: connections,
    isConfigured: (peer) => targets.has(peer),
    unresolved: () => guard.hosts.unresolved(),
    disconnect: (peer, reason, pauseMs) => {
      if (pauseMs !== undefined) dialer.postpone(peer, pauseMs);
      for (const connection of connections(peer)) connection.abort(new Error(reason));
    },
  };
};

const hostOf = ([first]: readonly Connection[]): string =>
  first === undefined ? '' : hostKeyOf(first.remoteAddr);

/** Finds the system's reason, which libp2p puts in the middle of several lines. */
const listenFault = (listen: readonly string[], error: unknown): Fault => {
  const { message } = toFault(error);
  const where = listen.join(', ');
  if (message.includes('EADDRINUSE'))
    return fault('P2P_PORT_IN_USE', `the p2p port is in use by another process: ${where}`);
  const reason = /Error: (.*)/.exec(message)?.[1] ?? message.split('\n')[0] ?? '';
  return fault('P2P_LISTEN', `cannot listen on ${where}: ${reason}`);
};
