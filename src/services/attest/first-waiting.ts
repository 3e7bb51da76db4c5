/** The first block that an attestor looks at who knows nothing yet. */
import { settleBlocks } from '../../../state/params.ts';
import { pages } from '../../client/pages.ts';
import type { RpcClient } from '../../client/rpc-client.ts';

/**
 * Returns the height of the first block that may hold receipts that can still be settled. They are as old as the time to
 * settle, or as the version that they are of, if its calibration has not come to its end, or has only lately: they have
 * waited for that.
 */
export const firstUnsettled = async (client: RpcClient): Promise<bigint> => {
  const { height } = await client.call('node_status');
  const { attribution } = await client.call('chain_getParams');
  const lately = height - settleBlocks(attribution) - BigInt(attribution.challengeWindow);
  let first = lately;
  for await (const models of pages(client, 'model_list', {}))
    for (const { id, version: versions } of models)
      for (let version = 1; version <= versions; version++) {
        const { endedAt } = await client.call('model_getCalibration', { id, version });
        if (endedAt !== null && endedAt < lately) continue;
        const registered = await client.call('model_getVersion', { id, version });
        if (registered.height < first) first = registered.height;
      }
  return first > 1n ? first : 1n;
};
