/** What a devnet shows while it runs: a table that is drawn again and again, lines, or JSON. */
import { styleText } from 'node:util';
import type { ChildExit, NodeProcess } from '../../node/devnet/child.ts';
import { type DevnetRow, describeExit, type RunningDevnet } from '../../node/devnet/devnet-run.ts';
import { lineSink } from '../lib/line-sink.ts';
import { printable, printableJson } from '../lib/printable.ts';
import { wrap } from './explain/wrap.ts';
import type { lieToJson, Step } from './liar/story.ts';

const REFRESH_MS = 500;
/** Without a terminal there is nothing to redraw, and a line now and then is enough. */
const LINE_MS = 5_000;

/** Nobody needs to read what a devnet shows. */
const write = (text: string): void => lineSink(process.stdout).write(text);

const line = (value: unknown): void => write(`${printableJson(JSON.stringify(value))}\n`);

/** The columns of a terminal. One that does not know how many it has says 0. */
const widthOf = ({ columns }: Pick<NodeJS.WriteStream, 'columns'>): number =>
  columns > 0 ? columns : Number.POSITIVE_INFINITY;

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
export type Screen = {
  readonly ready: (running: RunningDevnet) => void;
  readonly show: (rows: readonly DevnetRow[]) => void;
  readonly exited: (ended: Ended) => void;
  /** A step of the story of a lie. */
  readonly step: (step: Step) => void;
  /** What the story waits for now. */
  readonly progress: (text: string) => void;
  /** The whole story, for programs. People have seen its steps. */
  readonly told: (lie: ReturnType<typeof lieToJson>) => void;
  readonly intervalMs: number;
};

const jsonScreen: Screen = {
  ready: (running) => line(readyLine(running)),
  show: (rows) => line(statusLine(rows)),
  exited: ({ process: { name, pid }, exit: { code, signal }, error = null }) =>
    line({ event: 'exit', name, pid, code, signal, error }),
  step: (step) => line({ event: 'liar', ...step }),
  progress: (text) => line({ event: 'liarProgress', text }),
  told: (lie) => line({ event: 'lie', lie }),
  intervalMs: LINE_MS,
};

const greeting = ({ devnet }: RunningDevnet): string =>
  printable(
    [
      `devnet of ${devnet.nodes.length} nodes, chain id ${devnet.chainId}, in ${devnet.home}`,
      `accounts: ${devnet.accounts.map(({ name }) => name).join(', ')} (keys in ${devnet.home}/devnet.json)`,
      'stop with Ctrl-C; start again with the same --home',
      '',
      '',
    ].join('\n'),
  );

const exitText = ({ process: { name, pid }, exit, error }: Ended): string =>
  `${name} (process ${pid}) ended: ${describeExit(exit)}; bring it back with "openledger start --home"\n` +
  (error === undefined ? '' : `  error ${error}\n`);

/** Sentences are wrapped; what is indented is to be copied as it stands. */
const stepText = ({ title, lines }: Step, width: number): string =>
  [
    '',
    styleText('bold', title),
    ...lines
      .map(printable)
      .flatMap((each) =>
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
      const width = widthOf(process.stdout);
      const lines = [...(progress === undefined ? [] : [progress]), ...table(rows).split('\n')];
      write(`${over()}${lines.map((each) => each.slice(0, width)).join('\n')}\n`);
      drawn = lines.length;
    },
    exited: (ended) => {
      write(`${over()}${exitText(ended)}`);
      drawn = 0;
    },
    step: (step) => {
      write(`${over()}${stepText(step, widthOf(process.stdout))}\n`);
      drawn = 0;
      progress = undefined;
    },
    progress: (text) => {
      progress = text;
    },
    told: () => undefined,
    intervalMs: REFRESH_MS,
  };
};

const plainScreen: Screen = {
  ready: (running) => write(greeting(running)),
  show: (rows) => write(`${oneLine(rows)}\n`),
  exited: (ended) => write(exitText(ended)),
  step: (step) => write(`${stepText(step, Number.POSITIVE_INFINITY)}\n`),
  progress: (text) => write(`${text}\n`),
  told: () => undefined,
  intervalMs: LINE_MS,
};

/** @param json - whether to write lines of JSON; else it depends on whether the output is a terminal */
export const screenFor = (json: boolean): Screen => {
  if (json) {
    lineSink(process.stdout, (lines) => JSON.stringify({ event: 'dropped', lines }));
    return jsonScreen;
  }
  return process.stdout.isTTY ? terminalScreen() : plainScreen;
};
