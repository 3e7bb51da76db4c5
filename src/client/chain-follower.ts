/**
 * Follows a chain over the RPC of a node, block by block, from any height on: what was executed, and what came of it. It
 * keeps nothing: who remembers the height it has dealt with goes on from there after a restart.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ResultOf } from '../../rpc/schemas/registry.ts';
import { decodeTransaction, TransactionType, transactionDigest } from '../../state/tx/transaction.ts';
import type { Root } from '../lib/brands.ts';
import { equal, fromHex, toHex } from '../lib/bytes.ts';
import { domainSeparator } from '../lib/eip712.ts';
import { CodedError, unwrap } from '../lib/errors.ts';
import { type BackOff, whenAnswered } from './back-off.ts';
import { fault } from './errors.ts';
import type { RpcClient } from './rpc-client.ts';
import { fetchDomain, findKind } from './wallet.ts';

export type FollowedEvent = ResultOf<'tx_status'>['events'][number];

/** One that was executed with success. */
export type FollowedTransaction = {
  readonly id: string;
  readonly from: string;
  readonly kind: string;
  /** The canonical encoding of its payload, as its kind has it. */
  readonly payload: Uint8Array;
  readonly events: readonly FollowedEvent[];
};

export type FollowedBlock = {
  readonly height: bigint;
  /** Of the node when the block was read: how far behind the end the reader is. */
  readonly last: bigint;
  /** Of the kinds asked for, in order. */
  readonly transactions: readonly FollowedTransaction[];
};

export type FollowOptions = BackOff & {
  /** The first block to give. */
  readonly from: bigint;
  /** Names of the kinds of transactions to give. */
  readonly kinds: readonly string[];
  readonly pollMs?: number;
};

const POLL_MS = 100;

/** Those of the kinds in a block: only their own bytes are looked into, so that a block full of others costs little. */
const wantedOf = (
  encodings: readonly string[],
  kinds: ReadonlyMap<number, string>,
  separator: Root,
): readonly Omit<FollowedTransaction, 'events'>[] =>
  encodings.flatMap((hex) => {
    const bytes = unwrap(fromHex(hex));
    const { kind: id } = unwrap(TransactionType.decode(bytes));
    const kind = kinds.get(id);
    if (kind === undefined) return [];
    const { transaction, body } = unwrap(decodeTransaction(bytes));
    const { from, payload } = transaction;
    const digest = transactionDigest({ ...transaction, body }, separator);
    return [{ id: toHex(digest), from: toHex(from), kind, payload }];
  });

const transactionsOf = async (
  client: RpcClient,
  height: bigint,
  kinds: ReadonlyMap<number, string>,
  separator: Root,
): Promise<readonly FollowedTransaction[]> => {
  const { transactions } = await client.call('chain_getBlock', { height: height.toString(), raw: true });
  const encodings = transactions.filter((each) => typeof each === 'string');
  const wanted = wantedOf(encodings, kinds, separator);
  const statuses = await client.batch(
    wanted.map(({ id }) => ({ method: 'tx_status' as const, params: { id } })),
  );
  return wanted.flatMap((each, i): readonly FollowedTransaction[] => {
    const result = statuses[i];
    if (result === undefined) return [];
    const { status, events } = unwrap(result);
    return status === 'committed' ? [{ ...each, events }] : [];
  });
};

/** What of some kinds was executed with success in one block. @throws CodedError `BLOCK_NOT_FOUND`, those of the client */
export const executedIn = async (
  client: RpcClient,
  height: bigint,
  kinds: readonly string[],
): Promise<readonly FollowedTransaction[]> =>
  transactionsOf(client, height, idsOf(kinds), domainSeparator(await fetchDomain(client)));

const idsOf = (kinds: readonly string[]): ReadonlyMap<number, string> =>
  new Map(kinds.map((name) => [unwrap(findKind(name)).id, name]));

/**
 * The blocks from `from` on, each as soon as the node has it; waits while the node is away or behind.
 * @throws CodedError `CHAIN_CHANGED` if the node that comes back is of another chain; the reason of the signal
 */
export async function* followChain(
  client: RpcClient,
  options: FollowOptions,
): AsyncGenerator<FollowedBlock, never> {
  const { from, pollMs = POLL_MS, signal } = options;
  const kinds = idsOf(options.kinds);
  const domain = await whenAnswered(() => fetchDomain(client), options);
  const separator = domainSeparator(domain);
  /** The chain is asked for again whenever the node was away: it may have been started anew on another. */
  let sure = true;
  const backOff: BackOff = {
    ...options,
    onAway: (why, pauseMs) => {
      sure = false;
      options.onAway?.(why, pauseMs);
    },
  };
  const answered = <T>(run: () => Promise<T>): Promise<T> =>
    whenAnswered(async () => {
      if (!sure) {
        const now = await fetchDomain(client);
        if (!equal(now.salt, domain.salt))
          throw new CodedError(
            fault('CHAIN_CHANGED', `${client.url} is of another chain now, of genesis ${toHex(now.salt)}`),
          );
        sure = true;
      }
      return run();
    }, backOff);

  let last = 0n;
  for (let height = from; ; height++) {
    for (;;) {
      if (last < height) last = BigInt((await answered(() => client.call('node_status'))).height);
      if (last >= height) break;
      await sleep(pollMs, undefined, { signal });
    }
    const transactions = await answered(() => transactionsOf(client, height, kinds, separator));
    yield { height, last, transactions };
  }
}
