/** The codes of the client. What a node refuses with may be any code: it may be of a later version. */
import type { ExecutionCode } from '../../state/errors/execution.ts';
import type { TransactionCode } from '../../state/tx/errors.ts';
import type { ErrorTable } from '../lib/errors.ts';
import * as errors from '../lib/errors.ts';

export const CLIENT_ERRORS = {
  CHAIN_CHANGED: {
    means: 'The node answers for another chain than before.',
    action: 'Check the URL, and whether the node was set up anew.',
  },
  FEE_TOO_HIGH: {
    means: 'The node asks for a fee above the limit of the client.',
    action: 'Check that the node is to be trusted. Allow the fee with `maxFee`.',
  },
  RPC_ANSWER_INVALID: {
    means:
      'The node answered with something that is not an answer of this RPC, or with a result that does not fit the method.',
    action: 'Check the URL, and that node and client are of the same version.',
  },
  RPC_ERROR: {
    means: 'The node refused without a code, or with one that this version does not know.',
    action: 'Read the message, and `nodeCode` in the data. The node may be of another version.',
  },
  RPC_TIMEOUT: {
    means: 'The node did not answer in time.',
    action: 'Try again, or use another node.',
  },
  RPC_UNREACHABLE: {
    means: 'No node answers at the URL.',
    action: 'Check that the node is running, and its URL.',
  },
  TX_DROPPED: {
    means: 'The transaction was not executed, and the node gives no reason.',
    action: 'Send it again.',
  },
  VOUCHER_SIGNER: {
    means: 'Another account than the payer signed the voucher.',
    action: 'Ask the payer for a voucher that is signed with the key of the payer.',
  },
  WAIT_TIMEOUT: {
    means: 'What was waited for did not happen in time.',
    action: 'Check that the chain makes blocks, then wait longer.',
  },
} as const satisfies ErrorTable;

export type ClientCode = keyof typeof CLIENT_ERRORS | ExecutionCode | TransactionCode;

export const fault: errors.FaultOf<ClientCode> = errors.fault;
export const fail: errors.FailOf<ClientCode> = errors.fail;
