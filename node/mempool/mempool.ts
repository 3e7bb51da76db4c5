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
import { createQueue, type Entry, type Means, type PoolTransaction, type Queue, tipAt } from './queue.ts';

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
   * After a block, whose height and the base fee after it are `last`: those it held are gone, and so are those it made stale
   * or that its height made too late. Where room
   * is short, those too that have long waited for a nonce or for money: to send such costs nothing, and nothing else
   * would ever end them.
   */
  readonly prune: (included: Iterable<string>, last: FeeTerms, accounts: AccountsOf) => readonly Dropped[];
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
  const bySender = new Map<string, Queue>();
  /** All that are stuck, those first that have been stuck longest. */
  const stuck = new Set<Entry>();
  let bytes = 0;
  let arrivals = 0;
  /** How many had arrived by each of the last blocks, oldest first. */
  let arrivedBy: readonly number[] = [];

  const remove = (entry: Entry): void => {
    const { id, sender } = entry.transaction;
    byId.delete(id);
    bytes -= entry.transaction.bytes.length;
    const queue = bySender.get(sender);
    queue?.remove(entry);
    if (queue?.entries.size === 0) bySender.delete(sender);
  };

  const nextNonce = (sender: string, nonce: bigint): bigint => {
    const queue = bySender.get(sender);
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
    const queue = bySender.get(sender) ?? createQueue(means, stuck);
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
    const queue = bySender.get(candidate.sender);
    if (queue === undefined) return false;
    const standing = queue.entries.get(candidate.nonce);
    if (standing !== undefined) return isOutbid(candidate, standing, queue.baseFee());
    if (queue.entries.size >= limits.maxPerSender) return true;
    return !queue.isPayable(candidate) && !queue.mayStick(candidate.byteLength);
  };

  const add: Mempool['add'] = (transaction, means) => {
    const { id, sender } = transaction;
    if (byId.has(id)) return fail('MEMPOOL_KNOWN', 'the transaction is already waiting', { id });
    const byteLength = transaction.bytes.length;
    const place = placeFor({ ...transaction, byteLength }, means);
    if (!place.ok) return place;
    const { queue, standing, giving } = place.value;
    if (standing !== undefined) {
      byId.delete(standing.transaction.id);
      bytes -= standing.transaction.bytes.length;
    }
    const entry = { transaction, arrival: arrivals++ };
    byId.set(id, entry);
    bytes += byteLength;
    queue.add(entry);
    bySender.set(sender, queue);
    for (const each of giving) remove(each);
    return ok({ replaced: standing?.transaction.id, evicted: giving.map((each) => each.transaction.id) });
  };

  const select: Mempool['select'] = (wanted, accounts) => {
    const offers: Offer[] = [];
    for (const [sender, queue] of bySender) {
      const offer = offerOf(queue.entries.get(accounts(sender).nonce), wanted);
      if (offer !== undefined) offers.push(offer);
    }
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
      const next = bySender.get(transaction.sender)?.entries.get(transaction.nonce + 1n);
      const offer = offerOf(next, wanted);
      if (offer !== undefined) heap.push(offer);
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
      const account = accounts(sender);
      const { nonce } = account;
      for (const entry of queue.entries.values()) {
        const { id, validUntil } = entry.transaction;
        if (entry.transaction.nonce < nonce) {
          remove(entry);
          dropped.push({ id, status: 'evicted', reason: 'another transaction used its nonce' });
        } else if (validUntil <= height) {
          remove(entry);
          dropped.push({ id, status: 'expired', reason: `it was valid until height ${validUntil}` });
        }
      }
      queue.settle({ ...account, baseFee: last.baseFee });
    }
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
    standing: (sender, nonce) => bySender.get(sender)?.entries.get(nonce)?.transaction,
    has: (id) => byId.has(id),
    get: (id) => byId.get(id)?.transaction,
    nextNonce,
    select,
    prune,
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
