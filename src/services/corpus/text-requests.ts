/**
 * The requests of a service for content. No round of a service waits for content: whoever withholds a text would decide when
 * the service answers a DEMAND or reviews a claim. A round requests what it lacks, continues with what is there, and comes
 * back once a request has ended.
 *
 * A node searches its peers for seconds before it reports that it found none, so each request has a place, and the places
 * are few. Owners (a Datanet, or the model of a receipt) take turns at them, and none has more than half. Content that was
 * missing rests for longer each time before it is requested again, and such requests have half of the places at most. So
 * an owner whose content is missing delays the content of others by no more than one search of a node per turn. What an
 * answer to a DEMAND needs has places of its own, also if it waits for a place among other content already.
 */
import { LRUCache } from 'lru-cache';
import { refusalOf } from '../../client/refusals.ts';
import { type BackOff, pauseAfter } from '../../lib/back-off.ts';
import type { Hex } from '../../lib/bytes.ts';
import { CodedError, type Fault, failWith, toFault } from '../../lib/errors.ts';
import type { DatanetId, ModelId } from '../../lib/ids.ts';
import type { OnWaiting } from './content-fetcher.ts';
import { type ContentReader, type Read, TOGETHER } from './content-reader.ts';

/** The most requests at a time; those of one owner; those for content that was missing before; and urgent ones besides. */
const PLACES = 16;
const OWNER_PLACES = 8;
const RETRY_PLACES = 8;
const URGENT_PLACES = 4;
/** The pauses before missing content is requested again, in milliseconds: usually, and for an answer to a DEMAND. */
const PAUSES_MS: BackOff = { first: 2_000, longest: 64_000 };
const URGENT_PAUSES_MS: BackOff = { first: 2_000, longest: 2_000 };
/** The most roots that did not arrive and are remembered, and the most looks. */
const MISSING_KEPT = 65_536;
const LOOKS_KEPT = 4_096;
/** The time for which it counts that a look has found nothing. */
const LOOK_MS = 10_000;
/** The time between two reports that content has not arrived yet. */
const REPORT_MS = 5_000;

/** Whose content it is. Owners take turns. */
export type Owner = string;
export const datanetOwner = (datanet: DatanetId): Owner => `datanet/${datanet}`;
/** Owns the texts of the receipts of a model. */
export const modelOwner = (model: ModelId): Owner => `model/${model}`;
/** What answers to DEMANDs need shares its places with nothing else. */
export const ANSWERS_OWNER: Owner = 'answers';

export type Asked = {
  readonly owner: Owner;
  /** A node that has not answered for this long counts as one that has not found it. */
  readonly waitMs: number;
};

/** `urgent`: for an answer to a DEMAND. `retry`: all of it was missing before. */
type Rank = 'urgent' | 'first' | 'retry';

const RANKS: readonly Rank[] = ['urgent', 'first', 'retry'];

type Request = Asked & {
  /** As long as the request waits for a place, roots may leave it. */
  roots: readonly Hex[];
  readonly rank: Rank;
  /** When the node was asked; undefined while the request waits for a place. */
  beganAt: number | undefined;
};

type Missing = {
  /** How often in a row nobody had it; 0 if the node has said nothing about it. */
  readonly misses: number;
  readonly endedAt: number;
};

/** A search that begins after somebody has decided to act because content is missing. */
type Look = Asked & {
  readonly startedAt: number;
  /** The roots whose search has not ended. `after`: it begins once a request has ended that was pending already. */
  readonly open: Map<Hex, 'requested' | 'after'>;
  doneAt: number | undefined;
};

export class TextRequests {
  readonly #read: ContentReader;
  readonly #onWaiting: OnWaiting;
  readonly #active = new Map<Hex, Request>();
  readonly #missing = new LRUCache<Hex, Missing>({ max: MISSING_KEPT });
  readonly #looks = new LRUCache<string, Look>({ max: LOOKS_KEPT });
  /** Refusals that say nothing about the content, and stay: whoever requests it next is told. */
  readonly #refused = new Map<Hex, Fault>();
  /** The requests that wait for a place, by owner. The owner whose turn is next comes first. */
  readonly #queues: Readonly<Record<Rank, Map<Owner, Request[]>>> = {
    urgent: new Map(),
    first: new Map(),
    retry: new Map(),
  };
  readonly #running = new Set<Request>();
  readonly #idle: (() => void)[] = [];
  #hasEnded = false;
  /** How much was requested for the first time since there was nothing of it left, since when, and the last report. */
  #first = { of: 0, since: 0, reportedAt: 0 };

  /** @param onWaiting - is called now and then while content has not arrived that was requested for the first time */
  constructor(read: ContentReader, onWaiting: OnWaiting = () => undefined) {
    this.#read = read;
    this.#onWaiting = onWaiting;
  }

  /**
   * Requests roots together, unless they are requested already or were missing a moment ago.
   * @param isUrgent - requests what was missing again soon, and before other content
   * @throws CodedError if the node has refused one of the roots for a reason that says nothing about the content and stays
   */
  request(roots: readonly Hex[], asked: Asked, isUrgent = false): void {
    this.#throwRefusal(roots);
    const now = performance.now();
    const those = [...new Set(roots)];
    const due = those.filter((root) =>
      this.#active.has(root) ? isUrgent && this.#leaveQueue(root) : this.#dueAt(root, isUrgent) <= now,
    );
    for (const [rank, each] of Map.groupBy(due, (root) => this.#rankOf(root, isUrgent)))
      this.#enqueue(each, asked, rank);
    this.#fill();
    this.#report(now);
  }

  /**
   * Looks for content once more, before somebody acts because it is missing: by requests that begin from now on. It takes
   * several calls: the one that returns true ends the look.
   * @param key - names the look
   * @param roots - those that are missing now
   * @returns whether the search has ended, and the roots were not found
   * @throws CodedError as {@link request}
   */
  look(key: string, roots: readonly Hex[], asked: Asked): boolean {
    this.#throwRefusal(roots);
    const now = performance.now();
    const look = this.#looks.get(key);
    if (look !== undefined && now <= (look.doneAt ?? now) + LOOK_MS) {
      if (look.doneAt === undefined && !this.#isGivenUp(look, now)) return false;
      this.#looks.delete(key);
      return true;
    }
    if (roots.length === 0) return true;
    const open: Look['open'] = new Map();
    // A request that was sent may have begun before the content was there.
    for (const root of roots)
      open.set(root, this.#active.get(root)?.beganAt === undefined ? 'requested' : 'after');
    const fresh = roots.filter((root) => !this.#active.has(root));
    this.#enqueue(fresh, asked, 'first');
    this.#looks.set(key, { ...asked, startedAt: now, open, doneAt: undefined });
    this.#fill();
    return false;
  }

  /** Whether content is requested and nobody knows yet whether it is missing. */
  isPending(root: Hex): boolean {
    const request = this.#active.get(root);
    const misses = this.#missing.get(root)?.misses;
    if (request === undefined) return misses === 0;
    return (misses ?? 0) === 0 && !this.#isOver(request, performance.now());
  }

  isLooking(key: string): boolean {
    const look = this.#looks.get(key);
    return look !== undefined && look.doneAt === undefined && !this.#isGivenUp(look, performance.now());
  }

  /** Whether a request has ended since the last call. */
  takeEnded(): boolean {
    const hasEnded = this.#hasEnded;
    this.#hasEnded = false;
    return hasEnded;
  }

  /** Resolves once nothing is requested. */
  async idle(): Promise<void> {
    if (this.#active.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #throwRefusal(roots: readonly Hex[]): void {
    if (this.#refused.size === 0) return;
    for (const root of roots) {
      const refused = this.#refused.get(root);
      this.#refused.delete(root);
      if (refused !== undefined) throw new CodedError(refused);
    }
  }

  /** The time from which on content may be requested. */
  #dueAt(root: Hex, isUrgent: boolean): number {
    const missing = this.#missing.get(root);
    if (missing === undefined) return 0;
    const pauses = isUrgent ? URGENT_PAUSES_MS : PAUSES_MS;
    return missing.endedAt + pauseAfter(Math.max(1, missing.misses), pauses);
  }

  #rankOf(root: Hex, isUrgent: boolean): Rank {
    if (isUrgent) return 'urgent';
    return (this.#missing.get(root)?.misses ?? 0) > 0 ? 'retry' : 'first';
  }

  /** Whether the node was asked for so long that what it has not answered counts as missing. */
  #isOver({ beganAt, waitMs }: Request, now: number): boolean {
    return beganAt !== undefined && now >= beganAt + waitMs;
  }

  /** Whether the node has had its time for all that a look is for: a window may be shorter than the search of a node. */
  #isGivenUp({ open, startedAt, waitMs }: Look, now: number): boolean {
    return [...open].every(([root, state]) => {
      const request = state === 'requested' ? this.#active.get(root) : undefined;
      return request === undefined ? now >= startedAt + waitMs : this.#isOver(request, now);
    });
  }

  #enqueue(roots: readonly Hex[], { owner, waitMs }: Asked, rank: Rank): void {
    const requests: Request[] = [];
    for (let from = 0; from < roots.length; from += TOGETHER) {
      const request: Request = {
        owner,
        waitMs,
        roots: roots.slice(from, from + TOGETHER),
        rank,
        beganAt: undefined,
      };
      for (const root of request.roots) this.#active.set(root, request);
      requests.push(request);
    }
    const queue = this.#queues[rank].get(owner);
    if (queue !== undefined) queue.push(...requests);
    else if (requests.length > 0) this.#queues[rank].set(owner, [...requests]);
    if (rank === 'first' && roots.length > 0) {
      if (this.#first.of === 0)
        this.#first = { of: 0, since: performance.now(), reportedAt: performance.now() };
      this.#first.of += roots.length;
    }
  }

  /** Takes a root out of the request that waits for a place with it. @returns false if that has a place, or is urgent */
  #leaveQueue(root: Hex): boolean {
    const request = this.#active.get(root);
    if (request === undefined || request.beganAt !== undefined || request.rank === 'urgent') return false;
    this.#active.delete(root);
    request.roots = request.roots.filter((each) => each !== root);
    if (request.roots.length > 0) return true;
    const queues = this.#queues[request.rank];
    const rest = (queues.get(request.owner) ?? []).filter((each) => each !== request);
    if (rest.length === 0) queues.delete(request.owner);
    else queues.set(request.owner, rest);
    return true;
  }

  /** Gives free places to the requests whose turn it is. */
  #fill(): void {
    for (;;) {
      const request = this.#next();
      if (request === undefined) return;
      request.beganAt = performance.now();
      this.#running.add(request);
      void this.#run(request);
    }
  }

  /** Takes the next request that may have a place from its queue. */
  #next(): Request | undefined {
    const running = [...this.#running];
    const places = PLACES - running.length;
    const hasPlace: Record<Rank, boolean> = {
      urgent: places + URGENT_PLACES > 0,
      first: places > 0,
      retry: places > 0 && running.filter(({ rank }) => rank === 'retry').length < RETRY_PLACES,
    };
    for (const rank of RANKS) {
      if (!hasPlace[rank]) continue;
      const queues = this.#queues[rank];
      for (const [owner, queue] of queues) {
        if (running.filter((each) => each.owner === owner).length >= OWNER_PLACES) continue;
        const request = queue.shift();
        // Its owner stands behind all others now.
        queues.delete(owner);
        if (queue.length > 0) queues.set(owner, queue);
        return request;
      }
    }
    return undefined;
  }

  async #run(request: Request): Promise<void> {
    const { roots } = request;
    const results = await this.#read(roots).catch((error: unknown) =>
      roots.map(() => failWith(toFault(error))),
    );
    this.#running.delete(request);
    const now = performance.now();
    const belonging: Hex[] = [];
    for (const [i, root] of roots.entries()) {
      this.#active.delete(root);
      belonging.push(...this.#note(root, results[i], now));
      this.#noteLooks(root, results[i], now);
    }
    this.#hasEnded = true;
    this.#enqueue(
      belonging.filter((root) => !this.#active.has(root)),
      request,
      request.rank === 'urgent' ? 'urgent' : 'first',
    );
    this.#fill();
    if ([...this.#active.values()].every(({ rank }) => rank !== 'first')) this.#first.of = 0;
    if (this.#active.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** Notes what became of a root. @returns the content that belongs to it */
  #note(root: Hex, read: Read | undefined, now: number): readonly Hex[] {
    if (read === undefined || read.ok) {
      this.#missing.delete(root);
      return read?.value ?? [];
    }
    const refusal = refusalOf(read.fault);
    const misses = this.#missing.get(root)?.misses ?? 0;
    // Any other refusal says nothing about the content: nobody may conclude that it is withheld.
    this.#missing.set(root, { misses: refusal === 'missing' ? misses + 1 : misses, endedAt: now });
    const passes =
      refusal === 'missing' || refusal === 'away' || refusal === 'trouble' || refusal === 'later';
    if (!passes) this.#refused.set(root, read.fault);
    return [];
  }

  #noteLooks(root: Hex, read: Read | undefined, now: number): void {
    const isMissing = read !== undefined && !read.ok && refusalOf(read.fault) === 'missing';
    for (const [key, look] of this.#looks.entries()) {
      const awaited = look.open.get(root);
      if (awaited === undefined) continue;
      if (awaited === 'after' && isMissing) {
        if (!this.#active.has(root)) this.#enqueue([root], look, 'first');
        look.open.set(root, 'requested');
        continue;
      }
      // What was refused otherwise was not looked for: the look begins anew.
      if (read !== undefined && !read.ok && !isMissing) this.#looks.delete(key);
      look.open.delete(root);
      if (look.open.size === 0) look.doneAt = now;
    }
  }

  #report(now: number): void {
    const { of, since, reportedAt } = this.#first;
    if (of === 0 || now < reportedAt + REPORT_MS) return;
    this.#first.reportedAt = now;
    const missing = [...this.#active].filter(
      ([root, { rank }]) => rank === 'first' && this.isPending(root),
    ).length;
    if (missing > 0) this.#onWaiting({ missing, of, waitedMs: now - since });
  }
}
