/** The areas of the code that have their own error codes, from the lowest floor up. */
import { CONSENSUS_ERRORS } from '../../consensus/errors.ts';
import { NODE_ERRORS } from '../../node/errors.ts';
import { MEMPOOL_ERRORS } from '../../node/mempool/errors.ts';
import { P2P_ERRORS } from '../../p2p/errors.ts';
import { RPC_ERRORS } from '../../rpc/codes.ts';
import { ENGINE_ERRORS } from '../../src/attribution/errors.ts';
import { CLI_ERRORS } from '../../src/cli/errors.ts';
import { CLIENT_ERRORS } from '../../src/client/errors.ts';
import { CONTENT_ERRORS } from '../../src/content/errors.ts';
import { CONTRIBUTE_ERRORS } from '../../src/contribute/errors.ts';
import type { ErrorEntry } from '../../src/lib/errors.ts';
import { LIB_ERRORS } from '../../src/lib/lib-errors.ts';
import { SSZ_ERRORS } from '../../src/lib/ssz/errors.ts';
import { SERVICE_ERRORS } from '../../src/services/run/errors.ts';
import { ATTRIBUTION_ERRORS } from '../../state/attribution/errors.ts';
import { CHAIN_ERRORS } from '../../state/errors/chain.ts';
import { DISPUTE_ERRORS } from '../../state/errors/disputes.ts';
import { EXECUTION_ERRORS } from '../../state/errors/execution.ts';
import { TREE_ERRORS } from '../../state/jmt/errors.ts';
import { QUERY_ERRORS } from '../../state/queries/errors.ts';
import { STORE_ERRORS } from '../../state/store/errors.ts';
import { TRANSACTION_ERRORS } from '../../state/tx/errors.ts';

export type Area = {
  /** The heading of the area on the page. */
  readonly name: string;
  /** When a reader meets these codes, in one sentence. */
  readonly met: string;
  /** The file with the table. */
  readonly file: string;
  readonly table: Readonly<Record<string, ErrorEntry & { readonly number?: number }>>;
};

export const AREAS: readonly Area[] = [
  {
    name: 'Executing transactions',
    met: 'A block executed the transaction without effect. For the first five no block may hold it, and a mempool refuses it.',
    file: 'state/errors/execution.ts',
    table: EXECUTION_ERRORS,
  },
  {
    name: 'Challenges and demands',
    met: 'A block executed a challenge or an answer without effect.',
    file: 'state/errors/disputes.ts',
    table: DISPUTE_ERRORS,
  },
  {
    name: 'The rules of attribution',
    met: 'A claim, a declaration or a witness does not follow the rules of docs/attribution.md.',
    file: 'state/attribution/errors.ts',
    table: ATTRIBUTION_ERRORS,
  },
  {
    name: 'Checks of transactions',
    met: 'No block may hold the transaction, so the node refuses it when it is sent.',
    file: 'state/tx/errors.ts',
    table: TRANSACTION_ERRORS,
  },
  {
    name: 'The mempool',
    met: 'The node did not take the transaction, or dropped it again.',
    file: 'node/mempool/errors.ts',
    table: MEMPOOL_ERRORS,
  },
  {
    name: 'The RPC',
    met: 'A node refuses a call.',
    file: 'rpc/codes.ts',
    table: RPC_ERRORS,
  },
  {
    name: 'Reads of the state',
    met: 'A node has not found what a call asks for.',
    file: 'state/queries/errors.ts',
    table: QUERY_ERRORS,
  },
  {
    name: 'The client',
    met: 'A program that talks to a node gets no answer, or not the one that it needs.',
    file: 'src/client/errors.ts',
    table: CLIENT_ERRORS,
  },
  {
    name: 'Contributing',
    met: '`openledger contribute` cannot make contributions from a file.',
    file: 'src/contribute/errors.ts',
    table: CONTRIBUTE_ERRORS,
  },
  {
    name: 'Services',
    met: 'An attestor, a watcher or a contributor cannot work.',
    file: 'src/services/run/errors.ts',
    table: SERVICE_ERRORS,
  },
  {
    name: 'The attribution engine',
    met: 'The engine cannot read texts, keep its index, or confirm a declaration.',
    file: 'src/attribution/errors.ts',
    table: ENGINE_ERRORS,
  },
  {
    name: 'Content',
    met: 'Texts cannot be stored or are not what they should be.',
    file: 'src/content/errors.ts',
    table: CONTENT_ERRORS,
  },
  {
    name: 'The command',
    met: 'The command `openledger` does not understand its arguments, or cannot do what they ask.',
    file: 'src/cli/errors.ts',
    table: CLI_ERRORS,
  },
  {
    name: 'The node',
    met: 'A node or a devnet does not start, or a key cannot be used.',
    file: 'node/errors.ts',
    table: NODE_ERRORS,
  },
  {
    name: 'Peers',
    met: 'The log of a node names these codes when a peer does not answer as it should.',
    file: 'p2p/errors.ts',
    table: P2P_ERRORS,
  },
  {
    name: 'Consensus',
    met: 'A node rejects what a validator sent, or a validator cannot go on.',
    file: 'consensus/errors.ts',
    table: CONSENSUS_ERRORS,
  },
  {
    name: 'Blocks and genesis',
    met: 'A block or a genesis file is not valid, or the id of a receipt or the type of an event is not.',
    file: 'state/errors/chain.ts',
    table: CHAIN_ERRORS,
  },
  {
    name: 'The database of the chain',
    met: 'A node cannot use the data in its home.',
    file: 'state/store/errors.ts',
    table: STORE_ERRORS,
  },
  {
    name: 'The state tree',
    met: 'A node finds that its state is damaged.',
    file: 'state/jmt/errors.ts',
    table: TREE_ERRORS,
  },
  {
    name: 'Encodings',
    met: 'Bytes or JSON do not fit their type.',
    file: 'src/lib/ssz/errors.ts',
    table: SSZ_ERRORS,
  },
  {
    name: 'Everywhere',
    met: 'Any part of the program may give these.',
    file: 'src/lib/lib-errors.ts',
    table: LIB_ERRORS,
  },
];
