/**
 * Accounts by name. Wherever the command takes an address, it takes a name as well: of an account of the devnet in
 * `--home`, or of a key of the keystore. `--key` looks names up in the same order.
 */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { isDevnet, isNodeHome, neitherHome } from '../../node/home-kind.ts';
import { type Address, ZERO_ADDRESS } from '../lib/brands.ts';
import { equal, type Hex, toHex } from '../lib/bytes.ts';
import { CodedError, ok, type Result, unwrap } from '../lib/errors.ts';
import { addressOfPrivateKey, addressToChecksum, parseAddress } from '../lib/secp256k1.ts';
import { readDevnet } from './connection.ts';
import { fail, fault } from './errors.ts';
import { listKeys } from './keystore/store.ts';
import {
  type KeyOptions,
  type KeystoreOptions,
  keystoreDirectory,
  readPrivateKeyFile,
  refuseTwo,
  withKeystore,
} from './secrets.ts';

/** An account with the name that this machine knows it by. */
export type NamedAccount = { readonly name: string; readonly address: Address };

export type NameOptions = KeystoreOptions & { readonly home?: string };

/** The option that {@link withRecipient} adds. */
export type RecipientFlags = { readonly allowZeroAddress?: true };

/** Adds the option of a verb that gives money or rights to accounts that are named. */
export const withRecipient = (command: Command): Command =>
  command.option(
    '--allow-zero-address',
    'name the zero address too: nobody has its key, so what it gets is lost',
  );

/** The accounts that have a name on this machine. */
export type AddressBook = {
  /** Returns the account that the text names. Faults: `ACCOUNT_UNKNOWN`, `ADDRESS_INVALID`, `ADDRESS_CHECKSUM`. */
  readonly find: (text: string) => Result<Address>;
  /**
   * Returns the account that the text names, which is to get money or rights. Faults: those of `find`, and `ADDRESS_ZERO`
   * unless `--allow-zero-address` was given.
   */
  readonly recipient: (text: string) => Result<Address>;
  /** Returns the name of the account; undefined if it has none. */
  readonly nameOf: (address: Uint8Array | string) => string | undefined;
  /** Returns the name of the account, or its address if it has none: for tables. */
  readonly label: (address: Uint8Array | string) => string;
  /** Returns the account for people: its name and address, or only its address. */
  readonly show: (address: Uint8Array | string) => string;
};

/** The most names in one message. */
const NAMES_MAX = 12;

const isAddress = (text: string): boolean => /^0x/i.test(text);

/** Returns the names that differ only in capitals, or that begin with the same two letters. */
const similarNames = (name: string, names: readonly string[]): readonly string[] => {
  const start = name.slice(0, 2).toLowerCase();
  return names
    .filter((each) => each.toLowerCase() === name.toLowerCase() || each.startsWith(start))
    .slice(0, 3);
};

/**
 * Returns the book of these accounts. If two have the same name, it means the first.
 * @param flags - whether the zero address may be a recipient
 */
export const addressBook = (
  accounts: readonly NamedAccount[],
  { allowZeroAddress }: RecipientFlags = {},
): AddressBook => {
  const byName = new Map(accounts.toReversed().map(({ name, address }) => [name, address]));
  const byAddress = new Map<string, string>(
    accounts.toReversed().map(({ name, address }) => [toHex(address), name]),
  );
  const names = [...new Set(accounts.map(({ name }) => name))];
  const known = (address: Uint8Array | string) => {
    const hex = typeof address === 'string' ? address : toHex(address);
    const parsed = parseAddress(hex);
    return {
      checksummed: parsed.ok ? addressToChecksum(parsed.value) : hex,
      name: byAddress.get(hex.toLowerCase()),
    };
  };
  const find = (text: string): Result<Address> => {
    if (isAddress(text)) return parseAddress(text);
    const address = byName.get(text);
    if (address !== undefined) return ok(address);
    const shown = `${names.slice(0, NAMES_MAX).join(', ')}${names.length > NAMES_MAX ? ', …' : ''}`;
    const hint =
      names.length === 0
        ? 'no names are known here: give an address (0x and 40 hex digits), or --home of a devnet'
        : `give an address (0x and 40 hex digits) or one of ${shown}`;
    return fail('ACCOUNT_UNKNOWN', `no account is named ${JSON.stringify(text.slice(0, 80))}; ${hint}`, {
      name: text.slice(0, 80),
      similar: similarNames(text, names),
    });
  };
  return {
    find,
    recipient: (text) => {
      const found = find(text);
      if (!found.ok || allowZeroAddress === true || !equal(found.value, ZERO_ADDRESS)) return found;
      return fail(
        'ADDRESS_ZERO',
        'nobody has the key of the zero address, so what it gets is lost: check the address, or add --allow-zero-address',
      );
    },
    nameOf: (address) => known(address).name,
    label: (address) => {
      const { checksummed, name } = known(address);
      return name ?? checksummed;
    },
    show: (address) => {
      const { checksummed, name } = known(address);
      return name === undefined ? checksummed : `${name} (${checksummed})`;
    },
  };
};

const devnetAccounts = async (home: string | undefined): Promise<readonly NamedAccount[]> => {
  if (home === undefined) return [];
  const root = resolve(home);
  if (!isDevnet(root)) {
    if (isNodeHome(root)) return [];
    throw new CodedError(fault('HOME_MISSING', neitherHome(root), { home: root }));
  }
  const { accounts } = await readDevnet(root);
  return accounts.map(({ name, address }) => ({ name, address: unwrap(parseAddress(address)) }));
};

/** The accounts of the devnet in `--home`, then the keys of the keystore. A damaged key file has no name. */
export const openAddressBook = async (options: NameOptions & RecipientFlags): Promise<AddressBook> => {
  const keys = listKeys(keystoreDirectory(options)).flatMap((each) => (each.ok ? [each.value] : []));
  return addressBook([...(await devnetAccounts(options.home)), ...keys], options);
};

/** Reads an address or a name, in the form that the RPC takes. @throws CodedError as {@link AddressBook.find} */
export const resolveAddress = async (text: string, options: NameOptions): Promise<Hex> =>
  toHex(unwrap((await openAddressBook(options)).find(text)));

export type OwnOptions = NameOptions & Pick<KeyOptions, 'key' | 'privateKeyFile'>;

/** For verbs that only read: whose account, without its password. */
export const withOwn = (command: Command): Command =>
  withKeystore(command)
    .option('--key <name>', 'the account, if the argument is left out: a key, or an account of the devnet')
    .option('--private-key-file <file>', 'or a file that holds its private key as 0x-hex');

/**
 * Returns the account of the argument, or of the key. No password is needed, because the address of a key is not secret.
 * @throws CodedError `ACCOUNT_MISSING` if none is given, `ARGUMENT_INVALID` if more than one is
 */
export const ownAddress = async (who: string | undefined, options: OwnOptions): Promise<Hex> => {
  const { key, privateKeyFile } = options;
  refuseTwo({ 'the argument': who, '--key': key, '--private-key-file': privateKeyFile });
  const named = who ?? key;
  if (named !== undefined) return resolveAddress(named, options);
  if (privateKeyFile !== undefined) return toHex(addressOfPrivateKey(readPrivateKeyFile(privateKeyFile)));
  throw new CodedError(
    fault('ACCOUNT_MISSING', 'whose? name an account, or give --key NAME or --private-key-file FILE'),
  );
};
