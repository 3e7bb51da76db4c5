import { ok } from '../../src/lib/errors.ts';
import type { Answers } from '../method.ts';
import type { NODE_SCHEMAS } from '../schemas/node.ts';

export const NODE_METHODS: Answers<typeof NODE_SCHEMAS> = {
  node_status: (node) => {
    const { identity, version } = node.chain;
    return ok({ chainId: identity.chainId, ...node.status(), ...node.head(), version });
  },
  node_peers: (node) => ok(node.peers()),
  node_mempool: (node) => ok(node.mempool()),
};
