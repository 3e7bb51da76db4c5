/**
 * The queues of all senders, and which of them a block could take from. After a block only those are looked at whose account
 * it changed, or of which its base fee makes more or fewer payable: what waits for something else costs nothing per block.
 */
import type { Account } from '../../state/modules/ledger/accounts.ts';
import { createQueue, type Entry, type Means, type Queue } from './queue.ts';
import { createThresholds } from './thresholds.ts';

export type Queues = {
  readonly get: (sender: string) => Queue | undefined;
  /** Returns the queue of a sender by these means. A new one is kept once something is added. */
  readonly settled: (sender: string, means: Means) => Queue;
  readonly add: (queue: Queue, entry: Entry) => void;
  readonly remove: (entry: Entry) => void;
  /** The stuck ones of all senders, those first that have been stuck longest. */
  readonly stuck: ReadonlySet<Entry>;
  readonly hasPayable: () => boolean;
  /** Returns the first payable transaction of each sender that has one. */
  readonly heads: () => readonly Entry[];
  /** A block has changed the account of the sender of a queue. */
  readonly accountChanged: (queue: Queue, account: Account, baseFee: bigint) => void;
  /** After a block, when all that it removed is removed: finds out which ones the next one could hold. */
  readonly settleAll: (baseFee: bigint) => void;
};

export const createQueues = (): Queues => {
  const bySender = new Map<string, Queue>();
  const stuck = new Set<Entry>();
  /** The queues with a payable transaction. */
  const payable = new Set<Queue>();
  /** The queues of which it has to be found out anew which ones are payable. */
  const unsettled = new Set<Queue>();
  /** The queues by the highest base fee for which the payable ones are known… */
  const highest = createThresholds<Queue>();
  /** …and by the lowest, negated. */
  const lowest = createThresholds<Queue>();

  /** Files a queue by what is payable of it. */
  const file = (queue: Queue): void => {
    if (queue.head() === undefined) payable.delete(queue);
    else payable.add(queue);
    const { from, to } = queue.span();
    if (to === undefined) highest.delete(queue);
    else highest.set(queue, to);
    if (from === undefined) lowest.delete(queue);
    else lowest.set(queue, -from);
  };

  const forget = (queue: Queue): void => {
    bySender.delete(queue.sender);
    payable.delete(queue);
    unsettled.delete(queue);
    highest.delete(queue);
    lowest.delete(queue);
  };

  const settle = (queue: Queue, means: Means): void => {
    queue.settle(means);
    unsettled.delete(queue);
    file(queue);
  };

  return {
    get: (sender) => bySender.get(sender),
    settled: (sender, means) => {
      const queue = bySender.get(sender);
      if (queue === undefined) return createQueue(sender, means, stuck);
      const known = queue.means();
      const isSame =
        known.nonce === means.nonce && known.balance === means.balance && known.baseFee === means.baseFee;
      if (!isSame) settle(queue, means);
      return queue;
    },
    add: (queue, entry) => {
      // It may cost more than the one that it replaces, and leave less for those behind it.
      if (queue.entries.has(entry.transaction.nonce)) unsettled.add(queue);
      queue.add(entry);
      bySender.set(queue.sender, queue);
      file(queue);
    },
    remove: (entry) => {
      const queue = bySender.get(entry.transaction.sender);
      queue?.remove(entry);
      if (queue?.entries.size === 0) forget(queue);
      else if (queue !== undefined) unsettled.add(queue);
    },
    stuck,
    hasPayable: () => payable.size > 0,
    heads: () => {
      for (const queue of unsettled) settle(queue, queue.means());
      return [...payable].flatMap((queue) => queue.head() ?? []);
    },
    accountChanged: (queue, account, baseFee) => settle(queue, { ...account, baseFee }),
    settleAll: (baseFee) => {
      for (const queue of highest.takeBelow(baseFee)) unsettled.add(queue);
      for (const queue of lowest.takeBelow(-baseFee)) unsettled.add(queue);
      for (const queue of unsettled) settle(queue, { ...queue.means(), baseFee });
    },
  };
};
