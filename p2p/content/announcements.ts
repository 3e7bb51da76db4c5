/** Which peer announced what: for roots that are pending, and for roots that the chain does not name yet. */
import { LRUCache } from 'lru-cache';
import type { PeerName } from '../types.ts';
import { ANNOUNCERS_MAX, type PendingRoot } from './pending.ts';

/** Roots that are not pending of which the last announcer is remembered. */
export const EARLY_MAX = 4_096;

/** Announcements that came before their root was wanted, the latest {@link EARLY_MAX}. */
export class EarlyAnnouncements {
  readonly #announcers = new LRUCache<string, PeerName>({ max: EARLY_MAX });

  get size(): number {
    return this.#announcers.size;
  }

  add(key: string, peer: PeerName): void {
    this.#announcers.set(key, peer);
  }

  /** Returns who announced it, and forgets it. */
  take(key: string): PeerName | undefined {
    const peer = this.#announcers.peek(key);
    this.#announcers.delete(key);
    return peer;
  }
}

/** Notes that a peer has a pending root. Returns true if this is the first time that it says so. */
export const noteAnnouncer = (pending: PendingRoot, peer: PeerName): boolean => {
  pending.hint = peer;
  if (pending.announcers.has(peer) || pending.announcers.size >= ANNOUNCERS_MAX) return false;
  pending.announcers.add(peer);
  return true;
};
