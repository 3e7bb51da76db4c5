/**
 * Transactions on their way into a block: taken in from users and peers, checked, kept in the mempool, gossiped, and
 * accounted for until their fate is known.
 */

import { LRUCache } from 'lru-cache';
import type { Submission, TxState } from '../../rpc/backend.ts';
import { type Address, type Height, nextHeight, type Root } from '../../src/lib/brands.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { failWith, ok, unreachable } from '../../src/lib/errors.ts';
import type { Logger } from '../../src/lib/log.ts';
import { accountsOf, checkForMempool } from '../../state/charge.ts';
import { accountOf } from '../../state/modules/ledger/accounts.ts';
import { baseFeeOf } from '../../state/modules/ledger/fees.ts';
import type { Decided, Store } from '../../state/store/store.ts';
import { fault, type Result } from './errors.ts';
import type { Intake, Source } from './intake.ts';
import type { Mempool, PoolTransaction } from './mempool.ts';

export type TxPoolOptions = {
  readonly store: Store;
  readonly mempool: Mempool;
  readonly intake: Intake;
  readonly logger: Logger;
  /** Tells the peers of transactions that came from this node's own users. */
  readonly gossip: (transactions: readonly Uint8Array[]) => void;
  /** The mempool has something for the next block. */
  readonly onWaiting: () => void;
};

export type TxPool = {
  /** From a user of this node. `caller` is the address of the user. */
  readonly submit: (bytes: Uint8Array, caller: string) => Promise<Result<Submission>>;
  /**
   * From a peer. What no honest node can have passed on makes the whole batch bad; what only this state refuses does not.
   * Passed on only with something new in it: waiting transactions make endless batches of other bytes, by their order
   * alone, and who passed those on would be taken for the one that floods.
   */
  readonly receive: (batch: readonly Uint8Array[], peer: string) => Promise<'accept' | 'ignore' | 'reject'>;
  readonly state: (id: Root) => TxState;
  readonly settled: (id: Root, timeoutMs: number) => Promise<TxState>;
  readonly nextNonce: (sender: Address) => bigint;
  readonly committed: (decided: Decided) => void;
};

/** How many that never got into a block are remembered with the reason. */
const REMEMBERED = 10_000;
/** Blocks that pass before what still waits is announced to the peers again: they may not have been there to hear it. */
const RETELL_BLOCKS = 5n;
/** Told again after one block, at most. */
const RETELL_MAX = 100;
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
  /** The transactions of this node's users, with the height of their last announcement to peers, in its order. */
  const announcedAt = new Map<string, Height>();

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
    const refused = checkForMempool(account, transaction, terms);
    if (refused !== undefined) return failWith(refused);
    const added = mempool.add(transaction, account.nonce);
    if (!added.ok) return added;
    lost.delete(id);
    if (added.value.replaced !== undefined)
      remember(added.value.replaced, {
        status: 'evicted',
        fault: fault('TX_REPLACED', `replaced by ${id}, which tips more`, { by: id }),
      });
    options.onWaiting();
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
          announcedAt.set(transaction.id, store.tip().height);
          options.gossip([bytes]);
        }
        return ok({ id, known: false, admitted });
      }
      default:
        return unreachable(looked);
    }
  };

  const retell = (height: Height): void => {
    const again: Uint8Array[] = [];
    for (const [id, at] of announcedAt) {
      const waiting = mempool.get(id);
      if (waiting === undefined) {
        announcedAt.delete(id);
        continue;
      }
      if (at + RETELL_BLOCKS > height || again.length === RETELL_MAX) break;
      announcedAt.delete(id);
      announcedAt.set(id, height);
      again.push(waiting.bytes);
    }
    if (again.length > 0) options.gossip(again);
  };

  const receive: TxPool['receive'] = async (batch, peer) => {
    const source: Source = { type: 'peer', name: peer };
    let accepted = false;
    for (const part of inParts(batch)) {
      if (intake.isSpent(source)) break;
      for (const looked of await Promise.all(part.map((bytes) => intake.look(bytes, source)))) {
        if (looked.type === 'bad') {
          logger.debug({ code: looked.fault.code }, 'a peer sent a bad transaction');
          return 'reject';
        }
        if (looked.type !== 'checked' || mempool.has(looked.transaction.id)) continue;
        if (!admit(looked.transaction).ok) continue;
        intake.taken(source, looked.units);
        accepted = true;
      }
    }
    return accepted ? 'accept' : 'ignore';
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

  const committed = ({ block, transactions }: Decided): void => {
    const ids = transactions.map((tx) => toHex(tx.id));
    for (const { transaction, bytes } of transactions) intake.executed(transaction, bytes.length);
    const last = { height: block.header.height, baseFee: baseFeeOf(store.view) };
    for (const dropped of mempool.prune(ids, last, accountsOf(store.view))) {
      const code = dropped.status === 'expired' ? 'TX_EXPIRED' : 'TX_EVICTED';
      remember(dropped.id, { status: dropped.status, fault: fault(code, dropped.reason) });
    }
    for (const id of ids) wake(id);
    retell(block.header.height);
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
