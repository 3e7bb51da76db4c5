/**
 * Transactions that a program must send once and not twice, whatever happens to it or to the node in the meantime. Each
 * has a key, the name that the program gives to the action. It is signed and stored before it is sent. After a restart
 * the same bytes are sent again; they have the same id, so the chain executes them once. An entry is removed when its
 * outcome is known and has been handled.
 *
 * Each round asks for the status of all of them with one batched call of `tx_status`. The events of the chain only
 * report executed transactions. Only the node knows that a transaction was evicted, was rejected or has expired.
 */

import type { ChainEvent } from '../../rpc/schemas/event.ts';
import type { ResultOf } from '../../rpc/schemas/registry.ts';
import type { SignedTransaction } from '../../state/tx/transaction.ts';
import { check, checkFields, FUNCTION, LIST } from '../lib/arguments.ts';
import { type Height, heightAfter } from '../lib/brands.ts';
import { toHex } from '../lib/bytes.ts';
import { CodedError, type Fault, unwrap } from '../lib/errors.ts';
import { fault } from './errors.ts';
import type { PayloadOf } from './payload.ts';
import { isAway, isUnanswered } from './retry.ts';
import { CLIENT, type RpcClient } from './rpc-client.ts';
import { isNonceConflict } from './send.ts';
import { WALLET, type Wallet } from './wallet.ts';

/** An entry in the form in which it is stored. */
export type OutboxEntry = {
  readonly key: string;
  /** The id of the transaction. */
  readonly id: string;
  /** The encoding of the transaction, 0x-hex. */
  readonly transaction: string;
  readonly validUntil: string;
};

/**
 * `committed` with what happened; `failed`: executed, the fee charged and nothing else; `dropped`: in no block, and never
 * will be, so that it may be done anew.
 */
export type Outcome = { readonly key: string; readonly id: string } & (
  | { readonly status: 'committed'; readonly events: readonly ChainEvent[] }
  | { readonly status: 'failed'; readonly fault: Fault }
  | { readonly status: 'dropped'; readonly fault: Fault }
);

export type Outbox = {
  readonly has: (key: string) => boolean;
  /** Whether something is on its way whose key begins so. */
  readonly hasAny: (prefix: string) => boolean;
  /** Signs it, puts it down and sends it; nothing happens if the key is there already. @throws CodedError */
  readonly send: <const N extends string>(key: string, kind: N, payload: PayloadOf<N>) => Promise<void>;
  /** Asks what became of each, sends again those that the node does not know, and returns the outcomes. */
  readonly settle: () => Promise<readonly Outcome[]>;
  /** Drops one that is done: only now, as whoever learns of it may have to put that down together with this. */
  readonly forget: (key: string) => void;
};

export type OutboxStore = {
  readonly entries: readonly OutboxEntry[];
  /** On the disk when it returns. */
  readonly save: (entries: readonly OutboxEntry[]) => void;
};

/** Blocks that a transaction stays valid: what is not in a block by then is done anew. */
const VALID_BLOCKS = 60n;
/** How often one is signed anew because another transaction of the account took its nonce. */
const TRIES_MAX = 8;

/** The most transactions that one call asks about. */
const BATCH_MAX = 50;

type Status = ResultOf<'tx_status'>;

export const openOutbox = (client: RpcClient, wallet: Wallet, store: OutboxStore): Outbox => {
  check('client', client, CLIENT);
  check('wallet', wallet, WALLET);
  checkFields('store', store, { entries: LIST, save: FUNCTION });
  const entries = new Map(store.entries.map((entry) => [entry.key, entry]));
  const save = (): void => store.save([...entries.values()]);
  const drop = (key: string): void => {
    if (entries.delete(key)) save();
  };

  /** Sends one again that the node does not know, unless no block may hold it any more. */
  const sendAgain = async (
    { key, id, transaction, validUntil }: OutboxEntry,
    height: Height,
  ): Promise<Outcome | undefined> => {
    const dropped = (why: Fault): Outcome => ({ key, id, status: 'dropped', fault: why });
    if (height > BigInt(validUntil))
      return dropped(fault('TX_EXPIRED', `it was valid until block ${validUntil}`, { validUntil }));
    const sent = await client.attempt('tx_send', { transaction, mode: 'sync' });
    if (sent.ok || isUnanswered(sent.fault)) return undefined;
    // A block may have included it in the meantime.
    const { status } = await client.call('tx_status', { id });
    return status === 'unknown' || status === 'rejected' ? dropped(sent.fault) : undefined;
  };

  /** Stores a new entry and sends it. Returns the fault of a node that refuses it. @throws CodedError if no node answers */
  const sendNew = async (
    key: string,
    { id, bytes }: SignedTransaction,
    validUntil: Height,
  ): Promise<Fault | undefined> => {
    const transaction = toHex(bytes);
    entries.set(key, { key, id: toHex(id), transaction, validUntil: validUntil.toString() });
    save();
    const sent = await client.attempt('tx_send', { transaction, mode: 'sync' });
    if (sent.ok) return undefined;
    // Whether it has arrived is not known then: `settle` finds out.
    if (isAway(new CodedError(sent.fault))) throw new CodedError(sent.fault);
    if (isUnanswered(sent.fault)) return undefined;
    drop(key);
    return sent.fault;
  };

  /** Returns the status of each transaction, in order: one call for up to `BATCH_MAX` of them. */
  const statusesOf = async (waiting: readonly OutboxEntry[]): Promise<readonly Status[]> => {
    const statuses: Status[] = [];
    for (let from = 0; from < waiting.length; from += BATCH_MAX) {
      const calls = waiting
        .slice(from, from + BATCH_MAX)
        .map(({ id }) => ({ method: 'tx_status' as const, params: { id } }));
      for (const answer of await client.batch(calls)) statuses.push(unwrap(answer));
    }
    return statuses;
  };

  /** Returns the outcome that a status is; undefined if there is none yet. */
  const outcomeOf = ({ key, id }: OutboxEntry, { status, error, events }: Status): Outcome | undefined => {
    const why = (): Fault =>
      error === null ? fault('TX_DROPPED', `it is ${status}`) : { code: error.code, message: error.message };
    switch (status) {
      case 'committed':
        return { key, id, status, events };
      case 'failed':
        return { key, id, status, fault: why() };
      case 'skipped':
      case 'evicted':
      case 'expired':
      case 'rejected':
        return { key, id, status: 'dropped', fault: why() };
      case 'pending':
      case 'unknown':
        return undefined;
    }
  };

  return {
    has: (key) => entries.has(key),
    hasAny: (prefix) => entries.keys().some((key) => key.startsWith(prefix)),
    send: async (key, kind, payload) => {
      if (entries.has(key)) return;
      const { height } = await client.call('node_status');
      const validUntil = heightAfter(height, VALID_BLOCKS);
      for (let tries = 1; ; tries++) {
        const refused = await sendNew(key, await wallet.prepare(kind, payload, { validUntil }), validUntil);
        if (refused === undefined) return;
        if (!isNonceConflict(refused) || tries === TRIES_MAX) throw new CodedError(refused);
      }
    },
    settle: async () => {
      const waiting = [...entries.values()];
      const statuses = await statusesOf(waiting);
      const unknown = waiting.filter((_, i) => statuses[i]?.status === 'unknown');
      const outcomes = waiting.map((entry, i) => {
        const status = statuses[i];
        return status === undefined ? undefined : outcomeOf(entry, status);
      });
      if (unknown.length > 0) {
        const { height } = await client.call('node_status');
        for (const entry of unknown) outcomes.push(await sendAgain(entry, height));
      }
      return outcomes.filter((outcome) => outcome !== undefined);
    },
    forget: drop,
  };
};
