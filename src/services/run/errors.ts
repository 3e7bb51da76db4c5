/** The codes of the services. */
import type { EngineCode } from '../../attribution/errors.ts';
import type { ClientCode } from '../../client/errors.ts';
import type { ErrorTable } from '../../lib/errors.ts';
import * as errors from '../../lib/errors.ts';

export const SERVICE_ERRORS = {
  NODE_OLDER: {
    means:
      'The node does not have a method that the command needs: its version is older than that of the command.',
    action: 'Update the node, or use the command of its version.',
  },
  STATE_FILE_DAMAGED: {
    means: 'The state file of a service is damaged, or the service did not write it.',
    action: 'Delete the file: the service asks the chain what it has done.',
  },
  STATE_FILE_OTHER: {
    means: 'The state file of a service belongs to another chain or account.',
    action: 'Choose another `--state`.',
  },
  TX_KIND_OTHER: {
    means: 'The transaction that the service looks for is of another kind.',
    action: 'Check that the node and the service are of the same version.',
  },
} as const satisfies ErrorTable;

export type ServiceCode = keyof typeof SERVICE_ERRORS | EngineCode | ClientCode;

export const fault: errors.FaultOf<ServiceCode> = errors.fault;
