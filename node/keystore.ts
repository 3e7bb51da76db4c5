/**
 * Private keys of accounts at rest: one JSON file a key, encrypted with AES-256-GCM under a key that scrypt (RFC 7914)
 * derives from a password. Name and address stand in the open, but are authenticated with the secret.
 */
import { createCipheriv, createDecipheriv, randomBytes, type ScryptOptions, scrypt } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import Type, { type Static } from 'typebox';
import Value from 'typebox/value';
import type { Address } from '../src/lib/brands.ts';
import { equal, fromHex, toHex, utf8 } from '../src/lib/bytes.ts';
import { failWith, ok, toFault, unwrap } from '../src/lib/errors.ts';
import { readJson, SECRET_MODE, writeFileAtomic } from '../src/lib/files.ts';
import { sha256 } from '../src/lib/hash.ts';
import { addressOfPrivateKey, isPrivateKey } from '../src/lib/secp256k1.ts';
import { type Fault, fail, fault, type Result } from './errors.ts';

export type KeyInfo = { readonly name: string; readonly address: Address; readonly path: string };

const hexOf = (bytes: number) => Type.String({ pattern: `^0x[0-9a-f]{${2 * bytes}}$` });
const strict = { additionalProperties: false };

const KeyFile = Type.Object(
  {
    version: Type.Literal(1),
    name: Type.String(),
    address: hexOf(20),
    kdf: Type.Object(
      {
        name: Type.Literal('scrypt'),
        // The upper bounds keep a hostile file from taking the machine's memory: 128·r·N bytes.
        log2N: Type.Integer({ minimum: 14, maximum: 20 }),
        r: Type.Literal(8),
        p: Type.Literal(1),
        salt: hexOf(32),
      },
      strict,
    ),
    cipher: Type.Object(
      { name: Type.Literal('aes-256-gcm'), nonce: hexOf(12), tag: hexOf(16), text: hexOf(32) },
      strict,
    ),
    /** sha256 of all above: tells a damaged file from a wrong password. It is no proof against an attacker. */
    checksum: hexOf(32),
  },
  strict,
);
type KeyFile = Static<typeof KeyFile>;
type Unsummed = Omit<KeyFile, 'checksum'>;

/** 128 MiB and about half a second: OWASP's first choice for scrypt. */
const LOG2_N = 17;
const EXTENSION = '.json';
const NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;
export const PASSWORD_MIN = 8;

const pathOf = (directory: string, name: string): string => join(directory, `${name}${EXTENSION}`);

const nameFault = (name: string): Fault | undefined =>
  NAME.test(name)
    ? undefined
    : fault('KEY_NAME_INVALID', 'the name of a key must be at most 64 small letters, digits, - and _', {
        name: name.slice(0, 80),
      });

const derive = (password: string, salt: Uint8Array, log2N: number): Promise<Buffer> => {
  const options: ScryptOptions = { N: 2 ** log2N, r: 8, p: 1, maxmem: 2 ** (log2N + 11) };
  // NFKC, so that the same password typed on another system is the same bytes.
  const secret = utf8(password.normalize('NFKC'));
  return new Promise((resolve, reject) => {
    scrypt(secret, salt, 32, options, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
};

const checksumOf = ({ version, name, address, kdf, cipher }: Unsummed): string =>
  toHex(
    sha256(
      utf8(
        JSON.stringify([
          version,
          name,
          address,
          [kdf.name, kdf.log2N, kdf.r, kdf.p, kdf.salt],
          [cipher.name, cipher.nonce, cipher.tag, cipher.text],
        ]),
      ),
    ),
  );

/** Returns the data that the cipher authenticates beside the secret: a file under another name does not open. */
const associated = (name: string, address: string): Uint8Array =>
  utf8(`openledger/keystore/1 ${name} ${address}`);

export type NewKey = {
  readonly name: string;
  readonly password: string;
  /** 32 bytes, a valid secp256k1 key. */
  readonly privateKey: Uint8Array;
};

/** Faults: `KEY_NAME_INVALID`, `KEY_NAME_TAKEN`, `KEY_PASSWORD_SHORT`, `KEY_INVALID`, `KEYSTORE_UNWRITABLE`. */
export const storeKey = async (directory: string, key: NewKey): Promise<Result<KeyInfo>> => {
  const { name, password, privateKey } = key;
  const bad = nameFault(name);
  if (bad !== undefined) return failWith(bad);
  const path = pathOf(directory, name);
  if (existsSync(path))
    return fail('KEY_NAME_TAKEN', `a key named ${name} exists already; choose another name`, { name, path });
  if (password.length < PASSWORD_MIN)
    return fail(
      'KEY_PASSWORD_SHORT',
      `the password is too short; choose one of at least ${PASSWORD_MIN} characters`,
    );
  if (!isPrivateKey(privateKey))
    return fail(
      'KEY_INVALID',
      'the key is not a secp256k1 private key: 32 bytes, above zero and below the order of the curve',
    );
  const address = addressOfPrivateKey(privateKey);
  const salt = randomBytes(32);
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', await derive(password, salt, LOG2_N), nonce);
  cipher.setAAD(associated(name, toHex(address)));
  const text = Buffer.concat([cipher.update(privateKey), cipher.final()]);
  const file: Unsummed = {
    version: 1,
    name,
    address: toHex(address),
    kdf: { name: 'scrypt', log2N: LOG2_N, r: 8, p: 1, salt: toHex(salt) },
    cipher: { name: 'aes-256-gcm', nonce: toHex(nonce), tag: toHex(cipher.getAuthTag()), text: toHex(text) },
  };
  try {
    const content = `${JSON.stringify({ ...file, checksum: checksumOf(file) }, null, 2)}\n`;
    writeFileAtomic(path, content, SECRET_MODE);
  } catch (error) {
    return fail('KEYSTORE_UNWRITABLE', toFault(error).message, { path });
  }
  return ok({ name, address, path });
};

const readKeyFile = (directory: string, name: string): Result<KeyFile> => {
  const bad = nameFault(name);
  if (bad !== undefined) return failWith(bad);
  const path = pathOf(directory, name);
  const json = readJson(path);
  if (!json.ok) {
    if (json.fault.code === 'FILE_MISSING')
      return fail('KEY_NOT_FOUND', `there is no key named ${name} in ${directory}`, { name, directory });
    return json.fault.code === 'FILE_NOT_JSON' ? corrupt(path, 'it is not JSON') : json;
  }
  const file = json.value;
  if (!Value.Check(KeyFile, file)) return corrupt(path, 'it is not a key file of version 1');
  if (file.checksum !== checksumOf(file)) return corrupt(path, 'its checksum is wrong');
  if (file.name !== name) return corrupt(path, `it is of the key ${file.name.slice(0, 80)}`);
  return ok(file);
};

const corrupt = (path: string, why: string) =>
  fail('KEY_FILE_CORRUPT', `the key file ${path} is damaged: ${why}`, { path });

/** Name and address, which need no password. Faults: `KEY_NAME_INVALID`, `KEY_NOT_FOUND`, `KEY_FILE_CORRUPT`. */
export const readKeyInfo = (directory: string, name: string): Result<KeyInfo> => {
  const file = readKeyFile(directory, name);
  if (!file.ok) return file;
  const address = unwrap(fromHex(file.value.address, 20)) as Address;
  return ok({ name, address, path: pathOf(directory, name) });
};

/** Returns the keys by name. A damaged file is reported in its place. A directory that does not exist has no keys. */
export const listKeys = (directory: string): readonly Result<KeyInfo>[] => {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((file) => file.endsWith(EXTENSION))
    .sort()
    .map((file) => readKeyInfo(directory, file.slice(0, -EXTENSION.length)));
};

/** The private key. Faults: those of {@link readKeyInfo}, `KEY_PASSWORD_WRONG`. */
export const unlockKey = async (
  directory: string,
  name: string,
  password: string,
): Promise<Result<Uint8Array>> => {
  const read = readKeyFile(directory, name);
  if (!read.ok) return read;
  const { address, kdf, cipher } = read.value;
  const bytes = (hex: string): Uint8Array => unwrap(fromHex(hex));
  const key = await derive(password, bytes(kdf.salt), kdf.log2N);
  const decipher = createDecipheriv('aes-256-gcm', key, bytes(cipher.nonce));
  decipher.setAAD(associated(name, address));
  decipher.setAuthTag(bytes(cipher.tag));
  const secret = new Uint8Array(32);
  try {
    secret.set(Buffer.concat([decipher.update(bytes(cipher.text)), decipher.final()]));
  } catch {
    return fail('KEY_PASSWORD_WRONG', `the password for the key ${name} is wrong`, { name });
  }
  if (!isPrivateKey(secret) || !equal(addressOfPrivateKey(secret), bytes(address)))
    return corrupt(pathOf(directory, name), 'its address is not that of its key');
  return ok(secret);
};
