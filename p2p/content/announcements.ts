/** Which peer announced what: for roots that are pending, and for roots that the chain does not name yet. */
import type { PeerName } from '../types.ts';
import { ANNOUNCERS_MAX, type Claim, type PendingRoot } from './pending.ts';

/** Announcements of roots that are not pending, of all senders together. */
export const EARLY_MAX = 4_096;
/** Senders of which announcements are kept. Past it those of peers that are gone are forgotten. */
const SENDERS_MAX = 128;

/**
 * Announcements that came before their root was wanted. When there is no room, the sender with the most of them loses its
 * oldest one. So a flood of one peer costs only that peer.
 */
export class EarlyAnnouncements {
  /** By sender: the holder of each root, the root announced longest ago first. */
  readonly #bySender = new Map<PeerName, Map<string, PeerName>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** @param connected - the peers: what other senders announced goes first when there is no room */
  add(key: string, holder: PeerName, sender: PeerName, connected: readonly PeerName[]): void {
    const holders = this.#bySender.get(sender) ?? new Map<string, PeerName>();
    this.#bySender.set(sender, holders);
    if (!holders.has(key)) this.#size += 1;
    holders.set(key, holder);
    if (this.#size > EARLY_MAX || this.#bySender.size > SENDERS_MAX) this.#makeRoom(connected);
  }

  /** Returns who is said to have the root, and forgets it. */
  take(key: string): readonly PeerName[] {
    const taken: PeerName[] = [];
    for (const [sender, holders] of this.#bySender) {
      const holder = holders.get(key);
      if (holder === undefined) continue;
      taken.push(holder);
      this.#remove(sender, holders, key);
    }
    return taken;
  }

  #makeRoom(connected: readonly PeerName[]): void {
    for (const [sender, holders] of this.#bySender) {
      if (connected.includes(sender)) continue;
      this.#bySender.delete(sender);
      this.#size -= holders.size;
    }
    while (this.#size > EARLY_MAX) {
      const [sender, holders] = this.#heaviest() ?? [];
      const [oldest] = holders?.keys() ?? [];
      if (sender === undefined || holders === undefined || oldest === undefined) return;
      this.#remove(sender, holders, oldest);
    }
  }

  #heaviest(): readonly [PeerName, Map<string, PeerName>] | undefined {
    let heaviest: readonly [PeerName, Map<string, PeerName>] | undefined;
    for (const entry of this.#bySender)
      if (heaviest === undefined || entry[1].size > heaviest[1].size) heaviest = entry;
    return heaviest;
  }

  #remove(sender: PeerName, holders: Map<string, PeerName>, key: string): void {
    holders.delete(key);
    this.#size -= 1;
    if (holders.size === 0) this.#bySender.delete(sender);
  }
}

/**
 * Notes who is said to have a pending root. Returns true if the peer was not named since the root is pending.
 *
 * @param connected - the peers: when there is no room, announcers that are gone are forgotten
 */
export const noteAnnouncer = (
  { announcers }: PendingRoot,
  peer: PeerName,
  claim: Claim,
  connected: readonly PeerName[],
): boolean => {
  const before = announcers.get(peer);
  if (before === undefined && announcers.size >= ANNOUNCERS_MAX) {
    for (const name of announcers.keys()) if (!connected.includes(name)) announcers.delete(name);
    if (announcers.size >= ANNOUNCERS_MAX) return false;
  }
  if (before !== 'promised') announcers.set(peer, claim);
  return before === undefined || before === 'early';
};
