/** How many announcements of content one node sends to another, and how many it hears. */
import type { Rate } from '../src/lib/token-bucket.ts';

/**
 * What one node sends to another is at most what it announces itself and what it forwards of others: 20 at once and 5 per
 * second. A receiver hears more than ten times that burst, so that a node may send to it for 47 s while it stands still and
 * reads nothing, and half as much again per second.
 */
export const ANNOUNCED = {
  /** What a node announces itself. */
  own: { burst: 4, perSecond: 1 },
  /** What a node forwards of others. */
  forwarded: { burst: 16, perSecond: 4 },
  /** What a node hears of one peer. */
  heard: { burst: 256, perSecond: 8 },
} as const satisfies Readonly<Record<string, Rate>>;
