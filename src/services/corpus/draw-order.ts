/** Reads all accepted data of a version of a model, in the order in which calibration draws tokens from it. */
import type { ResultOf } from '../../../rpc/schemas/registry.ts';
import { pages } from '../../client/pages.ts';
import type { RpcClient } from '../../client/rpc-client.ts';

export type Drawn = ResultOf<'model_getDrawOrder'>['contributions'][number];

export const drawOrderOf = async (
  client: RpcClient,
  id: number,
  version: number,
): Promise<readonly Drawn[]> => {
  const all: Drawn[] = [];
  for await (const { contributions } of pages(client, 'model_getDrawOrder', { id, version }))
    all.push(...contributions);
  return all;
};
