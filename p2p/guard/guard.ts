/**
 * The guard stands between sockets and libp2p, and between libp2p and the streams of strangers. It bounds the time, the
 * bytes, the work and the memory that a connection takes, first until it is authenticated and then as long as it lives.
 */
import type { ConnectionEncrypter, MessageStream, StreamMuxerFactory, Transport } from '@libp2p/interface';
import type { Multiaddr } from '@multiformats/multiaddr';
import type { Logger } from '../../src/lib/log.ts';
import type { PeerScores } from '../scores.ts';
import type { PeerName } from '../types.ts';
import { ConfiguredHosts } from './addresses.ts';
import { guardedEncrypter, type NoiseWork } from './encrypter.ts';
import { Gate, type GateStats } from './gate.ts';
import { guardedMuxer } from './muxer.ts';
import { guardedTransport } from './transport.ts';

/** What the gate turned away is logged once in this time. */
const REPORT_EVERY_MS = 30_000;

export type GuardOptions = {
  /** The peers of the config, with their addresses. */
  readonly targets: ReadonlyMap<PeerName, readonly Multiaddr[]>;
  readonly maxHalfOpen: number;
  readonly frameBytesMax: number;
  readonly scores: PeerScores;
  readonly logger: Logger;
};

export type Guard = {
  readonly hosts: ConfiguredHosts;
  readonly transport: (transport: Transport) => Transport;
  readonly encrypter: (encrypter: ConnectionEncrypter) => ConnectionEncrypter;
  /** @param protocols - those that this node serves */
  readonly muxer: (factory: StreamMuxerFactory, protocols: () => readonly string[]) => StreamMuxerFactory;
  readonly start: () => void;
  readonly stop: () => void;
  readonly stats: () => GateStats;
};

export const createGuard = (options: GuardOptions): Guard => {
  const { targets, scores, logger } = options;
  const now = (): number => performance.now();
  const hosts = new ConfiguredHosts([...targets.values()].flat(), logger);
  const gate = new Gate({
    places: options.maxHalfOpen,
    isConfiguredHost: (host) => hosts.has(host),
    now,
    random: Math.random,
  });
  const peers = new WeakMap<MessageStream, { readonly peer: PeerName; readonly work: NoiseWork }>();
  let timer: NodeJS.Timeout | undefined;
  let reported = { evicted: 0, refused: 0 };

  const report = (): void => {
    const { evicted, refused, halfOpen } = gate.stats();
    if (evicted === reported.evicted && refused === reported.refused) return;
    logger.warn(
      { halfOpen, evicted: evicted - reported.evicted, refused: refused - reported.refused },
      'connections that did not authenticate themselves were turned away',
    );
    reported = { evicted, refused };
  };

  return {
    hosts,
    transport: (transport) => guardedTransport(transport, gate),
    encrypter: (encrypter) =>
      guardedEncrypter(encrypter, (connection, peer, work) => {
        peers.set(connection, { peer, work });
      }),
    muxer: (factory, protocols) =>
      guardedMuxer(factory, {
        protocols,
        frameBytesMax: options.frameBytesMax,
        isConfigured: (connection) => targets.has(peers.get(connection)?.peer ?? ''),
        chargeTo: (connection, charge) => peers.get(connection)?.work.chargeTo(charge),
        onOffence: (connection, reason) => {
          const peer = peers.get(connection)?.peer;
          if (peer === undefined) return;
          logger.debug({ peer, reason }, 'a connection broke the protocol');
          scores.penalise(peer, 'malformed');
        },
        now,
      }),
    start: () => {
      hosts.start();
      timer = setInterval(report, REPORT_EVERY_MS);
      timer.unref();
    },
    stop: () => {
      hosts.stop();
      clearInterval(timer);
    },
    stats: () => gate.stats(),
  };
};
