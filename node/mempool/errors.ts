/** The codes of the mempool and of the thread that checks transactions. */

import type { ErrorTable } from '../../src/lib/errors.ts';
import * as errors from '../../src/lib/errors.ts';
import type { ExecutionCode } from '../../state/errors/execution.ts';
import type { TransactionCode } from '../../state/tx/errors.ts';

export const MEMPOOL_ERRORS = {
  MEMPOOL_KNOWN: {
    means: 'The transaction is waiting in the mempool already.',
    action: 'Nothing to do. `tx_status` shows what becomes of it.',
  },
  MEMPOOL_FULL: {
    means: 'Too many transactions are waiting.',
    action:
      'Send it again after the next blocks. A higher tip makes no room for it, but decides who goes first once it waits.',
  },
  MEMPOOL_NONCE_TAKEN: {
    means: 'Another transaction of the sender with this nonce is waiting.',
    action:
      'To replace it, tip at least a tenth more, with a `maxFee` that leaves room for the tip. Otherwise use the next nonce.',
  },
  MEMPOOL_NONCE_GAP: {
    means:
      'The nonce is too far above the next nonce of the sender, or too many of its transactions wait for it.',
    action: 'Send the transactions with the missing nonces first.',
  },
  MEMPOOL_SENDER_FULL: {
    means:
      'The sender has as many transactions waiting as one sender may have, or as may wait for its money.',
    action: 'Wait for the next blocks.',
  },
  MEMPOOL_VALID_UNTIL: {
    means: 'The `validUntil` of the transaction is more than 10,000 blocks above the next height.',
    action: 'Sign it again with an earlier `validUntil`. `tx_prepare` proposes 200 blocks.',
  },
  MEMPOOL_BUSY: {
    means:
      'The node has checked or has to check too many transactions for the same caller, peer or sender, so it does not look at this one.',
    action: 'Send it again after some seconds.',
  },
  TX_EVICTED: {
    means: 'The transaction left the mempool of this node without being executed.',
    action:
      'Send the same bytes again, or wait until the chain is past its last height. Do not sign a new one before: another node may still execute this one.',
  },
  TX_REPLACED: {
    means: 'Another transaction with the same nonce and a higher tip took its place.',
    action: 'Nothing to do. The data of the error has the id of the other one.',
  },
  VERIFIER_FAILED: {
    means: 'The thread that checks transactions failed.',
    action: 'Start the node again, and report it as a bug with the log.',
  },
  VERIFIER_STOPPED: {
    means: 'The node is stopping, so it checks no more transactions.',
    action: 'Send the transaction to another node, or when the node is up again.',
  },
} as const satisfies ErrorTable;

export type MempoolCode = keyof typeof MEMPOOL_ERRORS | ExecutionCode | TransactionCode;

export type Fault = errors.Fault<MempoolCode>;
export type Result<T> = errors.Result<T, MempoolCode>;
export const fault: errors.FaultOf<MempoolCode> = errors.fault;
export const fail: errors.FailOf<MempoolCode> = errors.fail;
export const toFaultOr: errors.ToFaultOrOf<MempoolCode> = errors.toFaultOr;
