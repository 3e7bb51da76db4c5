/** How a command ends: whoever waits for its result learns what it has sent, and no file keeps it for ever. */
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';

const ID = `0x${'ab'.repeat(32)}`;

const module = (name: string): string =>
  JSON.stringify(new URL(`../../src/cli/${name}.ts`, import.meta.url).href);

type Ended = { readonly code: number | null; readonly said: string };

/** Runs code in a process that ends as the command does. It is killed with SIGTERM as soon as it says "ready". */
const ended = (code: string, stdout: number | 'ignore'): Promise<Ended> => {
  const script = `
    import { noteOpen, noteSent, noteSettled } from ${module('sent')};
    import { bearLostReaders, print } from ${module('output')};
    import { endOnInterrupt } from ${module('interrupt')};
    bearLostReaders();
    endOnInterrupt();
    ${code}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', stdout, 'pipe'],
    cwd: fileURLToPath(new URL('.', import.meta.url)),
  });
  let said = '';
  return new Promise((resolve) => {
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said === 'ready\n') child.kill('SIGTERM');
    });
    child.on('close', (exit) => resolve({ code: exit, said }));
  });
};

/** A device that is always full. */
const full = (): number => {
  const file = openSync('/dev/full', 'w');
  onTestFinished(() => closeSync(file));
  return file;
};

describe.skipIf(!existsSync('/dev/full'))('a result that cannot be written', () => {
  test('is an error that names the transaction that was sent', async () => {
    const { code, said } = await ended(`noteSent('${ID}'); noteSettled(); print('{}');`, full());
    expect(said).toMatch(/^error OUTPUT_UNWRITABLE: .*ENOSPC.*\n$/);
    expect(said).toContain(`openledger tx status ${ID}`);
    expect(code).toBe(3);
  });

  test('is the same error without a transaction', async () => {
    const { code, said } = await ended(`print('{}');`, full());
    expect(said).toMatch(/^error OUTPUT_UNWRITABLE: [^;]*\n$/);
    expect(code).toBe(3);
  });
});

describe('SIGTERM', () => {
  const WAIT = `process.stderr.write('ready\\n'); setInterval(() => undefined, 1000);`;

  test('ends a command that names the transaction that is open', async () => {
    const { code, said } = await ended(`noteSent('${ID}'); ${WAIT}`, 'ignore');
    expect(said).toContain(`may be executed; ask with "openledger tx status ${ID}"`);
    expect(code).toBe(143);
  });

  test('ends a command that says which bonds are open', async () => {
    const { code, said } = await ended(`noteOpen(() => 'bonds are open'); ${WAIT}`, 'ignore');
    expect(said).toBe('ready\nbonds are open\n');
    expect(code).toBe(143);
  });

  test('names none that is settled', async () => {
    const { code, said } = await ended(
      `noteOpen(() => 'open'); noteSent('${ID}'); noteSettled(); ${WAIT}`,
      'ignore',
    );
    expect(said).toBe('ready\n');
    expect(code).toBe(143);
  });
});

describe.skipIf(process.platform === 'win32')('a named pipe', () => {
  /** Makes a pipe, and returns its path. */
  const make = (name: string): string => {
    const folder = mkdtempSync(join(tmpdir(), 'openledger-pipe-'));
    execFileSync('sh', ['-c', `mkfifo ${name}`], { cwd: folder });
    onTestFinished(() => rmSync(folder, { recursive: true }));
    return join(folder, name);
  };

  /** Reads a pipe as a secret. @param shell - runs beside it, in the folder of the pipe */
  const reading = (shell: string): Promise<Ended> => {
    const pipe = make('pipe');
    const writer = spawn('sh', ['-c', shell], { cwd: dirname(pipe), stdio: 'ignore' });
    onTestFinished(() => void writer.kill());
    return ended(
      `const { readSecret } = await import(${JSON.stringify(new URL('../../src/lib/files.ts', import.meta.url).href)});
       const read = readSecret(${JSON.stringify(pipe)});
       process.stderr.write(read.ok ? read.value : read.fault.code + ': ' + read.fault.message);`,
      'ignore',
    );
  };

  test('is read to its end, however slowly it is written', async () => {
    expect((await reading('exec > pipe; printf one; sleep 0.3; printf two')).said).toBe('onetwo');
  });

  test('is not waited for if nobody writes to it', async () => {
    expect((await reading('true')).said).toMatch(/^FILE_UNREADABLE: .*nobody has written/);
  });

  test('that nobody reads is an error for whoever writes a page to it', async () => {
    const { said, code } = await ended(
      `const { writeInPlace } = await import(${JSON.stringify(new URL('../../src/lib/files.ts', import.meta.url).href)});
       try { writeInPlace(${JSON.stringify(make('page'))}, 'text'); } catch (error) { process.stderr.write(error.code); }`,
      'ignore',
    );
    expect([said, code]).toEqual(['ENXIO', 0]);
  });

  test('in the place of a sign-state or of a consensus log is refused', async () => {
    const at = (path: string): string => JSON.stringify(new URL(`../../${path}`, import.meta.url).href);
    const { said } = await ended(
      `const { openFileSigner } = await import(${at('consensus/shell/signer.ts')});
       const { openWal } = await import(${at('consensus/shell/wal.ts')});
       const { ed25519Signer } = await import(${at('src/lib/ed25519.ts')});
       const key = ed25519Signer(new Uint8Array(32).fill(7));
       const signer = await openFileSigner(key, ${JSON.stringify(make('sign-state.json'))}, undefined);
       const log = await openWal(${JSON.stringify(dirname(make('7.wal')))}, console).recover(7n);
       process.stderr.write(signer.fault.code + ' ' + log.fault.code);`,
      'ignore',
    );
    expect(said).toBe('SIGN_STATE_READ WAL_READ');
  });
});
