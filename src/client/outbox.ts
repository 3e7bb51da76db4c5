/**
 * Transactions that a program must send once and not twice, whatever happens to it or to the node on the way. Each has a
 * key, the program's name for what it is to do. It is signed and put down before it is sent; after a restart the same
 * bytes are sent again, and have the same id, so that the chain takes them in once. What is put down is dropped when its
 * outcome is known and has been dealt with.
 */
import type { ChainEvent } from '../../rpc/schemas/event.ts';
import { toHex } from '../lib/bytes.ts';
import { CodedError, type Fault } from '../lib/errors.ts';
import { isAway } from './back-off.ts';
import { fault } from './errors.ts';
import type { RpcClient } from './rpc-client.ts';
import type { PayloadInput, Wallet } from './wallet.ts';

/** As it is put down. */
export type OutboxEntry = {
  readonly key: string;
  /** Of the transaction. */
  readonly id: string;
  /** Its encoding, 0x-hex. */
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
  readonly send: (key: string, kind: string, payload: PayloadInput) => Promise<void>;
  /** Asks what became of each, sends again what the node has forgotten, and returns those that are done. */
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

const KEEP = Symbol('keep');

export const openOutbox = (client: RpcClient, wallet: Wallet, store: OutboxStore): Outbox => {
  const entries = new Map(store.entries.map((entry) => [entry.key, entry]));
  const save = (): void => store.save([...entries.values()]);
  const drop = (key: string): void => {
    if (entries.delete(key)) save();
  };

  /** What the node has forgotten: once more, unless it is too late. */
  const sendAgain = async ({
    key,
    id,
    transaction,
    validUntil,
  }: OutboxEntry): Promise<Outcome | typeof KEEP> => {
    const dropped = (why: Fault): Outcome => ({ key, id, status: 'dropped', fault: why });
    const { height } = await client.call('node_status');
    if (BigInt(height) > BigInt(validUntil))
      return dropped(fault('TX_EXPIRED', `it was valid until block ${validUntil}`, { validUntil }));
    const sent = await client.attempt('tx_send', { transaction, mode: 'sync' });
    if (sent.ok || isAway(new CodedError(sent.fault))) return KEEP;
    // It may have got into a block while this was asked.
    const { status } = await client.call('tx_status', { id });
    return status === 'unknown' || status === 'rejected' ? dropped(sent.fault) : KEEP;
  };

  const look = async (entry: OutboxEntry): Promise<Outcome | typeof KEEP> => {
    const { key, id } = entry;
    const { status, error, events } = await client.call('tx_status', { id });
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
        return KEEP;
      default:
        return sendAgain(entry);
    }
  };

  return {
    has: (key) => entries.has(key),
    hasAny: (prefix) => entries.keys().some((key) => key.startsWith(prefix)),
    send: async (key, kind, payload) => {
      if (entries.has(key)) return;
      const validUntil = BigInt((await client.call('node_status')).height) + VALID_BLOCKS;
      const { id, bytes } = await wallet.prepare(kind, payload, { validUntil });
      const transaction = toHex(bytes);
      entries.set(key, { key, id: toHex(id), transaction, validUntil: validUntil.toString() });
      save();
      try {
        await client.call('tx_send', { transaction, mode: 'sync' });
      } catch (error) {
        // Whether it has arrived is not known then: `settle` finds out.
        if (!isAway(error)) drop(key);
        throw error;
      }
    },
    settle: async () => {
      const outcomes: Outcome[] = [];
      for (const entry of entries.values()) {
        const outcome = await look(entry);
        if (outcome !== KEEP) outcomes.push(outcome);
      }
      return outcomes;
    },
    forget: drop,
  };
};
