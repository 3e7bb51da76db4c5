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
/** The topics in which what a peer sends to no use counts for {@link USELESS}. */
const OF_CONSENSUS: ReadonlySet<TopicName> = new Set<TopicName>(['votes', 'proposals']);

/**
 * The ration of messages of consensus that are only ignored, for a stranger and each node of the network. What is more is an
 * offence, for each message. No key is needed to make such a message: a vote of a height that is far ahead is ignored before
 * its signature is looked at. Many verdicts ignore, and an honest stranger may cause each of them:
 *
 * - A message is known here, or has no seat, because others were faster. An honest node passes on only what it has accepted as
 *   new, so in all it sends each vote once: of a validator two per height, and of certificates and proposals a few.
 * - A vote is late, or too far ahead. If this node has stood still, or the way from the peer has, everything of that time comes
 *   at once. The burst is 50 s of what a chain of four heights per second needs, which is some ten messages per node and second.
 * - A node without the votes of others repeats its own twice per second, and whoever has them ignores that. It passes on no
 *   repetition of others that it knows. So these are few.
 * - A node that fetches blocks ignores all that its peers pass on, for hours, and the set of validators that it knows may be
 *   smaller than the present one. So a peer that says it is far ahead is not counted. A stranger that says so falsely is
 *   penalised if it answers that it has no block there, and otherwise bounded by the pace of all strangers (`gossip-meter.ts`).
 */
const USELESS: Rate = { burst: 512, perSecond: 32 };
/** A network that is smaller counts as one of so many nodes. */
const NODES_MIN = 4;
/** The peers whose messages are counted. Past it the one that sent none for the longest time is forgotten. */
const REMEMBERED = 1_024;

export type ConductOptions = {
  readonly scores: PeerScores;
  readonly isConfigured: (peer: PeerName) => boolean;
  /** Whether the peer says that it is many blocks ahead of this node. */
  readonly isFarAhead: (peer: PeerName) => boolean;
  /** The number of nodes in the network. */
  readonly nodes: () => number;
  readonly logger: Logger;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
};

export class GossipConduct {
  readonly #options: ConductOptions;
  /** The offences of peers of the config in {@link EXPENDABLE} topics. Who is banned here is not heard there. */
  readonly #muted: PeerScores;
  readonly #old = new TokenBuckets(REMEMBERED);
  readonly #useless = new TokenBuckets(REMEMBERED);
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

  /** Takes note of the verdict of a handler. What a handler has not seen, or has failed with, is nobody's fault. */
  judged(topic: TopicName, peer: PeerName, verdict: Verdict): void {
    if (verdict === 'reject') this.#scoresFor(topic, peer).penalise(peer, 'gossip-rejected');
    if (verdict === 'accept') this.#options.scores.credit(peer);
    if (verdict === 'old') this.#countOld(peer);
    if (verdict === 'ignore' && OF_CONSENSUS.has(topic)) this.#countUseless(peer);
  }

  /** A peer of the config may be a validator whose votes are needed, so it is not banned for what only is of no use. */
  #countOld(peer: PeerName): void {
    const { isConfigured, scores, now } = this.#options;
    if (isConfigured(peer)) return;
    const at = now();
    if (!this.#old.of(peer, OLD, at).take(1, at)) scores.penalise(peer, 'gossip-old');
  }

  #countUseless(peer: PeerName): void {
    const { isConfigured, isFarAhead, nodes, scores, now } = this.#options;
    if (isConfigured(peer) || isFarAhead(peer)) return;
    const at = now();
    const share = 1 / Math.max(NODES_MIN, nodes());
    if (!this.#useless.of(peer, USELESS, at).take(share, at)) scores.penalise(peer, 'gossip-useless');
  }

  #scoresFor(topic: TopicName, peer: PeerName): PeerScores {
    const { isConfigured, scores } = this.#options;
    return EXPENDABLE.has(topic) && isConfigured(peer) ? this.#muted : scores;
  }
}
