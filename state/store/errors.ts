/** The codes of the database of the chain. */

import type { ErrorTable } from '../../src/lib/errors.ts';
import * as errors from '../../src/lib/errors.ts';
import type { TreeCode } from '../jmt/errors.ts';

export const STORE_ERRORS = {
  HOME_IN_USE: {
    means: 'Another process has the database open.',
    action: 'Stop the other node, or start this one with another home.',
  },
  HOME_FORMAT: {
    means: 'Another version wrote the database in a format that this version does not read.',
    action:
      'Start the version that wrote it. Or delete `data/chain/` in the home, and nothing else: the node syncs again.',
  },
  HOME_OTHER_CHAIN: {
    means: 'The database belongs to a chain with another genesis file.',
    action:
      'Put the genesis file of that chain back, or use another home. If the validators begin a new chain, read docs/operators.md#a-corrected-genesis.',
  },
  STORE_OPEN: {
    means: 'The database does not open.',
    action: 'Check the path, the permissions and the disk.',
  },
  STORE_READ: {
    means: 'The database cannot be read.',
    action: 'Check the disk, then start the node again.',
  },
  STORE_WRITE: {
    means: 'The database cannot be written.',
    action: 'Check the free space and the permissions, then start the node again.',
  },
  STORE_CORRUPT: {
    means: 'Data in the database is damaged.',
    action: 'Delete `data/chain/` in the home, and nothing else, and start the node again: it syncs.',
  },
  STORE_GAP: {
    means: 'A block does not follow on the last stored height.',
    action: 'Report it as a bug.',
  },
  STORE_CONFLICT: {
    means: 'A block contradicts the stored chain at its height.',
    action: 'Stop the node, and compare the chain with that of other nodes.',
  },
  STATE_CORRUPT: {
    means: 'A value of the state is missing or altered.',
    action: 'Delete `data/chain/` in the home, and nothing else, and start the node again: it syncs.',
  },
  STATE_DIVERGED: {
    means: 'The execution of the blocks gives another state than their headers commit to.',
    action: 'Check that all nodes run the same version, and report it as a bug with a copy of `data/chain/`.',
  },
} as const satisfies ErrorTable;

export type StoreCode = keyof typeof STORE_ERRORS | TreeCode;

export type Fault = errors.Fault<StoreCode>;
export const fault: errors.FaultOf<StoreCode> = errors.fault;
export const throwFault: errors.ThrowFaultOf<StoreCode> = errors.throwFault;
