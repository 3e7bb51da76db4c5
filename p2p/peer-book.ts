/**
 * Keeps the peers that are on this node's chain, and their heights. Both sides of a new connection exchange their status;
 * a peer of another chain, or of none, is disconnected. A peer that has been silent for a while is asked again.
 */

import type { Connection } from '@libp2p/interface';
import { LRUCache } from 'lru-cache';
import { toHeight } from '../src/lib/brands.ts';
import { equal, toHex } from '../src/lib/bytes.ts';
import type { ChainIdentity } from '../src/lib/chain.ts';
import type { Logger } from '../src/lib/log.ts';
import { STATUS, type Status } from './protocols.ts';
import type { Requests } from './reqresp.ts';
import type { PeerScores } from './scores.ts';
import type { StrangerLog } from './stranger-log.ts';
import type { Peer, PeerEvent, PeerName } from './types.ts';

const STATUS_MS = 5_000;
/** A peer is disconnected after this many failed status requests in a row. */
const FAILURES_MAX = 4;
const RETRY_MS = 1_000;
/** The time in which a peer of another chain can read this node's status before it is disconnected. */
const DISCONNECT_DELAY_MS = 500;
const OTHER_CHAIN_PAUSE_MS = 30_000;
/** In blocks: twice as far as consensus keeps votes. */
const FAR_AHEAD = 16n;
/** Peers of other chains that are remembered as logged, so that each is logged once. */
const LOGGED_MAX = 256;

type Entry = {
  readonly status: Status;
  readonly heardAt: number;
  readonly connectedAt: number;
};

export type PeerBookOptions = {
  readonly chain: ChainIdentity;
  readonly version: string;
  readonly height: () => bigint;
  readonly statusIntervalMs: number;
  readonly requests: Requests;
  readonly scores: PeerScores;
  readonly connectionTo: (peer: PeerName) => Connection | undefined;
  readonly isConfigured: (peer: PeerName) => boolean;
  readonly disconnect: (peer: PeerName, reason: string, pauseMs?: number) => void;
  readonly log: StrangerLog;
  readonly logger: Logger;
};

const PRINTABLE = /^[\x20-\x7e]*$/;

export class PeerBook {
  readonly #options: PeerBookOptions;
  readonly #entries = new Map<PeerName, Entry>();
  readonly #failures = new Map<PeerName, number>();
  readonly #asking = new Set<PeerName>();
  readonly #logged = new LRUCache<PeerName, true>({ max: LOGGED_MAX });
  readonly #listeners = new Set<(event: PeerEvent) => void>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PeerBookOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { requests, statusIntervalMs } = this.#options;
    const answer = this.#answer.bind(this);
    await requests.serve(STATUS, async function* (request, peer) {
      yield answer(request, peer);
    });
    this.#timer = setInterval(() => this.#askSilent(), Math.max(50, statusIntervalMs / 2));
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#entries.clear();
  }

  subscribe(listener: (event: PeerEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  has(peer: PeerName): boolean {
    return this.#entries.has(peer);
  }

  peers(): readonly Peer[] {
    return [...this.#entries.keys()].flatMap((name) => this.#peer(name) ?? []);
  }

  /** Whether the peer says that it is so far ahead that this node has no use for the votes of its height. */
  isFarAhead(peer: PeerName): boolean {
    const entry = this.#entries.get(peer);
    return entry !== undefined && entry.status.height > this.#options.height() + FAR_AHEAD;
  }

  connected(peer: PeerName): void {
    void this.#ask(peer);
  }

  disconnected(peer: PeerName): void {
    this.#failures.delete(peer);
    if (!this.#entries.delete(peer)) return;
    this.#options.logger.debug({ peer }, 'peer disconnected');
    this.#emit({ type: 'disconnected', name: peer });
  }

  #peer(name: PeerName): Peer | undefined {
    const { connectionTo, isConfigured, scores } = this.#options;
    const entry = this.#entries.get(name);
    const connection = connectionTo(name);
    if (entry === undefined || connection === undefined) return undefined;
    return {
      name,
      address: connection.remoteAddr.toString(),
      direction: connection.direction,
      configured: isConfigured(name),
      height: entry.status.height,
      version: entry.status.version,
      connectedAt: entry.connectedAt,
      penalty: scores.points(name),
    };
  }

  #own(): Status {
    const { chain, height, version } = this.#options;
    return { ...chain, height: toHeight(height()), version };
  }

  #answer(status: Status, peer: PeerName): Status {
    this.#onStatus(status, peer);
    return this.#own();
  }

  #askSilent(): void {
    const silentSince = performance.now() - this.#options.statusIntervalMs;
    for (const [peer, entry] of this.#entries) if (entry.heardAt < silentSince) void this.#ask(peer);
  }

  async #ask(peer: PeerName): Promise<void> {
    const { requests, connectionTo, disconnect, log } = this.#options;
    if (this.#asking.has(peer)) return;
    this.#asking.add(peer);
    try {
      const answer = await requests.ask(peer, STATUS, this.#own(), STATUS_MS);
      if (connectionTo(peer) === undefined) return;
      const [status] = answer.ok ? answer.value.chunks : [];
      if (status !== undefined) {
        this.#onStatus(status, peer);
        return;
      }
      if (!answer.ok && answer.fault.code === 'P2P_UNSUPPORTED') {
        log.write('info', peer, {}, 'a peer is not a node of this software: disconnecting');
        disconnect(peer, 'no status protocol', OTHER_CHAIN_PAUSE_MS);
        return;
      }
      this.#failed(peer);
    } finally {
      this.#asking.delete(peer);
    }
  }

  #failed(peer: PeerName): void {
    // What it had sent may be read after it has left. Names cost nothing, so nothing is kept of who is gone.
    if (this.#options.connectionTo(peer) === undefined) return;
    const failures = (this.#failures.get(peer) ?? 0) + 1;
    this.#failures.set(peer, failures);
    if (failures >= FAILURES_MAX) {
      this.#options.disconnect(peer, 'no status');
      return;
    }
    setTimeout(() => {
      if (this.#options.connectionTo(peer) !== undefined) void this.#ask(peer);
    }, RETRY_MS).unref();
  }

  #onStatus(status: Status, peer: PeerName): void {
    const { chain, scores, logger } = this.#options;
    if (!PRINTABLE.test(status.version)) {
      scores.penalise(peer, 'malformed');
      this.#failed(peer);
      return;
    }
    if (status.chainId !== chain.chainId || !equal(status.genesisHash, chain.genesisHash)) {
      this.#disconnectOther(status, peer);
      return;
    }
    this.#failures.delete(peer);
    const known = this.#entries.get(peer);
    // The connection may have ended while the answer was under way.
    if (this.#options.connectionTo(peer) === undefined) return;
    this.#entries.set(peer, {
      status,
      heardAt: performance.now(),
      connectedAt: known?.connectedAt ?? Date.now(),
    });
    if (known !== undefined) return;
    const added = this.#peer(peer);
    if (added === undefined) return;
    logger.debug({ peer, address: added.address, peerHeight: String(status.height) }, 'peer connected');
    this.#emit({ type: 'connected', peer: added });
  }

  #disconnectOther(status: Status, peer: PeerName): void {
    const { chain, connectionTo, disconnect, log } = this.#options;
    if (!this.#logged.has(peer)) {
      this.#logged.set(peer, true);
      log.write(
        'warn',
        peer,
        {
          address: connectionTo(peer)?.remoteAddr.toString(),
          theirChain: String(status.chainId),
          theirGenesis: toHex(status.genesisHash),
          ourChain: String(chain.chainId),
          ourGenesis: toHex(chain.genesisHash),
        },
        'a peer is on another chain: disconnecting',
      );
    }
    if (this.#entries.delete(peer)) this.#emit({ type: 'disconnected', name: peer });
    setTimeout(() => disconnect(peer, 'another chain', OTHER_CHAIN_PAUSE_MS), DISCONNECT_DELAY_MS).unref();
  }

  #emit(event: PeerEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
