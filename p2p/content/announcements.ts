/** Which peer announced what: for roots that are pending, and for roots that the chain does not name yet. */
import type { PeerName } from '../types.ts';
import { ANNOUNCERS_MAX, type PendingRoot } from './pending.ts';

/** Announcements of roots that are not pending, of all senders together. */
export const EARLY_MAX = 4_096;
/** Senders of which announcements are kept. Past it those of peers that are gone are forgotten. */
const SENDERS_MAX = 128;

/** Who is said to have a root. It is a promise if the peer said so itself: others can only name it. */
export type Claim = { readonly peer: PeerName; readonly isPromise: boolean };

/**
 * Announcements that came before their root was wanted. When there is no room, the sender with the most of them loses its
 * oldest one. So a flood of one peer costs only that peer.
 */
export class EarlyAnnouncements {
  readonly #bySender = new Map<PeerName, Map<string, Claim>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** @param connected - the peers: what other senders announced goes first when there is no room */
  add(key: string, claim: Claim, sender: PeerName, connected: readonly PeerName[]): void {
    const claims = this.#bySender.get(sender) ?? new Map<string, Claim>();
    this.#bySender.set(sender, claims);
    if (!claims.has(key)) this.#size += 1;
    claims.set(key, claim);
    if (this.#size > EARLY_MAX || this.#bySender.size > SENDERS_MAX) this.#makeRoom(connected);
  }

  /** Returns who is said to have the root, and forgets it. */
  take(key: string): readonly Claim[] {
    const taken: Claim[] = [];
    for (const [sender, claims] of this.#bySender) {
      const claim = claims.get(key);
      if (claim === undefined) continue;
      taken.push(claim);
      this.#remove(sender, claims, key);
    }
    return taken;
  }

  #makeRoom(connected: readonly PeerName[]): void {
    for (const [sender, claims] of this.#bySender) {
      if (connected.includes(sender)) continue;
      this.#bySender.delete(sender);
      this.#size -= claims.size;
    }
    while (this.#size > EARLY_MAX) {
      const [sender, claims] = this.#heaviest() ?? [];
      const [oldest] = claims?.keys() ?? [];
      if (sender === undefined || claims === undefined || oldest === undefined) return;
      this.#remove(sender, claims, oldest);
    }
  }

  #heaviest(): readonly [PeerName, Map<string, Claim>] | undefined {
    let heaviest: readonly [PeerName, Map<string, Claim>] | undefined;
    for (const entry of this.#bySender)
      if (heaviest === undefined || entry[1].size > heaviest[1].size) heaviest = entry;
    return heaviest;
  }

  #remove(sender: PeerName, claims: Map<string, Claim>, key: string): void {
    claims.delete(key);
    this.#size -= 1;
    if (claims.size === 0) this.#bySender.delete(sender);
  }
}

/**
 * Notes who is said to have a pending root. Returns true if this is the first time that the peer is named.
 *
 * @param connected - the peers: when there is no room, announcers that are gone are forgotten
 */
export const noteAnnouncer = (
  { announcers }: PendingRoot,
  { peer, isPromise }: Claim,
  connected: readonly PeerName[],
): boolean => {
  const before = announcers.get(peer);
  if (before !== undefined) {
    if (isPromise && !before) announcers.set(peer, true);
    return false;
  }
  if (announcers.size >= ANNOUNCERS_MAX)
    for (const name of announcers.keys()) if (!connected.includes(name)) announcers.delete(name);
  if (announcers.size >= ANNOUNCERS_MAX) return false;
  announcers.set(peer, isPromise);
  return true;
};
