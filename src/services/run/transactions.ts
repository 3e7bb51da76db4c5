/** Reads the payloads of transactions from the chain, by their ids. */

import type { Kind } from '../../../state/tx/kind.ts';
import { decodeTransaction } from '../../../state/tx/transaction.ts';
import type { RpcClient } from '../../client/rpc-client.ts';
import type { Root } from '../../lib/brands.ts';
import { toHex } from '../../lib/bytes.ts';
import { CodedError, unwrap } from '../../lib/errors.ts';
import { fault } from './errors.ts';

/**
 * Returns the payload of a transaction of that kind.
 * @throws CodedError `TX_NOT_FOUND` if no block has this transaction, `TX_KIND_OTHER` if it is of another kind
 */
export const fetchPayload = async <P>(client: RpcClient, id: Root | string, kind: Kind<P>): Promise<P> => {
  const encoded = (await client.call('tx_get', { id })).transaction;
  const { transaction } = unwrap(decodeTransaction(encoded));
  if (transaction.kind !== kind.id) {
    const name = typeof id === 'string' ? id : toHex(id);
    throw new CodedError(fault('TX_KIND_OTHER', `the transaction ${name} is no ${kind.name}`, { id: name }));
  }
  return unwrap(kind.payload.decode(transaction.payload));
};
