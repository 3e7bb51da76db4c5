/**
 * The JSON of a Web3 Secret Storage file, version 3
 * (https://ethereum.org/en/developers/docs/data-structures-and-encoding/web3-secret-storage/). It is what geth, MetaMask
 * and ethers read and write. A file may come from anywhere, so each size and each cost has a bound, and each fault names
 * its field.
 */
import type { Address } from '../../lib/brands.ts';
import { fromHex } from '../../lib/bytes.ts';
import { CodedError, type Fault, failWith, ok, type Result } from '../../lib/errors.ts';
import { readJsonText } from '../../lib/json.ts';
import { fault } from '../errors.ts';

export type ScryptParams = { readonly n: number; readonly r: number; readonly p: number };

/** How the key of the cipher is derived from the password. */
export type Kdf = { readonly dklen: number; readonly salt: Uint8Array } & (
  | ({ readonly type: 'scrypt' } & ScryptParams)
  | { readonly type: 'pbkdf2'; readonly c: number }
);

/** What the file says, checked. */
export type KeystoreFile = {
  /** The account, if the file names it. Nothing in the file proves it. */
  readonly address: Address | undefined;
  readonly iv: Uint8Array;
  readonly ciphertext: Uint8Array;
  readonly kdf: Kdf;
  readonly mac: Uint8Array;
};

/** The largest text that is read as a keystore. A file of ethers with a mnemonic has about 1,000 characters. */
const KEYSTORE_TEXT_MAX = 64 << 10;
/** The most memory that scrypt may take, 128·n·r bytes: twice what geth, MetaMask and ethers ask for. */
const SCRYPT_MEMORY_MAX = 512 << 20;
/** The most work that scrypt may do: eight times that of geth, MetaMask and ethers. */
const SCRYPT_WORK_MAX = 2 ** 24;
/** Forty times the rounds of the published examples. */
const PBKDF2_ROUNDS_MAX = 10_000_000;
const SALT_MAX = 256;
const DKLEN_MAX = 256;

const refuse = (code: 'KEYSTORE_INVALID' | 'KEYSTORE_UNSUPPORTED', field: string, must: string): never => {
  throw new CodedError(fault(code, `keystore: ${field}: ${must}`, { field }));
};
const invalid = (field: string, must: string): never => refuse('KEYSTORE_INVALID', field, must);
const unsupported = (field: string, must: string): never => refuse('KEYSTORE_UNSUPPORTED', field, must);

/** What a file says where something else was expected, short enough for a message. */
const shown = (value: unknown): string => {
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : String(value);
};

type Fields = { readonly [name: string]: unknown };

const objectAt = (value: unknown, field: string): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : invalid(field, `must be an object, not ${shown(value)}`);

/** Hex with or without 0x: the definition writes none, some tools do. */
const hexAt = (value: unknown, field: string, least: number, most: number): Uint8Array => {
  const size = least === most ? `${least}` : `${least} to ${most}`;
  const must = `must be ${size} bytes as hex digits`;
  if (typeof value !== 'string' || value.length > 2 * most + 2) return invalid(field, must);
  const bytes = fromHex(value.startsWith('0x') ? value : `0x${value}`);
  return bytes.ok && bytes.value.length >= least && bytes.value.length <= most
    ? bytes.value
    : invalid(field, must);
};

const integerAt = (value: unknown, field: string, least: number, most: number): number => {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least)
    return invalid(field, `must be an integer of at least ${least}, not ${shown(value)}`);
  return value <= most ? value : unsupported(field, `must be at most ${most}, not ${value}`);
};

const scryptOf = (params: Fields): ScryptParams => {
  const at = (name: string, most: number): number =>
    integerAt(params[name], `crypto.kdfparams.${name}`, 1, most);
  const n = at('n', 2 ** 24);
  const r = at('r', 1024);
  const p = at('p', 1024);
  if (n < 2 || !Number.isInteger(Math.log2(n)))
    return invalid('crypto.kdfparams.n', `must be a power of two above 1, not ${n}`);
  if (128 * n * r > SCRYPT_MEMORY_MAX)
    return unsupported(
      'crypto.kdfparams.n',
      `scrypt with n ${n} and r ${r} takes ${Math.ceil((128 * n * r) / 2 ** 20)} MiB, at most ${SCRYPT_MEMORY_MAX >> 20} are allowed`,
    );
  if (n * r * p > SCRYPT_WORK_MAX)
    return unsupported(
      'crypto.kdfparams.p',
      `scrypt with n·r·p ${n * r * p} takes too long, at most ${SCRYPT_WORK_MAX} is allowed`,
    );
  return { n, r, p };
};

const kdfOf = (crypto: Fields): Kdf => {
  const params = objectAt(crypto.kdfparams, 'crypto.kdfparams');
  const common = {
    dklen: integerAt(params.dklen, 'crypto.kdfparams.dklen', 32, DKLEN_MAX),
    salt: hexAt(params.salt, 'crypto.kdfparams.salt', 0, SALT_MAX),
  };
  switch (crypto.kdf) {
    case 'scrypt':
      return { ...common, type: 'scrypt', ...scryptOf(params) };
    case 'pbkdf2':
      if (params.prf !== 'hmac-sha256')
        return unsupported('crypto.kdfparams.prf', `must be hmac-sha256, not ${shown(params.prf)}`);
      return {
        ...common,
        type: 'pbkdf2',
        c: integerAt(params.c, 'crypto.kdfparams.c', 1, PBKDF2_ROUNDS_MAX),
      };
    default:
      return unsupported('crypto.kdf', `must be scrypt or pbkdf2, not ${shown(crypto.kdf)}`);
  }
};

const fileOf = (json: unknown): KeystoreFile => {
  const file = objectAt(json, 'file');
  if (file.version !== 3) return unsupported('version', `must be 3, not ${shown(file.version)}`);
  // ethers writes the name with a capital letter, as the first implementations did.
  const crypto = objectAt(file.crypto ?? file.Crypto, 'crypto');
  if (crypto.cipher !== 'aes-128-ctr')
    return unsupported('crypto.cipher', `must be aes-128-ctr, not ${shown(crypto.cipher)}`);
  const cipherparams = objectAt(crypto.cipherparams, 'crypto.cipherparams');
  return {
    address: file.address === undefined ? undefined : (hexAt(file.address, 'address', 20, 20) as Address),
    iv: hexAt(cipherparams.iv, 'crypto.cipherparams.iv', 16, 16),
    // Early versions of geth left out the zeros at the beginning of a key.
    ciphertext: hexAt(crypto.ciphertext, 'crypto.ciphertext', 1, 32),
    kdf: kdfOf(crypto),
    mac: hexAt(crypto.mac, 'crypto.mac', 32, 32),
  };
};

const parseJson = (text: string): unknown => {
  if (text.length > KEYSTORE_TEXT_MAX)
    return invalid('file', `must be at most ${KEYSTORE_TEXT_MAX} characters, not ${text.length}`);
  const json = readJsonText(text);
  if (json.ok) return json.value;
  return invalid('file', json.fault.code === 'JSON_SYNTAX' ? 'must be JSON' : json.fault.message);
};

const faultOf = (error: unknown): Fault => {
  if (error instanceof CodedError) return error.fault;
  throw error;
};

/**
 * Reads a keystore, as the text of its file or parsed. Faults: `KEYSTORE_INVALID` for a field that is missing or has the
 * wrong form, `KEYSTORE_UNSUPPORTED` for another version, cipher or key derivation, or for one that costs too much. Both
 * name the field.
 */
export const readKeystoreFile = (keystore: unknown): Result<KeystoreFile> => {
  try {
    return ok(fileOf(typeof keystore === 'string' ? parseJson(keystore) : keystore));
  } catch (error) {
    return failWith(faultOf(error));
  }
};
