/** `openledger devnet`: a network of real processes on this machine, shown live. */

import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { styleText } from 'node:util';
import type { Command } from 'commander';
import { type ChildExit, lastLogLine, type NodeProcess } from '../../node/devnet/child.ts';
import { MAX_DEVNET_NODES, openDevnet } from '../../node/devnet/devnet.ts';
import {
  type DevnetRow,
  describeExit,
  lookAtDevnet,
  type NodeProbe,
  type RunningDevnet,
  startDevnet,
} from '../../node/devnet/devnet-run.ts';
import { BASE_PORT_MAX } from '../../node/ports.ts';
import { stopRequested } from '../../node/stop.ts';
import type { Genesis } from '../../state/genesis.ts';
import { createRpcClient } from '../client/rpc-client.ts';
import { toRound } from '../lib/brands.ts';
import { toHex } from '../lib/bytes.ts';
import { CodedError, toFault } from '../lib/errors.ts';
import { lineSink } from '../lib/line-sink.ts';
import { printableLine } from '../lib/printable.ts';
import { fault } from './errors.ts';
import { wrap } from './explain/wrap.ts';
import type { Step } from './liar/story.ts';
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

const REFRESH_MS = 500;
/** Without a terminal there is nothing to redraw, and a line now and then is enough. */
const LINE_MS = 5_000;
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

/** Nobody needs to read what a devnet shows. */
const write = (text: string): void => lineSink(process.stdout).write(text);

const line = (value: unknown): void => write(`${JSON.stringify(value)}\n`);

const readyLine = ({ devnet, processes }: RunningDevnet): unknown => ({
  ready: true,
  chainId: devnet.chainId.toString(),
  home: devnet.home,
  nodes: devnet.nodes.map(({ name, rpc, p2p, home, validator }, i) => ({
    name,
    rpc,
    p2p,
    pid: processes[i]?.pid,
    home,
    validator,
  })),
  accounts: devnet.accounts,
});

const statusLine = (rows: readonly DevnetRow[]): unknown => ({
  event: 'status',
  nodes: rows.map(({ node, state, view }) => ({
    name: node.name,
    state,
    ...(view === undefined ? {} : { ...view, height: view.height.toString() }),
  })),
});

const HEAD = ['node', 'height', 'round', 'peers', 'mempool', 'rpc'] as const;

const table = (rows: readonly DevnetRow[]): string => {
  const cells = rows.map(({ node, view }) =>
    view === undefined
      ? [node.name, 'down', '-', '-', '-', node.rpc]
      : [node.name, `${view.height}`, `${view.round}`, `${view.peers}`, `${view.mempool}`, node.rpc],
  );
  const all = [[...HEAD], ...cells];
  const widths = HEAD.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  return all
    .map((row) =>
      row
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          return column === 0 || column === HEAD.length - 1 ? cell.padEnd(width) : cell.padStart(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};

const oneLine = (rows: readonly DevnetRow[]): string =>
  rows
    .map(({ node, view }) =>
      view === undefined
        ? `${node.name} down`
        : `${node.name} #${view.height} round ${view.round}, ${view.peers} peers, ${view.mempool} waiting`,
    )
    .join(' | ');

type Ended = {
  readonly process: NodeProcess;
  readonly exit: ChildExit;
  /** The error it ended with, from its log; undefined for one that was told to end, or killed. */
  readonly error: string | undefined;
};

/** How the devnet is shown, once it is ready and until it stops. */
type Screen = {
  readonly ready: (running: RunningDevnet) => void;
  readonly show: (rows: readonly DevnetRow[]) => void;
  readonly exited: (ended: Ended) => void;
  /** A step of the story of a lie. */
  readonly step: (step: Step) => void;
  /** What the story waits for now. */
  readonly progress: (text: string) => void;
  readonly intervalMs: number;
};

const jsonScreen: Screen = {
  ready: (running) => line(readyLine(running)),
  show: (rows) => line(statusLine(rows)),
  exited: ({ process: { name, pid }, exit: { code, signal }, error = null }) =>
    line({ event: 'exit', name, pid, code, signal, error }),
  step: (step) => line({ event: 'liar', ...step }),
  progress: (text) => line({ event: 'liarProgress', text }),
  intervalMs: LINE_MS,
};

const greeting = ({ devnet }: RunningDevnet): string =>
  [
    `devnet of ${devnet.nodes.length} nodes, chain id ${devnet.chainId}, in ${devnet.home}`,
    `accounts: ${devnet.accounts.map(({ name }) => name).join(', ')} (keys in ${devnet.home}/devnet.json)`,
    'stop with Ctrl-C; start again with the same --home',
    '',
    '',
  ].join('\n');

const exitText = ({ process: { name, pid }, exit, error }: Ended): string =>
  `${name} (process ${pid}) ended: ${describeExit(exit)}; bring it back with "openledger start --home"\n` +
  (error === undefined ? '' : `  error ${error}\n`);

/** Sentences are wrapped; what is indented is to be copied as it stands. */
const stepText = ({ title, lines }: Step, width: number): string =>
  [
    '',
    styleText('bold', title),
    ...lines.flatMap((each) =>
      each.startsWith(' ')
        ? [`  ${each}`]
        : wrap([{ text: each }], Math.max(20, width - 2)).map((part) => `  ${part}`),
    ),
  ].join('\n');

const terminalScreen = (): Screen => {
  let drawn = 0;
  let progress: string | undefined;
  const over = (): string => (drawn === 0 ? '' : `\x1b[${drawn}A\x1b[J`);
  return {
    ready: (running) => write(greeting(running)),
    show: (rows) => {
      // A line that wraps would be two to the terminal, and one to the count of what is to be drawn over.
      const width = process.stdout.columns;
      const lines = [...(progress === undefined ? [] : [progress]), ...table(rows).split('\n')];
      write(`${over()}${lines.map((each) => each.slice(0, width)).join('\n')}\n`);
      drawn = lines.length;
    },
    exited: (ended) => {
      write(`${over()}${exitText(ended)}`);
      drawn = 0;
    },
    step: (step) => {
      write(`${over()}${stepText(step, process.stdout.columns)}\n`);
      drawn = 0;
      progress = undefined;
    },
    progress: (text) => {
      progress = text;
    },
    intervalMs: REFRESH_MS,
  };
};

const plainScreen: Screen = {
  ready: (running) => write(greeting(running)),
  show: (rows) => write(`${oneLine(rows)}\n`),
  exited: (ended) => write(exitText(ended)),
  step: (step) => write(`${stepText(step, Number.POSITIVE_INFINITY)}\n`),
  progress: (text) => write(`${text}\n`),
  intervalMs: LINE_MS,
};

const screenFor = (json: boolean): Screen => {
  if (json) {
    lineSink(process.stdout, (lines) => JSON.stringify({ event: 'dropped', lines }));
    return jsonScreen;
  }
  return process.stdout.isTTY ? terminalScreen() : plainScreen;
};

const errorOf = ({ code }: ChildExit, home: string | undefined): string | undefined =>
  code === null || code === 0 || home === undefined ? undefined : printableLine(lastLogLine(home));

/** Gives a new chain a challenge window that fits who is to refute the lie. */
const withWindow =
  (isWatched: boolean) =>
  (genesis: Genesis): Genesis => {
    const { params } = genesis;
    const challengeWindow = isWatched ? WATCHED_WINDOW : BY_HAND_WINDOW;
    return { ...genesis, params: { ...params, attribution: { ...params.attribution, challengeWindow } } };
  };

const lie = async (
  { json, watcher }: Options,
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
  if (json) line({ event: 'lie', lie: told });
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
