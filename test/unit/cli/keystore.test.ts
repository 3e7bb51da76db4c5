import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exportKey, listKeys, readKeyInfo, storeKey, unlockKey } from '../../../src/cli/keystore/store.ts';
import { decryptKeystore } from '../../../src/client/keystore/keystore.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import { type Result, unwrap } from '../../../src/lib/errors.ts';
import { whileLocked } from '../../../src/lib/lock.ts';
import { addressOfPrivateKey, randomPrivateKey } from '../../../src/lib/secp256k1.ts';
import { field } from '../rpc/server.ts';

/** Deriving the key of a file takes a second at its real cost. */
const CHEAP = { scryptN: 16 };
const root = mkdtempSync(join(tmpdir(), 'openledger-keystore-'));
afterAll(() => rmSync(root, { recursive: true }));

const directory = join(root, 'keys');
const privateKey = randomPrivateKey();
const password = 'grüße, Jürgen';
const codeOf = (result: Result<unknown>): string => (result.ok ? 'ok' : result.fault.code);

beforeAll(async () => {
  unwrap(await storeKey(directory, { name: 'alice', password, privateKey }, CHEAP));
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

  test('is in a folder of its owner alone, unless the folder was there', async () => {
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    const shared = join(root, 'shared');
    mkdirSync(shared, { mode: 0o755 });
    unwrap(await storeKey(shared, { name: 'bob', password, privateKey }, CHEAP));
    expect(statSync(shared).mode & 0o777).toBe(0o755);
  });

  test('is not written while another command writes into the keystore', async () => {
    const other = join(root, 'locked');
    await whileLocked(join(other, '.lock'), { guarded: other }, async () => {
      const stored = await storeKey(other, { name: 'bob', password, privateKey }, CHEAP);
      expect(codeOf(stored)).toBe('IN_USE');
      expect(listKeys(other)).toEqual([]);
    });
    expect(codeOf(await storeKey(other, { name: 'bob', password, privateKey }, CHEAP))).toBe('ok');
    expect(readdirSync(other)).toEqual(['bob.json']);
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

test('of two keys of one name that are made at the same time one is stored, and the other is refused', async () => {
  const made = await Promise.all(
    [randomPrivateKey(), randomPrivateKey()].map((each) =>
      storeKey(directory, { name: 'race', password, privateKey: each }, CHEAP),
    ),
  );
  const [stored, ...others] = made.filter(({ ok }) => ok);
  expect(others).toEqual([]);
  expect(made.map(codeOf).sort()).toEqual(['KEY_NAME_TAKEN', 'ok']);
  expect(stored?.ok === true && toHex(stored.value.address)).toBe(
    toHex(unwrap(readKeyInfo(directory, 'race')).address),
  );
});

describe('what is refused', () => {
  const key = { name: 'bob', password: 'long enough', privateKey };

  test.each([
    [{ name: 'alice' }, 'KEY_NAME_TAKEN'],
    [{ name: '' }, 'KEY_NAME_INVALID'],
    [{ name: '../bob' }, 'KEY_NAME_INVALID'],
    [{ name: 'Bob' }, 'KEY_NAME_INVALID'],
    [{ name: 'b'.repeat(65) }, 'KEY_NAME_INVALID'],
    [{ name: `0x${'1'.repeat(40)}` }, 'KEY_NAME_INVALID'],
    [{ name: '0xbob' }, 'KEY_NAME_INVALID'],
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

  test.each<[string, string, (file: Record<string, Record<string, unknown>>) => void]>([
    ['KEY_FILE_CORRUPT', 'address', (file) => Object.assign(file, { address: '00'.repeat(20) })],
    ['KEY_FILE_CORRUPT', 'no address', (file) => Reflect.deleteProperty(file, 'address')],
    ['KEY_FILE_CORRUPT', 'version', (file) => Object.assign(file, { version: 2 })],
    [
      'KEY_FILE_CORRUPT',
      'iv',
      (file) => Object.assign(file.crypto?.cipherparams ?? {}, { iv: '00'.repeat(16) }),
    ],
    ['KEY_FILE_CORRUPT', 'cost', (file) => Object.assign(file.crypto?.kdfparams ?? {}, { n: 2 ** 30 })],
    ['KEY_FILE_CORRUPT', 'missing field', (file) => Reflect.deleteProperty(file, 'crypto')],
    // What the mac covers cannot be told from a wrong password, and the message of the client says so.
    [
      'KEY_PASSWORD_WRONG',
      'ciphertext',
      (file) => Object.assign(file.crypto ?? {}, { ciphertext: '00'.repeat(32) }),
    ],
    [
      'KEY_PASSWORD_WRONG',
      'salt',
      (file) => Object.assign(file.crypto?.kdfparams ?? {}, { salt: '00'.repeat(32) }),
    ],
  ])('fails with %s: %s', async (code, _, change) => {
    expect(await opened(change)).toBe(code);
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
});

describe('a file of version 1', () => {
  const old = readFileSync('test/vectors/keystore/version-1.json', 'utf8');
  const oldKey = '0x7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d';
  const oldAddress = '0x008aeeda4d805471df9b2a5b0f38a0c3bcba786b';
  const copied = (change = (text: string): string => text, name = 'alice'): string => {
    const other = mkdtempSync(join(root, 'old-'));
    writeFileSync(join(other, `${name}.json`), change(old));
    return other;
  };
  const versionIn = (other: string): unknown =>
    field(JSON.parse(readFileSync(join(other, 'alice.json'), 'utf8')), 'version');

  test('is converted when its password opens it, and opens again', async () => {
    const other = copied();
    expect(toHex(unwrap(readKeyInfo(other, 'alice')).address)).toBe(oldAddress);
    expect(toHex(unwrap(await unlockKey(other, 'alice', password, CHEAP)))).toBe(oldKey);
    expect(versionIn(other)).toBe(3);
    expect(readdirSync(other)).toEqual(['alice.json']);
    expect(statSync(join(other, 'alice.json')).mode & 0o777).toBe(0o600);
    expect(toHex(unwrap(readKeyInfo(other, 'alice')).address)).toBe(oldAddress);
    expect(toHex(unwrap(await unlockKey(other, 'alice', password)))).toBe(oldKey);
  });

  test('stays as it is while the password is wrong', async () => {
    const other = copied();
    expect(codeOf(await unlockKey(other, 'alice', 'something else', CHEAP))).toBe('KEY_PASSWORD_WRONG');
    expect(readFileSync(join(other, 'alice.json'), 'utf8')).toBe(old);
  });

  test.each<[string, (path: string) => void, string | undefined]>([
    ['removed', rmSync, undefined],
    ['replaced by another', (path) => writeFileSync(path, '{"version":3}'), '{"version":3}'],
  ])('opens and is not written again if it is %s meanwhile', async (_, change, left) => {
    const other = copied();
    const path = join(other, 'alice.json');
    const opening = unlockKey(other, 'alice', password, CHEAP);
    change(path);
    expect(toHex(unwrap(await opening))).toBe(oldKey);
    expect(readdirSync(other)).toEqual(left === undefined ? [] : ['alice.json']);
    if (left !== undefined) expect(readFileSync(path, 'utf8')).toBe(left);
  });

  test('opens where it cannot be converted, and stays', async () => {
    const other = copied();
    // The name under which the new file is written first is taken by a folder that is not empty.
    const beside = join(other, `alice.json.${process.pid}.tmp`);
    mkdirSync(beside);
    writeFileSync(join(beside, 'file'), '');
    expect(toHex(unwrap(await unlockKey(other, 'alice', password, CHEAP)))).toBe(oldKey);
    expect(readFileSync(join(other, 'alice.json'), 'utf8')).toBe(old);
  });

  test('opens beside what a crash left of a conversion', async () => {
    const other = copied();
    writeFileSync(join(other, `alice.json.${process.pid}.tmp`), '{"version":3,"cry');
    expect(listKeys(other).map(codeOf)).toEqual(['ok']);
    expect(toHex(unwrap(await unlockKey(other, 'alice', password, CHEAP)))).toBe(oldKey);
    expect(versionIn(other)).toBe(3);
    expect(readdirSync(other)).toEqual(['alice.json']);
  });

  test.each<[string, (text: string) => string]>([
    ['a digit', (text) => text.replace('0x6d14', '0x6d15')],
    ['the cost', (text) => text.replace('"log2N": 14', '"log2N": 30')],
    ['the name', (text) => text.replace('"alice"', '"bob"')],
    ['the address', (text) => text.replace('0x008a', '0x018a')],
    ['a field', (text) => text.replace('"kdf"', '"kdg"')],
  ])('is damaged if %s differs', async (_, change) => {
    const other = copied(change);
    expect(codeOf(await unlockKey(other, 'alice', password, CHEAP))).toBe('KEY_FILE_CORRUPT');
  });

  test('does not open under another name', async () => {
    const other = copied(undefined, 'bob');
    expect(codeOf(await unlockKey(other, 'bob', password, CHEAP))).toBe('KEY_FILE_CORRUPT');
  });
});

describe('an exported key', () => {
  test('is a keystore that other tools open', async () => {
    const text = unwrap(await exportKey(directory, 'alice', password, CHEAP));
    expect(toHex(await decryptKeystore(text, password))).toBe(toHex(privateKey));
  });

  test('needs its password', async () => {
    expect(codeOf(await exportKey(directory, 'alice', 'wrong password', CHEAP))).toBe('KEY_PASSWORD_WRONG');
  });
});
