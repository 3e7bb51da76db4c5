import { invariant, ok } from '../../src/lib/errors.ts';
import { getAttestor } from '../../state/queries/economy.ts';
import type { Answers } from '../method.ts';
import type { ATTESTOR_SCHEMAS } from '../schemas/attestor.ts';

export const ATTESTOR_METHODS: Answers<typeof ATTESTOR_SCHEMAS> = {
  // The state finds an attestor by its address and has no list of them. Genesis has it, as long as none can register.
  attestor_list: (node) =>
    node.read(({ view }) => {
      const attestors = node.chain.attestors.map((address) => {
        const found = getAttestor(view, address);
        invariant(found !== undefined, 'an attestor of genesis stays one');
        return { address, ...found };
      });
      return ok({ attestors });
    }),
};
