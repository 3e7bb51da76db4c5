/** Says that a node answers for another chain than the one that is meant. */
import { toHex } from '../lib/bytes.ts';
import type { ChainIdentity } from '../lib/chain.ts';
import type { Fault } from '../lib/errors.ts';
import { fault } from './errors.ts';
import type { RpcClient } from './rpc-client.ts';

/** @param now - the chain that the node is of now */
export const chainChanged = (
  { url }: RpcClient,
  now: Pick<ChainIdentity, 'genesisHash'>,
): Fault<'CHAIN_CHANGED'> =>
  fault('CHAIN_CHANGED', `${url} is of another chain now, of genesis ${toHex(now.genesisHash)}`, {
    genesis: toHex(now.genesisHash),
  });
