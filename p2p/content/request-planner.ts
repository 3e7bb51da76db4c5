/**
 * Plans the requests for pending roots: which to begin, for how long to rely on each, and what its end says of the peer and
 * of the roots. It is a part of the core, and as pure.
 */
import type { Root } from '../../src/lib/brands.ts';
import type { PeerRecords } from '../peer-records.ts';
import { CONTENT } from '../protocols.ts';
import type { PeerName } from '../types.ts';
import {
  type Answer,
  InFlight,
  PROBES_MAX,
  RELIED_MAX,
  REQUESTS_MAX,
  type Refusal,
  type RequestUnderWay,
} from './in-flight.ts';
import {
  type Candidate,
  type Choose,
  type ContentPeer,
  candidates,
  type NextRequest,
  nextProbe,
  nextRequest,
  toSecond,
} from './next-request.ts';
import { endRound, type PendingRoot, type PendingRoots } from './pending.ts';

/** Each so many requests, one begins with what was asked for in vain. */
const VAIN_EVERY = 4;
/** The bytes of an answer besides those of its objects, per object, at most. */
const OVERHEAD_BYTES = 64;

export type RequestWork =
  | {
      readonly type: 'request';
      readonly id: number;
      readonly peer: PeerName;
      /** At most `CONTENT_ROOTS_MAX`, at least one. */
      readonly roots: readonly Root[];
    }
  /** Wait for the answer to this request no longer. Nothing has to be reported of it. */
  | { readonly type: 'abandon'; readonly id: number };

export type PlannerParts = {
  readonly pending: PendingRoots;
  readonly records: PeerRecords;
  readonly choose: Choose;
  /** Is called for a root that was asked for in vain in its last round. */
  readonly giveUp: (pending: PendingRoot) => void;
};

export class RequestPlanner {
  readonly #parts: PlannerParts;
  readonly #inFlight = new InFlight();
  #begun = 0;
  /** The connected peers, as of the last plan. */
  #connected: ReadonlySet<PeerName> = new Set();

  constructor(parts: PlannerParts) {
    this.#parts = parts;
  }

  /** The number of requests under way. */
  get size(): number {
    return this.#inFlight.size;
  }

  /** Returns the requests to start now, and those to abandon. */
  plan(now: number, peers: readonly ContentPeer[]): readonly RequestWork[] {
    this.#connected = new Set(peers.map(({ name }) => name));
    const work: RequestWork[] = [];
    const look = (): readonly Candidate[] => candidates(peers, this.#parts.records, this.#inFlight, now);
    work.push(...this.#endPatience(now));
    for (;;) {
      const next = this.#nextRelied(look(), now);
      if (next === undefined) break;
      if (this.#inFlight.count(({ isProbe }) => !isProbe) >= REQUESTS_MAX - PROBES_MAX) {
        const longest = this.#inFlight.longest();
        if (longest === undefined) break;
        work.push(this.#abandon(longest, now));
      }
      work.push(this.#begin(next, now));
    }
    while (this.#inFlight.count(({ isProbe }) => isProbe) < PROBES_MAX) {
      const probe = nextProbe(this.#parts.pending, look(), now, this.#parts.choose);
      if (probe === undefined) break;
      work.push(this.#begin(probe, now));
    }
    return work;
  }

  /** A peer of the config has the root: if a stranger is relied on for it, that one is waited for no longer. */
  takeFromStranger(pending: PendingRoot): void {
    const { heldBy } = pending;
    if (heldBy !== undefined && this.#inFlight.get(heldBy)?.isStranger === true) pending.heldBy = undefined;
  }

  /** The peer has answered, or failed to. */
  answered(id: number, answer: Answer, now: number): void {
    const request = this.#inFlight.get(id);
    if (request === undefined) return;
    request.answeredAt = now;
    request.answer = answer;
  }

  /** The store has kept an object of the answer. */
  stored(id: number): void {
    const request = this.#inFlight.get(id);
    if (request !== undefined) request.stored += 1;
  }

  /** The store has not kept an object of the answer. */
  refused(id: number, refusal: Refusal): void {
    const request = this.#inFlight.get(id);
    if (request === undefined) return;
    if (refusal === 'false') request.wasFalse = true;
    else request.foundNoRoom = true;
  }

  /** The request is over, and its answer stored. */
  ended(id: number, now: number): void {
    const request = this.#inFlight.get(id);
    if (request !== undefined) this.#settle(request, now);
  }

  /** Returns the next request to rely on. If nothing is due, it doubles one that takes its time. */
  #nextRelied(all: readonly Candidate[], now: number): NextRequest | undefined {
    if (this.#inFlight.count(({ isRelied }) => isRelied) >= RELIED_MAX) return undefined;
    const vainFirst = this.#begun % VAIN_EVERY === VAIN_EVERY - 1;
    const choose = (): NextRequest | undefined =>
      nextRequest(this.#parts.pending, all, this.#inFlight, now, vainFirst, this.#parts.choose, (pending) =>
        this.#endRound(pending, now),
      );
    const next = choose();
    if (next !== undefined) return next;
    const slow = toSecond(all, this.#inFlight, now);
    if (slow === undefined) return undefined;
    this.#inFlight.release(slow);
    return choose();
  }

  #begin({ peer, batch }: NextRequest, now: number): RequestWork {
    const { name, isStranger, isDoubted } = peer;
    const attempts = isDoubted
      ? this.#parts.records.failures(name)
      : batch.reduce((most, pending) => Math.max(most, pending.attempts), 0);
    const patienceMs = this.#parts.records.patienceMs(name, attempts);
    const { id } = this.#inFlight.begin({
      peer: name,
      batch,
      startedAt: now,
      patienceMs,
      isStranger,
      isProbe: isDoubted,
    });
    if (!isDoubted) this.#begun += 1;
    return { type: 'request', id, peer: name, roots: batch.map(({ root }) => root) };
  }

  /** Relies no longer on requests that have taken too long. A probe ends there. */
  #endPatience(now: number): readonly RequestWork[] {
    const work: RequestWork[] = [];
    for (const request of this.#inFlight.all()) {
      const { startedAt, patienceMs, answeredAt, isOverdue, isProbe, peer } = request;
      if (isOverdue || answeredAt !== undefined || now - startedAt < patienceMs) continue;
      if (isProbe) {
        work.push(this.#abandon(request, now));
        continue;
      }
      this.#inFlight.release(request);
      request.isOverdue = true;
      this.#parts.records.overdue(peer, now);
    }
    return work;
  }

  #abandon(request: RequestUnderWay, now: number): RequestWork {
    this.#settle(request, now);
    return { type: 'abandon', id: request.id };
  }

  /** Ends a request, and keeps in mind what it says of the peer. */
  #settle(request: RequestUnderWay, now: number): void {
    const { peer, batch, answer, answeredAt = now, startedAt, stored, isOverdue, foundNoRoom } = request;
    this.#inFlight.end(request);
    const { count = 0, bytes = 0 } = answer.type === 'objects' ? answer : {};
    // A peer cuts its answer at some megabytes, or when others wait: the rest is worth asking the same peer for.
    const isFull = count > 0 && bytes + count * OVERHEAD_BYTES >= CONTENT.maxBytes;
    const isCut = isFull || (answer.type === 'objects' && answer.isCut);
    let brokePromise = false;
    for (const pending of batch) {
      if (isCut || this.#parts.pending.get(pending.key) !== pending) continue;
      this.#noteAsked(pending, peer);
      this.#parts.pending.demote(pending);
      if (answer.type !== 'objects' || foundNoRoom || pending.announcers.get(peer) !== 'promised') continue;
      brokePromise = true;
      pending.announcers.delete(peer);
    }
    if (brokePromise) this.#parts.records.brokePromise(peer, now);
    if (request.wasFalse) this.#parts.records.lied(peer, now);
    if (answer.type === 'failed' || request.wasFalse)
      this.#parts.records.ended(peer, { type: 'failed' }, isOverdue, now);
    else if (stored === 0) {
      const again = answer.type === 'busy' || batch.every(({ rounds }) => rounds > 0);
      this.#parts.records.ended(peer, { type: 'fruitless', again }, isOverdue, now);
    } else
      this.#parts.records.ended(
        peer,
        {
          type: 'content',
          tookMs: answeredAt - startedAt,
          bytes,
          whole: answer.type !== 'objects' || !answer.isCut,
        },
        isOverdue,
        now,
      );
  }

  /** Peers may come under ever new names before a round ends: those that have left are forgotten. */
  #noteAsked({ asked }: PendingRoot, peer: PeerName): void {
    asked.add(peer);
    if (asked.size > this.#connected.size)
      for (const name of asked) if (!this.#connected.has(name)) asked.delete(name);
  }

  /** Every peer that can be relied on was asked for the root in vain. */
  #endRound(pending: PendingRoot, now: number): void {
    if (endRound(pending, now)) this.#parts.pending.demote(pending);
    else this.#parts.giveUp(pending);
  }
}
