/**
 * Content exchange: a node that hosts content gets what the chain speaks of from peers that have it. What is wanted
 * comes from the node (it reads the chain); announcements only say whom to ask first, so that nobody can fill a disk with
 * what the chain does not know. A contribution comes as the list of its items, then the items. Everything is verified by
 * the store against its root before it is kept.
 *
 * The chain may speak of content that nobody has. So what is sought is bounded, what was asked for in vain waits longer
 * every time and is given up at last (until the next review, or someone announces it), and peers that have nothing are
 * asked less and less often. What is known to be somewhere goes first.
 */
import type { ContentStore } from '../src/content/store.ts';
import type { Root } from '../src/lib/brands.ts';
import { toBareHex } from '../src/lib/bytes.ts';
import { type Result, toFault } from '../src/lib/errors.ts';
import type { Logger } from '../src/lib/log.ts';
import { type Announcement, CONTENT_ROOTS_MAX, type ContentChunk } from './protocols.ts';
import type { Offence } from './scores.ts';
import type { PeerName, Verdict } from './types.ts';

const TICK_MS = 100;
/** Requests under way. */
const REQUESTS_MAX = 3;
/** Before the next round of asking everyone; doubled every time, and given up after so many. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;
const ROUNDS_MAX = 9;
/** For a peer whose request failed, or that had nothing; doubled every time. */
const FIRST_PEER_PAUSE_MS = 50;
const LONGEST_PEER_PAUSE_MS = 2_000;
const PEERS_REMEMBERED = 1024;
/** Roots sought at a time, some hundred bytes each. */
const SOUGHT_MAX = 32_768;
/** Announcements remembered, for what the chain does not speak of yet. */
const ANNOUNCED_MAX = 4_096;
/** Peers that may bring news of one root. */
const TELLERS_MAX = 64;
/** Items of one contribution sought at a time: a list of bogus ones must not take the place of all else. */
const ITEMS_MAX = 1_024;
/** Everything wanted is looked through at the start and then so often, or sooner if something was passed over. */
const REVIEW_MS = 600_000;
const REVIEW_SOON_MS = 60_000;
const REVIEW_SLICE = 256;
/** The event loop is given back after this long. */
const SLICE_MS = 5;
/** A full store is worth a line this often. */
const COMPLAIN_MS = 30_000;
/** How often {@link ContentExchange.obtain} looks into the store by itself. */
const LOOK_MS = 250;

type Sought = {
  readonly root: Root;
  /** The contributions that are not whole without it. */
  parents: readonly string[];
  /** Peers that did not have it in this round. */
  asked: readonly PeerName[];
  /** Who announced it. */
  hint: PeerName | undefined;
  /** All who have, of those that are peers. */
  readonly tellers: Set<PeerName>;
  rounds: number;
  nextAt: number;
  underWay: boolean;
};

const NOT_ASKED_YET = { rounds: 0, nextAt: 0, underWay: false };

/** A contribution of which items are on their way. */
type Partial = { readonly root: Root; open: number };

type PeerPause = { until: number; length: number };

export type ContentExchangeOptions = {
  readonly store: Pick<ContentStore, 'hasMany' | 'missing' | 'receive'>;
  readonly peers: () => readonly { readonly name: PeerName }[];
  readonly fetch: (peer: PeerName, roots: readonly Root[]) => Promise<Result<readonly ContentChunk[]>>;
  readonly announce: (roots: readonly Root[]) => Promise<void>;
  readonly penalise: (peer: PeerName, offence: Offence) => void;
  /** All roots of content that the chain speaks of and this node hosts, in pieces that are each quickly made. */
  readonly wanted: () => Iterable<readonly Root[]>;
  readonly logger: Logger;
};

export type ExchangeStats = {
  /** Roots not yet here. */
  readonly sought: number;
  readonly received: number;
  readonly refused: number;
};

export class ContentExchange {
  readonly #options: ContentExchangeOptions;
  /** What someone is known to have, or waits for, or a contribution lacks; and all else. */
  readonly #urgent = new Map<string, Sought>();
  readonly #sought = new Map<string, Sought>();
  readonly #partial = new Map<string, Partial>();
  readonly #announced = new Map<string, PeerName>();
  readonly #pauses = new Map<PeerName, PeerPause>();
  readonly #waiters = new Map<string, Set<() => void>>();
  /** Roots sought only because someone waits for them here, and how many do. */
  readonly #guests = new Map<string, number>();
  #wanted: Root[] = [];
  #looking: Promise<void> | undefined;
  #underWay = 0;
  #storing = 0;
  #received = 0;
  #refused = 0;
  #reviewing = false;
  #reviewAt = 0;
  #lastReview = Number.NEGATIVE_INFINITY;
  #complainedAt = Number.NEGATIVE_INFINITY;
  #running = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ContentExchangeOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = true;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#tick();
  }

  /** Resolves when it does not use the store any more. Answers that are still on their way are dropped. */
  async stop(): Promise<void> {
    this.#running = false;
    clearInterval(this.#timer);
    for (const wake of [...this.#waiters.values()].flatMap((set) => [...set])) wake();
    while (this.#storing > 0 || this.#reviewing || this.#looking !== undefined)
      await new Promise((resolve) => setTimeout(resolve, 5));
    this.#urgent.clear();
    this.#sought.clear();
    this.#partial.clear();
  }

  stats(): ExchangeStats {
    const sought = this.#urgent.size + this.#sought.size;
    return { sought, received: this.#received, refused: this.#refused };
  }

  /** Gets an object, and the items of a contribution, unless they are here. Calls of one turn are looked up together. */
  want(root: Root): Promise<void> {
    this.#guests.delete(toBareHex(root));
    return this.#lookFor(root);
  }

  #lookFor(root: Root): Promise<void> {
    this.#wanted.push(root);
    this.#looking ??= new Promise<void>((resolve) => setImmediate(resolve))
      .then(() => this.#lookUp())
      .finally(() => {
        this.#looking = undefined;
      });
    return this.#looking;
  }

  /**
   * As {@link want}, and waits for it: true if it is here, whole, in time. What nothing else wants is not sought beyond
   * that: whoever may ask for content could else fill the list with what does not exist.
   */
  async obtain(root: Root, timeoutMs: number): Promise<boolean> {
    const id = toBareHex(root);
    const end = performance.now() + timeoutMs;
    const guests = this.#guests.get(id);
    if (guests !== undefined || this.#get(id) === undefined) this.#guests.set(id, (guests ?? 0) + 1);
    await this.#lookFor(root);
    const sought = this.#sought.get(id);
    if (sought !== undefined) this.#hasten(sought);
    let whole = false;
    for (;;) {
      whole = (await this.#options.store.missing(root)).length === 0;
      const rest = end - performance.now();
      if (whole || !this.#running || rest <= 0) break;
      await this.#settled(id, Math.min(rest, LOOK_MS));
    }
    this.#leave(id);
    return whole;
  }

  /** One who waited for it waits no longer. */
  #leave(id: string): void {
    const guests = this.#guests.get(id);
    if (guests === undefined) return;
    if (guests > 1) {
      this.#guests.set(id, guests - 1);
      return;
    }
    this.#guests.delete(id);
    if (this.#get(id)?.parents.length === 0) this.#forget(id);
  }

  /** Tells the others of content that was put here. */
  offer(roots: readonly Root[]): Promise<void> {
    return this.#options.announce(roots);
  }

  /**
   * Forwarded only if it speaks of what is sought here (other nodes seek the same, and nobody else cares) and comes of
   * someone new: the same can be told in endless other bytes, and who passed those on would be taken for a flooder.
   */
  onAnnouncement({ holder, roots }: Announcement, from: PeerName): Verdict {
    let known = false;
    let news = false;
    const direct = this.#options.peers().some(({ name }) => name === holder);
    const peer = direct ? holder : from;
    for (const root of roots) {
      const id = toBareHex(root);
      const sought = this.#get(id);
      if (sought === undefined) {
        this.#remember(id, peer);
        continue;
      }
      known = true;
      if (!sought.tellers.has(peer) && sought.tellers.size < TELLERS_MAX) {
        sought.tellers.add(peer);
        news = true;
      }
      sought.hint = peer;
      this.#hasten(sought);
    }
    this.#pauses.delete(peer);
    if (known) this.#tick();
    return news ? 'accept' : 'ignore';
  }

  // ---------------------------------------------------------------------------------------------- what is sought

  async #lookUp(): Promise<void> {
    while (this.#running && this.#wanted.length > 0) {
      const roots = this.#wanted;
      this.#wanted = [];
      const known = await this.#options.store.hasMany(roots);
      for (const [i, root] of roots.entries()) {
        if (known[i] !== true) this.#seek(root);
        else if (this.#running) await this.#lookInto(root);
      }
    }
  }

  /** What an object that is here lacks: the items of a contribution. */
  async #lookInto(root: Root): Promise<void> {
    const id = toBareHex(root);
    const missing = await this.#options.store.missing(root);
    if (missing.length === 0) {
      for (const wake of this.#waiters.get(id) ?? []) wake();
      return;
    }
    if (this.#partial.has(id)) return;
    const partial = { root, open: 0 };
    for (const item of missing.slice(0, ITEMS_MAX)) {
      const sought = this.#seek(item);
      if (sought === undefined || sought.parents.includes(id)) continue;
      sought.parents = [...sought.parents, id];
      this.#hasten(sought);
      partial.open += 1;
    }
    if (partial.open > 0) this.#partial.set(id, partial);
  }

  #get(id: string): Sought | undefined {
    return this.#urgent.get(id) ?? this.#sought.get(id);
  }

  #seek(root: Root): Sought | undefined {
    const id = toBareHex(root);
    const known = this.#get(id);
    if (known !== undefined) return known;
    if (this.#urgent.size + this.#sought.size >= SOUGHT_MAX) {
      this.#reviewAt = Math.min(this.#reviewAt, this.#lastReview + REVIEW_SOON_MS);
      return undefined;
    }
    const hint = this.#announced.get(id);
    this.#announced.delete(id);
    const sought: Sought = { ...NOT_ASKED_YET, root, parents: [], asked: [], hint, tellers: new Set() };
    (hint === undefined ? this.#sought : this.#urgent).set(id, sought);
    return sought;
  }

  /** To be asked for before all else, and now. */
  #hasten(sought: Sought): void {
    const id = toBareHex(sought.root);
    sought.nextAt = 0;
    sought.asked = sought.asked.filter((name) => name !== sought.hint);
    if (this.#sought.delete(id)) this.#urgent.set(id, sought);
  }

  #forget(id: string): void {
    this.#urgent.delete(id);
    this.#sought.delete(id);
  }

  #remember(id: string, peer: PeerName): void {
    this.#announced.delete(id);
    this.#announced.set(id, peer);
    if (this.#announced.size <= ANNOUNCED_MAX) return;
    const [oldest] = this.#announced.keys();
    if (oldest !== undefined) this.#announced.delete(oldest);
  }

  // ---------------------------------------------------------------------------------------------------- asking for it

  #tick(): void {
    if (!this.#running) return;
    const now = performance.now();
    if (now >= this.#reviewAt && !this.#reviewing) void this.#review(now);
    for (let sent = true; sent && this.#underWay < REQUESTS_MAX; ) sent = this.#sendNext(now);
  }

  /** Looks through all that the chain wants: after a start, and for what was passed over or given up. */
  async #review(now: number): Promise<void> {
    this.#reviewing = true;
    this.#lastReview = now;
    this.#reviewAt = now + REVIEW_MS;
    try {
      let slice: Promise<void>[] = [];
      let since = performance.now();
      for (const roots of this.#options.wanted()) {
        for (const root of roots) slice.push(this.want(root));
        if (slice.length < REVIEW_SLICE && performance.now() - since < SLICE_MS) continue;
        await new Promise((resolve) => setImmediate(resolve));
        await Promise.all(slice);
        slice = [];
        if (!this.#running) return;
        since = performance.now();
      }
      await Promise.all(slice);
    } catch (error) {
      this.#options.logger.error(
        { reason: toFault(error).message },
        'cannot look through the wanted content',
      );
    } finally {
      this.#reviewing = false;
    }
  }

  /** One request, to a peer that the first root that is due has not asked yet; other roots go along. */
  #sendNext(now: number): boolean {
    const peers = this.#options.peers().map(({ name }) => name);
    const free = peers.filter((name) => (this.#pauses.get(name)?.until ?? 0) <= now);
    if (free.length === 0) return false;
    let peer: PeerName | undefined;
    const batch: Sought[] = [];
    for (const map of [this.#urgent, this.#sought])
      for (const [id, sought] of map) {
        if (batch.length === CONTENT_ROOTS_MAX) break;
        if (sought.underWay || sought.nextAt > now) continue;
        if (peers.every((name) => sought.asked.includes(name))) this.#endRound(id, sought, now);
        else {
          peer ??= choose(sought, free);
          if (peer !== undefined && !sought.asked.includes(peer)) batch.push(sought);
        }
      }
    if (peer === undefined) return false;
    for (const sought of batch) sought.underWay = true;
    this.#underWay += 1;
    void this.#request(peer, batch)
      .catch((error: unknown) =>
        this.#options.logger.error({ reason: toFault(error).message }, 'cannot keep content'),
      )
      .finally(() => {
        for (const sought of batch) sought.underWay = false;
        this.#underWay -= 1;
        this.#tick();
      });
    return true;
  }

  /** Everyone has been asked in vain. */
  #endRound(id: string, sought: Sought, now: number): void {
    sought.asked = [];
    sought.nextAt = now + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** sought.rounds);
    sought.rounds += 1;
    if (sought.rounds <= ROUNDS_MAX) return;
    this.#forget(id);
    for (const parent of sought.parents) this.#partial.delete(parent);
  }

  async #request(peer: PeerName, batch: readonly Sought[]): Promise<void> {
    const { fetch, store, logger } = this.#options;
    const answer = await fetch(
      peer,
      batch.map(({ root }) => root),
    );
    if (!this.#running) return;
    for (const sought of batch) if (sought.hint === peer) sought.hint = undefined;
    if (!answer.ok) {
      this.#pausePeer(peer);
      logger.debug({ peer, reason: answer.fault.message }, 'no content from a peer');
      return;
    }
    if (answer.value.length === 0) this.#pausePeer(peer);
    else this.#pauses.delete(peer);
    // An answer is cut at some megabytes: what it may yet hold is worth asking for again. An empty one holds nothing.
    if (answer.value.length === 0 || answer.value.length === batch.length)
      for (const sought of batch) sought.asked = [...sought.asked, peer];
    if (answer.value.length === 0) return;
    this.#storing += 1;
    try {
      const results = await store.receive(answer.value);
      for (const [i, result] of results.entries()) {
        const root = answer.value[i]?.root;
        if (root === undefined) continue;
        if (result.ok) await this.#arrived(root);
        else this.#refuse(peer, root, result.fault);
      }
    } finally {
      this.#storing -= 1;
    }
  }

  #refuse(
    peer: PeerName,
    root: Root,
    { code, message }: { readonly code: string; readonly message: string },
  ): void {
    const { penalise, logger } = this.#options;
    this.#refused += 1;
    const sought = this.#get(toBareHex(root));
    if (code === 'CONTENT_FULL' || code === 'CONTENT_IO') {
      // This node has no room for it, or no disk: not the peer's doing.
      const now = performance.now();
      if (now - this.#complainedAt > COMPLAIN_MS) {
        this.#complainedAt = now;
        logger.error({ code, reason: message }, 'cannot keep content');
      }
      if (sought !== undefined) sought.nextAt = now + LONGEST_PAUSE_MS;
      return;
    }
    logger.warn({ peer, code, reason: message }, 'a peer sent false content');
    if (sought !== undefined) sought.asked = [...sought.asked, peer];
    penalise(peer, 'false-answer');
  }

  #pausePeer(peer: PeerName): void {
    if (this.#pauses.size >= PEERS_REMEMBERED) this.#pauses.clear();
    const length = Math.min(
      LONGEST_PEER_PAUSE_MS,
      2 * (this.#pauses.get(peer)?.length ?? FIRST_PEER_PAUSE_MS / 2),
    );
    this.#pauses.set(peer, { length, until: performance.now() + length });
  }

  async #arrived(root: Root): Promise<void> {
    const id = toBareHex(root);
    const sought = this.#get(id);
    this.#forget(id);
    this.#received += 1;
    if (sought === undefined) return;
    if (sought.parents.length === 0) await this.#lookInto(root);
    for (const parent of sought.parents) {
      const partial = this.#partial.get(parent);
      if (partial === undefined) continue;
      partial.open -= 1;
      if (partial.open > 0) continue;
      this.#partial.delete(parent);
      // Items past the number sought at a time may still be missing.
      await this.#lookInto(partial.root);
      if (!this.#partial.has(parent)) await this.#options.announce([partial.root]);
    }
  }

  #settled(id: string, timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const waiters = this.#waiters.get(id) ?? new Set();
      this.#waiters.set(id, waiters);
      const wake = (): void => {
        clearTimeout(timer);
        waiters.delete(wake);
        if (waiters.size === 0) this.#waiters.delete(id);
        resolve();
      };
      const timer = setTimeout(wake, timeoutMs);
      waiters.add(wake);
    });
  }
}

/** The peer that announced it, or any that has not been asked. */
const choose = (sought: Sought, free: readonly PeerName[]): PeerName | undefined => {
  if (sought.hint !== undefined && free.includes(sought.hint)) return sought.hint;
  const unasked = free.filter((name) => !sought.asked.includes(name));
  return unasked[Math.floor(Math.random() * unasked.length)];
};
