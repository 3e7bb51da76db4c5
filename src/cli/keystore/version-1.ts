/**
 * The key files of version 0.1 of this software: AES-256-GCM under a key that scrypt (RFC 7914) derives from the password.
 * They are only read. Opening a key with its password converts its file.
 */
import { createDecipheriv, type ScryptOptions, scrypt } from 'node:crypto';
import Type, { type Static } from 'typebox';
import Value from 'typebox/value';
import { fromHex, toHex, utf8 } from '../../lib/bytes.ts';
import { unwrap } from '../../lib/errors.ts';
import { sha256 } from '../../lib/hash.ts';

const hexOf = (bytes: number) => Type.String({ pattern: `^0x[0-9a-f]{${2 * bytes}}$` });
const strict = { additionalProperties: false };

const OldKeyFile = Type.Object(
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
export type OldKeyFile = Static<typeof OldKeyFile>;

const checksumOf = ({ version, name, address, kdf, cipher }: OldKeyFile): string =>
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

/** Whether a file says that it is of this version. */
export const isOldVersion = (file: unknown): boolean =>
  typeof file === 'object' && file !== null && Reflect.get(file, 'version') === 1;

/** Returns the file of the key `name`, or what is wrong with it. */
export const readOldFile = (file: unknown, name: string): OldKeyFile | string => {
  if (!Value.Check(OldKeyFile, file)) return 'it is not a key file of version 1';
  if (file.checksum !== checksumOf(file)) return 'its checksum is wrong';
  return file.name === name ? file : `it is of the key ${file.name.slice(0, 80)}`;
};

const derive = (password: string, salt: Uint8Array, log2N: number): Promise<Buffer> => {
  const options: ScryptOptions = { N: 2 ** log2N, r: 8, p: 1, maxmem: 2 ** (log2N + 11) };
  const secret = utf8(password.normalize('NFKC'));
  return new Promise((resolve, reject) => {
    scrypt(secret, salt, 32, options, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
};

/** Returns the private key, or undefined if the password is wrong. */
export const openOldFile = async (
  { name, address, kdf, cipher }: OldKeyFile,
  password: string,
): Promise<Uint8Array | undefined> => {
  const bytes = (hex: string): Uint8Array => unwrap(fromHex(hex));
  const key = await derive(password, bytes(kdf.salt), kdf.log2N);
  const decipher = createDecipheriv('aes-256-gcm', key, bytes(cipher.nonce));
  decipher.setAAD(utf8(`openledger/keystore/1 ${name} ${address}`));
  decipher.setAuthTag(bytes(cipher.tag));
  try {
    return Uint8Array.from(Buffer.concat([decipher.update(bytes(cipher.text)), decipher.final()]));
  } catch {
    return undefined;
  }
};
