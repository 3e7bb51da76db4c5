/**
 * The private keys of accounts at rest: a folder with a Web3 Secret Storage file for each key, which geth, MetaMask and
 * ethers read too. The name of a key is that of its file.
 */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type KeystoreFile, readKeystoreFile } from '../../client/keystore/file.ts';
import { decryptKeystore, type EncryptOptions, encryptKeystore } from '../../client/keystore/keystore.ts';
import type { Address } from '../../lib/brands.ts';
import { equal, fromHex } from '../../lib/bytes.ts';
import { CodedError, failWith, ok, type Result, toFault, unwrap } from '../../lib/errors.ts';
import {
  createFileAtomic,
  makeDirectory,
  readJson,
  readText,
  SECRET_MODE,
  writeFileAtomic,
} from '../../lib/files.ts';
import { takeLock } from '../../lib/lock.ts';
import { addressOfPrivateKey, isPrivateKey } from '../../lib/secp256k1.ts';
import { fail, fault } from '../errors.ts';
import { isOldVersion, type OldKeyFile, openOldFile, readOldFile } from './version-1.ts';

export type KeyInfo = { readonly name: string; readonly address: Address; readonly path: string };

const EXTENSION = '.json';
const NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;
export const PASSWORD_MIN = 8;

const pathOf = (directory: string, name: string): string => join(directory, `${name}${EXTENSION}`);

const nameFault = (name: string) =>
  NAME.test(name)
    ? undefined
    : fault('KEY_NAME_INVALID', 'the name of a key must be at most 64 small letters, digits, - and _', {
        name: name.slice(0, 80),
      });

/** The name of a new key. One that begins as an address does could not be named where an address is taken. */
const newNameFault = (name: string) =>
  name.startsWith('0x')
    ? fault('KEY_NAME_INVALID', 'the name of a key must not begin with 0x, as an address does', {
        name: name.slice(0, 80),
      })
    : nameFault(name);

export type NewKey = {
  readonly name: string;
  readonly password: string;
  /** 32 bytes, a valid secp256k1 key. */
  readonly privateKey: Uint8Array;
};

/** What keeps a new key from being stored, as far as that shows before its file is written. */
export const newKeyFault = (directory: string, { name, password }: Omit<NewKey, 'privateKey'>) => {
  const path = pathOf(directory, name);
  const bad = newNameFault(name);
  if (bad !== undefined) return bad;
  if (existsSync(path))
    return fault('KEY_NAME_TAKEN', `a key named ${name} exists already; choose another name`, { name, path });
  return password.length < PASSWORD_MIN
    ? fault(
        'KEY_PASSWORD_SHORT',
        `the password is too short; choose one of at least ${PASSWORD_MIN} characters`,
      )
    : undefined;
};

/** Only its owner may look into a keystore that is new. One that is there stays as its owner has it. */
const KEYSTORE_MODE = 0o700;

/**
 * Writes the file of a key. Only one command at a time writes into a keystore.
 * @param replaces - whether the file at the path is still the one to replace, asked while no other command writes; left out for
 * a new file
 */
const write = async (
  path: string,
  { password, privateKey }: Omit<NewKey, 'name'>,
  options: EncryptOptions,
  replaces?: () => boolean,
): Promise<Result<undefined>> => {
  const content = `${JSON.stringify(await encryptKeystore(privateKey, password, options), null, 2)}\n`;
  try {
    // The names in it say whose keys these are.
    makeDirectory(dirname(path), KEYSTORE_MODE);
  } catch (error) {
    return fail('KEYSTORE_UNWRITABLE', toFault(error).message, { path });
  }
  const locked = takeLock(`${dirname(path)}/.lock`, { guarded: dirname(path) });
  if (!locked.ok)
    return locked.fault.code === 'IN_USE'
      ? locked
      : fail('KEYSTORE_UNWRITABLE', locked.fault.message, { path });
  try {
    if (replaces !== undefined) {
      if (replaces()) writeFileAtomic(path, content, SECRET_MODE);
    } else if (!createFileAtomic(path, content, SECRET_MODE))
      return fail('KEY_NAME_TAKEN', `another command has just made ${path}; choose another name`, { path });
    return ok(undefined);
  } catch (error) {
    return fail('KEYSTORE_UNWRITABLE', toFault(error).message, { path });
  } finally {
    locked.value();
  }
};

/** Faults: `KEY_NAME_INVALID`, `KEY_NAME_TAKEN`, `KEY_PASSWORD_SHORT`, `KEY_INVALID`, `KEYSTORE_UNWRITABLE`, `IN_USE`. */
export const storeKey = async (
  directory: string,
  key: NewKey,
  options: EncryptOptions = {},
): Promise<Result<KeyInfo>> => {
  const refused = newKeyFault(directory, key);
  if (refused !== undefined) return failWith(refused);
  const { name, privateKey } = key;
  if (!isPrivateKey(privateKey))
    return fail(
      'KEY_INVALID',
      'the key is not a secp256k1 private key: 32 bytes, above zero and below the order of the curve',
    );
  const path = pathOf(directory, name);
  const written = await write(path, key, options);
  return written.ok ? ok({ name, address: addressOfPrivateKey(privateKey), path }) : written;
};

const corrupt = (path: string, why: string) =>
  fail('KEY_FILE_CORRUPT', `the key file ${path} is damaged: ${why}`, { path });

type Stored =
  | { readonly type: 'old'; readonly file: OldKeyFile; readonly address: Address }
  | { readonly type: 'v3'; readonly json: unknown; readonly file: KeystoreFile; readonly address: Address };

const readStored = (directory: string, name: string): Result<Stored> => {
  const bad = nameFault(name);
  if (bad !== undefined) return failWith(bad);
  const path = pathOf(directory, name);
  const json = readJson(path);
  if (!json.ok) {
    if (json.fault.code === 'FILE_MISSING')
      return fail('KEY_NOT_FOUND', `there is no key named ${name} in ${directory}`, { name, directory });
    if (json.fault.code === 'FILE_UNREADABLE') return json;
    return corrupt(path, json.fault.code === 'FILE_NOT_JSON' ? 'it is not JSON' : json.fault.message);
  }
  if (isOldVersion(json.value)) {
    const old = readOldFile(json.value, name);
    if (typeof old === 'string') return corrupt(path, old);
    return ok({ type: 'old', file: old, address: unwrap(fromHex(old.address, 20)) as Address });
  }
  const file = readKeystoreFile(json.value);
  if (!file.ok) return corrupt(path, file.fault.message);
  const { address } = file.value;
  return address === undefined
    ? corrupt(path, 'it names no address; import it with "openledger keys import"')
    : ok({ type: 'v3', json: json.value, file: file.value, address });
};

/** Name and address, which need no password. Faults: `KEY_NAME_INVALID`, `KEY_NOT_FOUND`, `KEY_FILE_CORRUPT`. */
export const readKeyInfo = (directory: string, name: string): Result<KeyInfo> => {
  const stored = readStored(directory, name);
  return stored.ok ? ok({ name, address: stored.value.address, path: pathOf(directory, name) }) : stored;
};

/** Returns the keys by name. A damaged file is reported in its place. A directory that does not exist has no keys. */
export const listKeys = (directory: string): readonly Result<KeyInfo>[] => {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((file) => file.endsWith(EXTENSION))
    .sort()
    .map((file) => readKeyInfo(directory, file.slice(0, -EXTENSION.length)));
};

const passwordWrong = (name: string) =>
  fail('KEY_PASSWORD_WRONG', `the password for the key ${name} is wrong`, { name });

/** Reads the key of a file in the present format. */
const decrypt = async (
  path: string,
  name: string,
  stored: Stored & { readonly type: 'v3' },
  password: string,
): Promise<Result<Uint8Array>> => {
  try {
    return ok(await decryptKeystore(stored.json, password));
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return error.code === 'KEY_PASSWORD_WRONG' ? passwordWrong(name) : corrupt(path, error.message);
  }
};

/**
 * The private key. A file of the old format is replaced by one of the present format on the way: the new file is whole
 * on the disk before it takes the place of the old one. Where it cannot be written, the old one stays, and is converted
 * another time. Faults: those of {@link readKeyInfo}, `KEY_PASSWORD_WRONG`.
 */
export const unlockKey = async (
  directory: string,
  name: string,
  password: string,
  options: EncryptOptions = {},
): Promise<Result<Uint8Array>> => {
  const path = pathOf(directory, name);
  const read = readStored(directory, name);
  if (!read.ok) return read;
  const stored = read.value;
  if (stored.type === 'v3') return decrypt(path, name, stored, password);
  const privateKey = await openOldFile(stored.file, password);
  if (privateKey === undefined) return passwordWrong(name);
  if (!isPrivateKey(privateKey) || !equal(addressOfPrivateKey(privateKey), stored.address))
    return corrupt(path, 'its address is not that of its key');
  // Opening took a while: by now the key may have been removed, or be another one.
  const isStillThere = (): boolean => {
    const now = readStored(directory, name);
    return (
      now.ok && now.value.type === 'old' && JSON.stringify(now.value.file) === JSON.stringify(stored.file)
    );
  };
  await write(path, { password, privateKey }, options, isStillThere);
  return ok(privateKey);
};

/** The text of the file of a key, in the format that other tools read. Faults: those of {@link unlockKey}. */
export const exportKey = async (
  directory: string,
  name: string,
  password: string,
  options: EncryptOptions = {},
): Promise<Result<string>> => {
  const unlocked = await unlockKey(directory, name, password, options);
  if (!unlocked.ok) return unlocked;
  const stored = readStored(directory, name);
  if (!stored.ok) return stored;
  return stored.value.type === 'v3'
    ? readText(pathOf(directory, name))
    : ok(`${JSON.stringify(await encryptKeystore(unlocked.value, password, options), null, 2)}\n`);
};
