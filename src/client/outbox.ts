/**
 * Transactions that a program must send once and not twice, whatever happens to it or to the node in the meantime. Each
 * has a key, the name that the program gives to the action. It is signed and stored before it is sent. After a restart
 * the same bytes are sent again; they have the same id, so the chain executes them once. An entry is removed when its
 * outcome is known and has been handled.
 *
 * Each round asks one node for the facts about all of them in one batch. A node that evicted or refused a transaction,
 * or does not know it, says nothing about the mempools of other nodes: the same bytes are sent again. One is
 * given up only for a fact that no block can change: its nonce is used, or the chain is past its last height (`settle.ts`).
 *
 * A node that has no room now has not refused for good (`refusals.ts`): the entry stays, and later rounds send it again.
 */

import type { ChainEvent } from '../../rpc/schemas/event.ts';
import { decodeTransaction, type SignedTransaction } from '../../state/tx/transaction.ts';
import { check, checkFields, FUNCTION, LIST } from '../lib/arguments.ts';
import { type Height, heightAfter, type Root } from '../lib/brands.ts';
import { fromHex, toHex } from '../lib/bytes.ts';
import { CodedError, type Fault, failWith, invariant, ok, type Result, unwrap } from '../lib/errors.ts';
import { fault } from './errors.ts';
import type { PayloadOf } from './payload.ts';
import { isAway, isForLater, isUnanswered } from './refusals.ts';
import { CLIENT, type RpcClient } from './rpc-client.ts';
import { signingAnew } from './send.ts';
import { type Facts, factsOf, outcomeOf, type Sending } from './settle.ts';
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
 * will be, so that it may be done anew: another transaction has used its nonce, or the chain is past its last height.
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
  /**
   * Signs it, stores it and sends it; nothing happens if the key is there already. It stays if the node has no room for it
   * now. If another transaction takes the nonce, it is signed anew several times.
   * @throws CodedError with the code of the refusal: it is not in the outbox then. `isVerdict` says whether it is refused
   *   for good; if no node answers, it may be in the outbox, and another call does no harm. What the store throws: it was
   *   not sent then, unless the store failed to drop it after a refusal. The reason of the signal
   */
  readonly send: <const N extends string>(key: string, kind: N, payload: PayloadOf<N>) => Promise<void>;
  /** Asks what became of each, sends again those that the node does not have, and returns the outcomes. */
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

/** The most transactions that one call asks about. */
const BATCH_MAX = 50;

/** An entry, and what its bytes say. */
type Waiting = { readonly key: string; readonly sending: Sending };

/** @throws CodedError `TX_DECODE`, `HEX_INVALID` and others, if what was stored is no transaction */
const waitingOf = ({ key, id, transaction }: OutboxEntry): Waiting => {
  const bytes = unwrap(fromHex(transaction));
  const { from, nonce, validUntil } = unwrap(decodeTransaction(bytes)).transaction;
  return { key, sending: { id: unwrap(fromHex(id, 32)) as Root, bytes, from, nonce, validUntil } };
};

/** Returns the outcome that the facts are; undefined while a block may still execute the transaction. */
const outcomeIn = ({ key, sending }: Waiting, facts: Facts): Outcome | undefined => {
  const settled = outcomeOf(sending, facts);
  if (settled === undefined) return undefined;
  const id = toHex(sending.id);
  if (settled.type === 'never') return { key, id, status: 'dropped', fault: settled.fault };
  const { status, events, error } = settled.status;
  if (status === 'committed') return { key, id, status, events };
  const why =
    error === null
      ? fault('RPC_ANSWER_INVALID', 'the transaction failed, and the node does not say why', { id })
      : { code: error.code, message: error.message, ...(error.data === null ? {} : { data: error.data }) };
  return { key, id, status: 'failed', fault: why };
};

/** Splits them into batches, each of one account. */
const batchesOf = (all: readonly Waiting[]): readonly (readonly [Waiting, ...Waiting[]])[] =>
  [...Map.groupBy(all, ({ sending }) => toHex(sending.from)).values()].flatMap((own) =>
    Array.from({ length: Math.ceil(own.length / BATCH_MAX) }, (_, i) => {
      const [first, ...rest] = own.slice(i * BATCH_MAX, (i + 1) * BATCH_MAX);
      invariant(first !== undefined, 'a batch has a transaction');
      return [first, ...rest] as const;
    }),
  );

/** @param signal - ends pauses: `send` throws its reason */
export const openOutbox = (
  client: RpcClient,
  wallet: Wallet,
  store: OutboxStore,
  signal?: AbortSignal,
): Outbox => {
  check('client', client, CLIENT);
  check('wallet', wallet, WALLET);
  checkFields('store', store, { entries: LIST, save: FUNCTION });
  const entries = new Map(store.entries.map((entry) => [entry.key, entry]));
  /** The height at which bytes that the node had dropped were last sent to it again, by key. */
  const sentAgainAt = new Map<string, bigint>();
  const save = (): void => store.save([...entries.values()]);
  const drop = (key: string): void => {
    sentAgainAt.delete(key);
    if (entries.delete(key)) save();
  };

  /**
   * Sends the same bytes again if the node does not have them. A node that had them and let go of them is asked once for
   * each height: what it decides follows from the state.
   */
  const sendAgain = async ({ key, sending }: Waiting, { status, height }: Facts): Promise<void> => {
    if (status.status === 'pending') return;
    if (status.status !== 'unknown') {
      if (sentAgainAt.get(key) === height) return;
      sentAgainAt.set(key, height);
    }
    // Whatever the node answers, the next round asks for the facts.
    await client.attempt('tx_send', { transaction: toHex(sending.bytes), mode: 'sync' });
  };

  /**
   * Stores a new entry and sends it. Returns the fault of a node that refuses it as it is; then it is gone, as the node has
   * passed it on to nobody.
   * @throws CodedError if no node answers
   */
  const sendNew = async (
    key: string,
    { id, bytes }: SignedTransaction,
    validUntil: Height,
  ): Promise<Result<undefined>> => {
    const transaction = toHex(bytes);
    entries.set(key, { key, id: toHex(id), transaction, validUntil: validUntil.toString() });
    try {
      save();
    } catch (error) {
      // What is not stored is never sent: nobody would know of it after a restart.
      entries.delete(key);
      throw error;
    }
    const sent = await client.attempt('tx_send', { transaction, mode: 'sync' });
    if (sent.ok) return ok(undefined);
    // Whether it has arrived is not known then: `settle` finds out.
    if (isAway(new CodedError(sent.fault))) throw new CodedError(sent.fault);
    // `settle` sends the same bytes again, until a block has them or never will.
    if (isUnanswered(sent.fault) || isForLater(sent.fault)) return ok(undefined);
    drop(key);
    return failWith(sent.fault);
  };

  return {
    has: (key) => entries.has(key),
    hasAny: (prefix) => entries.keys().some((key) => key.startsWith(prefix)),
    send: async (key, kind, payload) => {
      if (entries.has(key)) return;
      const signAndSend = async (): Promise<Result<undefined>> => {
        const { height } = await client.call('node_status');
        const validUntil = heightAfter(height, VALID_BLOCKS);
        return sendNew(key, await wallet.prepare(kind, payload, { validUntil }), validUntil);
      };
      unwrap(await signingAnew({}, signAndSend, signal));
    },
    settle: async () => {
      const outcomes: Outcome[] = [];
      for (const waiting of batchesOf([...entries.values()].map(waitingOf))) {
        const { from } = waiting[0].sending;
        const facts = await factsOf(
          client,
          from,
          waiting.map(({ sending }) => sending.id),
        );
        for (const [i, each] of waiting.entries()) {
          const own = facts[i];
          invariant(own !== undefined, 'each transaction has its facts');
          const outcome = outcomeIn(each, own);
          if (outcome === undefined) await sendAgain(each, own);
          else outcomes.push(outcome);
        }
      }
      return outcomes;
    },
    forget: drop,
  };
};
