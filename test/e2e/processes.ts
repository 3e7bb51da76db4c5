/** Real processes of the command, each stopped by its own id when the test is over. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createRpcClient, type RpcClient } from '../../src/client/rpc-client.ts';
import { createWallet, type Wallet } from '../../src/client/wallet.ts';

const COMMAND = fileURLToPath(new URL('../../src/cli/openledger.js', import.meta.url));

/** The command as a program and its first argument, for a shell that is to run it. */
export const OPENLEDGER: readonly [program: string, entry: string] = [process.execPath, COMMAND];

export type Ending = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** A process with what it says, line by line. */
export type Command = {
  readonly pid: number;
  readonly stdout: () => readonly string[];
  readonly stderr: () => string;
  /** The n-th line of stdout, once it is there. @throws if the process ends before that, or hangs */
  readonly line: (n: number) => Promise<string>;
  readonly ended: Promise<Ending>;
  readonly kill: (signal: NodeJS.Signals) => void;
};

/** The time after which something that has not happened never will. It is shorter than that of a whole test. */
const HANG_MS = 600_000;

const command = (child: ChildProcess): Command => {
  const lines: string[] = [];
  let errors = '';
  let notify: () => void = () => undefined;
  let over: Ending | undefined;
  if (child.stdout !== null)
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      notify();
    });
  child.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const ended = new Promise<Ending>((resolve) => {
    child.once('close', (code, signal) => {
      over = { code, signal };
      notify();
      resolve(over);
    });
  });
  const line = async (n: number): Promise<string> => {
    const deadline = performance.now() + HANG_MS;
    for (;;) {
      const found = lines[n];
      if (found !== undefined) return found;
      if (over !== undefined) throw new Error(`it ended before it said line ${n}: ${errors.trim()}`);
      if (performance.now() > deadline) throw new Error(`it did not say line ${n}: ${errors.trim()}`);
      await new Promise<void>((resolve) => {
        notify = resolve;
        setTimeout(resolve, 1_000);
      });
    }
  };
  return {
    pid: child.pid ?? 0,
    stdout: () => lines,
    stderr: () => errors,
    line,
    ended,
    kill: (signal) => {
      if (over === undefined) child.kill(signal);
    },
  };
};

export type Finished = Ending & { readonly out: string; readonly err: string };

/** What it has said, once it has ended. */
export const result = async (made: Command): Promise<Finished> => {
  const ending = await made.ended;
  return { ...ending, out: made.stdout().join('\n'), err: made.stderr() };
};

/** What a test has started and made, all of it gone after {@link Workshop.close}. */
export type Workshop = {
  readonly folder: string;
  readonly run: (...args: readonly string[]) => Command;
  /** Runs any program, at the head of a process group of its own. */
  readonly runGroup: (program: string, ...args: readonly string[]) => Command;
  /** Runs to its end. */
  readonly finish: (...args: readonly string[]) => Promise<Finished>;
  readonly close: () => Promise<void>;
};

export const openWorkshop = (): Workshop => {
  const folder = mkdtempSync(join(tmpdir(), 'openledger-e2e-'));
  const started: Command[] = [];
  const start = (program: string, args: readonly string[], detached: boolean): Command => {
    const made = command(spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], detached }));
    started.push(made);
    return made;
  };
  const run: Workshop['run'] = (...args) => start(process.execPath, [COMMAND, ...args], false);
  return {
    folder,
    run,
    runGroup: (program, ...args) => start(program, args, true),
    finish: (...args) => result(run(...args)),
    close: async () => {
      for (const each of started) each.kill('SIGTERM');
      const timer = setTimeout(() => {
        for (const each of started) each.kill('SIGKILL');
      }, HANG_MS);
      await Promise.all(started.map(({ ended }) => ended));
      clearTimeout(timer);
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

export type NodeEntry = {
  readonly name: string;
  readonly rpc: string;
  readonly p2p: string;
  readonly pid: number;
  readonly home: string;
  readonly validator: string;
};

export type Ready = {
  readonly ready: true;
  readonly chainId: string;
  readonly home: string;
  readonly nodes: readonly NodeEntry[];
  readonly accounts: readonly {
    readonly name: string;
    readonly address: string;
    readonly privateKey: string;
  }[];
};

export type RunningDevnet = {
  readonly command: Command;
  readonly ready: Ready;
  readonly node: (i: number) => NodeEntry;
  readonly client: (i: number) => RpcClient;
  readonly wallet: (name: string, i: number) => Promise<Wallet>;
};

export const startDevnet = async (
  shop: Workshop,
  home: string,
  ...args: readonly string[]
): Promise<RunningDevnet> => {
  const started = shop.run('devnet', '--home', home, '--json', ...args);
  const ready = JSON.parse(await started.line(0)) as Ready;
  const node = (i: number): NodeEntry => {
    const found = ready.nodes[i];
    if (found === undefined) throw new Error(`there is no node ${i}`);
    return found;
  };
  const client = (i: number): RpcClient => createRpcClient(node(i).rpc);
  return {
    command: started,
    ready,
    node,
    client,
    wallet: (name, i) => {
      const account = ready.accounts.find((each) => each.name === name);
      if (account === undefined) throw new Error(`no account is named ${name}`);
      return patient(createWallet(client(i), Buffer.from(account.privateKey.slice(2), 'hex')));
    },
  };
};

/** Makes a wallet wait for its blocks for as long as a slow machine needs. */
const patient = async (made: Promise<Wallet>): Promise<Wallet> => {
  const wallet = await made;
  return {
    ...wallet,
    send: (kind, payload, options = {}) => wallet.send(kind, payload, { timeoutMs: HANG_MS, ...options }),
  };
};

/** Tries until it is true. @throws the last error, or that it was never true, when it hangs */
export const eventually = async (what: string, test: () => Promise<boolean>): Promise<void> => {
  const deadline = performance.now() + HANG_MS;
  for (;;) {
    let last: unknown;
    const isTrue = await test().catch((error: unknown) => {
      last = error;
      return false;
    });
    if (isTrue) return;
    if (performance.now() > deadline)
      throw new Error(`it did not happen in ${HANG_MS / 1000} s: ${what}`, { cause: last });
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

export const heightOf = async (client: RpcClient): Promise<bigint> =>
  (await client.call('node_status')).height;

/** Waits until the node has decided `more` further heights. */
export const grows = async (client: RpcClient, more: bigint): Promise<void> => {
  const from = await heightOf(client);
  await eventually(`${more} more blocks after ${from}`, async () => (await heightOf(client)) >= from + more);
};

/** Stops a process while something else is done, and lets it go on then. */
export const whilePaused = async <T>(pid: number, run: () => T | Promise<T>): Promise<T> => {
  process.kill(pid, 'SIGSTOP');
  try {
    return await run();
  } finally {
    process.kill(pid, 'SIGCONT');
  }
};

/** Whether the process still lives. */
export const lives = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
