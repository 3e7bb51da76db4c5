/**
 * Decides which strangers stay connected when there are more than places. A stranger is a peer that is not in the config.
 * Peer ids cost nothing, so whoever came first must not keep all places for ever, and whoever comes last must not get one
 * for nothing: the least useful stranger of the most crowded host loses its place, and only after a while.
 */
import type { PeerName } from '../types.ts';

/** One host may hold one of this many places of strangers; at least so many, for several nodes on one machine. */
const HOST_SHARE = 4;
const HOST_LEAST = 2;
/** A stranger keeps its place for this long, so that newcomers cannot push each other out faster. */
const SAFE_MS = 10_000;

export type Stranger = {
  readonly name: PeerName;
  /** The key of its host. */
  readonly host: string;
  readonly connectedAt: number;
  /** Whether it has shown that it is on this chain. */
  readonly onChain: boolean;
  /** How many useful things it has sent. */
  readonly useful: number;
};

export type Seat =
  | { readonly type: 'free' }
  | { readonly type: 'instead-of'; readonly name: PeerName }
  | { readonly type: 'none' };

/** Finds a place for a stranger of a host. `now` and `connectedAt` are milliseconds of one clock that never goes back. */
export const seatFor = (host: string, strangers: readonly Stranger[], places: number, now: number): Seat => {
  const hostPlaces = Math.min(places, Math.max(HOST_LEAST, Math.ceil(places / HOST_SHARE)));
  const same = strangers.filter((each) => each.host === host);
  if (same.length < hostPlaces && strangers.length < places) return { type: 'free' };
  const crowd = (each: Stranger): number => strangers.filter((other) => other.host === each.host).length;
  const [least] = (same.length < hostPlaces ? strangers : same)
    .filter(({ connectedAt }) => now - connectedAt >= SAFE_MS)
    .sort(
      (a, b) =>
        crowd(b) - crowd(a) ||
        Number(a.onChain) - Number(b.onChain) ||
        a.useful - b.useful ||
        a.connectedAt - b.connectedAt,
    );
  return least === undefined ? { type: 'none' } : { type: 'instead-of', name: least.name };
};
