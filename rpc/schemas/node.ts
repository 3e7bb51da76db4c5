import Type from 'typebox';
import { enumOut, listOut, nullable, rootOut, strict, textOut, uint32Out, uint64Out } from './fields.ts';
import { schema } from './method-schema.ts';

export const NODE_SCHEMAS = {
  node_status: schema({
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
  }),

  node_peers: schema({
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
  }),

  node_mempool: schema({
    summary: 'What waits in this node’s mempool, and its limits.',
    params: Type.Object({}, strict),
    result: Type.Object({
      transactions: uint32Out(),
      bytes: uint32Out('Of their encodings.'),
      maxTransactions: uint32Out(),
      maxBytes: uint32Out(),
    }),
  }),
};
