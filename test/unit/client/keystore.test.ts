import { createCipheriv, scryptSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { keccak256 } from 'viem';
import { privateKeyToAddress } from 'viem/accounts';
import { describe, expect, test } from 'vitest';
import { readKeystoreFile } from '../../../src/client/keystore/file.ts';
import { decryptKeystore, encryptKeystore, type Keystore } from '../../../src/client/keystore/keystore.ts';
import { fromHex, toHex } from '../../../src/lib/bytes.ts';
import { type Fault, unwrap } from '../../../src/lib/errors.ts';
import { randomPrivateKey } from '../../../src/lib/secp256k1.ts';

type Vector = {
  readonly name: string;
  readonly password: string;
  readonly privateKey: string;
  readonly keystore: { readonly [name: string]: unknown };
};
const vectors = JSON.parse(readFileSync('test/vectors/keystore/published.json', 'utf8')) as readonly Vector[];

/** Deriving the key of a file takes a second at its real cost. */
const CHEAP = { scryptN: 16 };
const privateKey = unwrap(fromHex(vectors[0]?.privateKey ?? ''));

describe('a published keystore', () => {
  test.each(vectors)('opens: $name', async ({ keystore, password, privateKey: key }) => {
    expect(toHex(await decryptKeystore(keystore, password))).toBe(key);
    expect(toHex(await decryptKeystore(JSON.stringify(keystore), password))).toBe(key);
  });

  test('is not tried with a password that has half of a surrogate pair', async () => {
    const keystore = await encryptKeystore(privateKey, 'password-\ufffd', CHEAP);
    await expect(decryptKeystore(keystore, 'password-\ud83d')).rejects.toMatchObject({
      code: 'ARGUMENT_INVALID',
      fault: { data: { field: 'password' } },
    });
  });

  test('does not open with another password', async () => {
    const cheap = vectors.find(({ name }) => name.includes('31 bytes'));
    await expect(decryptKeystore(cheap?.keystore, 'fop')).rejects.toMatchObject({
      code: 'KEY_PASSWORD_WRONG',
    });
  });
});

/** Opens a keystore with the cipher and scrypt of Node, and keccak256 of viem. */
const openedElsewhere = ({ crypto }: Keystore, password: string): string => {
  const { n, r, p, dklen, salt } = crypto.kdfparams;
  const options = { N: n, r, p, maxmem: 2 ** 30 };
  const derived = scryptSync(password.normalize('NFKC'), Buffer.from(salt, 'hex'), dklen, options);
  const ciphertext = Buffer.from(crypto.ciphertext, 'hex');
  expect(keccak256(Buffer.concat([derived.subarray(16, 32), ciphertext]))).toBe(`0x${crypto.mac}`);
  // CTR decrypts as it encrypts.
  const cipher = createCipheriv(
    'aes-128-ctr',
    derived.subarray(0, 16),
    Buffer.from(crypto.cipherparams.iv, 'hex'),
  );
  return toHex(Buffer.concat([cipher.update(ciphertext), cipher.final()]));
};

describe('a written keystore', () => {
  test('opens here and elsewhere, at the cost of geth unless told otherwise', async () => {
    const keystore = await encryptKeystore(privateKey, 'grüße, Jürgen');
    expect(keystore.crypto.kdfparams).toMatchObject({ n: 2 ** 18, r: 8, p: 1, dklen: 32 });
    expect(openedElsewhere(keystore, 'grüße, Jürgen')).toBe(toHex(privateKey));
    expect(toHex(await decryptKeystore(keystore, 'grüße, Jürgen'))).toBe(toHex(privateKey));
  });

  test('holds any key under any password', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (password) => {
        const key = randomPrivateKey();
        const keystore = await encryptKeystore(key, password, CHEAP);
        expect(openedElsewhere(keystore, password)).toBe(toHex(key));
        expect(`0x${keystore.address}`).toBe(privateKeyToAddress(toHex(key)).toLowerCase());
        expect(toHex(await decryptKeystore(JSON.stringify(keystore), password))).toBe(toHex(key));
      }),
      { numRuns: 20 },
    );
  });

  test('has a random id, salt and iv', async () => {
    const [one, two] = await Promise.all([1, 2].map(() => encryptKeystore(privateKey, 'password', CHEAP)));
    expect(one?.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(one?.id).not.toBe(two?.id);
    expect(one?.crypto.kdfparams.salt).not.toBe(two?.crypto.kdfparams.salt);
    expect(one?.crypto.cipherparams.iv).not.toBe(two?.crypto.cipherparams.iv);
  });

  test('opens for the same password typed with other code points, and as it was typed', async () => {
    const keystore = await encryptKeystore(privateKey, 'grüße', CHEAP);
    expect(toHex(await decryptKeystore(keystore, 'grüße'.normalize('NFD')))).toBe(toHex(privateKey));
  });

  test.each([
    [new Uint8Array(32), 'password', {}, 'KEY_INVALID'],
    [new Uint8Array(31).fill(1), 'password', {}, 'KEY_INVALID'],
    ['0x01' as never, 'password', {}, 'KEY_INVALID'],
    [privateKey, 5 as never, {}, 'ARGUMENT_INVALID'],
    // Every other half would open it too.
    [privateKey, 'password-\ud83d', {}, 'ARGUMENT_INVALID'],
    [privateKey, '\udc00', {}, 'ARGUMENT_INVALID'],
    [privateKey, 'password', { scryptN: 15 }, 'KEYSTORE_INVALID'],
    [privateKey, 'password', { scryptN: 2 ** 23 }, 'KEYSTORE_UNSUPPORTED'],
  ])('is not made of %j, %j, %j', async (key, password, options, code) => {
    await expect(encryptKeystore(key, password, options)).rejects.toMatchObject({ code });
  });
});

describe('a hostile keystore', () => {
  const base = vectors.find(({ name }) => name.includes('31 bytes'))?.keystore ?? {};
  /** The keystore with the value at a path replaced, or taken out. */
  const altered = (path: string, value: unknown): unknown => {
    const copy: unknown = structuredClone(base);
    const names = path.split('.');
    const last = names.pop() ?? '';
    let at: unknown = copy;
    for (const name of names) at = typeof at === 'object' && at !== null ? Reflect.get(at, name) : undefined;
    if (typeof at !== 'object' || at === null) throw new Error(`no ${path}`);
    if (value === undefined) Reflect.deleteProperty(at, last);
    else Reflect.set(at, last, value);
    return copy;
  };
  const faultOf = (keystore: unknown): Fault | undefined => {
    const read = readKeystoreFile(keystore);
    return read.ok ? undefined : read.fault;
  };

  test.each<[string, string, unknown]>([
    ['KEYSTORE_UNSUPPORTED', 'version', 1],
    ['KEYSTORE_UNSUPPORTED', 'version', '3'],
    ['KEYSTORE_UNSUPPORTED', 'version', undefined],
    ['KEYSTORE_INVALID', 'address', '0x12'],
    ['KEYSTORE_INVALID', 'address', null],
    ['KEYSTORE_INVALID', 'crypto', undefined],
    ['KEYSTORE_INVALID', 'crypto', []],
    ['KEYSTORE_UNSUPPORTED', 'crypto.cipher', 'aes-128-cbc'],
    ['KEYSTORE_INVALID', 'crypto.cipherparams', 'x'],
    ['KEYSTORE_INVALID', 'crypto.cipherparams.iv', '00'],
    ['KEYSTORE_INVALID', 'crypto.ciphertext', ''],
    ['KEYSTORE_INVALID', 'crypto.ciphertext', '00'.repeat(33)],
    ['KEYSTORE_INVALID', 'crypto.ciphertext', 'zz'],
    ['KEYSTORE_UNSUPPORTED', 'crypto.kdf', 'argon2id'],
    ['KEYSTORE_INVALID', 'crypto.kdfparams', undefined],
    ['KEYSTORE_INVALID', 'crypto.kdfparams.n', 0],
    ['KEYSTORE_INVALID', 'crypto.kdfparams.n', 1],
    ['KEYSTORE_INVALID', 'crypto.kdfparams.n', 1000],
    ['KEYSTORE_INVALID', 'crypto.kdfparams.n', 2.5],
    ['KEYSTORE_INVALID', 'crypto.kdfparams.n', '16'],
    ['KEYSTORE_UNSUPPORTED', 'crypto.kdfparams.n', 2 ** 20],
    ['KEYSTORE_UNSUPPORTED', 'crypto.kdfparams.n', 2 ** 40],
    ['KEYSTORE_INVALID', 'crypto.kdfparams.r', 0],
    ['KEYSTORE_UNSUPPORTED', 'crypto.kdfparams.r', 2 ** 40],
    ['KEYSTORE_INVALID', 'crypto.kdfparams.p', -1],
    ['KEYSTORE_UNSUPPORTED', 'crypto.kdfparams.p', 2 ** 20],
    ['KEYSTORE_INVALID', 'crypto.kdfparams.dklen', 16],
    ['KEYSTORE_UNSUPPORTED', 'crypto.kdfparams.dklen', 2 ** 32],
    ['KEYSTORE_INVALID', 'crypto.kdfparams.salt', undefined],
    ['KEYSTORE_INVALID', 'crypto.kdfparams.salt', '00'.repeat(257)],
    ['KEYSTORE_INVALID', 'crypto.mac', '00'.repeat(31)],
  ])('is refused with %s, naming %s (%j)', (code, path, value) => {
    // The bound on the memory is on n and r together, and names n.
    expect(faultOf(altered(path, value))).toMatchObject({ code, data: { field: path } });
  });

  test('does not cost more than a bound, by scrypt of any parameters or by PBKDF2', () => {
    const costs = [
      [{ n: 2 ** 18, r: 8, p: 8 }, undefined],
      [{ n: 2 ** 18, r: 8, p: 9 }, 'crypto.kdfparams.p'],
      [{ n: 2 ** 19, r: 16, p: 1 }, 'crypto.kdfparams.n'],
      [{ n: 2, r: 1024, p: 1024 }, undefined],
    ] as const;
    for (const [cost, field] of costs) {
      const params = { dklen: 32, salt: '', ...cost };
      expect(faultOf(altered('crypto.kdfparams', params))?.data?.field).toBe(field);
    }
    const memory = altered('crypto.kdfparams', { dklen: 32, salt: '', n: 2 ** 24, r: 8, p: 1 });
    expect(faultOf(memory)?.message).toContain('takes 16384 MiB');
    const pbkdf2 = (params: object): unknown => {
      const keystore = altered('crypto.kdfparams', { dklen: 32, salt: '', prf: 'hmac-sha256', ...params });
      Object.assign((keystore as { crypto: object }).crypto, { kdf: 'pbkdf2' });
      return keystore;
    };
    expect(faultOf(pbkdf2({ c: 10_000_000 }))).toBeUndefined();
    expect(faultOf(pbkdf2({ c: 10_000_001 }))?.data?.field).toBe('crypto.kdfparams.c');
    expect(faultOf(pbkdf2({ c: 1, prf: 'hmac-sha512' }))?.data?.field).toBe('crypto.kdfparams.prf');
  });

  test('of another iv gives no key, as the address in it is of another', async () => {
    const keystore = await encryptKeystore(privateKey, 'password', CHEAP);
    const changed = { ...keystore, crypto: { ...keystore.crypto, cipherparams: { iv: '00'.repeat(16) } } };
    await expect(decryptKeystore(changed, 'password')).rejects.toMatchObject({
      code: 'KEYSTORE_INVALID',
      fault: { data: { field: 'address' } },
    });
  });

  test.each(['', '{', 'null', '[]', '5', ' '.repeat(70_000)])('is refused as text: %j', (text) => {
    expect(faultOf(text)?.code).toBe('KEYSTORE_INVALID');
  });

  test('of whatever JSON breaks nothing', () => {
    const names = ['version', 'crypto', 'kdf', 'kdfparams', 'cipher', 'n', 'r', 'p', 'salt', 'address'];
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(3, 'aes-128-ctr', 'scrypt', 'pbkdf2', null, -1, 1e300, '00'),
        fc.jsonValue(),
        fc.dictionary(fc.constantFrom(...names), tie('any')),
      ),
    })).any;
    const codes = ['KEYSTORE_INVALID', 'KEYSTORE_UNSUPPORTED'];
    fc.assert(
      fc.property(fc.oneof(value, fc.json(), fc.string()), (keystore) => {
        expect(codes).toContain(faultOf(keystore)?.code);
      }),
      { numRuns: 500 },
    );
  });

  test('that differs in one field from a good one is good or refused by a code', () => {
    const paths = [
      'version',
      'address',
      'crypto',
      'crypto.cipher',
      'crypto.cipherparams',
      'crypto.cipherparams.iv',
      'crypto.ciphertext',
      'crypto.kdf',
      'crypto.kdfparams',
      'crypto.kdfparams.n',
      'crypto.kdfparams.r',
      'crypto.kdfparams.p',
      'crypto.kdfparams.dklen',
      'crypto.kdfparams.salt',
      'crypto.mac',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.jsonValue(), (path, value) => {
        const fault = faultOf(altered(path, value));
        expect(fault === undefined || fault.code.startsWith('KEYSTORE_')).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
