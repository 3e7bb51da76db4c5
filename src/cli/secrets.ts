/** Passwords and private keys: from where a command gets them, never from its arguments, which other users can see. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { isDevnet } from '../../node/home-kind.ts';
import { fromHex } from '../lib/bytes.ts';
import { CodedError, unwrap } from '../lib/errors.ts';
import { readSecret, readText, userPath } from '../lib/files.ts';
import { SECRET_BYTES_MAX } from '../lib/read-file.ts';
import { isReplaced, replacedFault } from '../lib/text.ts';
import { readDevnet } from './connection.ts';
import { readVariable } from './environment.ts';
import { fault } from './errors.ts';
import { privateKeyIn } from './keystore/import.ts';
import { listKeys, readKeyInfo, unlockKey } from './keystore/store.ts';
import { askPassword } from './password-prompt.ts';

export const KEYSTORE_VARIABLE = 'OPENLEDGER_KEYSTORE';
export const PASSWORD_VARIABLE = 'OPENLEDGER_PASSWORD';

export type PasswordOptions = { readonly passwordFile?: string };
export type KeystoreOptions = { readonly keystore?: string };
export type KeyOptions = KeystoreOptions &
  PasswordOptions & { readonly key?: string; readonly privateKeyFile?: string; readonly home?: string };

export const withKeystore = (command: Command): Command =>
  command.option(
    '--keystore <dir>',
    `where the encrypted keys are (default: $${KEYSTORE_VARIABLE} or ~/.openledger/keys)`,
  );

export const withPassword = (command: Command): Command =>
  command.option(
    '--password-file <file>',
    `the password, without it $${PASSWORD_VARIABLE} or a prompt (a line end at its end does not count)`,
  );

export const withKey = (command: Command): Command =>
  withPassword(
    withKeystore(
      command
        .option('--key <name>', 'a key of the keystore, or an account of the devnet in --home')
        .option('--private-key-file <file>', 'or a file that holds a private key as 64 hex digits'),
    ),
  );

export const keystoreDirectory = ({ keystore }: KeystoreOptions): string =>
  resolve(keystore ?? readVariable(KEYSTORE_VARIABLE) ?? userPath('keys'));

export const withoutLineEnd = (text: string): string => text.replace(/\r?\n$/, '');

/** Returns a secret as it is. @throws CodedError `UTF8_INVALID` if the system has replaced characters of it: others would give the same */
const unreplaced = (secret: string, what: string): string => {
  if (isReplaced(secret)) throw new CodedError(replacedFault(what));
  return secret;
};

/** @throws CodedError `PASSWORD_MISSING` where there is nobody to ask, `PASSWORD_CANCELLED`, `UTF8_INVALID`, `TEXT_BOM`, `TEXT_NUL` */
export const readPassword = async (
  { passwordFile }: PasswordOptions,
  message: string,
  repeat: boolean,
): Promise<string> => {
  if (passwordFile !== undefined) return withoutLineEnd(unwrap(readSecret(passwordFile)));
  const fromEnvironment = readVariable(PASSWORD_VARIABLE);
  if (fromEnvironment !== undefined) return unreplaced(fromEnvironment, PASSWORD_VARIABLE);
  const first = await prompt(message);
  if (repeat && (await prompt('once more')) !== first)
    throw new CodedError(fault('PASSWORD_DIFFERS', 'the two passwords differ'));
  return first;
};

const prompt = async (message: string): Promise<string> =>
  unreplaced(await askPassword(message, `give --password-file or set ${PASSWORD_VARIABLE}`), message);

/** @throws CodedError `PRIVATE_KEY_INVALID`, those of reading the file */
export const readPrivateKeyFile = (path: string): Uint8Array =>
  privateKeyIn(unwrap(readText(path, undefined, SECRET_BYTES_MAX)), path);

/** At most so many names of keys stand in an error. */
const NAMES_MAX = 10;

/** Runs before the password prompt: no password is right for a key that does not exist. */
const checkKnown = (directory: string, key: string, accounts: readonly string[]): void => {
  const read = readKeyInfo(directory, key);
  if (read.ok || (read.fault.code !== 'KEY_NOT_FOUND' && read.fault.code !== 'KEY_NAME_INVALID')) return;
  const names = [...accounts, ...listKeys(directory).flatMap((each) => (each.ok ? [each.value.name] : []))];
  const shown = `${names.slice(0, NAMES_MAX).join(', ')}${names.length > NAMES_MAX ? ', …' : ''}`;
  const there =
    names.length === 0
      ? `${directory} holds none; make one with "openledger keys new NAME"`
      : `there are ${shown}`;
  throw new CodedError(
    fault('KEY_UNKNOWN', `no key ${JSON.stringify(key.slice(0, 80))}; ${there}`, { key: key.slice(0, 80) }),
  );
};

/**
 * Refuses options of which each names an account: whichever were taken, somebody may have meant the other.
 * @param given - the options by what they are called, such as `--key`
 * @throws CodedError `ARGUMENT_INVALID` if more than one is given
 */
export const refuseTwo = (given: Readonly<Record<string, string | undefined>>): void => {
  const names = Object.keys(given).filter((name) => given[name] !== undefined);
  if (names.length > 1)
    throw new CodedError(
      fault('ARGUMENT_INVALID', `${names.join(' and ')} each name an account: give one of them`, {
        options: names,
      }),
    );
};

/**
 * @throws CodedError `KEY_MISSING`, `KEY_UNKNOWN` (with the names that are there), `ARGUMENT_INVALID` if two are named, and
 * why the key is not available
 */
export const readSigningKey = async (options: KeyOptions): Promise<Uint8Array> => {
  const { key, privateKeyFile, home } = options;
  refuseTwo({ '--key': key, '--private-key-file': privateKeyFile });
  if (privateKeyFile !== undefined) return readPrivateKeyFile(privateKeyFile);
  if (key === undefined)
    throw new CodedError(fault('KEY_MISSING', 'who signs? give --key NAME or --private-key-file FILE'));
  const accounts = await devnetAccounts(home);
  const account = accounts.find(({ name }) => name === key);
  if (account !== undefined) return unwrap(fromHex(account.privateKey, 32));
  checkKnown(
    keystoreDirectory(options),
    key,
    accounts.map(({ name }) => name),
  );
  const password = await readPassword(options, `password of ${key}`, false);
  return unwrap(await unlockKey(keystoreDirectory(options), key, password));
};

const devnetAccounts = async (home: string | undefined) =>
  home === undefined || !isDevnet(resolve(home)) ? [] : (await readDevnet(resolve(home))).accounts;
