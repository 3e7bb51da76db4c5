/** Verbs that ask one node once: they say how far it is, because what it answers may be old. */
import type { ResultOf } from '../../rpc/schemas/registry.ts';
import type { RpcClient } from '../client/rpc-client.ts';
import { note } from './output.ts';

/**
 * How far a node is. `waiting` is what keeps it from the next block, or null.
 * With `--json` it is the field `node` of what a verb prints.
 */
export type NodeState = Pick<ResultOf<'node_status'>, 'height' | 'waiting'>;

/**
 * Asks how far a node is, before a verb reads anything from it: what is read then is of this height or a later one. If the
 * node lags behind or makes no blocks, one line on stderr says so, because other nodes may know more.
 * @throws CodedError those of the client
 */
export const readNodeState = async (client: Pick<RpcClient, 'url' | 'call'>): Promise<NodeState> => {
  const { height, waiting } = await client.call('node_status');
  if (waiting !== null)
    note(`the node at ${client.url} is at height ${height}, and may be behind others: ${waiting.message}`);
  return { height, waiting };
};
