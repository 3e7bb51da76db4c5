import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { registerContribute } from '../../../src/cli/contribute.ts';
import { PASSWORD_VARIABLE, readPassword, readSigningKey } from '../../../src/cli/secrets.ts';

const cancelled = Symbol('cancelled');
const typed: (string | symbol)[] = [];
const outputs = new Set<unknown>();
vi.mock('@clack/prompts', () => ({
  isCancel: (answer: unknown) => answer === cancelled,
  password: async ({ output }: { readonly output?: unknown }) => {
    outputs.add(output);
    return typed.shift();
  },
}));

/** Lets stdin and stderr be a terminal for a test. */
const atTerminal = (): void => {
  const terminals = [process.stdin, process.stderr] as const;
  const before = terminals.map(({ isTTY }) => isTTY);
  for (const each of terminals) each.isTTY = true;
  onTestFinished(() => {
    for (const [i, each] of terminals.entries()) each.isTTY = before[i] ?? false;
  });
};

describe('a password that is asked for at a terminal', () => {
  beforeEach(() => {
    vi.stubEnv(PASSWORD_VARIABLE, undefined);
    atTerminal();
    onTestFinished(() => void vi.unstubAllEnvs());
  });

  test('is asked for on stderr: stdout gets the result', async () => {
    outputs.clear();
    typed.push('one two');
    await readPassword({}, 'password', false);
    expect([...outputs]).toEqual([process.stderr]);
  });

  test('is taken if it is typed the same way twice', async () => {
    typed.push('one two', 'one two');
    expect(await readPassword({}, 'password', true)).toBe('one two');
  });

  test('is refused if the second time differs', async () => {
    typed.push('one two', 'one tow');
    await expect(readPassword({}, 'password', true)).rejects.toMatchObject({ code: 'PASSWORD_DIFFERS' });
  });

  test('is missing if the person gives up', async () => {
    typed.push(cancelled);
    await expect(readPassword({}, 'password', true)).rejects.toMatchObject({ code: 'PASSWORD_CANCELLED' });
  });
});

describe('a password', () => {
  const inFile = (content: Uint8Array): Promise<string> => {
    const folder = mkdtempSync(join(tmpdir(), 'openledger-secrets-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'password'), content);
    return readPassword({ passwordFile: join(folder, 'password') }, 'password', false);
  };

  test('of a file is its text, without the end of its line', async () => {
    expect(await inFile(Buffer.from('grüße, Jürgen\r\n'))).toBe('grüße, Jürgen');
  });

  test.each([
    ['UTF8_INVALID', Buffer.from('grüße, Jürgen', 'latin1')],
    ['UTF8_INVALID', Buffer.from('grëße, Jörgen', 'latin1')],
    ['TEXT_BOM', Buffer.from('\ufeffgeheim')],
    ['TEXT_NUL', Buffer.from('geheim', 'utf16le')],
  ])(
    'of a file that is not text is refused (%s): another file would open the same key',
    async (code, content) => {
      await expect(inFile(content)).rejects.toMatchObject({
        code,
        message: expect.stringContaining('password') as unknown,
      });
    },
  );

  test('in which the system has replaced characters is refused, from a variable and a terminal', async () => {
    vi.stubEnv(PASSWORD_VARIABLE, 'gr\ufffd\ufffde');
    onTestFinished(() => void vi.unstubAllEnvs());
    await expect(readPassword({}, 'password', false)).rejects.toMatchObject({
      code: 'UTF8_INVALID',
      message: expect.stringContaining(PASSWORD_VARIABLE) as unknown,
    });
    vi.stubEnv(PASSWORD_VARIABLE, undefined);
    atTerminal();
    typed.push('gr\ufffde');
    await expect(readPassword({}, 'password', false)).rejects.toMatchObject({ code: 'UTF8_INVALID' });
  });
});

describe('a key to sign with', () => {
  test('has to be named', async () => {
    await expect(readSigningKey({})).rejects.toMatchObject({ code: 'KEY_MISSING' });
  });

  test('is refused if two are named: whichever signed, it might be the wrong one', async () => {
    await expect(readSigningKey({ key: 'alice', privateKeyFile: 'bob.key' })).rejects.toMatchObject({
      code: 'ARGUMENT_INVALID',
      message: '--key and --private-key-file each name an account: give one of them',
    });
  });

  test.each([
    ['--key', 'bob'],
    ['--private-key-file', 'bob.key'],
  ])('is refused by contribute beside --from (%s)', async (option, value) => {
    const program = new Command('openledger').exitOverride();
    registerContribute(program);
    const args = ['contribute', 'rows.jsonl', '--datanet', '1', '--from', 'alice', option, value];
    await expect(program.parseAsync(args, { from: 'user' })).rejects.toMatchObject({
      code: 'ARGUMENT_INVALID',
      message: `--from and ${option} each name an account: give one of them`,
    });
  });

  test('is not read from a file that holds something else', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'openledger-secrets-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'key');
    for (const content of ['', '0x12', `0x${'00'.repeat(32)}`]) {
      writeFileSync(path, content);
      await expect(readSigningKey({ privateKeyFile: path })).rejects.toMatchObject({
        code: 'PRIVATE_KEY_INVALID',
      });
    }
  });
});
