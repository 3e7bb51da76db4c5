import Type from 'typebox';
import { toHex } from '../../src/lib/bytes.ts';
import { ok } from '../../src/lib/errors.ts';
import { method } from '../method.ts';
import { enumOut, listOut, nullable, rootOut, strict, textOut, uint32Out, uint64Out } from '../schema.ts';

export const NODE_METHODS = {
  node_status: method({
    summary: 'Where this node stands.',
    params: Type.Object({}, strict),
    result: Type.Object({
      chainId: uint64Out('The numeric chain id (EIP-155).'),
      height: uint64Out('Of the last committed block; 0 before block 1.'),
      stateRoot: rootOut('Of the state after `height`, from the tree in this node’s own database.'),
      round: uint32Out('Of consensus, at `height` + 1.'),
      peers: uint32Out('Nodes connected.'),
      syncing: Type.Boolean({ description: 'Whether blocks are being fetched rather than agreed on.' }),
      version: textOut('Of the software.'),
    }),
    run: (node) => {
      const { height, stateRoot, round, peers, syncing } = node.status();
      return ok({
        chainId: node.chain.domain.chainId.toString(),
        height: height.toString(),
        stateRoot: toHex(stateRoot),
        round,
        peers,
        syncing,
        version: node.chain.version,
      });
    },
  }),

  node_peers: method({
    summary: 'The nodes that this one is connected to.',
    params: Type.Object({}, strict),
    result: listOut(
      Type.Object({
        id: textOut('A libp2p peer id.'),
        address: textOut('A multiaddr.'),
        direction: enumOut(['inbound', 'outbound']),
        height: nullable(uint64Out('The last that it has told.')),
      }),
    ),
    run: (node) =>
      ok(
        node.peers().map(({ id, address, direction, height }) => ({
          id,
          address,
          direction,
          height: height === undefined ? null : height.toString(),
        })),
      ),
  }),

  node_mempool: method({
    summary: 'What waits in this node’s mempool, and its limits.',
    params: Type.Object({}, strict),
    result: Type.Object({
      transactions: uint32Out(),
      bytes: uint32Out('Of their encodings.'),
      maxTransactions: uint32Out(),
      maxBytes: uint32Out(),
    }),
    run: (node) => ok({ ...node.mempool() }),
  }),
};
