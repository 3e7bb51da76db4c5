/**
 * Peers that are not asked for a while because they failed to answer. Each failure in a row doubles the pause, and a
 * good answer ends it. The number of peers remembered is bounded: past it the one that failed longest ago is forgotten,
 * which only allows more requests.
 */
import { LRUCache } from 'lru-cache';
import { type BackOff, pauseAfter } from '../src/lib/back-off.ts';
import type { PeerName } from './types.ts';

const PEERS_MAX = 1024;

type Pause = { readonly failures: number; readonly until: number };

export class PeerPauses {
  readonly #backOff: BackOff;
  readonly #pauses = new LRUCache<PeerName, Pause>({ max: PEERS_MAX });

  /** @param backOff - in milliseconds */
  constructor(backOff: BackOff) {
    this.#backOff = backOff;
  }

  /** The number of peers remembered. */
  get size(): number {
    return this.#pauses.size;
  }

  isPaused(peer: PeerName, now: number): boolean {
    return (this.#pauses.peek(peer)?.until ?? 0) > now;
  }

  /** Pauses a peer that failed, for longer than the last time. */
  extend(peer: PeerName, now: number): void {
    const failures = (this.#pauses.peek(peer)?.failures ?? 0) + 1;
    this.#pauses.set(peer, { failures, until: now + pauseAfter(failures, this.#backOff) });
  }

  /** Ends the pause of a peer, and forgets its failures. */
  end(peer: PeerName): void {
    this.#pauses.delete(peer);
  }
}
