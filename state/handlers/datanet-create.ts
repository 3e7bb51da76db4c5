import { addCommons } from '../modules/data/contributions.ts';
import { addDatanet, nextDatanet } from '../modules/data/datanets.ts';
import type { DatanetCreate } from '../tx/datanet-create.ts';
import type { Handler } from './handler.ts';

export const applyDatanetCreate: Handler<DatanetCreate> = ({ view, sender, block, emit }, terms) => {
  const id = nextDatanet(view);
  const { commons } = terms;
  const commonsContribution =
    commons === undefined
      ? undefined
      : addCommons(view, {
          datanet: id,
          height: block.height,
          owner: sender,
          items: commons.items,
          tokens: commons.tokens,
        });
  addDatanet(view, { owner: sender, height: block.height, commonsContribution, terms });
  emit({
    type: 'datanetCreated',
    data: { datanet: id, owner: sender, contribution: commonsContribution },
  });
  return undefined;
};
