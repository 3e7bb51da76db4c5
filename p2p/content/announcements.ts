/** Which peer announced what: for roots that are pending, and for roots that the chain does not name yet. */
import type { PeerName } from '../types.ts';
import { ANNOUNCERS_MAX, type Claim, type PendingRoot } from './pending.ts';

/** Whether a peer of this name is connected. It is asked often, so it must be quick. */
export type IsPeer = (name: PeerName) => boolean;

/** Who is said to have a root, and whether that peer said so itself. */
export type EarlyClaim = { readonly holder: PeerName; readonly isPromise: boolean };

/** Announcements of roots that are not pending, of all senders together. */
export const EARLY_MAX = 4_096;
/** Senders of which announcements are kept. Past it those of peers that are gone are forgotten. */
const SENDERS_MAX = 128;

/**
 * Announcements that came before their root was wanted. When there is no room, the sender with the most of them loses its
 * oldest ones. So a flood of one peer costs only that peer. Room is made once for all roots of an announcement: strangers
 * choose how many it names.
 *
 * A root is known here by its first bytes alone, see `firstBytes`. Two roots that begin alike are taken for one, and that
 * costs nothing. Whoever could make a root that begins like another could as well announce the other one, and replaces
 * only what came of the same sender. And what is kept only says whom to ask first: a peer that does not have the root is
 * asked in vain once, as after any false announcement.
 */
export class EarlyAnnouncements {
  /** By sender: the holder of each root by its first bytes, the root announced longest ago first. */
  readonly #bySender = new Map<PeerName, Map<string, EarlyClaim>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** @param isPeer - what senders announced that are no peers goes first when there is no room */
  add(beginnings: readonly string[], claim: EarlyClaim, sender: PeerName, isPeer: IsPeer): void {
    if (beginnings.length === 0) return;
    const holders = this.#bySender.get(sender) ?? new Map<string, EarlyClaim>();
    this.#bySender.set(sender, holders);
    const before = holders.size;
    for (const beginning of beginnings) holders.set(beginning, claim);
    this.#size += holders.size - before;
    if (this.#size > EARLY_MAX || this.#bySender.size > SENDERS_MAX) this.#makeRoom(isPeer);
  }

  /** Returns who is said to have a root that begins so, and forgets it. */
  take(beginning: string): readonly EarlyClaim[] {
    const taken: EarlyClaim[] = [];
    for (const [sender, holders] of this.#bySender) {
      const claim = holders.get(beginning);
      if (claim === undefined) continue;
      taken.push(claim);
      this.#remove(sender, holders, beginning);
    }
    return taken;
  }

  #makeRoom(isPeer: IsPeer): void {
    for (const [sender, holders] of this.#bySender) {
      if (isPeer(sender)) continue;
      this.#bySender.delete(sender);
      this.#size -= holders.size;
    }
    while (this.#size > EARLY_MAX) {
      const { heaviest, lead } = this.#heaviest();
      if (heaviest === undefined) return;
      const [sender, holders] = heaviest;
      let excess = Math.min(this.#size - EARLY_MAX, Math.max(1, lead));
      for (const oldest of holders.keys()) {
        this.#remove(sender, holders, oldest);
        excess -= 1;
        if (excess === 0) break;
      }
    }
  }

  /** Returns the sender with the most, and how many more it has than the one after it. */
  #heaviest(): {
    readonly heaviest: readonly [PeerName, Map<string, EarlyClaim>] | undefined;
    readonly lead: number;
  } {
    let heaviest: readonly [PeerName, Map<string, EarlyClaim>] | undefined;
    let second = 0;
    for (const entry of this.#bySender) {
      const most = heaviest?.[1].size ?? 0;
      if (entry[1].size > most) {
        second = most;
        heaviest = entry;
      } else second = Math.max(second, entry[1].size);
    }
    return { heaviest, lead: (heaviest?.[1].size ?? 0) - second };
  }

  #remove(sender: PeerName, holders: Map<string, EarlyClaim>, beginning: string): void {
    holders.delete(beginning);
    this.#size -= 1;
    if (holders.size === 0) this.#bySender.delete(sender);
  }
}

/**
 * Notes who is said to have a pending root. Returns true if the peer was not named since the root is pending.
 *
 * @param isConfigured - there is always room for a peer of the config
 * @param isPeer - when there is no room, announcers that are no peers any more are forgotten
 */
export const noteAnnouncer = (
  { announcers }: PendingRoot,
  peer: PeerName,
  claim: Claim,
  isConfigured: boolean,
  isPeer: IsPeer,
): boolean => {
  const before = announcers.get(peer);
  if (before === undefined && !isConfigured && announcers.size >= ANNOUNCERS_MAX) {
    for (const name of announcers.keys()) if (!isPeer(name)) announcers.delete(name);
    if (announcers.size >= ANNOUNCERS_MAX) return false;
  }
  if (before !== 'promised') announcers.set(peer, claim);
  return before === undefined || before === 'early';
};
