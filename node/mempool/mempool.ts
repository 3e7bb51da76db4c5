/**
 * Transactions that wait for a block: each sender's in the order of its nonces, none twice, bounded in number and bytes.
 * What is here has passed its stateless check and its signature; balances are looked at again when a block is built.
 *
 * A transaction is *payable* if it could be in the next block, after those of its sender that wait before it. Any other is
 * *stuck*: a nonce before it is missing, or the money for it. To keep such a place costs nothing, so a sender has few of them,
 * and in a full mempool a payable transaction takes the place of a stuck one.
 */
import { failWith, ok } from '../../src/lib/errors.ts';
import { maxBig } from '../../src/lib/math.ts';
import { OFFSET_BYTES } from '../../src/lib/ssz.ts';
import { type AccountsOf, type FeeTerms, openCharges } from '../../state/charge.ts';
import type { Account } from '../../state/modules/ledger/accounts.ts';
import { type Fault, fail, fault, type Result } from './errors.ts';
import { createHeap } from './heap.ts';
import { type Entry, type Means, type PoolTransaction, type Queue, tipAt } from './queue.ts';
import { createQueues } from './queues.ts';
import { createThresholds } from './thresholds.ts';

/** A block that was committed: its height, and the base fee after it. */
export type LastBlock = FeeTerms & {
  /** The ids of its transactions. */
  readonly included: Iterable<string>;
  /** The addresses of the accounts that it changed. */
  readonly changed: Iterable<string>;
};

/** What the room for a transaction depends on. */
export type Candidate = Pick<PoolTransaction, 'sender' | 'nonce' | 'maxFee' | 'tip' | 'gas'> & {
  readonly byteLength: number;
};

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

/** A replacement pays at least a tenth more in tip, so that replacing costs something. A tip counts as far as it is paid. */
const REPLACE_TENTHS = 11n;
/** Blocks that a transaction which cannot be executed yet may wait where room is short: gossip comes in any order. */
const PATIENCE_BLOCKS = 10;

/** Whether a tip is too low to replace a transaction. */
const isOutbid = (candidate: Candidate, standing: Entry, baseFee: bigint): boolean => {
  const tip = tipAt(candidate, baseFee) ?? 0n;
  return tip === 0n || tip * 10n < (tipAt(standing.transaction, baseFee) ?? 0n) * REPLACE_TENTHS;
};

export type Mempool = {
  /**
   * Adds one. Faults: `MEMPOOL_KNOWN`, `MEMPOOL_FULL`, `MEMPOOL_SENDER_FULL`, `MEMPOOL_NONCE_TAKEN`,
   * `MEMPOOL_NONCE_GAP`. The value names the transaction it replaced, if any, and those that were stuck and made room.
   */
  readonly add: (
    transaction: PoolTransaction,
    means: Means,
  ) => Result<{ readonly replaced: string | undefined; readonly evicted: readonly string[] }>;
  /** Returns why {@link Mempool.add} would refuse a transaction whose id is not known yet. */
  readonly refusal: (transaction: Candidate, means: Means) => Fault | undefined;
  /**
   * Whether those of its sender that wait here leave no place for a transaction, as far as they show it themselves: this does
   * not look at the account.
   */
  readonly isCrowdedOut: (transaction: Candidate) => boolean;
  readonly has: (id: string) => boolean;
  /** Returns the transaction of a sender that waits with this nonce. */
  readonly standing: (sender: string, nonce: bigint) => PoolTransaction | undefined;
  readonly get: (id: string) => PoolTransaction | undefined;
  /** The next nonce a sender may use after those that wait here. */
  readonly nextNonce: (sender: string, nonce: bigint) => bigint;
  /**
   * Returns transactions for a block, highest tip first, each sender's in order. A tip counts as far as it is paid. They make a
   * valid block in this order: they pass the same check as the transactions of a block that somebody else has built.
   */
  readonly select: (limits: Selection, accounts: AccountsOf) => readonly PoolTransaction[];
  /**
   * After a block: those it held are gone, and so are those it made stale or that its height made too late. Where room
   * is short, those too that have long waited for a nonce or for money: to send such costs nothing, and nothing else
   * would ever end them. Only what the block changed is looked at: its senders, the accounts that it paid, those that its
   * base fee makes payable or stuck.
   */
  readonly prune: (last: LastBlock, accounts: AccountsOf) => readonly Dropped[];
  /** Whether the next block could hold one. */
  readonly hasPayable: () => boolean;
  readonly size: () => { readonly transactions: number; readonly bytes: number };
};

/** Where a transaction may wait. */
type Place = {
  readonly queue: Queue;
  /** The one that it replaces. */
  readonly standing: Entry | undefined;
  /** The stuck ones that give it their room. */
  readonly giving: readonly Entry[];
};

export const createMempool = (limits: MempoolLimits): Mempool => {
  const byId = new Map<string, Entry>();
  const queues = createQueues();
  const { stuck } = queues;
  /** All transactions by `validUntil`. */
  const expiry = createThresholds<Entry>();
  /** That of the next block. */
  let baseFee = 0n;
  let bytes = 0;
  let arrivals = 0;
  /** How many had arrived by each of the last blocks, oldest first. */
  let arrivedBy: readonly number[] = [];

  /** Forgets one, whose place in its queue is another matter. */
  const discard = (entry: Entry): void => {
    byId.delete(entry.transaction.id);
    bytes -= entry.transaction.bytes.length;
    expiry.delete(entry);
  };
  const remove = (entry: Entry): void => {
    discard(entry);
    queues.remove(entry);
  };

  const nextNonce = (sender: string, nonce: bigint): bigint => {
    const queue = queues.get(sender);
    let next = nonce;
    while (queue?.entries.has(next)) next += 1n;
    return next;
  };

  /** Why a sender has no room for one more, whatever there is for others. */
  const refusalOfSender = (
    { sender, nonce, byteLength }: Candidate,
    queue: Queue,
    account: Account,
    isPayable: boolean,
  ): Fault | undefined => {
    if (queue.entries.size >= limits.maxPerSender)
      return fault(
        'MEMPOOL_SENDER_FULL',
        `at most ${limits.maxPerSender} transactions of one sender wait at a time`,
      );
    const isFull = !isPayable && !queue.mayStick(byteLength);
    if (nonce >= account.nonce + BigInt(limits.maxPerSender) || (isFull && nonce > queue.next())) {
      const free = nextNonce(sender, maxBig(queue.next(), account.nonce)).toString();
      return fault('MEMPOOL_NONCE_GAP', `the nonce is too far ahead: the next is ${free}`, { next: free });
    }
    return isFull
      ? fault('MEMPOOL_SENDER_FULL', 'too many transactions of the sender wait for the money for them')
      : undefined;
  };

  /**
   * The stuck ones of other senders that give a payable one its room: none if there is room. Undefined if there is not enough.
   * Those of its own sender may be payable with it.
   * @param standing - the one that it replaces
   */
  const roomFor = (
    { sender, byteLength }: Pick<Candidate, 'sender' | 'byteLength'>,
    standing: Entry | undefined,
    isPayable: boolean,
  ): readonly Entry[] | undefined => {
    let missing = byId.size + (standing === undefined ? 1 : 0) - limits.maxTransactions;
    let missingBytes = bytes - (standing?.transaction.bytes.length ?? 0) + byteLength - limits.maxBytes;
    const giving: Entry[] = [];
    for (const entry of isPayable ? stuck : []) {
      if (missing <= 0 && missingBytes <= 0) break;
      if (entry.transaction.sender === sender) continue;
      giving.push(entry);
      missing -= 1;
      missingBytes -= entry.transaction.bytes.length;
    }
    return missing <= 0 && missingBytes <= 0 ? giving : undefined;
  };

  /** Returns where a transaction would wait, which one it would replace, and the stuck ones that would give it their room. */
  const placeFor = (candidate: Candidate, means: Means): Result<Place> => {
    const { sender, nonce } = candidate;
    ({ baseFee } = means);
    const queue = queues.settled(sender, means);
    const standing = queue.entries.get(nonce);
    const isPayable = queue.isPayable(candidate);
    if (standing === undefined) {
      const refused = refusalOfSender(candidate, queue, means, isPayable);
      if (refused !== undefined) return failWith(refused);
    } else if (isOutbid(candidate, standing, means.baseFee))
      return fail(
        'MEMPOOL_NONCE_TAKEN',
        `another transaction with nonce ${nonce} is waiting; to replace it, pay a tip at least a tenth higher`,
        { standing: standing.transaction.id },
      );
    const giving = roomFor(candidate, standing, isPayable);
    return giving === undefined
      ? fail('MEMPOOL_FULL', 'too many transactions are waiting; try again after the next blocks')
      : ok({ queue, standing, giving });
  };

  const refusal: Mempool['refusal'] = (candidate, means) => {
    const place = placeFor(candidate, means);
    return place.ok ? undefined : place.fault;
  };

  const isCrowdedOut: Mempool['isCrowdedOut'] = (candidate) => {
    const { sender } = candidate;
    const known = queues.get(sender)?.means();
    if (known === undefined) return false;
    const queue = queues.settled(sender, { ...known, baseFee });
    const standing = queue.entries.get(candidate.nonce);
    if (standing !== undefined) return isOutbid(candidate, standing, baseFee);
    if (queue.entries.size >= limits.maxPerSender) return true;
    return !queue.isPayable(candidate) && !queue.mayStick(candidate.byteLength);
  };

  const add: Mempool['add'] = (transaction, means) => {
    const { id } = transaction;
    if (byId.has(id)) return fail('MEMPOOL_KNOWN', 'the transaction is already waiting', { id });
    const byteLength = transaction.bytes.length;
    const place = placeFor({ ...transaction, byteLength }, means);
    if (!place.ok) return place;
    const { queue, standing, giving } = place.value;
    if (standing !== undefined) discard(standing);
    const entry = { transaction, arrival: arrivals++ };
    byId.set(id, entry);
    bytes += byteLength;
    expiry.set(entry, transaction.validUntil);
    queues.add(queue, entry);
    for (const each of giving) remove(each);
    return ok({ replaced: standing?.transaction.id, evicted: giving.map((each) => each.transaction.id) });
  };

  const select: Mempool['select'] = (wanted, accounts) => {
    const offers = queues.heads().flatMap((entry) => offerOf(entry, wanted) ?? []);
    const charge = openCharges(wanted, accounts);
    const heap = createHeap(offers, before);
    const out: PoolTransaction[] = [];
    let room = wanted.maxBytes;
    let gas = wanted.maxGas;
    for (let best = heap.pop(); best !== undefined && out.length < wanted.maxCount; best = heap.pop()) {
      const { transaction } = best.entry;
      // The encoding of a block has an offset for each transaction.
      const size = transaction.bytes.length + OFFSET_BYTES;
      // A sender whose next one cannot go now keeps all that come after it out of this block too.
      if (size > room || transaction.gas > gas) continue;
      if (!charge(transaction.sender, transaction).ok) continue;
      room -= size;
      gas -= transaction.gas;
      out.push(transaction);
      const next = queues.get(transaction.sender)?.entries.get(transaction.nonce + 1n);
      const offer = offerOf(next, wanted);
      if (offer !== undefined) heap.push(offer);
    }
    return out;
  };

  const prune: Mempool['prune'] = (last, accounts) => {
    ({ baseFee } = last);
    for (const id of last.included) {
      const entry = byId.get(id);
      if (entry !== undefined) remove(entry);
    }
    const dropped: Dropped[] = [];
    for (const sender of last.changed) {
      const queue = queues.get(sender);
      if (queue === undefined) continue;
      const account = accounts(sender);
      for (const entry of queue.entries.values()) {
        if (entry.transaction.nonce >= account.nonce) continue;
        remove(entry);
        const { id } = entry.transaction;
        dropped.push({ id, status: 'evicted', reason: 'another transaction used its nonce' });
      }
      if (queue.entries.size > 0) queues.accountChanged(queue, account, baseFee);
    }
    for (const entry of expiry.takeBelow(last.height + 1n)) {
      remove(entry);
      const { id, validUntil } = entry.transaction;
      dropped.push({ id, status: 'expired', reason: `it was valid until height ${validUntil}` });
    }
    queues.settleAll(baseFee);
    arrivedBy = [...arrivedBy, arrivals].slice(-PATIENCE_BLOCKS);
    return isShort() ? [...dropped, ...dropStuck()] : dropped;
  };

  /** Is less than a quarter of the room left? */
  const isShort = (): boolean =>
    byId.size * 4 > limits.maxTransactions * 3 || bytes * 4 > limits.maxBytes * 3;

  const dropStuck = (): readonly Dropped[] => {
    const longAgo = arrivedBy.length < PATIENCE_BLOCKS ? 0 : (arrivedBy[0] ?? 0);
    const reason = 'room is short, and it waited for another nonce, or for money';
    const dropped: Dropped[] = [];
    for (const entry of stuck) {
      if (entry.arrival >= longAgo) continue;
      remove(entry);
      dropped.push({ id: entry.transaction.id, status: 'evicted', reason });
    }
    return dropped;
  };

  return {
    add,
    refusal,
    isCrowdedOut,
    standing: (sender, nonce) => queues.get(sender)?.entries.get(nonce)?.transaction,
    has: (id) => byId.has(id),
    get: (id) => byId.get(id)?.transaction,
    nextNonce,
    select,
    prune,
    hasPayable: queues.hasPayable,
    size: () => ({ transactions: byId.size, bytes }),
  };
};

/** A transaction that a block could hold now, and what its proposer gets for it. */
type Offer = { readonly entry: Entry; readonly tip: bigint };

/** Undefined if its `maxFee` is too low for the base fee. */
const offerOf = (entry: Entry | undefined, { baseFee }: FeeTerms): Offer | undefined => {
  const tip = entry === undefined ? undefined : tipAt(entry.transaction, baseFee);
  return entry === undefined || tip === undefined ? undefined : { entry, tip };
};

/** Whether `a` goes before `b`: the higher tip, then the earlier arrival. */
const before = (a: Offer, b: Offer): boolean =>
  a.tip === b.tip ? a.entry.arrival < b.entry.arrival : a.tip > b.tip;
