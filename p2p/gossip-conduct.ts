/**
 * What follows from the verdicts on a peer's gossip: what it is penalised for, what it is credited with, and whether it is
 * heard at all.
 */
import type { Logger } from '../src/lib/log.ts';
import { type Rate, TokenBuckets } from '../src/lib/token-bucket.ts';
import { ANNOUNCED } from './announcement-pace.ts';
import type { TopicName } from './protocols.ts';
import { PeerScores } from './scores.ts';
import type { PeerName, Verdict } from './types.ts';

/**
 * The topics that consensus does not need. If a peer of the config sends something bad in one, the node ignores what it sends
 * in these topics for a time, and keeps the connection, because the peer may be a validator whose votes are needed.
 */
const EXPENDABLE: ReadonlySet<TopicName> = new Set<TopicName>(['transactions', 'content']);

/**
 * The ration of `old` messages of a peer. A node that is behind repeats its certificates and its proposal twice per second,
 * and helps others with its last commit as often. What is more is an offence, for each message.
 */
const OLD: Rate = { burst: 64, perSecond: 16 };
/** The peers whose messages are counted. Past it the one that sent none for the longest time is forgotten. */
const REMEMBERED = 1_024;

export type ConductOptions = {
  readonly scores: PeerScores;
  readonly isConfigured: (peer: PeerName) => boolean;
  readonly logger: Logger;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
};

export class GossipConduct {
  readonly #options: ConductOptions;
  /** The offences of peers of the config in {@link EXPENDABLE} topics. Who is banned here is not heard there. */
  readonly #muted: PeerScores;
  readonly #old = new TokenBuckets(REMEMBERED);
  readonly #announced = new TokenBuckets(REMEMBERED);

  constructor(options: ConductOptions) {
    this.#options = options;
    this.#muted = new PeerScores({
      now: options.now,
      onOffence: (peer, offence, points) =>
        options.logger.info(
          { peer, offence, points: Math.round(points) },
          'a peer of the config misbehaved in a topic that is not of consensus',
        ),
      onBan: (peer, milliseconds) =>
        options.logger.warn(
          { peer, seconds: milliseconds / 1000 },
          'transactions and announcements of a peer of the config are ignored for a time',
        ),
    });
  }

  /** Whether nothing that the peer sends in this topic is handled. */
  isUnheard(topic: TopicName, peer: PeerName): boolean {
    return this.#options.scores.isBanned(peer) || this.#scoresFor(topic, peer).isBanned(peer);
  }

  /**
   * Counts an announcement that a peer sent, before anything of it is read. Returns false if it is past the ration: then it
   * is not handled, and it is an offence of a stranger. All of them count, those of use too, because an honest node keeps to
   * the pace whatever its peers know. A peer of the config is not penalised: older software has no pace.
   */
  mayAnnounce(peer: PeerName): boolean {
    const { isConfigured, scores, now } = this.#options;
    const at = now();
    if (this.#announced.of(peer, ANNOUNCED.heard, at).take(1, at)) return true;
    if (!isConfigured(peer)) scores.penalise(peer, 'gossip-announcements');
    return false;
  }

  judged(topic: TopicName, peer: PeerName, verdict: Verdict): void {
    if (verdict === 'reject') this.#scoresFor(topic, peer).penalise(peer, 'gossip-rejected');
    if (verdict === 'accept') this.#options.scores.credit(peer);
    if (verdict === 'old') this.#countOld(peer);
  }

  /** A peer of the config may be a validator whose votes are needed, so it is not banned for what only is of no use. */
  #countOld(peer: PeerName): void {
    const { isConfigured, scores, now } = this.#options;
    if (isConfigured(peer)) return;
    const at = now();
    if (!this.#old.of(peer, OLD, at).take(1, at)) scores.penalise(peer, 'gossip-old');
  }

  #scoresFor(topic: TopicName, peer: PeerName): PeerScores {
    const { isConfigured, scores } = this.#options;
    return EXPENDABLE.has(topic) && isConfigured(peer) ? this.#muted : scores;
  }
}
