/**
 * Transactions on their way into a block: taken in from users and peers, checked, kept in the mempool, gossiped, and
 * accounted for until their fate is known.
 */

import { LRUCache } from 'lru-cache';
import type { Submission, TxState } from '../../rpc/backend.ts';
import { type Address, nextHeight, type Root } from '../../src/lib/brands.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { failWith, ok, unreachable } from '../../src/lib/errors.ts';
import type { Logger } from '../../src/lib/log.ts';
import { accountsIn, accountsOf } from '../../state/charge.ts';
import { accountOf } from '../../state/modules/ledger/accounts.ts';
import { baseFeeOf } from '../../state/modules/ledger/fees.ts';
import type { Decided, Store } from '../../state/store/store.ts';
import { checkAdmission } from './admission.ts';
import { createAnnouncements } from './announcements.ts';
import { type Fault, fault, type Result } from './errors.ts';
import type { Intake, Looked, Source } from './intake.ts';
import type { Mempool } from './mempool.ts';
import type { PoolTransaction } from './queue.ts';

export type TxPoolOptions = {
  readonly store: Store;
  readonly mempool: Mempool;
  readonly intake: Intake;
  readonly logger: Logger;
  /** Publishes transactions in this node's name. */
  readonly gossip: (transactions: readonly Uint8Array[]) => void;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  /** The mempool has something that the next block could hold. */
  readonly onWaiting: () => void;
};

export type TxPool = {
  /** From a user of this node. `caller` is the address of the user. */
  readonly submit: (bytes: Uint8Array, caller: string) => Promise<Result<Submission>>;
  /**
   * From a peer. Whoever passes a batch on answers for all of it, so it is passed on only if this node has checked each of its
   * transactions and taken each into its mempool. Then no correct node rejects it, whatever its state. Of any other batch the
   * node announces what it has taken in a batch of its own. It rejects a batch only for what no honest node can have passed
   * on: bytes that no state makes good.
   */
  readonly receive: (batch: readonly Uint8Array[], peer: string) => Promise<'accept' | 'ignore' | 'reject'>;
  readonly state: (id: Root) => TxState;
  readonly settled: (id: Root, timeoutMs: number) => Promise<TxState>;
  readonly nextNonce: (sender: Address) => bigint;
  readonly committed: (decided: Decided) => void;
};

/** How many that never got into a block are remembered with the reason. */
const REMEMBERED = 10_000;
/** What is looked at of a batch before the first verdict counts: the rest of a batch with a bad transaction costs nothing. */
const PART = { entries: 32, bytes: 256 << 10 };

const inParts = (batch: readonly Uint8Array[]): readonly (readonly Uint8Array[])[] => {
  const parts: Uint8Array[][] = [];
  let part: Uint8Array[] = [];
  let size = 0;
  for (const bytes of batch) {
    if (part.length === 0) parts.push(part);
    part.push(bytes);
    size += bytes.length;
    if (part.length < PART.entries && size < PART.bytes) continue;
    part = [];
    size = 0;
  }
  return parts;
};

export const createTxPool = (options: TxPoolOptions): TxPool => {
  const { store, mempool, intake, logger } = options;
  const lost = new LRUCache<string, TxState>({ max: REMEMBERED });
  const waiters = new Map<string, Set<() => void>>();
  const announcements = createAnnouncements(options);

  const remember = (id: string, state: TxState): void => {
    lost.set(id, state);
    wake(id);
  };

  const wake = (id: string): void => {
    const waiting = waiters.get(id);
    waiters.delete(id);
    for (const each of waiting ?? []) each();
  };

  const admit = (transaction: PoolTransaction): Result<undefined> => {
    const { id, sender } = transaction;
    if (mempool.has(id)) return ok(undefined);
    const account = accountsOf(store.view)(sender);
    const terms = { height: nextHeight(store.tip().height), baseFee: baseFeeOf(store.view) };
    const refused = checkAdmission(account, transaction, terms);
    if (refused !== undefined) return failWith(refused);
    const added = mempool.add(transaction, { ...account, baseFee: terms.baseFee });
    if (!added.ok) return added;
    lost.delete(id);
    if (added.value.replaced !== undefined)
      remember(added.value.replaced, {
        status: 'evicted',
        fault: fault('TX_REPLACED', `replaced by ${id}, which tips more`, { by: id }),
      });
    for (const each of added.value.evicted)
      remember(each, {
        status: 'evicted',
        fault: fault('TX_EVICTED', 'the mempool was full, and it waited for another nonce, or for money'),
      });
    if (mempool.hasPayable()) options.onWaiting();
    return ok(undefined);
  };

  const submit: TxPool['submit'] = async (bytes, caller) => {
    const source: Source = { type: 'caller', name: caller };
    const looked = await intake.look(bytes, source);
    switch (looked.type) {
      case 'bad':
      case 'refused':
        return failWith(looked.fault);
      case 'known':
        return ok({ id: looked.id, known: true, admitted: ok(undefined) });
      case 'checked': {
        const { id, transaction, units, refused } = looked;
        const admitted = refused === undefined ? admit(transaction) : failWith(refused);
        if (!admitted.ok) remember(transaction.id, { status: 'rejected', fault: admitted.fault });
        else {
          intake.taken(source, units);
          announcements.ofUser(transaction, store.tip().height);
        }
        return ok({ id, known: false, admitted });
      }
      default:
        return unreachable(looked);
    }
  };

  /** Takes in what it can of a part that is good as far as it was checked. */
  const takeIn = (part: readonly Looked[], source: Source): readonly PoolTransaction[] =>
    part.flatMap((looked) => {
      if (looked.type !== 'checked') return [];
      const { transaction, units } = looked;
      const isTaken = !mempool.has(transaction.id) && admit(transaction).ok;
      if (isTaken) intake.taken(source, units);
      else if (mempool.standing(transaction.sender, transaction.nonce) !== undefined)
        intake.overtaken(source, units);
      return isTaken ? [transaction] : [];
    });

  const receive: TxPool['receive'] = async (batch, peer) => {
    const source: Source = { type: 'peer', name: peer };
    const taken: PoolTransaction[] = [];
    let bad: Fault | undefined;
    for (const part of inParts(batch)) {
      if (intake.isSpent(source)) break;
      const looked = await Promise.all(part.map((bytes) => intake.look(bytes, source)));
      bad = looked.find((each) => each.type === 'bad')?.fault;
      if (bad !== undefined) break;
      taken.push(...takeIn(looked, source));
    }
    if (batch.length > 0 && taken.length === batch.length) return 'accept';
    announcements.ofPeers(taken);
    if (bad === undefined) return 'ignore';
    logger.debug({ code: bad.code }, 'a peer sent a bad transaction');
    return 'reject';
  };

  const state = (id: Root): TxState => {
    const row = store.transaction(id);
    if (row !== undefined) return { status: 'included', row };
    const hex = toHex(id);
    return mempool.has(hex) ? { status: 'pending' } : (lost.get(hex) ?? { status: 'unknown' });
  };

  const settled: TxPool['settled'] = async (id, timeoutMs) => {
    const now = state(id);
    if (now.status !== 'pending' && now.status !== 'unknown') return now;
    const hex = toHex(id);
    await new Promise<void>((resolve) => {
      const waiting = waiters.get(hex) ?? new Set();
      waiters.set(hex, waiting);
      const done = (): void => {
        clearTimeout(timer);
        waiting.delete(done);
        if (waiting.size === 0 && waiters.get(hex) === waiting) waiters.delete(hex);
        resolve();
      };
      // Whoever still waits when the node stops must not keep its process alive.
      const timer = setTimeout(done, timeoutMs).unref();
      waiting.add(done);
    });
    return state(id);
  };

  const committed = ({ block, transactions, executed }: Decided): void => {
    const ids = transactions.map((tx) => toHex(tx.id));
    for (const { transaction, bytes } of transactions) intake.executed(transaction, bytes.length);
    const last = {
      height: block.header.height,
      baseFee: baseFeeOf(store.view),
      included: ids,
      changed: accountsIn(executed.writes),
    };
    for (const dropped of mempool.prune(last, accountsOf(store.view))) {
      const code = dropped.status === 'expired' ? 'TX_EXPIRED' : 'TX_EVICTED';
      remember(dropped.id, { status: dropped.status, fault: fault(code, dropped.reason) });
    }
    for (const id of ids) wake(id);
    announcements.committed(block.header.height);
  };

  return {
    submit,
    receive,
    state,
    settled,
    nextNonce: (sender) => {
      return mempool.nextNonce(toHex(sender), accountOf(store.view, sender).nonce);
    },
    committed,
  };
};
