/**
 * Creates the libp2p node: TCP, noise, yamux, identify, ping and gossipsub, with limits for a network of a few configured
 * nodes and some others. It decides who may connect; other files decide what a peer may send.
 */

import { generateKeyPairFromSeed } from '@libp2p/crypto/keys';
import { identify } from '@libp2p/identify';
import type { Connection, PeerId } from '@libp2p/interface';
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
import type { StreamHost } from './reqresp.ts';
import type { PeerScores } from './scores.ts';
import type { PeerName } from './types.ts';

/** Connections per second from one address: all nodes of a devnet share one, and restart together. */
const CONNECTIONS_PER_SECOND = 1_000;
const PENDING_CONNECTIONS = 100;
const DIAL_MS = 5_000;
/** The flow-control window of a stream, which is also the most that a paused stream buffers. */
const STREAM_WINDOW_BYTES = 2 << 20;
const STREAM_BUFFER_BYTES = 4 << 20;
const STREAMS_PER_CONNECTION = 128;
/** A peer that does not answer a ping in this time is disconnected. A busy machine needs seconds. */
const PING_EVERY_MS = 10_000;
const PING_MS = { minTimeout: 10_000, maxTimeout: 20_000 };

export type HostOptions = {
  readonly seed: Uint8Array;
  readonly listen: readonly string[];
  readonly peers: readonly string[];
  readonly genesisHash: Root;
  readonly expectedNodes: number;
  readonly maxOtherPeers: number;
  readonly scores: PeerScores;
  readonly logger: Logger;
  readonly onConnect: (peer: PeerName) => void;
  readonly onDisconnect: (peer: PeerName) => void;
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
  /** Closes the connections to a peer. A configured one is dialled again after `pauseMs`. */
  readonly disconnect: (peer: PeerName, reason: string, pauseMs?: number) => void;
};

/** @throws CodedError `P2P_PEER_ADDRESS` */
export const createHost = async (options: HostOptions): Promise<Host> => {
  const { seed, listen, genesisHash, expectedNodes, maxOtherPeers, scores, logger } = options;
  const privateKey = await generateKeyPairFromSeed('Ed25519', seed);
  const self = peerIdFromPrivateKey(privateKey);
  const targets = unwrap(parsePeers(options.peers));

  const others = (): number => libp2p.getPeers().filter((peer) => !targets.has(peer.toString())).length;
  const refuses = (peer: PeerId): boolean => {
    const name = peer.toString();
    if (scores.isBanned(name)) return true;
    return !targets.has(name) && libp2p.getConnections(peer).length === 0 && others() >= maxOtherPeers;
  };

  const libp2p = await createLibp2p({
    start: false,
    privateKey,
    addresses: { listen: [...listen] },
    transports: [tcp({ backlog: 128 })],
    connectionEncrypters: [noise()],
    streamMuxers: [
      yamux({
        maxInboundStreams: STREAMS_PER_CONNECTION,
        maxOutboundStreams: STREAMS_PER_CONNECTION,
        streamOptions: {
          maxStreamWindowSize: STREAM_WINDOW_BYTES,
          maxReadBufferLength: STREAM_BUFFER_BYTES,
        },
      }),
    ],
    connectionManager: {
      // A peer may have two connections; the gater bounds the number of peers.
      maxConnections: 2 * (maxOtherPeers + targets.size) + PENDING_CONNECTIONS,
      inboundConnectionThreshold: CONNECTIONS_PER_SECOND,
      maxIncomingPendingConnections: PENDING_CONNECTIONS,
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
      identify: identify(),
      ping: ping(),
      gossip: gossipRouter({ genesisHash, expectedNodes, scores }),
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
      dialer.start();
    },
    stop: async () => {
      dialer.stop();
      await libp2p.stop();
    },
    handle: (protocol, handler, handlerOptions) => libp2p.handle(protocol, handler, handlerOptions),
    addresses: () => libp2p.getMultiaddrs().map((address) => address.toString()),
    connectionTo: (peer) => connections(peer)[0],
    connectionsTo: connections,
    isConfigured: (peer) => targets.has(peer),
    disconnect: (peer, reason, pauseMs) => {
      if (pauseMs !== undefined) dialer.postpone(peer, pauseMs);
      for (const connection of connections(peer)) connection.abort(new Error(reason));
    },
  };
};

/** Finds the system's reason, which libp2p puts in the middle of several lines. */
const listenFault = (listen: readonly string[], error: unknown): Fault => {
  const { message } = toFault(error);
  const where = listen.join(', ');
  if (message.includes('EADDRINUSE'))
    return fault('P2P_PORT_IN_USE', `the p2p port is in use by another process: ${where}`);
  const reason = /Error: (.*)/.exec(message)?.[1] ?? message.split('\n')[0] ?? '';
  return fault('P2P_LISTEN', `cannot listen on ${where}: ${reason}`);
};
