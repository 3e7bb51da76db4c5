import * as Type from 'typebox';
import {
  enumOut,
  heightOut,
  listOut,
  nullable,
  rootOut,
  strict,
  textOut,
  uint32Out,
  uint64Out,
} from './fields.ts';
import { schema } from './method-schema.ts';
import { WAITING } from './waiting.ts';

export const NODE_SCHEMAS = {
  node_status: schema({
    summary: 'Returns the status of this node.',
    params: Type.Object({}, strict),
    result: Type.Object({
      chainId: uint64Out('The numeric chain id (EIP-155).'),
      height: heightOut('The height of the last committed block; 0 before block 1.'),
      stateRoot: rootOut('The root of the state after `height`, from the tree in the database of this node.'),
      round: uint32Out('The round of consensus at `height` + 1.'),
      peers: uint32Out('The number of connected peers.'),
      syncing: Type.Boolean({
        description: 'Whether the node fetches decided blocks because it lags behind.',
      }),
      waiting: nullable(WAITING, 'Why the node does not go on; null if it does.'),
      version: textOut('The version of the software.'),
    }),
  }),

  node_peers: schema({
    summary: 'Lists the peers of this node.',
    params: Type.Object({}, strict),
    result: listOut(
      Type.Object({
        id: textOut('The libp2p peer id.'),
        address: textOut('The multiaddr of the peer.'),
        direction: enumOut(['inbound', 'outbound']),
        height: nullable(heightOut('The last height that the peer has announced; null before the first.')),
      }),
    ),
  }),

  node_mempool: schema({
    summary: 'Returns the size of the mempool of this node, and its limits.',
    params: Type.Object({}, strict),
    result: Type.Object({
      transactions: uint32Out(),
      bytes: uint32Out('The size of their encodings in bytes.'),
      maxTransactions: uint32Out(),
      maxBytes: uint32Out(),
    }),
  }),
};
