/**
 * Transactions that wait for a block: each sender's in the order of its nonces, none twice, bounded in number and bytes.
 * What is here has passed its stateless check and its signature; balances are looked at again when a block is built.
 */
import { type Height, nextHeight } from '../../src/lib/brands.ts';
import { failWith, ok } from '../../src/lib/errors.ts';
import { type AccountsOf, type FeeTerms, openCharges } from '../../state/charge.ts';
import { type Fault, fail, fault, type Result } from './errors.ts';

export type PoolTransaction = {
  /** The transaction's id, 0x-hex. */
  readonly id: string;
  readonly bytes: Uint8Array;
  /** The sender's address, 0x-hex. */
  readonly sender: string;
  readonly nonce: bigint;
  readonly maxFee: bigint;
  readonly tip: bigint;
  readonly validUntil: Height;
  readonly gas: bigint;
};

/** What the room for a transaction depends on. */
export type Candidate = Pick<PoolTransaction, 'sender' | 'nonce' | 'tip'> & { readonly byteLength: number };

export type MempoolLimits = {
  readonly maxTransactions: number;
  readonly maxBytes: number;
  readonly maxPerSender: number;
};

/** The room in the block that is built, and its terms. */
export type Selection = FeeTerms & {
  readonly maxBytes: number;
  readonly maxCount: number;
  readonly maxGas: bigint;
};

export type Dropped = {
  readonly id: string;
  readonly status: 'expired' | 'evicted';
  readonly reason: string;
};

/** The overhead of one transaction in the encoding of a block: its offset. */
const OFFSET_BYTES = 4;
/** A replacement pays at least a tenth more in tip, so that replacing costs something. */
const REPLACE_TENTHS = 11n;
/** Blocks that a transaction which cannot be executed yet may wait where room is short: gossip comes in any order. */
const PATIENCE_BLOCKS = 10;

type Entry = { readonly transaction: PoolTransaction; readonly arrival: number };

export type Mempool = {
  /**
   * Adds one. Faults: `MEMPOOL_KNOWN`, `MEMPOOL_FULL`, `MEMPOOL_SENDER_FULL`, `MEMPOOL_NONCE_TAKEN`,
   * `MEMPOOL_NONCE_GAP`. The value names the transaction it replaced, if any.
   */
  readonly add: (
    transaction: PoolTransaction,
    nonce: bigint,
  ) => Result<{ readonly replaced: string | undefined }>;
  /**
   * Returns why {@link Mempool.add} would refuse a transaction whose id is not known yet. `next` is the nonce of the sender's
   * account.
   */
  readonly refusal: (transaction: Candidate, next: bigint) => Fault | undefined;
  readonly has: (id: string) => boolean;
  /** Returns the transaction of a sender that waits with this nonce. */
  readonly standing: (sender: string, nonce: bigint) => PoolTransaction | undefined;
  readonly get: (id: string) => PoolTransaction | undefined;
  /** The next nonce a sender may use after those that wait here. */
  readonly nextNonce: (sender: string, nonce: bigint) => bigint;
  /**
   * Returns transactions for a block, highest tip first, each sender's in order. They make a valid block in this order: they
   * pass the same check as the transactions of a block that somebody else has built.
   */
  readonly select: (limits: Selection, accounts: AccountsOf) => readonly PoolTransaction[];
  /**
   * After a block, whose height and the base fee after it are `last`: those it held are gone, and so are those it made stale
   * or that its height made too late. Where room
   * is short, those too that have long waited for a nonce or for money: to send such costs nothing, and nothing else
   * would ever end them.
   */
  readonly prune: (included: Iterable<string>, last: FeeTerms, accounts: AccountsOf) => readonly Dropped[];
  readonly size: () => { readonly transactions: number; readonly bytes: number };
};

export const createMempool = (limits: MempoolLimits): Mempool => {
  const byId = new Map<string, Entry>();
  const bySender = new Map<string, Map<bigint, Entry>>();
  let bytes = 0;
  let arrivals = 0;
  /** How many had arrived by each of the last blocks, oldest first. */
  let arrivedBy: readonly number[] = [];

  const remove = (entry: Entry): void => {
    const { id, sender, nonce } = entry.transaction;
    byId.delete(id);
    bytes -= entry.transaction.bytes.length;
    const queue = bySender.get(sender);
    queue?.delete(nonce);
    if (queue?.size === 0) bySender.delete(sender);
  };

  const nextNonce = (sender: string, nonce: bigint): bigint => {
    const queue = bySender.get(sender);
    let next = nonce;
    while (queue?.has(next)) next += 1n;
    return next;
  };

  const refusal: Mempool['refusal'] = ({ sender, nonce, tip, byteLength }, next) => {
    const queue = bySender.get(sender);
    const standing = queue?.get(nonce);
    const full = () =>
      fault('MEMPOOL_FULL', 'too many transactions are waiting; try again after the next blocks');
    const freed = standing?.transaction.bytes.length ?? 0;
    if (standing !== undefined) {
      if (tip === 0n || tip * 10n < standing.transaction.tip * REPLACE_TENTHS)
        return fault(
          'MEMPOOL_NONCE_TAKEN',
          `another transaction with nonce ${nonce} is waiting; to replace it, tip at least a tenth more`,
          { standing: standing.transaction.id },
        );
    } else {
      if (byId.size >= limits.maxTransactions) return full();
      if ((queue?.size ?? 0) >= limits.maxPerSender)
        return fault(
          'MEMPOOL_SENDER_FULL',
          `at most ${limits.maxPerSender} transactions of one sender wait at a time`,
        );
      if (nonce >= next + BigInt(limits.maxPerSender)) {
        const free = nextNonce(sender, next).toString();
        return fault('MEMPOOL_NONCE_GAP', `the nonce is too far ahead: the next is ${free}`, { next: free });
      }
    }
    return bytes - freed + byteLength > limits.maxBytes ? full() : undefined;
  };

  const add: Mempool['add'] = (transaction, next) => {
    const { id, sender, nonce, tip } = transaction;
    if (byId.has(id)) return fail('MEMPOOL_KNOWN', 'the transaction is already waiting', { id });
    const refused = refusal({ sender, nonce, tip, byteLength: transaction.bytes.length }, next);
    if (refused !== undefined) return failWith(refused);
    const standing = bySender.get(sender)?.get(nonce);
    if (standing !== undefined) remove(standing);
    const entry = { transaction, arrival: arrivals++ };
    byId.set(id, entry);
    bytes += transaction.bytes.length;
    const target = bySender.get(sender) ?? new Map<bigint, Entry>();
    target.set(transaction.nonce, entry);
    bySender.set(sender, target);
    return ok({ replaced: standing?.transaction.id });
  };

  const select: Mempool['select'] = (wanted, accounts) => {
    const heads: Entry[] = [];
    for (const [sender, queue] of bySender) {
      const head = queue.get(accounts(sender).nonce);
      if (head !== undefined) heads.push(head);
    }
    const charge = openCharges(wanted, accounts);
    const heap = createHeap(heads);
    const out: PoolTransaction[] = [];
    let room = wanted.maxBytes;
    let gas = wanted.maxGas;
    for (let head = heap.pop(); head !== undefined && out.length < wanted.maxCount; head = heap.pop()) {
      const { transaction } = head;
      const size = transaction.bytes.length + OFFSET_BYTES;
      // A sender whose next one cannot go now keeps all that come after it out of this block too. One whose tip has no room
      // under maxFee waits for a lower base fee.
      const tipped = transaction.gas * wanted.baseFee + transaction.tip <= transaction.maxFee;
      if (!tipped || size > room || transaction.gas > gas) continue;
      if (!charge(transaction.sender, transaction).ok) continue;
      room -= size;
      gas -= transaction.gas;
      out.push(transaction);
      const next = bySender.get(transaction.sender)?.get(transaction.nonce + 1n);
      if (next !== undefined) heap.push(next);
    }
    return out;
  };

  const prune: Mempool['prune'] = (included, last, accounts) => {
    const { height } = last;
    for (const id of included) {
      const entry = byId.get(id);
      if (entry !== undefined) remove(entry);
    }
    const dropped: Dropped[] = [];
    for (const [sender, queue] of bySender) {
      const { nonce } = accounts(sender);
      for (const entry of queue.values()) {
        const { id, validUntil } = entry.transaction;
        if (entry.transaction.nonce < nonce) {
          remove(entry);
          dropped.push({ id, status: 'evicted', reason: 'another transaction used its nonce' });
        } else if (validUntil <= height) {
          remove(entry);
          dropped.push({ id, status: 'expired', reason: `it was valid until height ${validUntil}` });
        }
      }
    }
    arrivedBy = [...arrivedBy, arrivals].slice(-PATIENCE_BLOCKS);
    return isShort() ? [...dropped, ...dropStuck(last, accounts)] : dropped;
  };

  /** Is less than a quarter of the room left? */
  const isShort = (): boolean =>
    byId.size * 4 > limits.maxTransactions * 3 || bytes * 4 > limits.maxBytes * 3;

  const dropStuck = (last: FeeTerms, accounts: AccountsOf): readonly Dropped[] => {
    const charge = openCharges({ ...last, height: nextHeight(last.height) }, accounts);
    const longAgo = arrivedBy.length < PATIENCE_BLOCKS ? 0 : (arrivedBy[0] ?? 0);
    const dropped: Dropped[] = [];
    for (const [sender, queue] of bySender) {
      let next = accounts(sender).nonce;
      for (
        let head = queue.get(next);
        head !== undefined && charge(sender, head.transaction).ok;
        head = queue.get(next)
      )
        next += 1n;
      for (const entry of queue.values()) {
        if (entry.transaction.nonce < next || entry.arrival >= longAgo) continue;
        remove(entry);
        const reason = 'room is short, and it waited for another nonce, or for money';
        dropped.push({ id: entry.transaction.id, status: 'evicted', reason });
      }
    }
    return dropped;
  };

  return {
    add,
    refusal,
    standing: (sender, nonce) => bySender.get(sender)?.get(nonce)?.transaction,
    has: (id) => byId.has(id),
    get: (id) => byId.get(id)?.transaction,
    nextNonce,
    select,
    prune,
    size: () => ({ transactions: byId.size, bytes }),
  };
};

/** Whether `a` goes before `b`: the higher tip, then the earlier arrival. */
const before = (a: Entry, b: Entry): boolean =>
  a.transaction.tip === b.transaction.tip ? a.arrival < b.arrival : a.transaction.tip > b.transaction.tip;

/** A binary heap over the senders' next transactions: choosing costs O(log senders), however many wait. */
const createHeap = (
  entries: readonly Entry[],
): { push: (entry: Entry) => void; pop: () => Entry | undefined } => {
  const heap: Entry[] = [];
  const swapIfBefore = (child: number, parent: number): boolean => {
    const a = heap[child];
    const b = heap[parent];
    if (a === undefined || b === undefined || !before(a, b)) return false;
    heap[child] = b;
    heap[parent] = a;
    return true;
  };
  const push = (entry: Entry): void => {
    heap.push(entry);
    for (let at = heap.length - 1; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!swapIfBefore(at, parent)) return;
      at = parent;
    }
  };
  const pop = (): Entry | undefined => {
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    heap[0] = last;
    for (let at = 0; ; ) {
      const left = heap[2 * at + 1];
      const right = heap[2 * at + 2];
      if (left === undefined) return top;
      const child = right !== undefined && before(right, left) ? 2 * at + 2 : 2 * at + 1;
      if (!swapIfBefore(child, at)) return top;
      at = child;
    }
  };
  for (const entry of entries) push(entry);
  return { push, pop };
};
