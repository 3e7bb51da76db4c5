/**
 * Content exchange: a node that hosts content gets what the chain speaks of from peers that have it. What is wanted
 * comes from the node (it reads the chain); announcements only say whom to ask first, so that nobody can fill a disk with
 * what the chain does not know. A contribution comes as the list of its items, then the items. Everything is verified by
 * the store against its root before it is kept.
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
/** After everyone has been asked in vain: doubled every time. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;
/** After a request that failed as such, before its peer is asked again. */
const PEER_PAUSE_MS = 500;
/** Roots sought at a time. Past it, everything wanted is looked through again when half of them have come. */
const SOUGHT_MAX = 131_072;
const REVIEW_SLICE = 256;
const PAUSED_PEERS_MAX = 1024;
/** How often {@link ContentExchange.obtain} looks into the store by itself. */
const LOOK_MS = 250;

type Sought = {
  readonly root: Root;
  /** The contributions that are not whole without it. */
  readonly parents: Set<string>;
  /** Peers that did not have it, since the last pause. */
  readonly asked: Set<PeerName>;
  hint: PeerName | undefined;
  pause: number;
  nextAt: number;
  underWay: boolean;
};

/** A contribution of which items are on their way. */
type Partial = { readonly root: Root; open: number };

export type ContentExchangeOptions = {
  readonly store: Pick<ContentStore, 'has' | 'missing' | 'receive'>;
  readonly peers: () => readonly { readonly name: PeerName }[];
  readonly fetch: (peer: PeerName, roots: readonly Root[]) => Promise<Result<readonly ContentChunk[]>>;
  readonly announce: (roots: readonly Root[]) => Promise<void>;
  readonly penalise: (peer: PeerName, offence: Offence) => void;
  /** All roots of content that the chain speaks of and this node hosts. */
  readonly wanted: () => Iterable<Root>;
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
  readonly #sought = new Map<string, Sought>();
  readonly #partial = new Map<string, Partial>();
  readonly #pausedPeers = new Map<PeerName, number>();
  readonly #waiters = new Map<string, Set<() => void>>();
  /** Who last had something that was sought: likely to have what is uploaded beside it. */
  #lastHolder: PeerName | undefined;
  #underWay = 0;
  #received = 0;
  #refused = 0;
  #reviewing = false;
  #reviewDue = true;
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

  /** Resolves when no request is under way, so that the store can be closed. */
  async stop(): Promise<void> {
    this.#running = false;
    clearInterval(this.#timer);
    for (const wake of [...this.#waiters.values()].flatMap((set) => [...set])) wake();
    while (this.#underWay > 0 || this.#reviewing) await new Promise((resolve) => setTimeout(resolve, 5));
    this.#sought.clear();
    this.#partial.clear();
  }

  stats(): ExchangeStats {
    return { sought: this.#sought.size, received: this.#received, refused: this.#refused };
  }

  /** Gets an object, and the items of a contribution, unless they are here. */
  async want(root: Root): Promise<void> {
    await this.#wantFrom(root, undefined);
  }

  /** @param holder - a peer that has the root: of a contribution it has the items too, as a rule */
  async #wantFrom(root: Root, holder: PeerName | undefined): Promise<void> {
    const missing = await this.#options.store.missing(root);
    if (!this.#running) return;
    this.#seekMissing(root, missing, holder);
  }

  /** As {@link want}, and waits for it: true if it is here, whole, in time. */
  async obtain(root: Root, timeoutMs: number): Promise<boolean> {
    await this.want(root);
    const end = performance.now() + timeoutMs;
    while ((await this.#options.store.missing(root)).length > 0) {
      const rest = end - performance.now();
      if (!this.#running || rest <= 0) return false;
      await this.#settled(toBareHex(root), Math.min(rest, LOOK_MS));
    }
    return true;
  }

  /** Tells the others of content that was put here. */
  offer(roots: readonly Root[]): Promise<void> {
    return this.#options.announce(roots);
  }

  /** Forwarded only if it speaks of what is sought here: other nodes seek the same, and nobody else cares. */
  onAnnouncement({ holder, roots }: Announcement, from: PeerName): Verdict {
    let known = false;
    const direct = this.#options.peers().some(({ name }) => name === holder);
    for (const root of roots) {
      const sought = this.#sought.get(toBareHex(root));
      if (sought === undefined) continue;
      known = true;
      sought.hint = direct ? holder : from;
      sought.asked.delete(sought.hint);
      sought.nextAt = 0;
    }
    if (known) this.#tick();
    return known ? 'accept' : 'ignore';
  }

  #seekMissing(root: Root, missing: readonly Root[], holder: PeerName | undefined): void {
    const id = toBareHex(root);
    if (missing.length === 0) {
      this.#complete(id);
      return;
    }
    const whole = missing.length === 1 && missing[0] !== undefined && toBareHex(missing[0]) === id;
    if (whole) {
      this.#seek(root, holder);
      return;
    }
    if (this.#partial.has(id)) return;
    const partial = { root, open: 0 };
    for (const item of missing) {
      const sought = this.#seek(item, holder);
      if (sought === undefined || sought.parents.has(id)) continue;
      sought.parents.add(id);
      partial.open += 1;
    }
    if (partial.open > 0) this.#partial.set(id, partial);
  }

  #seek(root: Root, holder: PeerName | undefined): Sought | undefined {
    const id = toBareHex(root);
    const known = this.#sought.get(id);
    if (known !== undefined) return known;
    if (this.#sought.size >= SOUGHT_MAX) {
      this.#reviewDue = true;
      return undefined;
    }
    const sought: Sought = {
      root,
      parents: new Set(),
      asked: new Set(),
      hint: holder,
      pause: FIRST_PAUSE_MS,
      nextAt: 0,
      underWay: false,
    };
    this.#sought.set(id, sought);
    return sought;
  }

  #tick(): void {
    if (!this.#running) return;
    if (this.#reviewDue && !this.#reviewing && this.#sought.size <= SOUGHT_MAX / 2) void this.#review();
    const now = performance.now();
    for (let sent = true; sent && this.#underWay < REQUESTS_MAX; ) sent = this.#sendNext(now);
  }

  /** Looks through all that the chain wants: after a start, and for what was passed over. */
  async #review(): Promise<void> {
    this.#reviewing = true;
    this.#reviewDue = false;
    try {
      let count = 0;
      for (const root of this.#options.wanted()) {
        if (!this.#running) return;
        await this.want(root);
        count += 1;
        if (count % REVIEW_SLICE === 0) await new Promise((resolve) => setImmediate(resolve));
      }
    } catch (error) {
      this.#options.logger.error(
        { reason: toFault(error).message },
        'cannot look through the wanted content',
      );
    } finally {
      this.#reviewing = false;
    }
  }

  /** One request, to the peer that the first root that is due has not asked yet; other roots go along. */
  #sendNext(now: number): boolean {
    const peers = this.#options.peers().map(({ name }) => name);
    const free = peers.filter((name) => (this.#pausedPeers.get(name) ?? 0) <= now);
    if (free.length === 0) return false;
    let peer: PeerName | undefined;
    const batch: Sought[] = [];
    for (const sought of this.#sought.values()) {
      if (sought.underWay || sought.nextAt > now) continue;
      if (peer === undefined) {
        if (peers.every((name) => sought.asked.has(name))) this.#pause(sought, now);
        else peer = choose(sought, free, this.#lastHolder);
        if (peer !== undefined) batch.push(sought);
      } else if (!sought.asked.has(peer)) batch.push(sought);
      if (batch.length === CONTENT_ROOTS_MAX) break;
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
  #pause(sought: Sought, now: number): void {
    sought.asked.clear();
    sought.nextAt = now + sought.pause;
    sought.pause = Math.min(LONGEST_PAUSE_MS, sought.pause * 2);
  }

  async #request(peer: PeerName, batch: readonly Sought[]): Promise<void> {
    const { fetch, store, penalise, logger } = this.#options;
    const answer = await fetch(
      peer,
      batch.map(({ root }) => root),
    );
    for (const sought of batch) {
      // A failed request says nothing of what the peer has.
      if (answer.ok) sought.asked.add(peer);
      if (sought.hint === peer) sought.hint = undefined;
    }
    if (!answer.ok) {
      if (this.#pausedPeers.size >= PAUSED_PEERS_MAX) this.#pausedPeers.clear();
      this.#pausedPeers.set(peer, performance.now() + PEER_PAUSE_MS);
      logger.debug({ peer, reason: answer.fault.message }, 'no content from a peer');
      return;
    }
    // An answer is cut at some megabytes: what it may yet hold is worth asking for again.
    if (answer.value.length > 0 && answer.value.length < batch.length)
      for (const sought of batch) sought.asked.delete(peer);
    if (answer.value.length === 0) return;
    this.#lastHolder = peer;
    const results = await store.receive(answer.value);
    for (const [i, result] of results.entries()) {
      const root = answer.value[i]?.root;
      if (root === undefined) continue;
      if (result.ok) {
        await this.#arrived(root, peer);
        continue;
      }
      this.#refused += 1;
      const { code, message } = result.fault;
      if (code === 'CONTENT_FULL' || code === 'CONTENT_IO') {
        logger.error({ code, reason: message }, 'cannot keep content');
        this.#later(root);
        continue;
      }
      logger.warn({ peer, code, reason: message }, 'a peer sent false content');
      this.#sought.get(toBareHex(root))?.asked.add(peer);
      penalise(peer, 'false-answer');
    }
  }

  /** This node has no room for it, or no disk: not the peers' doing. */
  #later(root: Root): void {
    const sought = this.#sought.get(toBareHex(root));
    if (sought === undefined) return;
    sought.asked.clear();
    sought.nextAt = performance.now() + LONGEST_PAUSE_MS;
  }

  async #arrived(root: Root, peer: PeerName): Promise<void> {
    const id = toBareHex(root);
    const sought = this.#sought.get(id);
    this.#sought.delete(id);
    this.#received += 1;
    for (const parent of sought?.parents ?? []) {
      const partial = this.#partial.get(parent);
      if (partial === undefined) continue;
      partial.open -= 1;
      if (partial.open > 0) continue;
      this.#partial.delete(parent);
      // Items past the number sought at a time may still be missing.
      await this.want(partial.root);
      if (!this.#partial.has(parent)) await this.#options.announce([partial.root]);
    }
    if (sought !== undefined && sought.parents.size === 0) await this.#wantFrom(root, peer);
  }

  /** Wakes those who wait for it. */
  #complete(id: string): void {
    for (const wake of this.#waiters.get(id) ?? []) wake();
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

/** The peer that announced it, or the one that had the last thing sought, or any that has not been asked. */
const choose = (
  sought: Sought,
  free: readonly PeerName[],
  lastHolder: PeerName | undefined,
): PeerName | undefined => {
  if (sought.hint !== undefined && free.includes(sought.hint)) return sought.hint;
  const unasked = free.filter((name) => !sought.asked.has(name));
  if (lastHolder !== undefined && unasked.includes(lastHolder)) return lastHolder;
  return unasked[Math.floor(Math.random() * unasked.length)];
};
