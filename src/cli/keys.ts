/** `openledger keys`: accounts in the encrypted keystore. */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { toHex } from '../lib/bytes.ts';
import { CodedError, unwrap } from '../lib/errors.ts';
import { createFileAtomic, readSecret, SECRET_MODE } from '../lib/files.ts';
import { addressToChecksum, randomPrivateKey } from '../lib/secp256k1.ts';
import { fault } from './errors.ts';
import { readSecretInput } from './input.ts';
import { readForeignKey } from './keystore/import.ts';
import {
  exportKey,
  type KeyInfo,
  listKeys,
  newKeyFault,
  PASSWORD_MIN,
  readKeyInfo,
  storeKey,
  unlockKey,
} from './keystore/store.ts';
import { errorLine, note, print, printFields, printJson, printTable } from './output.ts';
import {
  type KeystoreOptions,
  keystoreDirectory,
  type PasswordOptions,
  readPassword,
  withKeystore,
  withoutLineEnd,
  withPassword,
} from './secrets.ts';

type Common = KeystoreOptions & { readonly json?: true };

const report = ({ name, address, path }: KeyInfo, { json }: Common): void => {
  if (json) printJson({ name, address: toHex(address), path });
  else printFields(Object.entries({ name, address: addressToChecksum(address), path }));
};

/** Stores a key under a new password. The name is checked before anybody is asked for anything. */
const store = async (
  name: string,
  options: Common & PasswordOptions,
  read: () => Promise<Uint8Array>,
): Promise<void> => {
  const directory = keystoreDirectory(options);
  const refused = newKeyFault(directory, { name, password: '-'.repeat(PASSWORD_MIN) });
  if (refused !== undefined) throw new CodedError(refused);
  const privateKey = await read();
  const password = await readPassword(options, `password for ${name}`, true);
  report(unwrap(await storeKey(directory, { name, password, privateKey })), options);
};

const create = (name: string, options: Common & PasswordOptions): Promise<void> =>
  store(name, options, async () => randomPrivateKey());

type ImportFlags = Common &
  PasswordOptions & {
    readonly file: string;
    readonly index: string;
    readonly passphraseFile?: string;
    readonly filePasswordFile?: string;
  };

const indexOf = (text: string): number => {
  if (!/^(0|[1-9][0-9]{0,9})$/.test(text) || Number(text) >= 2 ** 31)
    throw new CodedError(
      fault('ARGUMENT_INVALID', `--index takes an integer of 0 to 2147483647, not ${text.slice(0, 80)}`),
    );
  return Number(text);
};

const importKey = (name: string, flags: ImportFlags): Promise<void> =>
  store(name, flags, async () => {
    const { file, passphraseFile, filePasswordFile } = flags;
    const source = file === '-' ? 'stdin' : file;
    const index = indexOf(flags.index);
    const passphrase = passphraseFile === undefined ? '' : withoutLineEnd(unwrap(readSecret(passphraseFile)));
    const password = (): Promise<string> =>
      readPassword(
        filePasswordFile === undefined ? flags : { passwordFile: filePasswordFile },
        `password of ${source}`,
        false,
      );
    return readForeignKey(await readSecretInput(file), source, { index, passphrase, password });
  });

const taken = (out: string): CodedError =>
  new CodedError(fault('FILE_EXISTS', `${out} exists already; choose another --out`, { path: out }));

const exportTo = async (
  name: string,
  options: Common & PasswordOptions & { readonly out?: string },
): Promise<void> => {
  const directory = keystoreDirectory(options);
  unwrap(readKeyInfo(directory, name));
  const { out } = options;
  if (out !== undefined && existsSync(out)) throw taken(out);
  const password = await readPassword(options, `password of ${name}`, false);
  const text = unwrap(await exportKey(directory, name, password));
  if (out === undefined) print(text.trimEnd());
  else {
    if (!createFileAtomic(out, text, SECRET_MODE)) throw taken(out);
    if (options.json) printJson({ name, written: out });
  }
};

const list = (options: Common): void => {
  const directory = keystoreDirectory(options);
  const found = listKeys(directory);
  const keys = found.flatMap((each) => (each.ok ? [each.value] : []));
  if (options.json)
    printJson({ keys: keys.map(({ name, address, path }) => ({ name, address: toHex(address), path })) });
  else if (keys.length === 0) note(`no keys in ${directory}; make one with "openledger keys new NAME"`);
  else
    printTable(
      ['name', 'address'],
      keys.map(({ name, address }) => [name, addressToChecksum(address)]),
    );
  for (const each of found) {
    if (each.ok) continue;
    for (const line of errorLine(each.fault).split('\n')) note(line);
    process.exitCode = 1;
  }
};

const show = async (
  name: string,
  options: Common & PasswordOptions & { readonly privateKey?: true },
): Promise<void> => {
  const directory = keystoreDirectory(options);
  const info = unwrap(readKeyInfo(directory, name));
  if (options.privateKey) {
    const password = await readPassword(options, `password of ${name}`, false);
    const privateKey = toHex(unwrap(await unlockKey(directory, name, password)));
    if (options.json) printJson({ name, address: toHex(info.address), path: info.path, privateKey });
    else print(privateKey);
  } else report(info, options);
};

export const registerKeys = (program: Command): void => {
  const keys = program.command('keys').description('keep the private keys of accounts, encrypted');
  withPassword(withKeystore(keys.command('new').description('make a key').argument('<name>', 'its name')))
    .option('--json', 'print JSON')
    .action(create);
  withPassword(
    withKeystore(
      keys
        .command('import')
        .description('store the key of another wallet: a private key, a mnemonic, or a keystore file')
        .argument('<name>', 'its name'),
    ),
  )
    .requiredOption('--file <file>', 'a file with one of the three; - for stdin')
    .option('--index <i>', "which account of a mnemonic, by the path m/44'/60'/0'/0/i", '0')
    .option('--passphrase-file <file>', 'the BIP-39 passphrase of a mnemonic, if it has one')
    .option(
      '--file-password-file <file>',
      'the password of a keystore file, if it is not that of --password-file',
    )
    .option('--json', 'print JSON')
    .action(importKey);
  withPassword(
    withKeystore(
      keys
        .command('export')
        .description('print the keystore file of a key, which geth, MetaMask and ethers read')
        .argument('<name>', 'its name'),
    ),
  )
    .option('--out <file>', 'write it to this file instead')
    .option('--json', 'print one JSON object: the file, or with --out where it is')
    .action(exportTo);
  withKeystore(keys.command('list').description('list names and addresses'))
    .option('--json', 'print JSON')
    .action(list);
  withPassword(withKeystore(keys.command('show').description('show a key').argument('<name>', 'its name')))
    .option('--private-key', 'print the private key, for another wallet')
    .option('--json', 'print JSON')
    .action(show);
};
