/** A devnet to be measured: real processes, their memory as the system counts it, and many requests at once. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createRpcClient, type RpcClient } from '../../src/client/rpc-client.ts';
import { createWallet, type Wallet } from '../../src/client/wallet.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { closeAtSignal } from '../../tools/lib/at-signal.ts';

const COMMAND = fileURLToPath(new URL('../../src/cli/openledger.js', import.meta.url));

type Ready = {
  readonly nodes: readonly { readonly rpc: string; readonly pid: number }[];
  readonly accounts: readonly { readonly name: string; readonly privateKey: string }[];
};

export type BenchNetwork = {
  /** From the command to a block that all nodes agree on, milliseconds. */
  readonly readyMs: number;
  readonly clients: readonly RpcClient[];
  readonly wallet: (name: string) => Promise<Wallet>;
  /** Resident memory of each node's process, MB; undefined where the system does not say. */
  readonly residentMb: () => readonly number[] | undefined;
  readonly stop: () => Promise<void>;
};

const firstLine = (child: ChildProcess): Promise<string> =>
  new Promise((resolve, reject) => {
    if (child.stdout === null) throw new Error('the devnet has a stdout');
    createInterface({ input: child.stdout }).once('line', resolve);
    child.once('exit', (code) => reject(new Error(`the devnet ended with ${code}`)));
  });

const residentMb = (pid: number): number | undefined => {
  try {
    const kb = /^VmRSS:\s+([0-9]+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kb === undefined ? undefined : Number(kb) / 1024;
  } catch {
    return undefined;
  }
};

export const startNetwork = async (nodes: number): Promise<BenchNetwork> => {
  const folder = mkdtempSync(join(tmpdir(), 'openledger-bench-'));
  const since = performance.now();
  const args = ['devnet', '--nodes', String(nodes), '--home', join(folder, 'net'), '--json'];
  const child = spawn(process.execPath, [COMMAND, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
  });
  const stop = async (): Promise<void> => {
    child.kill('SIGINT');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  closeAtSignal(stop);
  const ready = JSON.parse(await firstLine(child)) as Ready;
  const readyMs = performance.now() - since;
  const clients = ready.nodes.map(({ rpc }) => createRpcClient(rpc, { timeoutMs: 60_000 }));
  const [first] = clients;
  if (first === undefined) throw new Error('a network has nodes');
  return {
    readyMs,
    clients,
    wallet: (name) => {
      const account = ready.accounts.find((each) => each.name === name);
      if (account === undefined) throw new Error(`no account is named ${name}`);
      return createWallet(first, Buffer.from(account.privateKey.slice(2), 'hex'));
    },
    residentMb: () => {
      const all = ready.nodes.map(({ pid }) => residentMb(pid));
      return all.every((mb) => mb !== undefined) ? all : undefined;
    },
    stop,
  };
};

/** The most that one request has: transactions, and their bytes, each of which is two digits of hex. A node takes 8 MiB. */
const REQUEST_TRANSACTIONS = 100;
const REQUEST_BYTES = 3 << 20;
const RETRY_MS = 100;

/** The next transactions that fit into one request; one at least. */
const nextBatch = (transactions: readonly Uint8Array[], from: number): readonly Uint8Array[] => {
  const batch: Uint8Array[] = [];
  let bytes = 0;
  for (const each of transactions.slice(from, from + REQUEST_TRANSACTIONS)) {
    bytes += each.length;
    if (batch.length > 0 && bytes > REQUEST_BYTES) break;
    batch.push(each);
  }
  return batch;
};

/**
 * Sends signed transactions to one node, in order, as fast as it takes them: a full mempool is waited for. Stops early
 * when `until` says so.
 */
export const sendAll = async (
  client: RpcClient,
  transactions: readonly Uint8Array[],
  until: () => boolean,
): Promise<void> => {
  for (let at = 0; at < transactions.length && !until(); ) {
    const batch = nextBatch(transactions, at);
    const answers = await client.batch(
      batch.map((transaction) => ({
        method: 'tx_send' as const,
        params: { transaction: toHex(transaction), mode: 'sync' as const },
      })),
    );
    const refused = answers.findIndex((answer) => !answer.ok);
    if (refused === -1) {
      at += batch.length;
      continue;
    }
    const answer = answers[refused];
    if (answer?.ok === false && !answer.fault.code.startsWith('MEMPOOL_'))
      throw new Error(answer.fault.message);
    at += refused;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
};

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
