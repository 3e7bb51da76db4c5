/** The codes of contributing. */
import type { EngineCode } from '../attribution/errors.ts';
import type { ClientCode } from '../client/errors.ts';
import type { ErrorTable } from '../lib/errors.ts';
import * as errors from '../lib/errors.ts';

export const CONTRIBUTE_ERRORS = {
  CONTRIBUTE_BEGUN: {
    means: 'Another journal has committed the same text or some of its rows, and has not revealed them yet.',
    action:
      'Go on with the journal that the message names and the rows with which it was begun: it alone can reveal what it has committed.',
  },
  CONTRIBUTE_COMMITS_UNKNOWN: {
    means:
      'The account has commits in this Datanet that are still to be revealed and that no known journal has: another program contributes with the account, or a journal is lost.',
    action:
      'Wait until the other program has finished, or until the commits have expired. If they are of other rows, go on: `--with-unknown-commits` of the command, `withUnknownCommits` of the package.',
  },
  CONTRIBUTE_EMPTY: {
    means: 'There are no rows to contribute.',
    action: 'Give at least one row.',
  },
  CONTRIBUTE_FIELDS: {
    means: 'Another number of fields is named than an item of the Datanet has.',
    action: 'Name one field of the rows for each field of the Datanet.',
  },
  CONTRIBUTE_NOT_COMMON: {
    means: 'Words that are proposed as a commons stand in no accepted contribution to the Datanet.',
    action: 'Leave out what the message quotes, and rows that are shorter than 16 tokens.',
  },
  CONTRIBUTE_ROW: {
    means: 'A row cannot become an item.',
    action: 'Correct the row that the message names.',
  },
  CONTRIBUTE_TOO_LARGE: {
    means: 'Revealing one contribution would take more than a transaction may hold.',
    action: 'Contribute fewer rows at once: `--items` of the command, `itemsMax` of the package.',
  },
  CONTRIBUTE_JOURNAL: {
    means: 'What was given as the journal is not one that contributing wrote.',
    action: 'Choose another: `--state` of the command, `journal` of the package.',
  },
  CONTRIBUTE_JOURNAL_MISSING: {
    means:
      'A journal that has begun from this account in this Datanet is not there, so nobody knows what it has committed.',
    action:
      'If it was moved, move it back or go on with it where it is now (`--state` of the command). Otherwise mount the disk that holds it, or restore the file, and finish it: its bonds come back only through it. To give the bonds up, name it with `--forget` of the command.',
  },
  CONTRIBUTE_JOURNAL_OTHER: {
    means: 'The journal belongs to other rows, or to another Datanet, account or chain.',
    action:
      'If the message says that it holds bonds, restore the rows with which it was begun and finish it first. Otherwise choose another: `--state` of the command, `journal` of the package.',
  },
  CONTRIBUTE_TEXT_MISSING: {
    means: 'Texts of accepted contributions are not available, so copies of them could not be declared.',
    action:
      'Use another node, or accept the risk: `--without-missing` of the command, `withoutMissing` of the package.',
  },
} as const satisfies ErrorTable;

export type ContributeCode = keyof typeof CONTRIBUTE_ERRORS | EngineCode | ClientCode;

export type Result<T> = errors.Result<T, ContributeCode>;
export const fault: errors.FaultOf<ContributeCode> = errors.fault;
export const fail: errors.FailOf<ContributeCode> = errors.fail;
