/**
 * Announces waiting transactions to the peers, in batches of this node's own. A peer takes what a node publishes or passes on
 * for the node's own word. So all that is announced has been checked whole and waits in the mempool: no correct node rejects
 * it, whatever its state.
 *
 *     users     transactions of this node's users: at once, and again while they wait, because peers may not have been there
 *     peers     transactions out of batches that this node does not pass on: once, at a bounded rate
 */
import type { Height } from '../../src/lib/brands.ts';
import { type Rate, TokenBucket } from '../../src/lib/token-bucket.ts';
import type { Mempool } from './mempool.ts';
import type { PoolTransaction } from './queue.ts';

/** The number of blocks after which a waiting transaction is announced again, for peers that connected later. */
const AGAIN_BLOCKS = 5n;
/** The most transactions that are announced again after one block. */
const AGAIN_MAX = 100;
/**
 * The rate of transactions of peers, in bytes and {@link ENTRY_BYTES} for each. It bounds what a node publishes because of
 * strangers. With {@link AGAIN_MAX} per second it stays below the ration that peers have for what they know already
 * (`rations.ts`, `check-cost.ts`).
 */
const PEERS_RATE: Rate = { burst: 4 << 20, perSecond: 512 << 10 };
const ENTRY_BYTES = 1_000;
/** Transactions of peers that wait for the rate. Past it the oldest is not announced. */
const OWED_MAX = 8_192;

export type Announcements = {
  /** Announces a transaction that a user of this node has sent. */
  readonly ofUser: (transaction: PoolTransaction, height: Height) => void;
  /** Announces transactions of a peer's batch, when the rate allows it. */
  readonly ofPeers: (transactions: readonly PoolTransaction[]) => void;
  /** After a block: announces what has waited long, and what the rate did not allow before. */
  readonly committed: (height: Height) => void;
};

export type AnnouncementsOptions = {
  readonly mempool: Pick<Mempool, 'get'>;
  readonly gossip: (transactions: readonly Uint8Array[]) => void;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
};

export const createAnnouncements = ({ mempool, gossip, now }: AnnouncementsOptions): Announcements => {
  /** The transactions of this node's users, with the height of their last announcement to peers, in its order. */
  const announcedAt = new Map<string, Height>();
  /** Transactions of peers that are not announced yet, in the order in which they came. */
  const owed = new Set<string>();
  const rate = new TokenBucket(PEERS_RATE, now());

  const again = (height: Height): readonly Uint8Array[] => {
    const all: Uint8Array[] = [];
    for (const [id, at] of announcedAt) {
      const waiting = mempool.get(id);
      if (waiting === undefined) {
        announcedAt.delete(id);
        continue;
      }
      if (at + AGAIN_BLOCKS > height || all.length === AGAIN_MAX) break;
      announcedAt.delete(id);
      announcedAt.set(id, height);
      all.push(waiting.bytes);
    }
    return all;
  };

  const payOwed = (): readonly Uint8Array[] => {
    const all: Uint8Array[] = [];
    const at = now();
    for (const id of owed) {
      const waiting = mempool.get(id);
      if (waiting !== undefined) {
        if (!rate.take(waiting.bytes.length + ENTRY_BYTES, at)) break;
        all.push(waiting.bytes);
      }
      owed.delete(id);
    }
    return all;
  };

  const publish = (transactions: readonly Uint8Array[]): void => {
    if (transactions.length > 0) gossip(transactions);
  };

  return {
    ofUser: ({ id, bytes }, height) => {
      announcedAt.set(id, height);
      gossip([bytes]);
    },
    ofPeers: (transactions) => {
      for (const { id } of transactions) owed.add(id);
      for (const id of owed) {
        if (owed.size <= OWED_MAX) break;
        owed.delete(id);
      }
      publish(payOwed());
    },
    committed: (height) => publish([...again(height), ...payOwed()]),
  };
};
