/** Whom to ask for which roots next. */

import type { PeerRecords } from '../peer-records.ts';
import type { PeerName } from '../types.ts';
import { type InFlight, type RequestUnderWay, STRANGERS_MAX } from './in-flight.ts';
import type { PendingRoot, PendingRoots } from './pending.ts';

/** A connected peer. */
export type ContentPeer = {
  readonly name: PeerName;
  /** True if it is in the config. */
  readonly configured: boolean;
};

export type NextRequest = { readonly peer: Candidate; readonly batch: readonly PendingRoot[] };

/** Chooses one of so many: an integer from 0 to below `count`, by chance in a node. */
export type Choose = (count: number) => number;

/** A connected peer, as the choice sees it. */
export type Candidate = {
  readonly name: PeerName;
  /** Its place among the others, the least first: doubt, slowness, config, whether it is proven. */
  readonly rank: number;
  /** True if it failed more than the best peers lately. It is not relied on, and a round does not wait for it. */
  readonly isDoubted: boolean;
  /** True if it is neither in the config nor proven. */
  readonly isStranger: boolean;
  /** True if it is not paused and has no request under way. */
  readonly isFree: boolean;
  /** Roots of one request to it. */
  readonly window: number;
};

// The order in which peers are asked, from the most important reason to the least: one bit or more for each.
const DOUBT = 1 << 6;
const SLOWNESS = 1 << 3;
const NOT_PROMISED = 1 << 2;
const NOT_CONFIGURED = 1 << 1;
const NOT_PROVEN = 1;
/** For a root that was waited for in vain: peers that are known come before all that are not. */
const STRANGER_AGAIN = 1 << 5;

/** Returns the connected peers with what the records say of them. */
export const candidates = (
  peers: readonly ContentPeer[],
  records: PeerRecords,
  inFlight: InFlight,
  now: number,
): readonly Candidate[] => {
  const doubts = peers.map(({ name }) => records.doubt(name, now));
  const least = Math.min(...doubts);
  return peers.map(({ name, configured }, i) => {
    const doubt = doubts[i] ?? 0;
    const isProven = records.isProven(name);
    return {
      name,
      rank:
        doubt * DOUBT +
        records.slowness(name) * SLOWNESS +
        (configured ? 0 : NOT_CONFIGURED) +
        (isProven ? 0 : NOT_PROVEN),
      isDoubted: doubt > least,
      isStranger: !configured && !isProven,
      isFree: !inFlight.isBusy(name) && !records.isPaused(name, now),
      window: records.window(name),
    };
  });
};

/** The peers that may be relied on for one more request: while others are there, few strangers at a time. */
const reliable = (all: readonly Candidate[], inFlight: InFlight): readonly Candidate[] => {
  const dependable = all.filter(({ isDoubted }) => !isDoubted);
  const strangers = inFlight.count(({ isRelied, isStranger }) => isRelied && isStranger);
  const onlyKnown = strangers >= STRANGERS_MAX && dependable.some(({ isStranger }) => !isStranger);
  return dependable.filter(({ isFree, isStranger }) => isFree && !(onlyKnown && isStranger));
};

/**
 * Returns a request to rely on: to the best peer that the first due root has not asked in this round. Other due roots that
 * have not asked it go along, up to its window. Undefined if no peer is free or nothing is due.
 *
 * @param exhausted - is called for each due root that every dependable peer was asked for in vain; it may be removed
 * meanwhile
 */
export const nextRequest = (
  pending: PendingRoots,
  all: readonly Candidate[],
  inFlight: InFlight,
  now: number,
  vainFirst: boolean,
  choose: Choose,
  exhausted: (pending: PendingRoot) => void,
): NextRequest | undefined => {
  const free = reliable(all, inFlight);
  if (free.length === 0) return undefined;
  const dependable = all.filter(({ isDoubted }) => !isDoubted);
  let peer: Candidate | undefined;
  const batch: PendingRoot[] = [];
  for (const each of pending.inOrder(vainFirst)) {
    if (each.heldBy !== undefined || each.nextAt > now) continue;
    if (peer === undefined) {
      if (each.asked.size >= dependable.length && dependable.every(({ name }) => each.asked.has(name))) {
        exhausted(each);
        continue;
      }
      peer = best(each, free, choose);
      if (peer !== undefined) batch.push(each);
    } else if (!each.asked.has(peer.name)) batch.push(each);
    if (peer !== undefined && batch.length >= peer.window) break;
  }
  return peer === undefined ? undefined : { peer, batch };
};

/** Returns a request to a peer in doubt for roots that are due, also such as another request is relied on for. */
export const nextProbe = (
  pending: PendingRoots,
  all: readonly Candidate[],
  now: number,
  choose: Choose,
): NextRequest | undefined => {
  const free = all.filter(({ isDoubted, isFree }) => isDoubted && isFree);
  const least = free.reduce((rank, peer) => Math.min(rank, peer.rank), Number.POSITIVE_INFINITY);
  const equals = free.filter(({ rank }) => rank === least);
  const peer = equals[choose(equals.length)];
  if (peer === undefined) return undefined;
  for (const each of pending.inOrder())
    if (each.nextAt <= now && !each.asked.has(peer.name)) return { peer, batch: [each] };
  return undefined;
};

/** Returns a request that has taken half of its time, and whose roots another peer that is free could be asked for. */
export const toSecond = (
  all: readonly Candidate[],
  inFlight: InFlight,
  now: number,
): RequestUnderWay | undefined => {
  const free = reliable(all, inFlight);
  for (const request of inFlight.all()) {
    const { isRelied, answeredAt, startedAt, patienceMs, batch } = request;
    if (!isRelied || answeredAt !== undefined || 2 * (now - startedAt) < patienceMs) continue;
    if (batch.some(({ asked }) => free.some(({ name }) => !asked.has(name)))) return request;
  }
  return undefined;
};

/** Returns one of the best peers that have not been asked for the root in this round. */
const best = (
  { asked, announcers, attempts }: PendingRoot,
  free: readonly Candidate[],
  choose: Choose,
): Candidate | undefined => {
  let least = Number.POSITIVE_INFINITY;
  let equals: Candidate[] = [];
  for (const peer of free) {
    if (asked.has(peer.name)) continue;
    const rank =
      peer.rank +
      (announcers.has(peer.name) ? 0 : NOT_PROMISED) +
      (attempts > 0 && peer.isStranger ? STRANGER_AGAIN : 0);
    if (rank > least) continue;
    if (rank < least) equals = [];
    least = rank;
    equals.push(peer);
  }
  return equals.length === 0 ? undefined : equals[choose(equals.length)];
};
