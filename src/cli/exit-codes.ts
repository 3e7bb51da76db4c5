/** The exit codes of the command, and the one that each error leads to. */
import { CommanderError } from 'commander';
import { MEMPOOL_ERRORS } from '../../node/mempool/errors.ts';
import { RPC_ERRORS } from '../../rpc/codes.ts';
import { ATTRIBUTION_ERRORS } from '../../state/attribution/errors.ts';
import { DISPUTE_ERRORS } from '../../state/errors/disputes.ts';
import { EXECUTION_ERRORS } from '../../state/errors/execution.ts';
import { QUERY_ERRORS } from '../../state/queries/errors.ts';
import { TRANSACTION_ERRORS } from '../../state/tx/errors.ts';
import { CLIENT_ERRORS } from '../client/errors.ts';
import { CodedError, type ErrorTable, type Fault } from '../lib/errors.ts';

export const EXIT = {
  done: 0,
  own: 1,
  usage: 2,
  unknown: 3,
  refused: 4,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What each exit code means, for the help and for docs/cli.md. */
export const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  done: 'the command did what it was asked to do',
  own: 'something here is at fault: a file, a key, a home, or the program',
  usage: 'the command line is wrong; nothing was done',
  unknown: 'no node answered as it should, or the outcome is not known yet, or could not be written',
  refused: 'the node or the chain refused, or has nothing of this id',
  interrupted: 'the command was interrupted with Ctrl-C',
  terminated: 'the command was ended with SIGTERM',
};

/** The exit codes of whole tables of error codes. The codes of all other tables are faults of {@link EXIT.own}. */
const BY_TABLE: readonly (readonly [table: ErrorTable, exit: ExitCode])[] = [
  [EXECUTION_ERRORS, EXIT.refused],
  [DISPUTE_ERRORS, EXIT.refused],
  [ATTRIBUTION_ERRORS, EXIT.refused],
  [TRANSACTION_ERRORS, EXIT.refused],
  [MEMPOOL_ERRORS, EXIT.refused],
  [QUERY_ERRORS, EXIT.refused],
  [RPC_ERRORS, EXIT.unknown],
  [CLIENT_ERRORS, EXIT.unknown],
];

/** Codes whose exit code is another than that of their table. */
const BY_CODE: Readonly<Record<string, ExitCode>> = {
  // Wrong arguments, whatever table names them.
  USAGE: EXIT.usage,
  ACCOUNT_MISSING: EXIT.usage,
  ACCOUNT_UNKNOWN: EXIT.usage,
  ADDRESS_CHECKSUM: EXIT.usage,
  ADDRESS_INVALID: EXIT.usage,
  ADDRESS_ZERO: EXIT.usage,
  AMOUNT_INVALID: EXIT.usage,
  ARGUMENT_INVALID: EXIT.usage,
  HOST_INVALID: EXIT.usage,
  IMIN_INVALID: EXIT.usage,
  RULES_INVALID: EXIT.usage,
  KEY_MISSING: EXIT.usage,
  METHOD_NOT_FOUND: EXIT.usage,
  PARAMS_INVALID: EXIT.usage,
  QUERY_PARAMS: EXIT.usage,
  RECEIPT_ID_INVALID: EXIT.usage,
  RPC_URL_INVALID: EXIT.usage,
  RPC_URL_MISSING: EXIT.usage,
  STATE_UNNAMED: EXIT.usage,
  TX_KIND_UNKNOWN: EXIT.usage,
  // A node that does not serve what it should, and outcomes that are still open.
  CONTENT_WRONG: EXIT.unknown,
  CONTRIBUTE_TEXT_MISSING: EXIT.unknown,
  NODE_OLDER: EXIT.unknown,
  // What the command did is done, and whoever waits for its result does not know it.
  OUTPUT_UNWRITABLE: EXIT.unknown,
  REVIEW_TEXT_MISSING: EXIT.unknown,
  TX_NOT_COMMITTED: EXIT.unknown,
  VERIFIER_FAILED: EXIT.unknown,
  VERIFIER_STOPPED: EXIT.unknown,
  // What the node looked for and does not have, and what was refused on the way.
  ATTRIBUTION_NOT_FOUND: EXIT.refused,
  BLOCK_NOT_FOUND: EXIT.refused,
  CONTENT_NOT_FOUND: EXIT.refused,
  CONTRIBUTION_NOT_REVEALED: EXIT.refused,
  ESCROW_EMPTY: EXIT.refused,
  FEE_TOO_HIGH: EXIT.refused,
  RECEIPT_CLOSED: EXIT.refused,
  REWARDS_NONE: EXIT.refused,
  SETTLEMENT_UNKNOWN: EXIT.refused,
  TX_NOT_FOUND: EXIT.refused,
  VOUCHER_USED: EXIT.refused,
  // Faults of files, keys and ports here, in tables of what nodes and chains refuse.
  INFO1_HASH: EXIT.own,
  KEY_PASSWORD_WRONG: EXIT.own,
  KEYSTORE_INVALID: EXIT.own,
  KEYSTORE_UNSUPPORTED: EXIT.own,
  MNEMONIC_CHECKSUM: EXIT.own,
  MNEMONIC_LENGTH: EXIT.own,
  MNEMONIC_WORD: EXIT.own,
  TEXT_LONE_SURROGATE: EXIT.own,
  TEXT_UTF8_INVALID: EXIT.own,
  RPC_LISTEN_FAILED: EXIT.own,
  RPC_PORT_IN_USE: EXIT.own,
  VOUCHER_SIGNER: EXIT.own,
  // Ctrl-C at a prompt is a key, not a signal. So is Ctrl-D.
  PASSWORD_CANCELLED: EXIT.interrupted,
};

/**
 * Returns the exit code of a fault. A code that no table declares comes from the system; or, with a number of JSON-RPC beside
 * it, from a gateway, a later node or a node in trouble. Then nobody here knows whether the chain has refused anything.
 */
export const exitCodeOfFault = ({ code, data }: Fault): ExitCode => {
  const own = BY_CODE[code] ?? BY_TABLE.find(([table]) => Object.hasOwn(table, code))?.[1];
  if (own !== undefined) return own;
  return data?.rpcCode === undefined ? EXIT.own : EXIT.unknown;
};

/** Returns the exit code of anything that ended a command. */
export const exitCodeOf = (error: unknown): ExitCode => {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  return error instanceof CodedError ? exitCodeOfFault(error.fault) : EXIT.own;
};

/** Returns the lines of the help about exit codes. */
export const exitHelp = (): string =>
  [
    'Exit codes:',
    ...Object.entries(EXIT_MEANINGS).map(
      ([name, meaning]) => `  ${String(EXIT[name as keyof typeof EXIT]).padEnd(5)}${meaning}`,
    ),
  ].join('\n');
