/** `openledger keys`: accounts in the encrypted keystore. */
import type { Command } from 'commander';
import { listKeys, readKeyInfo, storeKey, unlockKey } from '../../node/keystore.ts';
import { toHex } from '../lib/bytes.ts';
import { unwrap } from '../lib/errors.ts';
import { addressToChecksum, randomPrivateKey } from '../lib/secp256k1.ts';
import { errorLine, note, print, printFields, printJson, printTable } from './output.ts';
import {
  type KeystoreOptions,
  keystoreDirectory,
  type PasswordOptions,
  readPassword,
  readPrivateKeyFile,
  withKeystore,
  withPassword,
} from './secrets.ts';

type Common = KeystoreOptions & { readonly json?: true };

const create = async (
  name: string,
  options: Common & PasswordOptions & { readonly import?: string },
): Promise<void> => {
  const privateKey = options.import === undefined ? randomPrivateKey() : readPrivateKeyFile(options.import);
  const password = await readPassword(options, `password for ${name}`, true);
  const made = unwrap(await storeKey(keystoreDirectory(options), { name, password, privateKey }));
  const shown = { name: made.name, address: toHex(made.address), path: made.path };
  if (options.json) printJson(shown);
  else printFields(Object.entries({ ...shown, address: addressToChecksum(made.address) }));
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
    note(errorLine(each.fault));
    process.exitCode = 1;
  }
};

const show = async (
  name: string,
  options: Common & PasswordOptions & { readonly privateKey?: true },
): Promise<void> => {
  const directory = keystoreDirectory(options);
  const { address, path } = unwrap(readKeyInfo(directory, name));
  if (options.privateKey) {
    const password = await readPassword(options, `password of ${name}`, false);
    const privateKey = toHex(unwrap(await unlockKey(directory, name, password)));
    if (options.json) printJson({ name, address: toHex(address), path, privateKey });
    else print(privateKey);
  } else if (options.json) printJson({ name, address: toHex(address), path });
  else printFields(Object.entries({ name, address: addressToChecksum(address), path }));
};

export const registerKeys = (program: Command): void => {
  const keys = program.command('keys').description('keep the private keys of accounts, encrypted');
  withPassword(withKeystore(keys.command('new').description('make a key').argument('<name>', 'its name')))
    .option('--import <file>', 'take the private key in this file (0x-hex) instead of a new one')
    .option('--json', 'print JSON')
    .action(create);
  withKeystore(keys.command('list').description('list names and addresses'))
    .option('--json', 'print JSON')
    .action(list);
  withPassword(withKeystore(keys.command('show').description('show a key').argument('<name>', 'its name')))
    .option('--private-key', 'print the private key, for another wallet')
    .option('--json', 'print JSON')
    .action(show);
};
