/** The codes of the command. */
import type { NodeCode } from '../../node/errors.ts';
import type { ContributeCode } from '../contribute/errors.ts';
import type { ErrorTable } from '../lib/errors.ts';
import * as errors from '../lib/errors.ts';
import type { ServiceCode } from '../services/run/errors.ts';

export const CLI_ERRORS = {
  USAGE: {
    means: 'The command line does not fit the command.',
    action: 'Run the command with `--help`.',
  },
  ACCOUNT_MISSING: {
    means: 'No account was named.',
    action: 'Name an account, or give `--key NAME` or `--private-key-file FILE`.',
  },
  ACCOUNT_UNKNOWN: {
    means: 'No account has this name on this machine.',
    action: 'Give an address, or one of the names in the message. Names of a devnet need `--home`.',
  },
  ADDRESS_ZERO: {
    means:
      'The zero address is named as who gets money or rights. Nobody has its key, so what it gets is lost.',
    action: 'Check the address. To name it all the same, add `--allow-zero-address`.',
  },
  CONTENT_WRONG: {
    means: 'The node gave a text that does not hash to its root.',
    action: 'Do not trust this node. Ask another one.',
  },
  ESCROW_EMPTY: {
    means: 'The escrow holds nothing that could be withdrawn.',
    action: 'Do nothing. The message says what is on its way already.',
  },
  FILE_EXISTS: {
    means: 'The file to write exists already.',
    action: 'Choose another `--out`.',
  },
  RULES_INVALID: {
    means: 'The option names no version of the rules of attribution.',
    action: 'Name version 1 or 2.',
  },
  HOME_OTHER_NODE: {
    means:
      'Another node answers at the port of this home, or `--rpc` or `--genesis` names another one than the devnet in `--home`: it is of another chain.',
    action:
      'Start the node of this home, on a port that no other node uses. If the other node is meant, name it with `--rpc`, without `--home`.',
  },
  IMIN_INVALID: {
    means: '`--imin` is not a number of bits.',
    action: 'Give a number of 0 or more.',
  },
  KEY_FILE_CORRUPT: {
    means: 'A file of the keystore is damaged.',
    action: 'Restore the file from a backup.',
  },
  KEY_MISSING: {
    means: 'No key was given to sign with.',
    action: 'Give `--key NAME` or `--private-key-file FILE`.',
  },
  KEY_NAME_INVALID: {
    means: 'The name of a key has letters that are not allowed, is too long, or looks like an address.',
    action: 'Use small letters, digits, - and _, at most 64, and no 0x in front.',
  },
  KEY_NAME_TAKEN: {
    means: 'The keystore has a key of this name already.',
    action: 'Choose another name.',
  },
  KEY_NOT_FOUND: {
    means: 'The keystore has no key of this name.',
    action: 'List the keys with `openledger keys list`.',
  },
  KEY_PASSWORD_SHORT: {
    means: 'The password is too short.',
    action: 'Choose a longer password.',
  },
  KEY_UNKNOWN: {
    means: 'There is no key or account of this name.',
    action: 'Choose one of the names in the message.',
  },
  KEYSTORE_UNWRITABLE: {
    means: 'The keystore cannot be written.',
    action: 'Check the permissions of its folder and the free space.',
  },
  NODE_TOO_OLD: {
    means: 'The Node.js that runs the command is too old, and the newer one of the project is not installed.',
    action: 'Install the Node.js that the message asks for, or run `npm ci` in the checkout.',
  },
  NODE_UNUSABLE: {
    means: 'The Node.js that `npm ci` installed for the project does not start.',
    action: 'Run `npm ci` again. If that does not help, install the Node.js that package.json asks for.',
  },
  NODE_UNCAUGHT: {
    means: 'An error that no code expects ended the node.',
    action: 'Start the node again, and report it as a bug with the log.',
  },
  OUTPUT_UNWRITABLE: {
    means: 'The command could not write its result. What it was asked to do may be done all the same.',
    action:
      'Free some space, or write elsewhere. If the message names a transaction, ask what became of it before you send another.',
  },
  PASSWORD_CANCELLED: {
    means: 'The prompt for the password was left without an answer.',
    action: 'Run the command again.',
  },
  PASSWORD_DIFFERS: {
    means: 'The two passwords typed are not the same.',
    action: 'Run the command again.',
  },
  PASSWORD_MISSING: {
    means: 'A password is needed, and there is no terminal to ask at.',
    action: 'Give `--password-file`, or set `OPENLEDGER_PASSWORD`.',
  },
  PAYLOAD_INVALID: {
    means: 'A file is not a payload of the kind of transaction that the command sends.',
    action: 'Correct all fields that the message names. `--help` of the command explains each field.',
  },
  PRIVATE_KEY_INVALID: {
    means: 'The file does not hold a private key.',
    action: 'Write the key as 0x and 64 hex digits.',
  },
  PROGRAM_ENDED: {
    means: 'A verb that runs beside a devnet has ended before it was stopped.',
    action: 'Read its last words in the message.',
  },
  QUERY_PARAMS: {
    means: 'The parameters of `openledger query` do not fit the method.',
    action: 'Write them as `name=value`. `openledger query --help` shows the methods.',
  },
  RECEIPT_CLOSED: {
    means: 'The receipt cannot be challenged in the state that it is in.',
    action: 'Do nothing. The message says its state.',
  },
  REVIEW_FACTS: {
    means: 'A contribution declares a fact about its text that is not true.',
    action: 'Reject the contribution.',
  },
  REVIEW_TEXT_MISSING: {
    means: 'Texts that the declared facts have to be compared with have not arrived at the node.',
    action: 'Repeat the command later, or ask another node. `--unchecked` accepts without comparing.',
  },
  REWARDS_NONE: {
    means: 'The account has earned nothing that it has not claimed.',
    action: 'Wait for an epoch to close. `openledger rewards show` shows what was earned.',
  },
  RPC_URL_INVALID: {
    means: 'The address of the node is not an http URL.',
    action: 'Write it as `http://host:port`.',
  },
  RPC_URL_MISSING: {
    means: 'No node was named.',
    action: 'Give `--rpc URL` or `--home DIR`, or set `OPENLEDGER_RPC`.',
  },
  SETTLEMENT_UNKNOWN: {
    means: 'A transaction is neither a batch of receipts nor a settlement.',
    action: 'Give the id of a receipt, of a batch or of a settlement.',
  },
  STATE_UNNAMED: {
    means: 'Rows come from a pipe or a device, beside which no state of a run can be kept.',
    action: 'Put the rows into a file, or name a file for the state with `--state`.',
  },
  TX_NOT_COMMITTED: {
    means: 'The transaction is not in a block yet, and may still be executed up to its last height.',
    action:
      'Ask later with `openledger tx status`. If a node has dropped it, send the same bytes again or wait, and sign no new one before the last height has passed.',
  },
  VOUCHER_MISMATCH: {
    means: 'The signed voucher does not pay for this receipt.',
    action: 'Ask the payer for a voucher for these texts. The message says what differs.',
  },
  VOUCHER_PAYER: {
    means: 'The key is not that of the payer of the voucher.',
    action: 'Sign with the key of the payer.',
  },
  VOUCHER_USED: {
    means: 'The chain has executed the batch that the signed voucher pays for.',
    action: 'Send nothing again, and ask the payer for nothing. The receipt is paid.',
  },
} as const satisfies ErrorTable;

export type CliCode = keyof typeof CLI_ERRORS | NodeCode | ContributeCode | ServiceCode;

export const fault: errors.FaultOf<CliCode> = errors.fault;
export const fail: errors.FailOf<CliCode> = errors.fail;
export const toFaultOr: errors.ToFaultOrOf<CliCode> = errors.toFaultOr;
