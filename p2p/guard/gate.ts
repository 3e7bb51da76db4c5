/**
 * Decides which inbound connections may try to authenticate themselves. Until a connection is authenticated it is
 * *half-open*, and anybody can open any number of them. So they have a number of places, and handshakes have a rate:
 *
 * - Hosts of configured peers have places and a rate that no other host can take.
 * - When the places are taken, the newcomer gets that of a connection of the host with the most half-open ones: of one that
 *   has not sent its opening bytes before one in its handshake, chosen by chance. So a flood of silent connections loses to
 *   each peer that makes progress, even if it comes from the same host, and nobody can time which one is chosen.
 * - A handshake costs signatures, so it begins only when the opening bytes have come, and only within the rate.
 *
 * Pure: the clock and chance are arguments.
 */
import { type Rate, TokenBucket, TokenBuckets } from '../../src/lib/token-bucket.ts';

/** A host without a configured peer may hold one of this many of the places of strangers. */
const HOST_SHARE = 8;
/** Handshakes, each about a millisecond of a core: of all strangers, of one of their hosts, and of configured hosts. */
const STRANGERS: Rate = { burst: 64, perSecond: 32 };
const STRANGER_HOST: Rate = { burst: 16, perSecond: 4 };
const CONFIGURED: Rate = { burst: 256, perSecond: 100 };
/** Hosts whose rate is remembered. Past it the one that was used longest ago is forgotten. */
const HOSTS_REMEMBERED = 4_096;

type Class = 'configured' | 'stranger';

/** A place of a half-open connection. */
export type HalfOpen = {
  readonly host: string;
  readonly class: Class;
  /** Whether its opening bytes have come and its handshake has begun. */
  handshaking: boolean;
  readonly evict: () => void;
};

export type GateOptions = {
  /** The most half-open connections. Half of their places are for the hosts of configured peers. */
  readonly places: number;
  readonly isConfiguredHost: (host: string) => boolean;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  /** From 0 to less than 1. */
  readonly random: () => number;
};

export type GateStats = {
  readonly halfOpen: number;
  /** Since the start: connections that lost their place, and handshakes that were above the rate. */
  readonly evicted: number;
  readonly refused: number;
};

export class Gate {
  readonly #options: GateOptions;
  readonly #places: Record<Class, number>;
  readonly #halfOpen: Record<Class, Set<HalfOpen>> = { configured: new Set(), stranger: new Set() };
  readonly #rates: Record<Class, TokenBucket>;
  readonly #hostRates = new TokenBuckets(HOSTS_REMEMBERED);
  #evicted = 0;
  #refused = 0;

  constructor(options: GateOptions) {
    this.#options = options;
    const configured = Math.ceil(options.places / 2);
    this.#places = { configured, stranger: Math.max(1, options.places - configured) };
    const now = options.now();
    this.#rates = { configured: new TokenBucket(CONFIGURED, now), stranger: new TokenBucket(STRANGERS, now) };
  }

  /** Gives a new connection a place. `evict` closes it if another one needs the place. */
  enter(host: string, evict: () => void): HalfOpen {
    const kind = this.#options.isConfiguredHost(host) ? 'configured' : 'stranger';
    const all = this.#halfOpen[kind];
    const same = [...all].filter((each) => each.host === host);
    const share = Math.max(1, Math.floor(this.#places.stranger / HOST_SHARE));
    if (kind === 'stranger' && same.length >= share) this.#evictOneOf(same);
    else if (all.size >= this.#places[kind]) this.#evictOneOf(this.#mostOfOneHost(all));
    const entry: HalfOpen = { host, class: kind, handshaking: false, evict };
    all.add(entry);
    return entry;
  }

  /** Begins the handshake of a connection. False if there are too many: then it is to be closed. */
  begin(entry: HalfOpen): boolean {
    const now = this.#options.now();
    const within =
      (entry.class === 'configured' || this.#hostRates.of(entry.host, STRANGER_HOST, now).take(1, now)) &&
      this.#rates[entry.class].take(1, now);
    if (!within) {
      this.#refused += 1;
      return false;
    }
    entry.handshaking = true;
    return true;
  }

  /** Frees the place: the connection is authenticated, or closed. */
  leave(entry: HalfOpen): void {
    this.#halfOpen[entry.class].delete(entry);
  }

  stats(): GateStats {
    const { configured, stranger } = this.#halfOpen;
    return { halfOpen: configured.size + stranger.size, evicted: this.#evicted, refused: this.#refused };
  }

  #mostOfOneHost(all: ReadonlySet<HalfOpen>): readonly HalfOpen[] {
    const byHost = Map.groupBy(all, ({ host }) => host);
    let most: readonly HalfOpen[] = [];
    for (const entries of byHost.values()) if (entries.length > most.length) most = entries;
    return most;
  }

  #evictOneOf(entries: readonly HalfOpen[]): void {
    const silent = entries.filter(({ handshaking }) => !handshaking);
    const candidates = silent.length > 0 ? silent : entries;
    const chosen = candidates[Math.floor(this.#options.random() * candidates.length)];
    if (chosen === undefined) return;
    this.#evicted += 1;
    this.leave(chosen);
    chosen.evict();
  }
}
