/** The codes of genesis, of blocks, and of the ids and events that stand in them. */

import type { ErrorTable } from '../../src/lib/errors.ts';
import * as errors from '../../src/lib/errors.ts';
import type { LibCode } from '../../src/lib/lib-errors.ts';

export const CHAIN_ERRORS = {
  BLOCK_TOO_LARGE: {
    means: 'A block is larger than the parameters of the chain allow.',
    action: 'Nothing to do for a user: validators reject the block.',
  },
  BLOCK_EVIDENCE: {
    means: 'A block holds evidence, and this version knows no kind of evidence.',
    action: 'Check that all validators run the same version.',
  },
  BLOCK_HEADER: {
    means: 'A field of the header is not what follows from the block before.',
    action: 'Check that the node has the same genesis file and version as the others.',
  },
  BLOCK_TIME: {
    means: 'The time of a block is not later than that of the block before.',
    action: 'Nothing to do for a user: validators reject the block.',
  },
  BLOCK_PROPOSER: {
    means: 'The proposer of a block is not a validator of that height.',
    action: 'Nothing to do for a user: validators reject the block.',
  },
  BLOCK_LAST_COMMIT: {
    means: 'The last commit in a block is not for the block before it.',
    action: 'Nothing to do for a user: validators reject the block.',
  },
  BLOCK_TRANSACTION: {
    means: 'A block holds a transaction that no block may hold.',
    action: 'Nothing to do for a user: validators reject the block. The data of the error has the code.',
  },
  BLOCK_GAS: {
    means: 'The transactions of a block need more gas than a block has.',
    action: 'Nothing to do for a user: validators reject the block.',
  },
  GENESIS_NAME: {
    means: 'The name of the chain in the genesis file is not well-formed.',
    action: 'Use small letters, digits and hyphens, at most 64.',
  },
  GENESIS_CHAIN_ID: {
    means: 'The chain id is out of range, or belongs to another network.',
    action: 'Choose a chain id that is free, from 1 to 2^53 - 1.',
  },
  GENESIS_DUPLICATE: {
    means: 'An account, a validator or an attestor stands twice in the genesis file.',
    action: 'Remove one of the two entries.',
  },
  GENESIS_STAKE: {
    means: 'A validator of the genesis file stakes less than 1 OPEN, so it has no power.',
    action: 'Raise its stake, or remove it.',
  },
  GENESIS_KEY: {
    means:
      'The public key of a validator in the genesis file is no ed25519 key, or one of small order, for which anybody can sign.',
    action: 'Take the key that `openledger init` printed for the home of that validator.',
  },
  GENESIS_COMMONS: {
    means: 'The genesis file says of its commons what no text can be.',
    action: 'Correct the field that the message names, or leave the commons out with `"commons": null`.',
  },
  GENESIS_SUPPLY: {
    means: 'The genesis file gives out more than the total supply.',
    action: 'Lower the balances, stakes and bonds.',
  },
  GENESIS_NO_VALIDATORS: {
    means: 'The genesis file names no validator, so no block can be made.',
    action: 'Add a validator with `openledger genesis add-validator`.',
  },
  GENESIS_PARAMS: {
    means: 'A parameter in the genesis file has a value under which the chain cannot run.',
    action: 'Change the parameter that the data of the error names.',
  },
  RECEIPT_ID_INVALID: {
    means: 'The text is not the id of a receipt.',
    action: 'Write the id as `0x<transaction id>/<index>`.',
  },
  EVENT_TYPE_UNKNOWN: {
    means: 'There is no event of this type.',
    action: 'Use one of the types that docs/rpc.md lists under `events_query`.',
  },
} as const satisfies ErrorTable;

export type ChainCode = keyof typeof CHAIN_ERRORS | LibCode;

export type Fault = errors.Fault<ChainCode>;
export type Result<T> = errors.Result<T, ChainCode>;
export const fault: errors.FaultOf<ChainCode> = errors.fault;
export const fail: errors.FailOf<ChainCode> = errors.fail;
