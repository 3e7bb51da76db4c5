/**
 * Checks that gossip flows both ways with every peer. The library opens its stream to a peer once per connection. If that
 * stream is reset (the peer was stopped and the buffer for it was full, or one of two connections closed), the peer is
 * sent nothing more, without any error. The remedy is a new connection.
 */
import type { Connection } from '@libp2p/interface';
import { GOSSIP_PROTOCOL } from './gossip-streams.ts';
import type { StrangerLog } from './stranger-log.ts';
import type { Peer, PeerName } from './types.ts';

const CHECK_MS = 2_000;
/** A peer is disconnected after this many failed checks in a row: the streams of a new connection take a moment. */
const MISSES_MAX = 3;

export type GossipHealthOptions = {
  readonly peers: () => readonly Peer[];
  readonly connectionsTo: (peer: PeerName) => readonly Connection[];
  readonly disconnect: (peer: PeerName, reason: string) => void;
  readonly log: StrangerLog;
};

/** Starts to check. The returned function stops it. */
export const watchGossip = (options: GossipHealthOptions): (() => void) => {
  let misses = new Map<PeerName, number>();
  const timer = setInterval(() => {
    const now = new Map<PeerName, number>();
    for (const { name } of options.peers()) {
      const streams = options
        .connectionsTo(name)
        .flatMap((connection) => connection.streams)
        .filter((stream) => stream.protocol === GOSSIP_PROTOCOL && stream.status === 'open');
      const directions = new Set(streams.map((stream) => stream.direction));
      if (directions.size === 2) continue;
      const missed = (misses.get(name) ?? 0) + 1;
      if (missed < MISSES_MAX) {
        now.set(name, missed);
        continue;
      }
      options.log.write('info', name, {}, 'gossip with a peer has stopped: reconnecting');
      options.disconnect(name, 'no gossip stream');
    }
    misses = now;
  }, CHECK_MS);
  return () => clearInterval(timer);
};
