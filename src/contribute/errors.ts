/** The codes of contributing. */
import type { EngineCode } from '../attribution/errors.ts';
import type { ClientCode } from '../client/errors.ts';
import type { ErrorTable } from '../lib/errors.ts';
import * as errors from '../lib/errors.ts';

export const CONTRIBUTE_ERRORS = {
  CONTRIBUTE_EMPTY: {
    means: 'The file to contribute has no rows.',
    action: 'Choose a file with at least one row.',
  },
  CONTRIBUTE_FIELDS: {
    means: '`--field` names another number of fields than an item of the Datanet has.',
    action: 'Name one field of the rows for each field of the Datanet.',
  },
  CONTRIBUTE_ROW: {
    means: 'A row of the file cannot become an item.',
    action: 'Correct the row that the message names.',
  },
  CONTRIBUTE_TOO_LARGE: {
    means: 'Revealing one contribution would take more than a transaction may hold.',
    action: 'Contribute fewer rows at once with `--items`.',
  },
  CONTRIBUTE_JOURNAL: {
    means: 'The file given as `--state` is not one that this command wrote.',
    action: 'Choose another `--state`.',
  },
  CONTRIBUTE_JOURNAL_OTHER: {
    means: 'The file given as `--state` belongs to another file, Datanet, account or chain.',
    action: 'Choose another `--state`.',
  },
} as const satisfies ErrorTable;

export type ContributeCode = keyof typeof CONTRIBUTE_ERRORS | EngineCode | ClientCode;

export type Result<T> = errors.Result<T, ContributeCode>;
export const fault: errors.FaultOf<ContributeCode> = errors.fault;
export const fail: errors.FailOf<ContributeCode> = errors.fail;
