import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listKeys, readKeyInfo, storeKey, unlockKey } from '../../../node/keystore.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import { type Result, unwrap } from '../../../src/lib/errors.ts';
import { addressOfPrivateKey, randomPrivateKey } from '../../../src/lib/secp256k1.ts';

const root = mkdtempSync(join(tmpdir(), 'openledger-keystore-'));
afterAll(() => rmSync(root, { recursive: true }));

const directory = join(root, 'keys');
const privateKey = randomPrivateKey();
const password = 'grüße, Jürgen';
const codeOf = (result: Result<unknown>): string => (result.ok ? 'ok' : result.fault.code);

beforeAll(async () => {
  unwrap(await storeKey(directory, { name: 'alice', password, privateKey }));
});

/** The file of alice with a field changed, under the same name in another directory. */
const altered = (change: (file: Record<string, Record<string, unknown>>) => void): string => {
  const file = JSON.parse(readFileSync(join(directory, 'alice.json'), 'utf8')) as Record<
    string,
    Record<string, unknown>
  >;
  change(file);
  const other = mkdtempSync(join(root, 'altered-'));
  writeFileSync(join(other, 'alice.json'), JSON.stringify(file));
  return other;
};

describe('a stored key', () => {
  test('comes back by its password, and only its owner can read the file', async () => {
    expect(toHex(unwrap(await unlockKey(directory, 'alice', password)))).toBe(toHex(privateKey));
    expect(statSync(join(directory, 'alice.json')).mode & 0o777).toBe(0o600);
  });

  test('does not stand in its file', () => {
    expect(readFileSync(join(directory, 'alice.json'), 'utf8')).not.toContain(toHex(privateKey).slice(2));
  });

  test('shows its address without the password', () => {
    const address = toHex(addressOfPrivateKey(privateKey));
    expect(toHex(unwrap(readKeyInfo(directory, 'alice')).address)).toBe(address);
    expect(listKeys(directory).map((each) => toHex(unwrap(each).address))).toEqual([address]);
  });

  test('opens for the same password typed with other code points', async () => {
    expect(codeOf(await unlockKey(directory, 'alice', password.normalize('NFD')))).toBe('ok');
  });

  test.each(['', 'grüße, jürgen', 'grüße, Jürgen '])('does not open for %j', async (wrong) => {
    expect(codeOf(await unlockKey(directory, 'alice', wrong))).toBe('KEY_PASSWORD_WRONG');
  });
});

describe('what is refused', () => {
  const key = { name: 'bob', password: 'long enough', privateKey };

  test.each([
    [{ name: 'alice' }, 'KEY_NAME_TAKEN'],
    [{ name: '' }, 'KEY_NAME_INVALID'],
    [{ name: '../bob' }, 'KEY_NAME_INVALID'],
    [{ name: 'Bob' }, 'KEY_NAME_INVALID'],
    [{ name: 'b'.repeat(65) }, 'KEY_NAME_INVALID'],
    [{ password: '1234567' }, 'KEY_PASSWORD_SHORT'],
    [{ privateKey: new Uint8Array(32) }, 'KEY_INVALID'],
    [{ privateKey: new Uint8Array(32).fill(255) }, 'KEY_INVALID'],
    [{ privateKey: new Uint8Array(31).fill(1) }, 'KEY_INVALID'],
  ])('%j: %s', async (change, code) => {
    expect(codeOf(await storeKey(directory, { ...key, ...change }))).toBe(code);
  });

  test('a directory that cannot be written', async () => {
    writeFileSync(join(root, 'a-file'), '');
    expect(codeOf(await storeKey(join(root, 'a-file'), key))).toBe('KEYSTORE_UNWRITABLE');
  });

  test('a key that is not there, in a directory that is not there', async () => {
    expect(codeOf(await unlockKey(join(root, 'nowhere'), 'alice', password))).toBe('KEY_NOT_FOUND');
    expect(listKeys(join(root, 'nowhere'))).toEqual([]);
  });

  test('a name that leaves the directory', async () => {
    expect(codeOf(await unlockKey(directory, '../keys/alice', password))).toBe('KEY_NAME_INVALID');
  });
});

describe('a damaged file', () => {
  const opened = async (change: (file: Record<string, Record<string, unknown>>) => void): Promise<string> =>
    codeOf(await unlockKey(altered(change), 'alice', password));

  test.each<[string, (file: Record<string, Record<string, unknown>>) => void]>([
    ['ciphertext', (file) => Object.assign(file.cipher ?? {}, { text: `0x${'00'.repeat(32)}` })],
    ['salt', (file) => Object.assign(file.kdf ?? {}, { salt: `0x${'00'.repeat(32)}` })],
    ['address', (file) => Object.assign(file, { address: `0x${'00'.repeat(20)}` })],
    ['name', (file) => Object.assign(file, { name: 'bob' })],
    ['version', (file) => Object.assign(file, { version: 2 })],
    ['cost', (file) => Object.assign(file.kdf ?? {}, { log2N: 30 })],
    ['extra field', (file) => Object.assign(file, { comment: {} })],
    ['missing field', (file) => Reflect.deleteProperty(file, 'cipher')],
  ])('is told from a wrong password: %s', async (_, change) => {
    expect(await opened(change)).toBe('KEY_FILE_CORRUPT');
  });

  test('is listed in its place, with what is wrong', () => {
    const other = altered((file) => Object.assign(file, { version: 2 }));
    writeFileSync(join(other, 'zoe.json'), '{');
    expect(listKeys(other).map(codeOf)).toEqual(['KEY_FILE_CORRUPT', 'KEY_FILE_CORRUPT']);
  });

  test('of whatever bytes breaks nothing', async () => {
    const other = mkdtempSync(join(root, 'bytes-'));
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array({ maxLength: 80 }),
          fc.json().map((text) => Buffer.from(text)),
        ),
        async (bytes) => {
          writeFileSync(join(other, 'alice.json'), bytes);
          expect(codeOf(await unlockKey(other, 'alice', password))).toBe('KEY_FILE_CORRUPT');
        },
      ),
      { numRuns: 100 },
    );
  });

  test('moved to another name does not open', async () => {
    const other = altered(() => undefined);
    writeFileSync(join(other, 'bob.json'), readFileSync(join(other, 'alice.json')));
    expect(codeOf(await unlockKey(other, 'bob', password))).toBe('KEY_FILE_CORRUPT');
  });
});
