/**
 * Transactions on their way into a block: taken in from users and peers, checked, kept in the mempool, gossiped, and
 * accounted for until their fate is known.
 */

import { LRUCache } from 'lru-cache';
import type { Submission, TxState } from '../../rpc/backend.ts';
import { type Address, type Height, nextHeight, type Root } from '../../src/lib/brands.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { ok } from '../../src/lib/errors.ts';
import type { Logger } from '../../src/lib/log.ts';
import { accountsOf, checkForMempool } from '../../state/charge.ts';
import type { BlockEvent } from '../../state/events/block-events.ts';
import { accountOf } from '../../state/modules/ledger/accounts.ts';
import { baseFeeOf } from '../../state/modules/ledger/fees.ts';
import type { Decided, Store } from '../../state/store/store.ts';
import type { VerifiedTransaction } from '../../state/tx/transaction.ts';
import { fail, fault, type Result } from './errors.ts';
import type { Mempool } from './mempool.ts';
import type { Verifier } from './verifier.ts';

export type TxPoolOptions = {
  readonly store: Store;
  readonly mempool: Mempool;
  readonly verifier: Verifier;
  readonly logger: Logger;
  /** Tells the peers of transactions that came from this node's own users. */
  readonly gossip: (transactions: readonly Uint8Array[]) => void;
  /** The mempool has something for the next block. */
  readonly onWaiting: () => void;
};

export type TxPool = {
  /** From a user of this node. */
  readonly submit: (bytes: Uint8Array) => Promise<Result<Submission>>;
  /**
   * From a peer. What no honest node can have passed on makes the whole batch bad; what only this state refuses does not.
   * Passed on only with something new in it: waiting transactions make endless batches of other bytes, by their order
   * alone, and who passed those on would be taken for the one that floods.
   */
  readonly receive: (batch: readonly Uint8Array[]) => Promise<'accept' | 'ignore' | 'reject'>;
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
export const createTxPool = (options: TxPoolOptions): TxPool => {
  const { store, mempool, verifier, logger } = options;
  const lost = new LRUCache<string, TxState>({ max: REMEMBERED });
  const waiters = new Map<string, Set<() => void>>();
  /** The transactions of this node's users, with the height of their last announcement to peers, in its order. */
  const announcedAt = new Map<string, Height>();

  /** Those of the height asked for last: many ask for the outcome of their own transaction in one block. */
  let shown: { readonly height: Height; readonly events: readonly BlockEvent[] } | undefined;
  const eventsAt = (height: Height): readonly BlockEvent[] => {
    if (shown?.height !== height) shown = { height, events: store.events(height) ?? [] };
    return shown.events;
  };

  const remember = (id: string, state: TxState): void => {
    lost.set(id, state);
    wake(id);
  };

  const wake = (id: string): void => {
    const waiting = waiters.get(id);
    waiters.delete(id);
    for (const each of waiting ?? []) each();
  };

  const admit = (tx: VerifiedTransaction): Result<undefined> => {
    const id = toHex(tx.id);
    if (mempool.has(id)) return ok(undefined);
    const { from, nonce, maxFee, tip, validUntil } = tx.transaction;
    const { height } = store.tip();
    const sender = toHex(from);
    const account = accountOf(store.view, from);
    const waiting = { id, bytes: tx.bytes, sender, nonce, maxFee, tip, validUntil, gas: tx.gas };
    const terms = { height: nextHeight(height), baseFee: baseFeeOf(store.view) };
    const refused = checkForMempool(account, waiting, terms);
    if (refused !== undefined) return { ok: false, fault: refused };
    const added = mempool.add(waiting, account.nonce);
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

  const submit: TxPool['submit'] = async (bytes) => {
    const [verified] = await verifier.verifyAll([bytes]);
    if (verified === undefined) return fail('VERIFIER_FAILED', 'no answer');
    if (!verified.ok) return verified;
    const { id } = verified.value;
    if (store.transaction(id) !== undefined) return ok({ id, known: true, admitted: ok(undefined) });
    const known = mempool.has(toHex(id));
    const admitted = admit(verified.value);
    if (!admitted.ok) remember(toHex(id), { status: 'rejected', fault: admitted.fault });
    else if (!known) {
      announcedAt.set(toHex(id), store.tip().height);
      options.gossip([bytes]);
    }
    return ok({ id, known, admitted });
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

  const receive: TxPool['receive'] = async (batch) => {
    let accepted = false;
    for (const verified of await verifier.verifyAll(batch)) {
      if (!verified.ok) {
        logger.debug({ code: verified.fault.code }, 'a peer sent a bad transaction');
        return 'reject';
      }
      const known = mempool.has(toHex(verified.value.id));
      if (!known && admit(verified.value).ok) accepted = true;
    }
    return accepted ? 'accept' : 'ignore';
  };

  const state = (id: Root): TxState => {
    const row = store.transaction(id);
    const hex = toHex(id);
    if (row === undefined)
      return mempool.has(hex) ? { status: 'pending' } : (lost.get(hex) ?? { status: 'unknown' });
    const events = eventsAt(row.height).filter(({ transaction }) => transaction === row.index);
    return { status: 'included', row, events };
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
