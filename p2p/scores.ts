/**
 * What peers have done wrong. Each offence costs points; points fade; at 100 the peer is disconnected and refused for a
 * time that doubles with every repetition. Only what no honest node does, however slow its machine or old its view,
 * costs enough to matter: a validator that is banned by mistake can stop a chain of four.
 *
 * Peers are known by their id, which costs an attacker nothing to change; what a stranger may hold open here is bounded
 * by the number of connections of unknown peers (host.ts), not by this.
 */
import { pauseAfter } from '../src/lib/back-off.ts';
import type { PeerName } from './types.ts';

/** Points per offence. Three to five clear violations are a ban. */
export const OFFENCES = {
  /** A gossip handler said `reject`. */
  'gossip-rejected': 25,
  /** Bytes that break the gossip protocol itself. */
  'gossip-malformed': 34,
  /** More gossip than any honest node sends. */
  'gossip-flood': 10,
  /** A request, or the answer to one, that is not the encoding it must be, or is over-long. */
  malformed: 34,
  /** A well-formed answer that is false: another block, content of another root. */
  'false-answer': 34,
  /** Told a height and has no block there. */
  'unkept-claim': 10,
  /** More requests than agreed. */
  'too-many-requests': 2,
  /** A request begun and not finished, an answer that does not come. An overloaded honest node does this too. */
  slow: 1,
} as const;

export type Offence = keyof typeof OFFENCES;

export const BAN_AT = 100;
/** Points forgiven in a second. */
const FADE_PER_SECOND = 0.5;
const BAN_MS = { first: 60_000, longest: 3_600_000 };
/** Peers remembered; past it the least guilty are forgotten. */
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
    // It comes back on probation: half way to the next ban.
    record.points = BAN_AT / 2;
    this.#options.onBan(peer, length);
  }

  isBanned(peer: PeerName): boolean {
    return (this.#records.get(peer)?.bannedUntil ?? 0) > this.#options.now();
  }

  /** 0 is clean, {@link BAN_AT} is a ban. */
  points(peer: PeerName): number {
    const record = this.#records.get(peer);
    if (record === undefined) return 0;
    const now = this.#options.now();
    return record.bannedUntil > now ? BAN_AT : this.#faded(record, now);
  }

  banned(): number {
    const now = this.#options.now();
    let count = 0;
    for (const record of this.#records.values()) if (record.bannedUntil > now) count += 1;
    return count;
  }

  #faded(record: Record, now: number): number {
    // Points do not fade while a ban runs.
    const from = Math.max(record.at, Math.min(now, record.bannedUntil));
    return Math.max(0, record.points - ((now - from) / 1000) * FADE_PER_SECOND);
  }

  #record(peer: PeerName, now: number): Record {
    const known = this.#records.get(peer);
    if (known !== undefined) {
      known.points = this.#faded(known, now);
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
      const weight = record.bannedUntil > now ? BAN_AT + record.bans : this.#faded(record, now);
      if (weight >= fewest) continue;
      fewest = weight;
      least = peer;
    }
    if (least !== undefined) this.#records.delete(least);
  }
}
