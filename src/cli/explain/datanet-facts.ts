/** What an explanation says of the Datanet of a contribution. */
import type { RpcClient } from '../../client/rpc-client.ts';
import { type Height, toHeight } from '../../lib/brands.ts';
import { type DatanetId, OF_CHAIN } from '../../lib/ids.ts';
import { printableLine } from '../../lib/printable.ts';

export type NamedDatanet = { readonly id: DatanetId; readonly name: string };
export type DatanetFacts = NamedDatanet & { readonly licence: string; readonly height: Height };

/** Returns a reader that asks for each Datanet once. The commons of the chain stands in none. */
export const datanetReader = (client: RpcClient): ((id: DatanetId) => Promise<DatanetFacts>) => {
  const known = new Map<DatanetId, DatanetFacts>();
  return async (id) => {
    const found = known.get(id);
    if (found !== undefined) return found;
    const facts = id === OF_CHAIN ? OF_THE_CHAIN : await read(client, id);
    known.set(id, facts);
    return facts;
  };
};

const OF_THE_CHAIN: DatanetFacts = {
  id: OF_CHAIN,
  name: 'the whole chain',
  licence: 'free to copy',
  height: toHeight(0n),
};

const read = async (client: RpcClient, id: DatanetId): Promise<DatanetFacts> => {
  const { terms, height } = await client.call('datanet_get', { id });
  return { id, name: terms.name, licence: terms.licence, height };
};

/** `sums (Datanet 3)`, or `of the whole chain` */
export const datanetText = ({ id, name }: NamedDatanet): string =>
  id === OF_CHAIN ? 'of the whole chain' : `${printableLine(name)} (Datanet ${id})`;

/** The same with the licence. */
export const licensedText = (datanet: NamedDatanet & { readonly licence: string }): string =>
  datanet.id === OF_CHAIN
    ? datanetText(datanet)
    : `${datanetText(datanet)}, ${printableLine(datanet.licence)}`;
