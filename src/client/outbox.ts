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
import { check, checkFields, FUNCTION, LIST, refuse } from '../lib/arguments.ts';
import { type Height, heightAfter, type Root } from '../lib/brands.ts';
import { equal, fromHex, toHex } from '../lib/bytes.ts';
import { CodedError, type Fault, failWith, invariant, ok, type Result, unwrap } from '../lib/errors.ts';
import { chainChanged } from './chain-changed.ts';
import { fault } from './errors.ts';
import type { PayloadOf } from './payload.ts';
import { isAway, isForLater, isUnanswered, refusalOf } from './refusals.ts';
import { CLIENT, type RpcClient } from './rpc-client.ts';
import { isAnswer, signingAnew } from './send.ts';
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
   * Signs it, stores it and sends it. Nothing happens if the key is there already. A call while another one sends the same
   * key waits for that one, and ends as it does. It stays if the node has no room for it now. If another transaction takes
   * the nonce, it is signed anew several times.
   * @throws CodedError with the code of the refusal: it is not in the outbox then. `isVerdict` says whether it is refused
   *   for good; if no node answers, or the code is not known here, it may be in the outbox and may be executed, and another
   *   call does no harm. What `save` of the store throws:
   *   then nothing was sent, and the outbox is as before. `CHAIN_CHANGED` if the node is of another chain than the wallet.
   *   The reason of the signal
   */
  readonly send: <const N extends string>(key: string, kind: N, payload: PayloadOf<N>) => Promise<void>;
  /**
   * Returns with what the transaction was answered when it was sent last; undefined once a node has it, and for a key that
   * is not there. An entry stays in the outbox after a refusal that passes: this says what it waits for.
   */
  readonly lastRefusal: (key: string) => Fault | undefined;
  /**
   * Asks what became of each, sends again those that the node does not have, and returns the outcomes, until they are
   * forgotten. A call while another one asks waits for that one and returns nothing: the other has the outcomes.
   * @throws CodedError `CHAIN_CHANGED` if the node is of another chain than a transaction; those of the client
   */
  readonly settle: () => Promise<readonly Outcome[]>;
  /**
   * Drops one that is done: only now, as whoever learns of it may have to put that down together with this.
   * @throws what `save` of the store throws: then it is still in the outbox
   */
  readonly forget: (key: string) => void;
};

export type OutboxStore = {
  readonly entries: readonly OutboxEntry[];
  /**
   * Stores the entries. They are on the disk when it returns, so it must not return a promise. If it throws, what was
   * stored before must still be there. One store belongs to one outbox at a time.
   */
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

/**
 * Stores the entries.
 * @throws CodedError `ARGUMENT_INVALID` if that returns a promise: a transaction that is sent before it is stored is sent
 *   again after a crash, as another one. What `save` throws
 */
const saveTo = (store: OutboxStore, entries: readonly OutboxEntry[]): void => {
  const returned: unknown = store.save(entries);
  if (returned === undefined || typeof Reflect.get(Object(returned), 'then') !== 'function') return;
  refuse([
    'store.save: must have stored the entries when it returns, and returned a promise; write synchronously',
  ]);
};

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
  /** What is stored: it changes only once the store has it. */
  let entries: ReadonlyMap<string, OutboxEntry> = new Map(store.entries.map((entry) => [entry.key, entry]));
  /** The calls of `send` that run, by key. What the node decides about their bytes is for them to handle. */
  const running = new Map<string, Promise<void>>();
  /** The call of `settle` that runs. */
  let settling: Promise<readonly Outcome[]> | undefined;
  /** The height at which bytes that the node had dropped were last sent to it again, by key. */
  const sentAgainAt = new Map<string, bigint>();
  /** With what each entry was answered that no node has taken since, by key. */
  const refusals = new Map<string, Fault>();
  /** Whether it was last answered with a code that is not known here. */
  const isOddlyAnswered = (key: string): boolean => {
    const refusal = refusals.get(key);
    return refusal !== undefined && refusalOf(refusal) === undefined;
  };
  /** Notes how the bytes of an entry were answered. */
  const answered = (key: string, sent: Result<unknown>): void => {
    if (sent.ok) refusals.delete(key);
    else refusals.set(key, sent.fault);
  };
  const replace = (next: ReadonlyMap<string, OutboxEntry>): void => {
    saveTo(store, [...next.values()]);
    entries = next;
  };
  const drop = (key: string): void => {
    if (entries.has(key)) replace(new Map([...entries].filter(([other]) => other !== key)));
    sentAgainAt.delete(key);
    refusals.delete(key);
  };

  /**
   * Sends the same bytes again if the node does not have them. A node that had them and let go of them is asked once for
   * each height: what it decides follows from the state. So is one that has answered with a code that is not known here.
   */
  const sendAgain = async ({ key, sending }: Waiting, { status, height }: Facts): Promise<void> => {
    if (status.status === 'pending') {
      refusals.delete(key);
      return;
    }
    if (status.status !== 'unknown' || isOddlyAnswered(key)) {
      if (sentAgainAt.get(key) === height) return;
      sentAgainAt.set(key, height);
    }
    // Whatever the node answers, the next round asks for the facts.
    answered(key, await client.attempt('tx_send', { transaction: toHex(sending.bytes), mode: 'sync' }));
  };

  /** Whether the node has a transaction, or a block does. */
  const isOnItsWay = async (id: Root): Promise<boolean> => {
    const known = await client.attempt('tx_status', { id });
    return known.ok && isAnswer(known.value);
  };

  /**
   * Stores a new entry and sends it. Returns the fault of a node that refuses it as it is, with a code that is known here;
   * then it is gone, as the node has passed it on to nobody.
   * @throws CodedError if no node answers, or something answers with a code that is not known here and the node does not have
   *   the transaction. It stays then
   */
  const sendNew = async (
    key: string,
    { id, bytes }: SignedTransaction,
    validUntil: Height,
  ): Promise<Result<undefined>> => {
    const transaction = toHex(bytes);
    const entry = { key, id: toHex(id), transaction, validUntil: validUntil.toString() };
    replace(new Map(entries).set(key, entry));
    const sent = await client.attempt('tx_send', { transaction, mode: 'sync' });
    answered(key, sent);
    if (sent.ok) return ok(undefined);
    // Whether it has arrived is not known then: `settle` finds out.
    if (isAway(new CodedError(sent.fault))) throw new CodedError(sent.fault);
    // A gateway may have passed it on all the same. If not, whoever sends it has to hear of the refusal.
    if (refusalOf(sent.fault) === undefined) {
      if (!(await isOnItsWay(id))) throw new CodedError(sent.fault);
      refusals.delete(key);
    }
    // `settle` sends the same bytes again, until a block has them or never will.
    if (isUnanswered(sent.fault) || isForLater(sent.fault)) return ok(undefined);
    drop(key);
    return failWith(sent.fault);
  };

  const signAndSend = async <const N extends string>(
    key: string,
    kind: N,
    payload: PayloadOf<N>,
  ): Promise<void> => {
    const attempt = async (): Promise<Result<undefined>> => {
      const [identity, node] = await client.batch([
        { method: 'chain_getDomain', params: {} },
        { method: 'node_status', params: {} },
      ]);
      const chain = unwrap(identity);
      // A node of another chain would refuse the signature, which is a verdict, though the right chain has refused nothing.
      if (!equal(chain.genesisHash, wallet.chain.genesisHash))
        throw new CodedError(chainChanged(client, chain));
      const { height } = unwrap(node);
      const validUntil = heightAfter(height, VALID_BLOCKS);
      return sendNew(key, await wallet.prepare(kind, payload, { validUntil }), validUntil);
    };
    unwrap(await signingAnew({}, attempt, signal));
  };

  const settle = async (): Promise<readonly Outcome[]> => {
    const outcomes: Outcome[] = [];
    const sent = [...entries.values()].filter(({ key }) => !running.has(key));
    for (const waiting of batchesOf(sent.map(waitingOf))) {
      const [first, ...rest] = waiting;
      const facts = await factsOf(client, [first.sending, ...rest.map(({ sending }) => sending)]);
      for (const [i, each] of waiting.entries()) {
        const own = facts[i];
        invariant(own !== undefined, 'each transaction has its facts');
        const outcome = outcomeIn(each, own);
        if (outcome === undefined) await sendAgain(each, own);
        else outcomes.push(outcome);
      }
    }
    return outcomes;
  };

  return {
    has: (key) => entries.has(key),
    lastRefusal: (key) => refusals.get(key),
    hasAny: (prefix) => entries.keys().some((key) => key.startsWith(prefix)),
    send: async (key, kind, payload) => {
      const other = running.get(key);
      if (other !== undefined) return other;
      if (entries.has(key)) return;
      // The key is taken before anything is waited for.
      const own = signAndSend(key, kind, payload).finally(() => running.delete(key));
      running.set(key, own);
      return own;
    },
    settle: async () => {
      if (settling !== undefined) {
        await settling;
        return [];
      }
      settling = settle().finally(() => {
        settling = undefined;
      });
      return settling;
    },
    forget: drop,
  };
};
