/** The codes with which a node may refuse a call, beside those that the schema of its method lists. */
import type { ExecutionCode } from '../../state/errors/execution.ts';
import type { TransactionCode } from '../../state/tx/errors.ts';

/** Any call may be refused with these: it is malformed, or the node takes no more. */
export const CALL_CODES = [
  'ANSWER_TOO_LONG',
  'BATCH_TOO_LONG',
  'BODY_TIMEOUT',
  'BODY_TOO_LARGE',
  'CONTENT_TYPE_WRONG',
  'HOST_NOT_ALLOWED',
  'INTERNAL',
  'METHOD_NOT_ALLOWED',
  'METHOD_NOT_FOUND',
  'NODE_STARTING',
  'ORIGIN_NOT_ALLOWED',
  'PARAMS_INVALID',
  'PARSE_ERROR',
  'PATH_UNKNOWN',
  'RATE_LIMITED',
  'REQUEST_INVALID',
  'SERVER_BUSY',
  'VALUES_TOO_MANY',
] as const;

/** A mempool refuses a transaction with these, or says so of one that it has let go of. */
export const MEMPOOL_CODES = [
  'MEMPOOL_BUSY',
  'MEMPOOL_FULL',
  'MEMPOOL_KNOWN',
  'MEMPOOL_NONCE_GAP',
  'MEMPOOL_NONCE_TAKEN',
  'MEMPOOL_SENDER_FULL',
  'MEMPOOL_VALID_UNTIL',
  'TX_EVICTED',
  'TX_REPLACED',
  'VERIFIER_FAILED',
  'VERIFIER_STOPPED',
] as const;

/**
 * A code of the rules that judge what is sent: transactions and content. The rules belong to the chain. It may be of a
 * later version than its client, so the codes that are known here are not all that there may be.
 */
export type RuleCode = ExecutionCode | TransactionCode | (string & {});
