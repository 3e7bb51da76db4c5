/**
 * Private keys at rest in the format of Ethereum wallets: Web3 Secret Storage, version 3. The password gives a key by
 * scrypt or PBKDF2. Half of it encrypts with AES-128-CTR, the other half authenticates the ciphertext.
 *
 * @example
 * const keystore = await encryptKeystore(privateKey, password);
 * const same = await decryptKeystore(JSON.stringify(keystore), password);
 */
import { ctr } from '@noble/ciphers/aes.js';
import { pbkdf2Async } from '@noble/hashes/pbkdf2.js';
import { scryptAsync } from '@noble/hashes/scrypt.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { randomBytes } from '@noble/hashes/utils.js';
import { WELL_FORMED } from '../../lib/arguments.ts';
import { concat, equal, toBareHex, toHex, utf8 } from '../../lib/bytes.ts';
import { CodedError, unwrap } from '../../lib/errors.ts';
import { keccak256 } from '../../lib/hash.ts';
import { addressOfPrivateKey, isPrivateKey } from '../../lib/secp256k1.ts';
import { fault } from '../errors.ts';
import { checkPrivateKey } from '../signers/private-key.ts';
import { type Kdf, type KeystoreFile, readKeystoreFile } from './file.ts';

/** A keystore with scrypt, as {@link encryptKeystore} writes it. All bytes are hex digits without 0x. */
export type Keystore = {
  readonly version: 3;
  /** A random UUID. It says nothing about the key. */
  readonly id: string;
  readonly address: string;
  readonly crypto: {
    readonly cipher: 'aes-128-ctr';
    readonly cipherparams: { readonly iv: string };
    readonly ciphertext: string;
    readonly kdf: 'scrypt';
    readonly kdfparams: {
      readonly dklen: number;
      readonly n: number;
      readonly r: number;
      readonly p: number;
      readonly salt: string;
    };
    readonly mac: string;
  };
};

/** The cost that geth, MetaMask and ethers use: 256 MiB and about a second. */
const SCRYPT = { n: 2 ** 18, r: 8, p: 1 } as const;

export type EncryptOptions = {
  /** The n of scrypt, a power of two: 2^18 if left out. Less is quicker, for whoever guesses the password too. */
  readonly scryptN?: number;
};

/** By the platform, as it is many times faster; by noble where a page has no WebCrypto because it is not a secure context. */
const pbkdf2 = async (
  password: Uint8Array,
  { salt, c, dklen }: Kdf & { readonly type: 'pbkdf2' },
): Promise<Uint8Array> => {
  const subtle = (globalThis.crypto as Partial<typeof globalThis.crypto> | undefined)?.subtle;
  if (subtle === undefined) return pbkdf2Async(sha256, password, salt, { c, dkLen: dklen });
  const key = await subtle.importKey('raw', new Uint8Array(password), 'PBKDF2', false, ['deriveBits']);
  const rules = { name: 'PBKDF2', hash: 'SHA-256', salt: new Uint8Array(salt), iterations: c };
  return new Uint8Array(await subtle.deriveBits(rules, key, dklen * 8));
};

const derive = (password: Uint8Array, kdf: Kdf): Promise<Uint8Array> => {
  switch (kdf.type) {
    case 'scrypt':
      return scryptAsync(password, kdf.salt, { N: kdf.n, r: kdf.r, p: kdf.p, dkLen: kdf.dklen });
    case 'pbkdf2':
      return pbkdf2(password, kdf);
  }
};

const macOf = (derived: Uint8Array, ciphertext: Uint8Array): Uint8Array =>
  keccak256(concat(derived.subarray(16, 32), ciphertext));

/** In the form in which ethers takes it, so that the same password typed on another system is the same bytes. */
const passwordBytes = (password: string): Uint8Array => utf8(password.normalize('NFKC'));

/**
 * Checks that a password has bytes of its own: all strings with half of a surrogate pair at one place have the same ones.
 * @throws CodedError `ARGUMENT_INVALID`
 */
const checkPassword = (password: unknown): void => {
  if (!WELL_FORMED.is(password))
    throw new CodedError(
      fault(
        'ARGUMENT_INVALID',
        `password: must be ${WELL_FORMED.be}, not ${typeof password === 'string' ? 'one with it' : typeof password}`,
        { field: 'password' },
      ),
    );
};

const uuid = (): string => {
  const bytes = randomBytes(16);
  // RFC 9562, 5.4: version 4, variant 10.
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return toBareHex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
};

/**
 * Encrypts a private key of 32 bytes.
 * @throws CodedError `KEY_INVALID`, `ARGUMENT_INVALID`, `KEYSTORE_UNSUPPORTED` for a cost that could not be read back
 */
export const encryptKeystore = async (
  privateKey: Uint8Array,
  password: string,
  { scryptN = SCRYPT.n }: EncryptOptions = {},
): Promise<Keystore> => {
  checkPrivateKey(privateKey);
  checkPassword(password);
  const salt = randomBytes(32);
  const iv = randomBytes(16);
  const made = (ciphertext: Uint8Array, mac: Uint8Array): Keystore => ({
    version: 3,
    id: uuid(),
    address: toBareHex(addressOfPrivateKey(privateKey)),
    crypto: {
      cipher: 'aes-128-ctr',
      cipherparams: { iv: toBareHex(iv) },
      ciphertext: toBareHex(ciphertext),
      kdf: 'scrypt',
      kdfparams: { dklen: 32, ...SCRYPT, n: scryptN, salt: toBareHex(salt) },
      mac: toBareHex(mac),
    },
  });
  // A cost that nobody could read back is refused before anything is derived.
  const { kdf } = unwrap(readKeystoreFile(made(new Uint8Array(32), new Uint8Array(32))));
  const derived = await derive(passwordBytes(password), kdf);
  const ciphertext = ctr(derived.slice(0, 16), iv).encrypt(privateKey);
  return made(ciphertext, macOf(derived, ciphertext));
};

/** Some tools take the password as it was typed: it is tried too, where it differs. */
const derivedKey = async (file: KeystoreFile, password: string): Promise<Uint8Array | undefined> => {
  const normalized = passwordBytes(password);
  const typed = utf8(password);
  for (const secret of equal(normalized, typed) ? [normalized] : [normalized, typed]) {
    const derived = await derive(secret, file.kdf);
    if (equal(macOf(derived, file.ciphertext), file.mac)) return derived;
  }
  return undefined;
};

/**
 * Returns the private key of a keystore: the text of the file, or its JSON.
 * @throws CodedError `KEYSTORE_INVALID`, `KEYSTORE_UNSUPPORTED` (both name the field), `KEY_PASSWORD_WRONG`,
 * `ARGUMENT_INVALID`
 */
export const decryptKeystore = async (keystore: unknown, password: string): Promise<Uint8Array> => {
  checkPassword(password);
  const file = unwrap(readKeystoreFile(keystore));
  const derived = await derivedKey(file, password);
  if (derived === undefined)
    throw new CodedError(
      fault('KEY_PASSWORD_WRONG', 'the password does not open the keystore, or the file is damaged'),
    );
  const secret = ctr(derived.slice(0, 16), file.iv).decrypt(file.ciphertext);
  const key = new Uint8Array(32);
  key.set(secret, 32 - secret.length);
  if (!isPrivateKey(key))
    throw new CodedError(
      fault('KEYSTORE_INVALID', 'keystore: crypto.ciphertext: must hold a private key of secp256k1', {
        field: 'crypto.ciphertext',
      }),
    );
  // The mac does not cover the iv: a file with another iv decrypts to another key.
  if (file.address !== undefined && !equal(addressOfPrivateKey(key), file.address))
    throw new CodedError(
      fault(
        'KEYSTORE_INVALID',
        `keystore: address: must be that of the key, ${toHex(addressOfPrivateKey(key))}; the file is damaged`,
        { field: 'address' },
      ),
    );
  return key;
};
