/** Reads the payloads of transactions from the chain by their ids, and sends transactions that may be refused for good. */

import type { Kind } from '../../../state/tx/kind.ts';
import { decodeTransaction } from '../../../state/tx/transaction.ts';
import type { Outbox } from '../../client/outbox.ts';
import type { PayloadOf } from '../../client/payload.ts';
import { isVerdict } from '../../client/refusals.ts';
import type { RpcClient } from '../../client/rpc-client.ts';
import type { Root } from '../../lib/brands.ts';
import { toHex } from '../../lib/bytes.ts';
import { CodedError, type Fault, unwrap } from '../../lib/errors.ts';
import { fault } from './errors.ts';

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
 * Puts a transaction into the outbox. Returns why it is refused for good; undefined if it is on its way. Whoever sends one
 * that is refused for good again stops all its other work at the same place, round after round.
 * @throws CodedError for a refusal that passes, and if no node answers
 */
export const sendOrVerdict = async <const N extends string>(
  outbox: Outbox,
  key: string,
  kind: N,
  payload: PayloadOf<N>,
): Promise<Fault | undefined> => {
  try {
    await outbox.send(key, kind, payload);
    return undefined;
  } catch (error) {
    if (error instanceof CodedError && isVerdict(error.fault)) return error.fault;
    throw error;
  }
};
