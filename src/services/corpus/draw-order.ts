/** The order in which tokens are drawn to calibrate a version of a model: all that was accepted of its data. */
import type { ResultOf } from '../../../rpc/schemas/registry.ts';
import type { RpcClient } from '../../client/rpc-client.ts';

export type Drawn = ResultOf<'model_getDrawOrder'>['contributions'][number];

const PAGE = 1000;

export const drawOrderOf = async (
  client: RpcClient,
  id: number,
  version: number,
): Promise<readonly Drawn[]> => {
  const all: Drawn[] = [];
  for (;;) {
    const page = await client.call('model_getDrawOrder', { id, version, from: all.length, limit: PAGE });
    all.push(...page.contributions);
    if (page.contributions.length === 0 || all.length >= page.total) return all;
  }
};
