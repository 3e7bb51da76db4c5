/** The codes of the client. What a node refuses with may be any code: it may be of a later version. */
import type { ExecutionCode } from '../../state/errors/execution.ts';
import type { TransactionCode } from '../../state/tx/errors.ts';
import type { ContentCode } from '../content/errors.ts';
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
  KEY_PASSWORD_WRONG: {
    means: 'The password does not open the key.',
    action: 'Type it again. There is no way to recover a password.',
  },
  KEYSTORE_INVALID: {
    means: 'A file is not a keystore: a field is missing or has the wrong form.',
    action: 'Correct the field that the message names, or restore the file from a backup.',
  },
  KEYSTORE_UNSUPPORTED: {
    means:
      'A keystore has another version, cipher or key derivation than is read here, or one that costs too much.',
    action: 'Open the keystore with the tool that wrote it, and export the key anew.',
  },
  MNEMONIC_CHECKSUM: {
    means: 'The words of a mnemonic are all in the list, but do not belong together.',
    action: 'Compare each word, and their order, with what was written down.',
  },
  MNEMONIC_LENGTH: {
    means: 'A mnemonic has a number of words that no mnemonic has.',
    action: 'Give 12, 15, 18, 21 or 24 words.',
  },
  MNEMONIC_WORD: {
    means: 'A word of a mnemonic is not in the English word list.',
    action: 'Correct the words at the positions that the message names.',
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
  TX_OUTCOME_UNKNOWN: {
    means: 'The transaction was sent, and no node has said what became of it. It may still be executed.',
    action: 'Ask with `openledger tx status` and the id before you send anything again.',
  },
  VOUCHER_SIGNER: {
    means: 'Another account than the payer signed the voucher.',
    action: 'Ask the payer for a voucher that is signed with the key of the payer.',
  },
  WAIT_TIMEOUT: {
    means: 'What was waited for did not happen in time.',
    action: 'Check that the chain makes blocks, then wait longer.',
  },
  WALLET_ACCOUNT: {
    means: 'The wallet does not offer the account that is to sign.',
    action: 'Unlock the account in the wallet, and give this page access to it.',
  },
  WALLET_FAILED: {
    means: 'The wallet answered with an error of its own.',
    action: 'Read the message. The wallet may be on another chain, or may not know eth_signTypedData_v4.',
  },
  WALLET_REFUSED: {
    means: 'The user of the wallet refused.',
    action: 'Ask again when the user agrees. Nothing was signed.',
  },
  WALLET_SIGNATURE: {
    means: 'What a wallet returned is not a signature of its account over what was to be signed.',
    action: 'Check which account is selected in the wallet. Nothing was sent.',
  },
  WALLET_UNAVAILABLE: {
    means: 'There is no wallet, or it was disconnected, or it did not answer in time.',
    action: 'Check that the wallet is installed, unlocked and connected, then try again.',
  },
} as const satisfies ErrorTable;

export type ClientCode = keyof typeof CLIENT_ERRORS | ContentCode | ExecutionCode | TransactionCode;

export const fault: errors.FaultOf<ClientCode> = errors.fault;
export const fail: errors.FailOf<ClientCode> = errors.fail;
