/** The codes of reads of the state: what was asked for does not exist. */

import type { ErrorTable } from '../../src/lib/errors.ts';
import * as errors from '../../src/lib/errors.ts';

export const QUERY_ERRORS = {
  ATTESTOR_NOT_FOUND: {
    means: 'The account is not an attestor.',
    action: 'Check the address.',
  },
  BATCH_NOT_FOUND: {
    means: 'No batch of receipts was executed under this id.',
    action: 'Check the id.',
  },
  CHALLENGE_NOT_FOUND: {
    means: 'No challenge was executed under this id.',
    action: 'Check the id.',
  },
  CONTRIBUTION_NOT_FOUND: {
    means: 'There is no contribution with this number.',
    action: 'Check the number.',
  },
  DATANET_NOT_FOUND: {
    means: 'There is no Datanet with this id.',
    action: 'Check the id.',
  },
  DATANET_VERSION_NOT_FOUND: {
    means: 'The Datanet has no version with that number of contributions.',
    action: 'Ask for a number up to that of the current version.',
  },
  MODEL_NOT_FOUND: {
    means: 'There is no such model, or no such version of it.',
    action: 'Check the id and the version.',
  },
  RECEIPT_NOT_FOUND: {
    means: 'There is no receipt with this id.',
    action: 'Check the id.',
  },
} as const satisfies ErrorTable;

export type QueryCode = keyof typeof QUERY_ERRORS;

export const fail: errors.FailOf<QueryCode> = errors.fail;
