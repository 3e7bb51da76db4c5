/** Runs the command as a process of its own, as a person would. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const LAUNCHER = fileURLToPath(new URL('../../src/cli/openledger.js', import.meta.url));

export type Ran = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

export type RunOptions = {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
};

export const openledger = (
  args: readonly string[],
  { env = {}, stdin = '' }: RunOptions = {},
): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const { OPENLEDGER_RPC: _rpc, OPENLEDGER_PASSWORD: _password, ...inherited } = process.env;
    const child = spawn(process.execPath, [LAUNCHER, ...args], {
      env: { ...inherited, NO_COLOR: '1', ...env },
      stdio: 'pipe',
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.once('error', reject);
    child.once('close', (code) =>
      resolve({ code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
    );
    // A command that ends before it has read everything closes the pipe: that is its right.
    child.stdin.on('error', () => undefined);
    child.stdin.end(stdin);
  });

/** What every refusal looks like: one line that begins with its code, no stack. */
export const isOneErrorLine = (text: string, code: string): boolean =>
  text.startsWith(`error ${code}: `) && text.indexOf('\n') === text.length - 1;
