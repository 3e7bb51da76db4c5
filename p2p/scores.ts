/**
 * Scores peers by their offences. Each offence adds points, and points decay with time. At 100 points a peer is banned: it
 * is disconnected and refused for a time that doubles with every ban. Only what no honest node does, however slow its
 * machine or old its view, adds enough points to matter: a validator that is banned by mistake can stop a chain of four.
 *
 * A peer is identified by its id, which an attacker can change for free. What unknown peers can occupy is bounded by the
 * number of their connections (host.ts), not by their scores.
 */
import { LRUCache } from 'lru-cache';
import { pauseAfter } from '../src/lib/back-off.ts';
import type { PeerName } from './types.ts';

/** Points per offence. Three to five clear violations are a ban. */
export const OFFENCES = {
  /** A gossip handler returned `reject`. */
  'gossip-rejected': 25,
  /** Bytes that are not the gossip protocol. */
  'gossip-malformed': 34,
  /** More gossip than any honest node sends. */
  'gossip-flood': 10,
  /** A request or an answer that does not decode or is too long. */
  malformed: 34,
  /** A well-formed answer that is false: a wrong block, content of another root. */
  'false-answer': 34,
  /** It announced a height and has no block there. */
  'false-height': 10,
  /** More requests than the rate of the protocol allows. */
  'too-many-requests': 2,
  /** More certificates and proposals of decided heights than any honest node sends, per message. */
  'gossip-old': 5,
  /** More votes, certificates and proposals that are of no use than any honest node sends, per message. */
  'gossip-useless': 5,
  /** More announcements of content than any honest node sends, per message. */
  'gossip-announcements': 5,
  /** An unfinished request, or an answer that does not come. An overloaded honest node does this too. */
  slow: 1,
} as const;

export type Offence = keyof typeof OFFENCES;

export const BAN_AT = 100;
/** Points that decay per second. */
const DECAY_PER_SECOND = 0.5;
const BAN_MS = { first: 60_000, longest: 3_600_000 };
/** Peers remembered. Past it the one with the fewest points is forgotten, which `lru-cache` cannot do. */
const REMEMBERED = 1024;

type Record = { points: number; at: number; bans: number; bannedUntil: number };

export type PeerScoresOptions = {
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  readonly onOffence: (peer: PeerName, offence: Offence, points: number) => void;
  readonly onBan: (peer: PeerName, milliseconds: number) => void;
};

export class PeerScores {
  readonly #options: PeerScoresOptions;
  readonly #records = new Map<PeerName, Record>();
  readonly #useful = new LRUCache<PeerName, number>({ max: REMEMBERED });

  constructor(options: PeerScoresOptions) {
    this.#options = options;
  }

  penalise(peer: PeerName, offence: Offence): void {
    const now = this.#options.now();
    const record = this.#record(peer, now);
    record.points += OFFENCES[offence];
    this.#options.onOffence(peer, offence, record.points);
    if (record.points < BAN_AT || record.bannedUntil > now) return;
    record.bans += 1;
    const length = pauseAfter(record.bans, BAN_MS);
    record.bannedUntil = now + length;
    // When it comes back, it is half way to the next ban.
    record.points = BAN_AT / 2;
    this.#options.onBan(peer, length);
  }

  /** The peer sent something that this node had use for. */
  credit(peer: PeerName): void {
    this.#useful.set(peer, this.useful(peer) + 1);
  }

  /** How many useful things a connected peer has sent. */
  useful(peer: PeerName): number {
    return this.#useful.get(peer) ?? 0;
  }

  /** Forgets what the peer was useful for; its offences are remembered. */
  disconnected(peer: PeerName): void {
    this.#useful.delete(peer);
  }

  isBanned(peer: PeerName): boolean {
    return (this.#records.get(peer)?.bannedUntil ?? 0) > this.#options.now();
  }

  /** 0 is clean, {@link BAN_AT} is a ban. */
  points(peer: PeerName): number {
    const record = this.#records.get(peer);
    if (record === undefined) return 0;
    const now = this.#options.now();
    return record.bannedUntil > now ? BAN_AT : this.#decayed(record, now);
  }

  banned(): number {
    const now = this.#options.now();
    let count = 0;
    for (const record of this.#records.values()) if (record.bannedUntil > now) count += 1;
    return count;
  }

  #decayed(record: Record, now: number): number {
    // Points do not decay during a ban.
    const from = Math.max(record.at, Math.min(now, record.bannedUntil));
    return Math.max(0, record.points - ((now - from) / 1000) * DECAY_PER_SECOND);
  }

  #record(peer: PeerName, now: number): Record {
    const known = this.#records.get(peer);
    if (known !== undefined) {
      known.points = this.#decayed(known, now);
      known.at = now;
      return known;
    }
    if (this.#records.size >= REMEMBERED) this.#forgetLeast(now);
    const record = { points: 0, at: now, bans: 0, bannedUntil: 0 };
    this.#records.set(peer, record);
    return record;
  }

  #forgetLeast(now: number): void {
    let least: PeerName | undefined;
    let fewest = Number.POSITIVE_INFINITY;
    for (const [peer, record] of this.#records) {
      const weight = record.bannedUntil > now ? BAN_AT + record.bans : this.#decayed(record, now);
      if (weight >= fewest) continue;
      fewest = weight;
      least = peer;
    }
    if (least !== undefined) this.#records.delete(least);
  }
}
