/**
 * The only way from the demo to the chain: JSON-RPC. Everything is submitted to one node, and all figures are read from
 * another, to which nothing is ever submitted.
 */

import type { MethodName, ParamsOf, ResultOf } from '../../rpc/schemas/registry.ts';
import { type Call, createRpcClient, type RpcClient } from '../../src/client/rpc-client.ts';
import { fetchChainIdentity } from '../../src/client/wallet.ts';
import { type Height, heightAfter, type Root, toHeight } from '../../src/lib/brands.ts';
import { toHex } from '../../src/lib/bytes.ts';
import type { ChainIdentity } from '../../src/lib/chain.ts';
import { domainSeparator } from '../../src/lib/eip712.ts';
import { CodedError, fault, invariant, type Result, unwrap } from '../../src/lib/errors.ts';
import type { Json } from '../../src/lib/ssz.ts';
import type { Params } from '../../state/params.ts';
import { transactionGas } from '../../state/tx/gas.ts';
import type { Kind } from '../../state/tx/kind.ts';
import { type Body, kindByName } from '../../state/tx/registry.ts';
import { encodeTransaction, signTransaction } from '../../state/tx/transaction.ts';
import type { Actor } from './actors.ts';

/** A transaction body that someone wants executed. */
export type Intent = { readonly from: Actor; readonly body: Body };

export const intent = <P>(from: Actor, kind: Kind<P>, payload: NoInfer<P>): Intent => {
  const registered = kindByName(kind.name);
  invariant(registered !== undefined, `${kind.name} is registered`);
  return { from, body: unwrap(registered.decode(kind.payload.encode(payload))) };
};

export type Executed = ResultOf<'tx_status'>;

export type Ledger = {
  /** The node to which everything is submitted. */
  readonly writer: RpcClient;
  /** The node from which every figure is read. */
  readonly reader: RpcClient;
  /** The node from which the reviewers read the contributions that they judge. */
  readonly reviewer: RpcClient;
  /** The node from which the attestor reads the texts that it traces. */
  readonly attestor: RpcClient;
  readonly nodes: readonly RpcClient[];
  readonly chain: ChainIdentity;
  readonly params: Params;
  /** Submits in this order and waits until the reading node has executed all. @throws `DEMO_TX` unless all succeed */
  readonly submit: (intents: readonly Intent[]) => Promise<readonly Executed[]>;
  /** Submits like `submit`, and also returns transactions that failed. */
  readonly attempt: (intents: readonly Intent[]) => Promise<readonly Executed[]>;
  readonly now: () => Promise<bigint>;
  readonly untilHeight: (height: Height) => Promise<void>;
};

/** The most requests of one batch, and their bytes: the limits of the node are 1,000 and 8 MiB. */
const BATCH = 500;
const BATCH_BYTES = 4 << 20;
const POLL_MS = 60;
const TX_TIMEOUT_MS = 60_000;
/** The number of blocks for which a transaction is valid. */
const VALID_BLOCKS = 500n;
/** The maximum fee per gas, in initial base fees. It is only a limit: the base fee of the block is what is burned. */
const FEE_HEADROOM = 1_000n;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Divides a list into batches that the node accepts. */
const pieces = function* <T>(all: readonly T[], sizeOf: (each: T) => number): Generator<readonly T[]> {
  let piece: T[] = [];
  let bytes = 0;
  for (const each of all) {
    const size = sizeOf(each);
    if (piece.length > 0 && (piece.length === BATCH || bytes + size > BATCH_BYTES)) {
      yield piece;
      piece = [];
      bytes = 0;
    }
    piece.push(each);
    bytes += size;
  }
  if (piece.length > 0) yield piece;
};

/** Calls one method with many parameters, in batches. Each call has its own result. */
export const attemptAll = async <N extends MethodName>(
  client: RpcClient,
  method: N,
  params: readonly ParamsOf<N>[],
  sizeOf: (each: ParamsOf<N>) => number = () => 200,
): Promise<Result<ResultOf<N>>[]> => {
  const out: Result<ResultOf<N>>[] = [];
  for (const piece of pieces(params, sizeOf)) {
    const calls = piece.map((each) => ({ method, params: each }) as Call);
    for (const result of await client.batch<readonly Call[]>(calls)) out.push(result as Result<ResultOf<N>>);
  }
  return out;
};

/** Calls one method with many parameters, in batches. @throws on the first fault */
export const callAll = async <N extends MethodName>(
  client: RpcClient,
  method: N,
  params: readonly ParamsOf<N>[],
  sizeOf?: (each: ParamsOf<N>) => number,
): Promise<ResultOf<N>[]> => (await attemptAll(client, method, params, sizeOf)).map(unwrap);

const PENDING = new Set(['unknown', 'pending']);

export const openLedger = async (urls: readonly string[]): Promise<Ledger> => {
  const nodes = urls.map((url) => createRpcClient(url));
  const [writer, reviewer, attestor, reader] = nodes;
  invariant(
    writer !== undefined && reviewer !== undefined && attestor !== undefined && reader !== undefined,
    'the devnet has four nodes',
  );
  const params = await reader.call('chain_getParams');
  const chain = await fetchChainIdentity(reader);
  const separator = domainSeparator(chain);
  const nonces = new Map<string, bigint>();

  const now = async (): Promise<Height> => (await reader.call('node_status')).height;

  const sign = ({ from, body }: Intent, height: Height) => {
    const key = toHex(from.address);
    const nonce = nonces.get(key) ?? 0n;
    const draft = { nonce, maxFee: 0n, tip: 0n, validUntil: heightAfter(height, VALID_BLOCKS), body };
    const size = encodeTransaction({ ...draft, from: from.address }, new Uint8Array(65)).length;
    const gas = transactionGas(body.gas(params), size, params.fees);
    nonces.set(key, nonce + 1n);
    return signTransaction(
      from.privateKey,
      { ...draft, maxFee: gas * params.fees.initialBaseFee * FEE_HEADROOM },
      separator,
    );
  };

  const settled = async (ids: readonly Root[]): Promise<readonly Executed[]> => {
    const outcomes = new Map<string, Executed>();
    const deadline = performance.now() + TX_TIMEOUT_MS;
    for (;;) {
      const open = ids.map(toHex).filter((id) => !outcomes.has(id));
      if (open.length === 0) break;
      const statuses = await callAll(
        reader,
        'tx_status',
        open.map((id) => ({ id })),
      );
      for (const status of statuses) if (!PENDING.has(status.status)) outcomes.set(toHex(status.id), status);
      if (outcomes.size === ids.length) break;
      if (performance.now() > deadline)
        throw new CodedError(
          fault('DEMO_TX', `${ids.length - outcomes.size} of ${ids.length} transactions are in no block yet`),
        );
      await pause(POLL_MS);
    }
    return ids.flatMap((id) => outcomes.get(toHex(id)) ?? []);
  };

  const attempt: Ledger['attempt'] = async (intents) => {
    const height = await now();
    const signed = intents.map((each) => sign(each, toHeight(height)));
    await callAll(
      writer,
      'tx_send',
      signed.map(({ bytes }) => ({ transaction: toHex(bytes), mode: 'sync' as const })),
      ({ transaction }) => (typeof transaction === 'string' ? transaction.length : 0),
    );
    return settled(signed.map(({ id }) => id));
  };

  return {
    writer,
    reader,
    reviewer,
    attestor,
    nodes,
    chain,
    params,
    now,
    attempt,
    submit: async (intents) => {
      const outcomes = await attempt(intents);
      for (const [i, { status, error }] of outcomes.entries())
        if (status !== 'committed')
          throw new CodedError(
            fault(
              'DEMO_TX',
              `${intents[i]?.from.name}, ${intents[i]?.body.action()}: ${status}, ${error?.code}: ${error?.message}`,
            ),
          );
      return outcomes;
    },
    untilHeight: async (height) => {
      while ((await now()) < height) await pause(POLL_MS);
    },
  };
};

/** Returns a field of the one event of a type that a transaction emitted. @throws `DEMO_EVENT` if there is none */
export const eventField = (executed: Executed, type: string, name: string): Json => {
  const event = executed.events.find((each) => each.type === type);
  const data: unknown = event?.data;
  const value: unknown = typeof data === 'object' && data !== null ? Reflect.get(data, name) : undefined;
  if (value === undefined)
    throw new CodedError(fault('DEMO_EVENT', `transaction ${toHex(executed.id)} emitted no ${type}.${name}`));
  return value as Json;
};
