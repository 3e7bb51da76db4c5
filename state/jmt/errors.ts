/** The codes of the state tree. */

import type { ErrorTable } from '../../src/lib/errors.ts';
import * as errors from '../../src/lib/errors.ts';

export const TREE_ERRORS = {
  NODE_INVALID: {
    means: 'Stored bytes are not a node of the state tree.',
    action: 'The database is damaged. Delete the data of the node, and sync it again.',
  },
  STATE_TREE_CORRUPT: {
    means: 'A node of the state tree is missing or altered.',
    action: 'The database is damaged. Delete the data of the node, and sync it again.',
  },
} as const satisfies ErrorTable;

export type TreeCode = keyof typeof TREE_ERRORS;

export type Result<T> = errors.Result<T, TreeCode>;
export const fault: errors.FaultOf<TreeCode> = errors.fault;
export const fail: errors.FailOf<TreeCode> = errors.fail;
