/** The codes of the state tree. */

import type { ErrorTable } from '../../src/lib/errors.ts';
import * as errors from '../../src/lib/errors.ts';

export const TREE_ERRORS = {
  NODE_INVALID: {
    means: 'Stored bytes are not a node of the state tree.',
    action: 'Delete `data/chain/` in the home, and nothing else, and start the node again: it syncs.',
  },
  STATE_TREE_CORRUPT: {
    means: 'A node of the state tree is missing or altered.',
    action: 'Delete `data/chain/` in the home, and nothing else, and start the node again: it syncs.',
  },
} as const satisfies ErrorTable;

export type TreeCode = keyof typeof TREE_ERRORS;

export type Result<T> = errors.Result<T, TreeCode>;
export const fault: errors.FaultOf<TreeCode> = errors.fault;
export const fail: errors.FailOf<TreeCode> = errors.fail;
