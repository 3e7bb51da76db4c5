/**
 * The only way from the demo to the chain: JSON-RPC. Everything is submitted to one node, and all figures are read from
 * another, to which nothing is ever submitted.
 */

import type { MethodName, ParamsOf, ResultOf } from '../../rpc/schemas/registry.ts';
import { type Call, createRpcClient, type RpcClient } from '../../src/client/rpc-client.ts';
import { waitForHeight, waitForTransaction } from '../../src/client/wait.ts';
import { createWallet, fetchChainIdentity, type Wallet } from '../../src/client/wallet.ts';
import { type Hex, toHex } from '../../src/lib/bytes.ts';
import { CodedError, fault, invariant, unwrap } from '../../src/lib/errors.ts';
import { maxBig } from '../../src/lib/math.ts';
import type { Json } from '../../src/lib/ssz.ts';
import type { Params } from '../../state/params.ts';
import type { Kind } from '../../state/tx/kind.ts';
import type { Actor } from './actors.ts';

/** A transaction that someone wants executed. */
export type Intent = { readonly from: Actor; readonly kind: string; readonly payload: Json };

export const intent = <P>(from: Actor, kind: Kind<P>, payload: NoInfer<P>): Intent => ({
  from,
  kind: kind.name,
  payload: kind.payload.toJson(payload),
});

export type Executed = ResultOf<'tx_status'>;

export type Ledger = {
  /** The node to which everything is submitted. */
  readonly writer: RpcClient;
  /** The node from which every figure is read. */
  readonly reader: RpcClient;
  /** The node from which the reviewers read the contributions that they judge. */
  readonly reviewer: RpcClient;
  /** The node that the attestor works with. */
  readonly attestor: RpcClient;
  readonly nodes: readonly RpcClient[];
  readonly params: Params;
  /** Returns the wallet of an actor, which sends to {@link writer}. */
  readonly wallet: (actor: Actor) => Promise<Wallet>;
  /**
   * Submits in this order and waits until the reading node has executed all. An actor must not submit from two places at
   * the same time. @throws `DEMO_TX` unless all succeed
   */
  readonly submit: (intents: readonly Intent[]) => Promise<readonly Executed[]>;
  /** Submits like `submit`, and also returns transactions that failed. */
  readonly attempt: (intents: readonly Intent[]) => Promise<readonly Executed[]>;
};

/** The most calls of one batch that a node takes. */
const BATCH = 100;
/** Whatever is waited for here happens unless the chain stands still, and how long it takes depends on the machine. */
export const PATIENTLY = { timeoutMs: Number.POSITIVE_INFINITY };

/** Calls one method with many parameters, in batches. @throws on the first fault */
export const callAll = async <N extends MethodName>(
  client: RpcClient,
  method: N,
  params: readonly ParamsOf<N>[],
): Promise<ResultOf<N>[]> => {
  const out: ResultOf<N>[] = [];
  for (let from = 0; from < params.length; from += BATCH) {
    const calls = params.slice(from, from + BATCH).map((each) => ({ method, params: each }) as Call);
    for (const result of await client.batch<readonly Call[]>(calls)) out.push(unwrap(result) as ResultOf<N>);
  }
  return out;
};

export const openLedger = async (urls: readonly string[]): Promise<Ledger> => {
  const nodes = urls.map((url) => createRpcClient(url));
  const [writer, reviewer, attestor, reader] = nodes;
  invariant(
    writer !== undefined && reviewer !== undefined && attestor !== undefined && reader !== undefined,
    'the devnet has four nodes',
  );
  const params = await reader.call('chain_getParams');
  const chain = await fetchChainIdentity(reader);
  const wallet = ({ privateKey }: Actor): Promise<Wallet> => createWallet(writer, privateKey, chain);

  const attempt: Ledger['attempt'] = async (intents) => {
    const ids = new Map<Intent, Hex>();
    const send = async (each: Intent): Promise<void> => {
      const { id } = await (await wallet(each.from)).send(each.kind, each.payload, {
        simulate: false,
      });
      ids.set(each, toHex(id));
    };
    await Promise.all(
      [...Map.groupBy(intents, ({ from }) => from).values()].map(async (own) => {
        for (const each of own) await send(each);
      }),
    );
    let height = 0n;
    for (const id of ids.values()) {
      const executed = await waitForTransaction(writer, id, PATIENTLY);
      height = maxBig(height, BigInt(executed.height ?? 0));
    }
    await waitForHeight(reader, height, PATIENTLY);
    return callAll(
      reader,
      'tx_status',
      intents.map((each) => ({ id: ids.get(each) ?? '0x' })),
    );
  };

  return {
    writer,
    reader,
    reviewer,
    attestor,
    nodes,
    params,
    wallet,
    attempt,
    submit: async (intents) => {
      const outcomes = await attempt(intents);
      for (const [i, { status, error }] of outcomes.entries())
        if (status !== 'committed')
          throw new CodedError(
            fault(
              'DEMO_TX',
              `${intents[i]?.from.name}, ${intents[i]?.kind}: ${status}, ${error?.code}: ${error?.message}`,
            ),
          );
      return outcomes;
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
