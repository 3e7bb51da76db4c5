/** `openledger devnet`: a network of real processes on this machine, shown live. */

import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { type ChildExit, lastLogLine } from '../../node/devnet/child.ts';
import { MAX_DEVNET_NODES, openDevnet } from '../../node/devnet/devnet.ts';
import {
  lookAtDevnet,
  type NodeProbe,
  type RunningDevnet,
  startDevnet,
} from '../../node/devnet/devnet-run.ts';
import { withChallengeWindow } from '../../node/network-times.ts';
import { BASE_PORT_MAX } from '../../node/ports.ts';
import { stopRequested } from '../../node/stop.ts';
import type { Genesis } from '../../state/genesis.ts';
import { createRpcClient } from '../client/rpc-client.ts';
import { toRound } from '../lib/brands.ts';
import { toHex } from '../lib/bytes.ts';
import { CodedError, toFault } from '../lib/errors.ts';
import { printableLine } from '../lib/printable.ts';
import { type Screen, screenFor } from './devnet-screen.ts';
import { fault } from './errors.ts';
import { BY_HAND_WINDOW, WATCHED_WINDOW } from './liar/windows.ts';
import { note, runsUntilStopped } from './output.ts';

type Options = {
  readonly nodes?: string;
  readonly home: string;
  readonly basePort?: string;
  readonly genesis?: string;
  readonly json?: true;
  readonly liar?: true;
  /** False with `--no-watcher`. */
  readonly watcher: boolean;
};

const PROBE_TIMEOUT_MS = 2_000;

const probe: NodeProbe = {
  look: async (rpc) => {
    const client = createRpcClient(rpc, { timeoutMs: PROBE_TIMEOUT_MS });
    const [status, mempool] = await Promise.all([
      client.attempt('node_status'),
      client.attempt('node_mempool'),
    ]);
    if (!status.ok || !mempool.ok) return undefined;
    const { height, round, peers } = status.value;
    return {
      height,
      round: toRound(round),
      peers,
      mempool: mempool.value.transactions,
    };
  },
  blockId: async (rpc, height) => {
    const commit = await createRpcClient(rpc, { timeoutMs: PROBE_TIMEOUT_MS }).attempt('chain_getCommit', {
      height,
    });
    return commit.ok ? toHex(commit.value.blockHash) : undefined;
  },
};

const integer = (name: string, value: string | undefined, min: number, max: number): number | undefined => {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!/^[0-9]+$/.test(value) || number < min || number > max)
    throw new CodedError(
      fault('ARGUMENT_INVALID', `${name} takes an integer of ${min} to ${max}, not ${value}`),
    );
  return number;
};

const errorOf = ({ code }: ChildExit, home: string | undefined): string | undefined =>
  code === null || code === 0 || home === undefined ? undefined : printableLine(lastLogLine(home));

/** Gives a new chain a challenge window that fits who is to refute the lie. */
const withWindow =
  (isWatched: boolean) =>
  (genesis: Genesis): Genesis => ({
    ...genesis,
    params: withChallengeWindow(genesis.params, isWatched ? WATCHED_WINDOW : BY_HAND_WINDOW),
  });

const lie = async (
  { watcher }: Options,
  { devnet }: RunningDevnet,
  screen: Screen,
  signal: AbortSignal,
): Promise<void> => {
  // Loaded when needed: it brings the tracer along.
  const { runLiar } = await import('./liar/devnet-liar.ts');
  let said = '';
  const told = await runLiar({
    devnet,
    isWatched: watcher,
    say: screen.step,
    progress: (text) => {
      if (text !== said) screen.progress(text);
      said = text;
    },
    signal,
  });
  screen.told(told);
};

const run = async (options: Options): Promise<void> => {
  runsUntilStopped();
  const stopping = new AbortController();
  void stopRequested().then(() => stopping.abort());
  const screen = screenFor(options.json === true);
  if (!options.watcher && options.liar === undefined)
    throw new CodedError(fault('ARGUMENT_INVALID', '--no-watcher needs --liar'));
  const devnet = await openDevnet({
    home: resolve(options.home),
    nodes: integer('--nodes', options.nodes, 1, MAX_DEVNET_NODES),
    basePort: integer('--base-port', options.basePort, 1_024, BASE_PORT_MAX),
    genesis: options.genesis,
    ...(options.liar === undefined ? {} : { adjust: withWindow(options.watcher) }),
  });
  note(`starting ${devnet.nodes.length} nodes in ${devnet.home}`);
  let running: RunningDevnet;
  try {
    running = await startDevnet(devnet, probe, stopping.signal, note);
  } catch (error) {
    if (stopping.signal.aborted) return;
    throw error;
  }
  screen.ready(running);
  for (const [i, node] of running.processes.entries()) {
    void node.exited.then((exit) => {
      if (!stopping.signal.aborted)
        screen.exited({ process: node, exit, error: errorOf(exit, devnet.nodes[i]?.home) });
    });
  }
  let failure: CodedError | undefined;
  const liar =
    options.liar === undefined
      ? undefined
      : lie(options, running, screen, stopping.signal).catch((error: unknown) => {
          if (!stopping.signal.aborted) failure = new CodedError(toFault(error), { cause: error });
          stopping.abort();
        });
  while (!stopping.signal.aborted) {
    screen.show(await lookAtDevnet(devnet, probe));
    // This timer is what keeps the process here when every node of it has been killed.
    await sleep(screen.intervalMs, undefined, { signal: stopping.signal }).catch(() => undefined);
  }
  note('stopping');
  await liar;
  await running.stop();
  if (failure !== undefined) throw failure;
};

export const registerDevnet = (program: Command): void => {
  program
    .command('devnet')
    .description('run a network of real nodes on this machine')
    .option('--nodes <n>', 'how many validators (default: those of the home, or 4)')
    .option('--home <dir>', 'where it lives; started again from there', 'openledger-devnet')
    .option('--base-port <port>', 'first of the consecutive ports (default: free ones)')
    .option(
      '--genesis <file>',
      'a genesis to make it from, for its parameters (default: genesis.json of the project)',
    )
    .option(
      '--liar',
      'have an attestor settle an answer falsely, and show how the lie falls; makes a Datanet, a model and an answer first if there are none',
    )
    .option('--no-watcher', 'with --liar: leave the challenge to you')
    .option('--json', 'JSON lines on stdout; the first says that it is ready, and how to reach it')
    .action(run);
};
