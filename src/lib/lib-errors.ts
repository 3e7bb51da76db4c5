/** The codes that `src/lib` raises. */

import type { ErrorTable } from './errors.ts';
import * as errors from './errors.ts';
import type { SszCode } from './ssz/errors.ts';

export const LIB_ERRORS = {
  INTERNAL: {
    means: 'Something failed that no other code describes.',
    action: 'Read the message. If it does not help, report it as a bug with the log.',
  },
  INTERNAL_INVARIANT: {
    means: 'The program found that its own data contradicts what must hold.',
    action: 'Report it as a bug, with the message and the log.',
  },
  INTERNAL_UNREACHABLE: {
    means: 'The program reached a case that its types exclude.',
    action: 'Report it as a bug, with the message and the log.',
  },
  ARGUMENT_INVALID: {
    means: 'An argument of a command or of a function does not have the form that it must have.',
    action: 'Correct the argument that the message names.',
  },
  AMOUNT_INVALID: {
    means: 'A text is not an amount.',
    action: 'Write OPEN as `1.5`, with at most 18 decimals, or base units as `1500base`.',
  },
  HEX_INVALID: {
    means: 'A text is not 0x followed by an even number of hex digits.',
    action: 'Check the text for missing or foreign characters.',
  },
  HEX_LENGTH: {
    means: 'A hex text has another number of bytes than its field.',
    action: 'Check that nothing was cut off. The data of the error has both numbers.',
  },
  UTF8_INVALID: {
    means: 'A text is not valid UTF-8.',
    action: 'Convert it to UTF-8. The message names the place, and what the text looks like.',
  },
  IN_USE: {
    means: 'Another process uses a home, a journal, a keystore or a state file that only one may use.',
    action: 'Wait until the process that the message names has ended, or stop it.',
  },
  TEXT_BOM: {
    means: 'A secret in a file begins with a byte order mark.',
    action: 'Save the file as UTF-8 without a byte order mark.',
  },
  TEXT_NUL: {
    means: 'A secret in a file holds zero bytes, as UTF-16 does.',
    action: 'Save the file as UTF-8.',
  },
  JSON_SYNTAX: {
    means: 'A text is not JSON.',
    action: 'Correct the text at the place that the message names.',
  },
  JSON_DUPLICATE_KEY: {
    means: 'An object in a JSON text has the same key twice.',
    action: 'Remove one of the two at the path that the message names.',
  },
  JSON_NUMBER: {
    means: 'A number in a JSON text has more digits than such a number holds.',
    action: 'Write it as a string, as the RPC does.',
  },
  FILE_MISSING: {
    means: 'A file does not exist.',
    action: 'Check the path.',
  },
  FILE_UNREADABLE: {
    means: 'A file exists and cannot be read.',
    action: 'Check the permissions of the file and the disk.',
  },
  FILE_TOO_LARGE: {
    means: 'A file has more bytes than are read of a file of its kind.',
    action: 'Check the path. The message names the most; divide a file of contributions that is larger.',
  },
  FILE_UNWRITABLE: {
    means: 'A file cannot be written.',
    action: 'Check the permissions of the folder and the free space.',
  },
  FILE_NOT_JSON: {
    means: 'A file is not JSON.',
    action: 'Correct the file at the place that the message names.',
  },
  ADDRESS_INVALID: {
    means: 'A text is not an address.',
    action: 'Write the address as 0x and 40 hex digits.',
  },
  ADDRESS_CHECKSUM: {
    means: 'The EIP-55 checksum of an address is wrong.',
    action: 'Check the address for a typo.',
  },
  SIGNATURE_LENGTH: {
    means: 'A signature does not have 65 bytes.',
    action: 'Sign again, and send the whole signature.',
  },
  SIGNATURE_V: {
    means: 'The last byte of a signature is neither 27 nor 28.',
    action: 'Add 27 if the wallet gives 0 or 1.',
  },
  SIGNATURE_HIGH_S: {
    means: '`s` of a signature is in the upper half of its range, where it can be altered.',
    action: 'Sign with a library that gives low `s` (BIP-62).',
  },
  SIGNATURE_INVALID: {
    means: 'No public key can be recovered from a signature.',
    action: 'Sign again.',
  },
  KEY_INVALID: {
    means: 'Bytes are not a secp256k1 private key.',
    action: 'Give 32 bytes, above zero and below the order of the curve.',
  },
} as const satisfies ErrorTable;

export type LibCode = keyof typeof LIB_ERRORS | SszCode;

export type Fault = errors.Fault<LibCode>;
export type Result<T> = errors.Result<T, LibCode>;
export const fault: errors.FaultOf<LibCode> = errors.fault;
export const fail: errors.FailOf<LibCode> = errors.fail;
export const throwFault: errors.ThrowFaultOf<LibCode> = errors.throwFault;
