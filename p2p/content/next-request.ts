/** Whom to ask for which roots next. */
import { CONTENT_ROOTS_MAX } from '../protocols.ts';
import type { PeerName } from '../types.ts';
import type { PendingRoot, PendingRoots } from './pending.ts';

export type NextRequest = { readonly peer: PeerName; readonly batch: readonly PendingRoot[] };

/** Chooses one of so many: an integer from 0 to below `count`, by chance in a node. */
export type Choose = (count: number) => number;

export type Connected = {
  readonly all: readonly PeerName[];
  /** Those that are not paused and have no request under way. */
  readonly free: readonly PeerName[];
};

/**
 * Returns one request, to a peer that the first due root has not asked in this round; up to 63 other due roots that
 * have not asked it go along. Undefined if no peer is free or nothing is due.
 *
 * @param exhausted - is called for each due root that every peer was asked for in vain; it may be removed meanwhile
 */
export const nextRequest = (
  pending: PendingRoots,
  connected: Connected,
  now: number,
  choose: Choose,
  exhausted: (pending: PendingRoot) => void,
): NextRequest | undefined => {
  if (connected.free.length === 0) return undefined;
  let peer: PeerName | undefined;
  const batch: PendingRoot[] = [];
  for (const each of pending.inOrder()) {
    if (batch.length === CONTENT_ROOTS_MAX) break;
    if (each.inFlight || each.nextAt > now) continue;
    if (connected.all.every((name) => each.asked.has(name))) {
      exhausted(each);
      continue;
    }
    peer ??= choosePeer(each, connected.free, choose);
    if (peer !== undefined && !each.asked.has(peer)) batch.push(each);
  }
  return peer === undefined ? undefined : { peer, batch };
};

/** The peer that announced the root if it is free, or any that has not been asked. */
const choosePeer = (
  { hint, asked }: PendingRoot,
  free: readonly PeerName[],
  choose: Choose,
): PeerName | undefined => {
  if (hint !== undefined && free.includes(hint) && !asked.has(hint)) return hint;
  const unasked = free.filter((name) => !asked.has(name));
  return unasked.length === 0 ? undefined : unasked[choose(unasked.length)];
};
