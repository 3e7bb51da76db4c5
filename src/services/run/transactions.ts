/** Reads the payloads of transactions from the chain by their ids, and sends transactions that may be refused. */

import type { Kind } from '../../../state/tx/kind.ts';
import { decodeTransaction } from '../../../state/tx/transaction.ts';
import type { PayloadOf } from '../../client/payload.ts';
import { refusalOf } from '../../client/refusals.ts';
import type { RpcClient } from '../../client/rpc-client.ts';
import type { Root } from '../../lib/brands.ts';
import { toHex } from '../../lib/bytes.ts';
import { CodedError, type Fault, unwrap } from '../../lib/errors.ts';
import { fault } from './errors.ts';
import type { ServiceContext } from './service.ts';

/** Returns the payload of an encoded transaction; undefined if it is of another kind. */
export const payloadIn = <P>(encoded: Uint8Array, kind: Kind<P>): P | undefined => {
  const { transaction } = unwrap(decodeTransaction(encoded));
  return transaction.kind === kind.id ? unwrap(kind.payload.decode(transaction.payload)) : undefined;
};

/**
 * Returns the payload of a transaction of that kind.
 * @throws CodedError `TX_NOT_FOUND` if no block has this transaction, `TX_KIND_OTHER` if it is of another kind
 */
export const fetchPayload = async <P>(client: RpcClient, id: Root | string, kind: Kind<P>): Promise<P> => {
  const payload = payloadIn((await client.call('tx_get', { id })).transaction, kind);
  if (payload !== undefined) return payload;
  const name = typeof id === 'string' ? id : toHex(id);
  throw new CodedError(fault('TX_KIND_OTHER', `the transaction ${name} is no ${kind.name}`, { id: name }));
};

/**
 * Puts a transaction into the outbox. Returns why it is refused, for good or for now; undefined if it is on its way. A
 * refusal is about this transaction: whoever let it end a round would stop all other work at the same place, round after
 * round. A node that is away, or has no time, is no refusal.
 * @throws CodedError if no node answers or has time; the reason of the signal
 */
export const sendOrRefusal = async <const N extends string>(
  { outbox, signal }: Pick<ServiceContext, 'outbox' | 'signal'>,
  key: string,
  kind: N,
  payload: PayloadOf<N>,
): Promise<Fault | undefined> => {
  try {
    await outbox.send(key, kind, payload);
    return undefined;
  } catch (error) {
    if (signal.aborted || !(error instanceof CodedError)) throw error;
    const refusal = refusalOf(error.fault);
    if (refusal === 'away' || refusal === 'later') throw error;
    return error.fault;
  }
};
