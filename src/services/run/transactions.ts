/** Reads the payloads of executed transactions from the chain, by their ids. */

import type { Kind } from '../../../state/tx/kind.ts';
import { decodeTransaction } from '../../../state/tx/transaction.ts';
import type { RpcClient } from '../../client/rpc-client.ts';
import { fromHex } from '../../lib/bytes.ts';
import { CodedError, unwrap } from '../../lib/errors.ts';
import { fault } from './errors.ts';

/** Returns the payload of a transaction of that kind. @throws CodedError `TX_NOT_FOUND` if no block has one under this id */
export const fetchPayload = async <P>(client: RpcClient, id: string, kind: Kind<P>): Promise<P> => {
  const { status, height, index } = await client.call('tx_status', { id });
  if (status === 'committed' && height !== null && index !== null) {
    const { transactions } = await client.call('chain_getBlock', { height, raw: true });
    const encoded = transactions[index];
    if (typeof encoded === 'string') {
      const { transaction } = unwrap(decodeTransaction(unwrap(fromHex(encoded))));
      if (transaction.kind === kind.id) return unwrap(kind.payload.decode(transaction.payload));
    }
  }
  throw new CodedError(fault('TX_NOT_FOUND', `no ${kind.name} was executed under ${id}`, { id }));
};
