import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mnemonicToAccount } from 'viem/accounts';
import { afterAll, describe, expect, test } from 'vitest';
import { unlockKey } from '../../src/cli/keystore/store.ts';
import { decryptKeystore, encryptKeystore } from '../../src/client/keystore/keystore.ts';
import { fromHex, toHex } from '../../src/lib/bytes.ts';
import { unwrap } from '../../src/lib/errors.ts';
import { addressOfPrivateKey } from '../../src/lib/secp256k1.ts';
import { isOneErrorLine, openledger } from './run.ts';

const root = mkdtempSync(join(tmpdir(), 'openledger-keystore-'));
afterAll(() => rmSync(root, { recursive: true }));

const OLD_FILE = readFileSync('test/vectors/keystore/version-1.json', 'utf8');
const PASSWORD = 'grüße, Jürgen';
const privateKey = unwrap(fromHex('0x7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d'));
const address = toHex(addressOfPrivateKey(privateKey));

test('a key survives kill -9 while its file is converted', async () => {
  const folders = Array.from({ length: 200 }, (_, i) => join(root, `old-${i}`));
  for (const folder of folders) {
    mkdirSync(folder);
    writeFileSync(join(folder, 'alice.json'), OLD_FILE);
  }
  const converter = fileURLToPath(new URL('converter.ts', import.meta.url));
  const child = spawn(process.execPath, [converter, PASSWORD, ...folders], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const converted = await new Promise<number>((resolve, reject) => {
    let lines = 0;
    child.on('error', reject);
    child.on('exit', () => resolve(lines));
    child.stdout.on('data', (chunk: Buffer) => {
      lines += chunk.toString().split('\n').length - 1;
      if (lines >= 20) child.kill('SIGKILL');
    });
  });
  expect(converted).toBeGreaterThanOrEqual(20);
  const versions = folders.map((folder) => {
    const file: unknown = JSON.parse(readFileSync(join(folder, 'alice.json'), 'utf8'));
    return typeof file === 'object' && file !== null ? Reflect.get(file, 'version') : undefined;
  });
  expect(versions.filter((version) => version === 3).length).toBeGreaterThanOrEqual(20);
  expect(versions.every((version) => version === 3 || version === 1)).toBe(true);
  // Those at the border are the ones that the kill may have met.
  for (const folder of folders.slice(0, versions.indexOf(1) + 3))
    expect(unwrap(await unlockKey(folder, 'alice', PASSWORD, { scryptN: 16 }))).toEqual(privateKey);
});

describe('keys import', () => {
  const at = ['--keystore', join(root, 'keys')];
  const secret = { OPENLEDGER_PASSWORD: PASSWORD };
  const words = 'test test test test test test test test test test test junk';
  const file = (name: string, content: string): string => {
    const path = join(root, name);
    writeFileSync(path, content);
    return path;
  };
  const imported = async (name: string, stdin: string, ...args: readonly string[]) => {
    const ran = await openledger(['keys', 'import', name, '--file', '-', '--json', ...at, ...args], {
      env: secret,
      stdin,
    });
    expect(ran.stderr).toBe('');
    return JSON.parse(ran.stdout) as unknown;
  };

  test('takes a private key, with or without 0x, from stdin', async () => {
    expect(await imported('hex', `${toHex(privateKey)}\n`)).toMatchObject({ name: 'hex', address });
    expect(await imported('bare', toHex(privateKey).slice(2))).toMatchObject({ address });
    const text = readFileSync(join(root, 'keys', 'hex.json'), 'utf8');
    expect(toHex(await decryptKeystore(text, PASSWORD))).toBe(toHex(privateKey));
  });

  test('takes any account of a mnemonic', async () => {
    const account = (addressIndex: number, passphrase = '') =>
      mnemonicToAccount(words, { addressIndex, passphrase }).address.toLowerCase();
    expect(await imported('first', words)).toMatchObject({ address: account(0) });
    const passphrase = ['--passphrase-file', file('passphrase', 'TREZOR\n')];
    expect(await imported('third', words, '--index', '2', ...passphrase)).toMatchObject({
      address: account(2, 'TREZOR'),
    });
  });

  test('takes a keystore of another tool under its own password', async () => {
    const keystore = await encryptKeystore(privateKey, 'theirs', { scryptN: 16 });
    const args = ['--file-password-file', file('theirs', 'theirs\n')];
    expect(await imported('foreign', JSON.stringify(keystore), ...args)).toMatchObject({ address });
    const refused = await openledger(
      ['keys', 'import', 'again', '--file', file('foreign.json', JSON.stringify(keystore)), ...at],
      { env: secret },
    );
    expect(isOneErrorLine(refused.stderr, 'KEY_PASSWORD_WRONG'), refused.stderr).toBe(true);
  });

  test.each([
    ['', 'PRIVATE_KEY_INVALID'],
    ['0x12', 'PRIVATE_KEY_INVALID'],
    ['0x', 'PRIVATE_KEY_INVALID'],
    ['00'.repeat(32), 'PRIVATE_KEY_INVALID'],
    ['{', 'KEYSTORE_INVALID'],
    ['{"version":4}', 'KEYSTORE_UNSUPPORTED'],
    [words.replace('junk', 'jumk'), 'MNEMONIC_WORD'],
    [words.replace(' junk', ''), 'MNEMONIC_LENGTH'],
    [words.replace('junk', 'test'), 'MNEMONIC_CHECKSUM'],
  ])('refuses %j with %s, and stores nothing', async (stdin, code) => {
    const ran = await openledger(['keys', 'import', 'none', '--file', '-', ...at], { env: secret, stdin });
    expect(ran.code).toBe(1);
    expect(isOneErrorLine(ran.stderr, code), ran.stderr).toBe(true);
    expect(ran.stderr).not.toContain('test test');
    expect(readdirSync(join(root, 'keys'))).not.toContain('none.json');
  });

  test.each([
    [['keys', 'import', 'none'], 'USAGE'],
    [['keys', 'import', 'none', '--file', '-', '--index', '-1'], 'ARGUMENT_INVALID'],
    [['keys', 'import', '../none', '--file', '-'], 'KEY_NAME_INVALID'],
    [['keys', 'import', 'hex', '--file', '-'], 'KEY_NAME_TAKEN'],
    [['keys', 'import', 'none', '--file', '/nowhere'], 'FILE_MISSING'],
  ])('%j ends in %s', async (args, code) => {
    const ran = await openledger([...args, ...at], { env: secret, stdin: toHex(privateKey) });
    expect(ran.code).not.toBe(0);
    if (code !== 'USAGE') expect(isOneErrorLine(ran.stderr, code), ran.stderr).toBe(true);
  });
});

describe('keys export', () => {
  const keystore = join(root, 'exported');
  const at = ['--keystore', keystore];
  const secret = { env: { OPENLEDGER_PASSWORD: PASSWORD } };

  test('converts an old file, and writes one that others open', async () => {
    mkdirSync(keystore);
    writeFileSync(join(keystore, 'alice.json'), OLD_FILE);
    const printed = await openledger(['keys', 'export', 'alice', ...at], secret);
    expect(printed.code, printed.stderr).toBe(0);
    expect(toHex(await decryptKeystore(printed.stdout, PASSWORD))).toBe(toHex(privateKey));
    expect(readFileSync(join(keystore, 'alice.json'), 'utf8')).toBe(printed.stdout);
    const out = join(root, 'out.json');
    expect((await openledger(['keys', 'export', 'alice', '--out', out, ...at], secret)).code).toBe(0);
    expect(readFileSync(out, 'utf8')).toBe(printed.stdout);
    expect(statSync(out).mode & 0o777).toBe(0o600);
    const again = await openledger(['keys', 'export', 'alice', '--out', out, ...at], secret);
    expect(isOneErrorLine(again.stderr, 'FILE_EXISTS'), again.stderr).toBe(true);
  });

  test('needs the key and its password', async () => {
    const missing = await openledger(['keys', 'export', 'bob', ...at], secret);
    expect(isOneErrorLine(missing.stderr, 'KEY_NOT_FOUND'), missing.stderr).toBe(true);
    const wrong = await openledger(['keys', 'export', 'alice', ...at], {
      env: { OPENLEDGER_PASSWORD: 'wrong' },
    });
    expect(isOneErrorLine(wrong.stderr, 'KEY_PASSWORD_WRONG'), wrong.stderr).toBe(true);
  });
});
