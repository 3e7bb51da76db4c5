/**
 * The requests under way. A request is relied on at first: its roots are not asked of anyone else. When it has taken too
 * long it is not cancelled, but its roots are asked of other peers too. A peer in doubt is never relied on: its request is
 * a probe, beside the others. So a peer that does not answer delays nothing for longer than it is relied on.
 *
 * The number of requests of each sort is bounded, and with it the memory for their answers.
 */
import type { PeerName } from '../types.ts';
import type { PendingRoot } from './pending.ts';

/** Requests that are relied on at a time, each to another peer. A request is under way until its answer is stored. */
export const RELIED_MAX = 8;
/** The most of them that go to peers that are neither in the config nor proven, as long as other peers are available. */
export const STRANGERS_MAX = 4;
/** Requests at a time to peers in doubt. */
export const PROBES_MAX = 2;
/** All requests under way, those that are overdue among them. Past it, the one that has taken longest is abandoned. */
export const REQUESTS_MAX = 16;

/** What came of a request. */
export type Answer =
  /** So many objects, not verified yet, of so many bytes together. `isCut`: the peer may have more of what it was asked. */
  | { readonly type: 'objects'; readonly count: number; readonly bytes: number; readonly isCut: boolean }
  /** The peer, or this node, had no place for the request. */
  | { readonly type: 'busy' }
  | { readonly type: 'failed' };

/** Why the store did not keep an object: it is not what was asked for, or this node has no room or a broken disk. */
export type Refusal = 'false' | 'no-room';

export type RequestUnderWay = {
  readonly id: number;
  readonly peer: PeerName;
  readonly batch: readonly PendingRoot[];
  readonly startedAt: number;
  /** Relied on for so many milliseconds. */
  readonly patienceMs: number;
  readonly isStranger: boolean;
  readonly isProbe: boolean;
  /** Whether it is relied on. */
  isRelied: boolean;
  /** Whether the peer has been held to account for the delay. */
  isOverdue: boolean;
  /** When the answer came; it is being stored. Until then it counts as failed. */
  answeredAt: number | undefined;
  answer: Answer;
  /** Objects of the answer that were stored. */
  stored: number;
  /** Whether an object of the answer was false, or there was no room for it here. */
  wasFalse: boolean;
  foundNoRoom: boolean;
};

export class InFlight {
  readonly #byId = new Map<number, RequestUnderWay>();
  #last = 0;

  get size(): number {
    return this.#byId.size;
  }

  get(id: number): RequestUnderWay | undefined {
    return this.#byId.get(id);
  }

  all(): IterableIterator<RequestUnderWay> {
    return this.#byId.values();
  }

  count(condition: (request: RequestUnderWay) => boolean): number {
    let count = 0;
    for (const request of this.#byId.values()) if (condition(request)) count += 1;
    return count;
  }

  isBusy(peer: PeerName): boolean {
    for (const request of this.#byId.values()) if (request.peer === peer) return true;
    return false;
  }

  /** Begins a request. If it is relied on, it holds its roots. */
  begin(
    start: Pick<RequestUnderWay, 'peer' | 'batch' | 'startedAt' | 'patienceMs' | 'isStranger' | 'isProbe'>,
  ): RequestUnderWay {
    this.#last += 1;
    const request: RequestUnderWay = {
      ...start,
      id: this.#last,
      isRelied: !start.isProbe,
      isOverdue: false,
      answeredAt: undefined,
      answer: { type: 'failed' },
      stored: 0,
      wasFalse: false,
      foundNoRoom: false,
    };
    this.#byId.set(request.id, request);
    if (request.isRelied) for (const pending of request.batch) pending.heldBy = request.id;
    return request;
  }

  /** Relies on the request no longer: its roots may be asked of other peers. */
  release(request: RequestUnderWay): void {
    request.isRelied = false;
    for (const pending of request.batch) {
      if (pending.heldBy !== request.id) continue;
      pending.heldBy = undefined;
      pending.attempts += 1;
    }
  }

  /** The request is over. */
  end(request: RequestUnderWay): void {
    this.#byId.delete(request.id);
    for (const pending of request.batch) if (pending.heldBy === request.id) pending.heldBy = undefined;
  }

  /** Returns the request that has taken longest of those that are not relied on and not answered yet. */
  longest(): RequestUnderWay | undefined {
    for (const request of this.#byId.values())
      if (!request.isRelied && !request.isProbe && request.answeredAt === undefined) return request;
    return undefined;
  }
}
