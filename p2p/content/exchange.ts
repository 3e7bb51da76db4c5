/**
 * Content exchange: a node that hosts content gets what the chain names from peers that have it. What is wanted comes from
 * the node, which reads the chain; announcements only say whom to ask first, and which roots the node is to look up again,
 * so that nobody can fill a disk with what the chain does not know. A contribution comes as the list of its items, then the items. The store verifies every object
 * against its root before it keeps it.
 *
 * This is the shell: the timer, the store, the network and the log. `core.ts` decides what to ask of whom, and when.
 */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { ContentStore } from '../../src/content/store.ts';
import type { Root } from '../../src/lib/brands.ts';
import { equal, toBareHex } from '../../src/lib/bytes.ts';
import { type Fault, type Result, toFault } from '../../src/lib/errors.ts';
import type { Logger } from '../../src/lib/log.ts';
import type { Announcement, ContentAnswer, ContentChunk } from '../protocols.ts';
import type { Offence } from '../scores.ts';
import type { PeerName, Verdict } from '../types.ts';
import { ContentCore, type Effect, ITEMS_MAX, type Work } from './core.ts';
import type { Answer } from './in-flight.ts';
import { Inspections, type Purpose } from './inspections.ts';
import { LookUps } from './look-ups.ts';
import type { ContentPeer } from './next-request.ts';
import { Waiters } from './waiters.ts';

const TICK_MS = 100;
/** A review looks up so many roots at a time, and gives the event loop back after so long. */
const REVIEW_SLICE = 256;
const SLICE_MS = 5;
/** A store that is full, or a disk that fails, is logged once in this time. */
const COMPLAIN_MS = 30_000;
/** So many announced roots are looked up at a time, and so often: strangers choose how many they announce. */
const ANNOUNCED_SLICE = 256;
const ANNOUNCED_MS = 250;
/** What is waited for is looked up in the store this often, however many wait. */
const LOOK_MS = 250;

export type ContentExchangeOptions = {
  readonly store: Pick<ContentStore, 'hasMany' | 'missing' | 'mostItems' | 'receive'>;
  readonly peers: () => readonly ContentPeer[];
  /** Whether the name is of one of {@link peers}. */
  readonly isPeer: (name: PeerName) => boolean;
  /** Resolves early when the signal is aborted. */
  readonly fetch: (
    peer: PeerName,
    roots: readonly Root[],
    signal: AbortSignal,
  ) => Promise<Result<ContentAnswer>>;
  readonly announce: (roots: readonly Root[]) => void;
  readonly penalise: (peer: PeerName, offence: Offence) => void;
  /** Logs what a peer did: a name costs a stranger nothing, so this has a pace. */
  readonly warn: (peer: PeerName, fields: object, message: string) => void;
  /** The roots of content that the chain names, this node hosts and may lack, in pieces that are each quickly made. */
  readonly wanted: () => Iterable<readonly Root[]> | AsyncIterable<readonly Root[]>;
  /** Which of these roots the chain names, this node hosts and the store does not have. */
  readonly areWanted: (roots: readonly Root[]) => Promise<readonly boolean[]>;
  readonly logger: Logger;
};

export type ExchangeStats = {
  /** Roots that are wanted and not here yet. */
  readonly pending: number;
  /** Objects stored, and objects that the store refused, since the start. */
  readonly received: number;
  readonly refused: number;
};

type Request = Extract<Work, { readonly type: 'request' }>;

export class ContentExchange {
  readonly #options: ContentExchangeOptions;
  readonly #core = new ContentCore((count) => Math.floor(Math.random() * count));
  readonly #waiters = new Waiters();
  /** By the number of their request: they end requests that are abandoned. */
  readonly #controllers = new Map<number, AbortController>();
  #sought: Promise<void> | undefined;
  #soughtAt = Number.NEGATIVE_INFINITY;
  /** Roots to look up in the store at the end of this turn, and the look-up under way: it returns the keys of those here. */
  #unchecked = new Map<string, Root>();
  #lookUp: Promise<ReadonlySet<string>> | undefined;
  readonly #inspections = new Inspections((root, purpose) => this.#inspectNow(root, purpose));
  /** Roots that were announced and are not pending. */
  readonly #announced = new LookUps();
  #announcedAt = Number.NEGATIVE_INFINITY;
  #announcedLookUp: Promise<void> | undefined;
  /** How many lists are looked through now, and the keys of what was put here meanwhile: it may have looked missing. */
  #looking = 0;
  readonly #arrivedMeanwhile = new Set<string>();
  #storing = 0;
  #offering = 0;
  #inspecting = 0;
  #reviewing = false;
  #received = 0;
  #refused = 0;
  #complainedAt = Number.NEGATIVE_INFINITY;
  #running = false;
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ContentExchangeOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = true;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#tick();
  }

  /** Resolves when the store is no longer used. Answers that are still on their way are dropped. */
  async stop(): Promise<void> {
    this.#running = false;
    this.#stopped = true;
    clearInterval(this.#timer);
    this.#waiters.dismiss();
    for (const controller of this.#controllers.values()) controller.abort();
    await this.#announcedLookUp;
    await this.#sought;
    await this.#inspections.stop();
    while (
      this.#storing + this.#offering + this.#inspecting > 0 ||
      this.#reviewing ||
      this.#lookUp !== undefined
    )
      await sleep(5);
    this.#core.clear();
  }

  stats(): ExchangeStats {
    return { pending: this.#core.sizes().pending, received: this.#received, refused: this.#refused };
  }

  /** Gets an object, and the items of a contribution, unless they are here. Resolves when it was looked for what is here. */
  async want(root: Root): Promise<void> {
    this.#core.adopt(root);
    const isHere = await this.#isHere(root);
    // A client that came during the look-up is a guest, because the root was not pending yet.
    this.#core.adopt(root);
    if (isHere) await this.#inspect(root, { announce: false, get: true });
  }

  /**
   * Gets an object, and waits for it, but not for the items of a contribution. Returns true if it is here in time. A root
   * that nothing else wants is pending only while somebody waits for it.
   */
  async obtain(root: Root, timeoutMs: number): Promise<boolean> {
    const end = performance.now() + timeoutMs;
    this.#core.enter(root);
    try {
      if (await this.#isHere(root)) return true;
      this.#core.hasten(root);
      return this.#running && (await this.#waiters.wait(root, end - performance.now()));
    } finally {
      this.#core.leave(root);
    }
  }

  /**
   * Content was put here, shown or not: nobody is asked for it any more. Of a long list that is named the items are shown
   * only after a while, and peers would be asked for them all that time.
   */
  arrived(roots: readonly Root[]): void {
    if (this.#stopped) return;
    for (const root of roots) {
      if (this.#looking > 0) this.#arrivedMeanwhile.add(toBareHex(root));
      this.#perform(this.#core.arrived(root));
    }
  }

  /**
   * Content was put here, or is shown from now on. What of it is here and shown is asked of nobody any more, and announced
   * once it is whole. What is not shown is not announced: the root of an item that is known to others would show the item
   * as soon as they name it in a list of their own.
   */
  async offer(roots: readonly Root[]): Promise<void> {
    if (this.#stopped) return;
    this.#offering += 1;
    try {
      const offered = [...new Map(roots.map((root) => [toBareHex(root), root])).values()];
      const here = await this.#options.store.hasMany(offered);
      for (const [i, root] of offered.entries()) {
        if (here[i] !== true) continue;
        this.#perform(this.#core.arrived(root));
        this.#waiters.wake(root);
        this.#inspectSoon(root, { announce: true, get: false });
      }
    } finally {
      this.#offering -= 1;
    }
  }

  /** Takes an announcement of a peer. The verdict says whether to forward it. */
  onAnnouncement(announcement: Announcement, from: PeerName): Verdict {
    const { verdict, hastened, unknown } = this.#core.announced(
      announcement,
      from,
      this.#options.isPeer,
      performance.now(),
    );
    this.#announced.add(from, unknown, this.#core.isConfigured(from));
    if (hastened) this.#tick();
    return verdict;
  }

  /** Finds the announced roots that the chain names all the same: there was no room for them, or they were given up. */
  async #lookUpAnnounced(): Promise<void> {
    const roots = this.#announced.next(ANNOUNCED_SLICE);
    if (roots.length === 0) return;
    try {
      const wanted = await this.#options.areWanted(roots);
      for (const [i, root] of roots.entries()) {
        if (wanted[i] !== true) continue;
        this.#core.adopt(root);
        this.#core.missing(root, 'others');
      }
    } catch (error) {
      this.#options.logger.error({ reason: toFault(error).message }, 'cannot look up announced content');
    }
  }

  // --------------------------------------------------------------------------------------------- what is wanted

  /** Looks a root up in the store. If it is not there, it is pending then. The calls of one turn share a look-up. */
  async #isHere(root: Root): Promise<boolean> {
    const key = toBareHex(root);
    this.#unchecked.set(key, root);
    this.#lookUp ??= nextTurn().then(() => this.#checkAll());
    return (await this.#lookUp).has(key);
  }

  async #checkAll(): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    try {
      while (this.#running && this.#unchecked.size > 0) {
        const roots = [...this.#unchecked];
        this.#unchecked = new Map();
        const here = await this.#options.store.hasMany(roots.map(([, root]) => root));
        for (const [i, [key, root]] of roots.entries())
          if (here[i] === true) found.add(key);
          else this.#core.missing(root);
      }
    } finally {
      this.#lookUp = undefined;
    }
    return found;
  }

  /** Looks up what of these roots is waited for, and is here by now. */
  async #wake(roots: readonly Root[]): Promise<void> {
    if (roots.length === 0) return;
    const here = await this.#options.store.hasMany(roots);
    for (const [i, root] of roots.entries()) if (here[i] === true) this.#waiters.wake(root);
  }

  /** Finds out, in its turn, what an object that is here lacks. Only a list lacks something. */
  async #inspect(root: Root, purpose: Purpose): Promise<void> {
    this.#inspecting += 1;
    try {
      const items = await this.#options.store.mostItems(root);
      if (items === 0) this.#perform(this.#core.inspected(root, [], purpose.announce));
      else {
        const inspected = this.#inspections.add(root, items, purpose);
        if (inspected === undefined && purpose.get) this.#core.passedOver();
        await inspected;
      }
    } finally {
      this.#inspecting -= 1;
    }
  }

  /** The same, where nobody waits for it. */
  #inspectSoon(root: Root, purpose: Purpose): void {
    this.#inspect(root, purpose).catch((error: unknown) => {
      this.#options.logger.error({ reason: toFault(error).message }, 'cannot inspect content');
    });
  }

  async #inspectNow(root: Root, { announce, get }: Purpose): Promise<void> {
    const lacking = await this.#lackingOf(root, get ? ITEMS_MAX : 1);
    if (get || lacking.length === 0) this.#perform(this.#core.inspected(root, lacking, announce));
  }

  /** Returns what an object lacks, without what was put here while that was found out. */
  async #lackingOf(root: Root, most: number): Promise<readonly Root[]> {
    this.#looking += 1;
    try {
      for (;;) {
        const found = await this.#options.store.missing(root, most);
        const lacking = found.filter(
          (each) => equal(each, root) || !this.#arrivedMeanwhile.has(toBareHex(each)),
        );
        // If all of it has come, what is past the most may still be missing.
        if (lacking.length > 0 || found.length === 0) return lacking;
      }
    } finally {
      this.#looking -= 1;
      if (this.#looking === 0) this.#arrivedMeanwhile.clear();
    }
  }

  async #review(): Promise<void> {
    this.#reviewing = true;
    try {
      let slice: Root[] = [];
      let since = performance.now();
      for await (const roots of this.#options.wanted()) {
        slice.push(...roots);
        if (slice.length < REVIEW_SLICE && performance.now() - since < SLICE_MS) continue;
        await nextTurn();
        await this.#reviewSlice(slice);
        slice = [];
        if (!this.#running) return;
        since = performance.now();
      }
      await this.#reviewSlice(slice);
    } catch (error) {
      this.#options.logger.error(
        { reason: toFault(error).message },
        'cannot look through the wanted content',
      );
    } finally {
      this.#reviewing = false;
      this.#core.reviewed();
    }
  }

  /**
   * Wants roots of a review. It waits until there is room for more of them: a block may name thousands, and a contribution
   * may lack so many items.
   */
  async #reviewSlice(roots: readonly Root[]): Promise<void> {
    for (let from = 0; from < roots.length; from += REVIEW_SLICE) {
      await this.#roomForReview();
      if (!this.#running) return;
      const some = roots.slice(from, from + REVIEW_SLICE);
      const here = await this.#options.store.hasMany(some);
      for (const [i, root] of some.entries()) {
        this.#core.adopt(root);
        if (here[i] !== true) this.#core.missing(root, 'review');
      }
      for (const [i, root] of some.entries()) {
        if (here[i] !== true) continue;
        await this.#roomForReview();
        if (!this.#running) return;
        const lacking = await this.#lackingOf(root, ITEMS_MAX);
        this.#perform(this.#core.inspected(root, lacking, false, 'review'));
      }
    }
  }

  async #roomForReview(): Promise<void> {
    while (this.#running && !this.#core.hasRoomForReview()) await sleep(TICK_MS);
  }

  // ------------------------------------------------------------------------------------ requests and their answers

  #tick(): void {
    if (!this.#running) return;
    const now = performance.now();
    if (this.#announcedLookUp === undefined && now - this.#announcedAt >= ANNOUNCED_MS) {
      this.#announcedAt = now;
      this.#announcedLookUp = this.#lookUpAnnounced().finally(() => {
        this.#announcedLookUp = undefined;
      });
    }
    if (this.#sought === undefined && now - this.#soughtAt >= LOOK_MS) {
      this.#soughtAt = now;
      this.#sought = this.#wake(this.#waiters.roots())
        .catch((error: unknown) => {
          this.#options.logger.error({ reason: toFault(error).message }, 'cannot look up content');
        })
        .finally(() => {
          this.#sought = undefined;
        });
    }
    for (const work of this.#core.tick(now, this.#options.peers()))
      switch (work.type) {
        case 'review':
          void this.#review();
          break;
        case 'request':
          void this.#request(work);
          break;
        case 'abandon':
          this.#controllers.get(work.id)?.abort();
          break;
      }
  }

  async #request(request: Request): Promise<void> {
    const controller = new AbortController();
    this.#controllers.set(request.id, controller);
    try {
      await this.#fetch(request, controller.signal);
    } catch (error) {
      this.#options.logger.error({ reason: toFault(error).message }, 'cannot keep content');
    } finally {
      this.#controllers.delete(request.id);
      this.#core.ended(request.id, performance.now());
      this.#tick();
    }
  }

  async #fetch({ id, peer, roots }: Request, signal: AbortSignal): Promise<void> {
    const { fetch, logger } = this.#options;
    const answer = await fetch(peer, roots, signal);
    if (!this.#running || signal.aborted) return;
    this.#core.answered(id, answerOf(answer), performance.now());
    if (answer.ok) await this.#store(id, peer, answer.value.objects);
    else logger.debug({ peer, reason: answer.fault.message }, 'no content from a peer');
  }

  async #store(id: number, peer: PeerName, objects: readonly ContentChunk[]): Promise<void> {
    if (objects.length === 0) return;
    this.#storing += 1;
    try {
      const results = await this.#options.store.receive(objects);
      for (const [i, result] of results.entries()) {
        const root = objects[i]?.root;
        if (root === undefined) continue;
        if (result.ok) {
          this.#received += 1;
          this.#perform(this.#core.stored(id, root));
        } else this.#refuse(id, peer, root, result.fault);
      }
      await this.#wake(objects.map(({ root }) => root).filter((root) => this.#waiters.areFor(root)));
    } finally {
      this.#storing -= 1;
    }
  }

  #refuse(id: number, peer: PeerName, root: Root, { code, message }: Fault): void {
    const { warn, logger } = this.#options;
    this.#refused += 1;
    const now = performance.now();
    // No room for it here, or a disk that fails, is not the peer's doing.
    const refusal = code === 'CONTENT_FULL' || code === 'CONTENT_IO' ? 'no-room' : 'false';
    if (refusal === 'false') warn(peer, { code, reason: message }, 'a peer sent false content');
    else if (now - this.#complainedAt > COMPLAIN_MS) {
      this.#complainedAt = now;
      logger.error({ code, reason: message }, 'cannot keep content');
    }
    this.#perform(this.#core.refused(id, peer, root, refusal, now));
  }

  #perform(effects: readonly Effect[]): void {
    for (const effect of effects)
      switch (effect.type) {
        case 'inspect':
          this.#inspectSoon(effect.root, { announce: effect.announce, get: true });
          break;
        case 'announce':
          this.#options.announce([effect.root]);
          break;
        case 'penalise':
          this.#options.penalise(effect.peer, 'false-answer');
          break;
      }
  }
}

const answerOf = (answer: Result<ContentAnswer>): Answer => {
  if (answer.ok) {
    const { objects, isCut } = answer.value;
    const bytes = objects.reduce((sum, { encoded }) => sum + encoded.length, 0);
    return { type: 'objects', count: objects.length, bytes, isCut };
  }
  const isBusy = answer.fault.code === 'P2P_BUSY' || answer.fault.code === 'P2P_NOT_CONNECTED';
  return { type: isBusy ? 'busy' : 'failed' };
};
