import { invariant, ok } from '../../src/lib/errors.ts';
import { getAttestorAt } from '../../state/queries/economy.ts';
import type { Answers } from '../method.ts';
import type { ATTESTOR_SCHEMAS } from '../schemas/attestor.ts';

export const ATTESTOR_METHODS: Answers<typeof ATTESTOR_SCHEMAS> = {
  // All are of the genesis, as long as none can register.
  attestor_list: (node) =>
    node.read((state) => {
      const attestors = node.chain.attestors.map((address) => {
        const found = getAttestorAt(state, address);
        invariant(found !== undefined, 'an attestor of genesis stays one');
        return { address, ...found };
      });
      return ok({ attestors });
    }),
};
