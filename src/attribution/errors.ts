/** The codes of the attribution engine. */
import type { ContentCode } from '../content/errors.ts';
import type { ErrorTable } from '../lib/errors.ts';
import * as errors from '../lib/errors.ts';

export const ENGINE_ERRORS = {
  CORPUS_ROW: {
    means: 'A row of a corpus does not have the texts that are expected.',
    action: 'Correct the row that the message names, or name the field with `--field`.',
  },
  CORPUS_JSON: {
    means: 'A line of a corpus is not JSON.',
    action: 'Correct the line that the message names.',
  },
  CORPUS_COMMITS: {
    means:
      'A contribution was committed before one with a lower id, so the ids are not in the order of the commits.',
    action: 'Number the contributions in the order of the heights of their commits, as a chain does.',
  },
  INFO1_UNAVAILABLE: {
    means: 'The file of the INFO-1 table, `info-1.bin`, cannot be read.',
    action: 'Serve the file where the program looks for it, or give its bytes or its URL.',
  },
  DECLARATION_SHAPES: {
    means: 'A declaration gives other lengths of items than the text has.',
    action: 'Reject the contribution when you review it. Once accepted, it can be challenged.',
  },
  DECLARATION_NOVEL: {
    means: 'A declaration calls tokens novel that are not.',
    action: 'Reject the contribution when you review it. Once accepted, it can be challenged.',
  },
  DECLARATION_COPIED: {
    means: 'A declaration leaves out tokens that are copied.',
    action: 'Reject the contribution when you review it. Once accepted, it can be challenged.',
  },
  DECLARATION_SOURCE: {
    means: 'A declaration names a source in which the tokens do not stand.',
    action: 'Reject the contribution when you review it. Once accepted, it can be challenged.',
  },
  DECLARATION_SKETCH: {
    means: 'The sketch of a declaration is that of another text.',
    action: 'Reject the contribution when you review it.',
  },
  INDEX_CLOSED: {
    means: 'The index is closed, so it answers nothing any more.',
    action: 'Nothing to do if the process is stopping. Otherwise start it again.',
  },
  INDEX_CONTRIBUTION_HELD: {
    means: 'A contribution was added to the index twice.',
    action: 'Report it as a bug.',
  },
  INDEX_FAILED: {
    means: 'A worker thread of the index failed at a task.',
    action: 'Read the message. If it does not help, report it as a bug.',
  },
  INDEX_WORKER_DIED: {
    means: 'A worker thread of the index ended.',
    action: 'Start the service again. If it happens again, lower `--index-memory` or add memory.',
  },
  INDEX_INCOMPLETE: {
    means: 'The index does not hold all contributions that are eligible, so it cannot attribute.',
    action: 'Wait until the service has read the missing contributions.',
  },
  INDEX_MEMORY_LIMIT: {
    means: 'The index needs more memory than it may use.',
    action: 'Raise `--index-memory`.',
  },
  INDEX_SEGMENT_FULL: {
    means: 'A segment of the index holds as many tokens as a segment may.',
    action: 'Add fewer contributions at a time.',
  },
  INDEX_RESTORE: {
    means: 'The contributions given do not restore the lost segment.',
    action: 'Report it as a bug.',
  },
  INDEX_FILE_MISSING: {
    means: 'A file of the index does not exist.',
    action: 'Nothing to do: the service builds it again.',
  },
  INDEX_FILE_UNREADABLE: {
    means: 'A file of the index cannot be read.',
    action: 'Check the permissions and the disk. The service builds the file again.',
  },
  INDEX_FILE_TRUNCATED: {
    means: 'A file of the index is shorter or longer than it should be.',
    action: 'Nothing to do: the service builds it again.',
  },
  INDEX_FILE_FOREIGN: {
    means: 'A file of the index is not a segment, or not the one that was written.',
    action: 'Nothing to do: the service builds it again.',
  },
  INDEX_FILE_VERSION: {
    means: 'Another version wrote a file of the index.',
    action: 'Nothing to do: the service builds it again.',
  },
  INDEX_FILE_CORRUPT: {
    means: 'A file of the index is damaged.',
    action: 'Nothing to do: the service builds it again. If it happens again, check the disk.',
  },
  INDEX_MANIFEST_MISSING: {
    means: 'The list of the files of the index does not exist.',
    action: 'Nothing to do: the service reads the files that are there.',
  },
  INDEX_MANIFEST_VERSION: {
    means: 'Another version wrote the list of the files of the index.',
    action: 'Nothing to do: the service builds the index again.',
  },
  INDEX_MANIFEST_CORRUPT: {
    means: 'The list of the files of the index is damaged.',
    action: 'Nothing to do: the service reads the files that are there.',
  },
} as const satisfies ErrorTable;

export type EngineCode = keyof typeof ENGINE_ERRORS | ContentCode;

export type Fault = errors.Fault<EngineCode>;
export type Result<T> = errors.Result<T, EngineCode>;
export const fault: errors.FaultOf<EngineCode> = errors.fault;
export const fail: errors.FailOf<EngineCode> = errors.fail;
export const toFaultOr: errors.ToFaultOrOf<EngineCode> = errors.toFaultOr;
