/** A devnet at work: its processes started, watched until they agree, shown, and stopped. */
import { type Height, type Round, toHeight } from '../../src/lib/brands.ts';
import { CodedError, unwrap } from '../../src/lib/errors.ts';
import { maxBig } from '../../src/lib/math.ts';
import { fault } from '../errors.ts';
import { holdHome, readConfig } from '../home.ts';
import { isPortFree } from '../ports.ts';
import { type ChildExit, lastLogLine, type NodeProcess, startNodeProcess, stopNodeProcess } from './child.ts';
import type { Devnet, DevnetNode } from './devnet.ts';

/** A node's answer about itself; undefined while it does not answer. */
export type NodeView =
  | { readonly height: Height; readonly round: Round; readonly peers: number; readonly mempool: number }
  | undefined;

/** The requests of a devnet to its nodes over RPC. The answer of a node that is down is undefined. */
export type NodeProbe = {
  readonly look: (rpc: string) => Promise<NodeView>;
  /** The hash of the block that was decided at a height; undefined if it is not there. */
  readonly blockId: (rpc: string, height: Height) => Promise<string | undefined>;
};

export type RunningDevnet = {
  readonly devnet: Devnet;
  readonly processes: readonly NodeProcess[];
  readonly stop: () => Promise<void>;
};

const POLL_MS = 50;
/** The time between two reports of what a devnet waits for while it starts. */
const REPORT_MS = 10_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const failIfDead = (devnet: Devnet, processes: readonly NodeProcess[]): void => {
  for (const [i, process] of processes.entries()) {
    const exit = process.exit();
    if (exit === undefined) continue;
    const home = devnet.nodes[i]?.home ?? '';
    throw new CodedError(
      fault('DEVNET_NODE_DIED', `${process.name} did not start: ${lastLogLine(home)}`, {
        node: process.name,
        exit: describeExit(exit),
      }),
    );
  }
};

export const describeExit = ({ code, signal }: ChildExit): string =>
  signal === null ? `exit code ${code ?? 'unknown'}` : `signal ${signal}`;

/** The time for which ports may stay in use: those of nodes that were killed a moment ago are freed by the system. */
const PORTS_FREE_MS = 10_000;

/**
 * A node that runs already would answer in the place of the one that is started here.
 * @throws `DEVNET_PORT_IN_USE`, naming the node and the port
 */
const checkPorts = async (devnet: Devnet): Promise<void> => {
  const deadline = performance.now() + PORTS_FREE_MS;
  for (const node of devnet.nodes) {
    const { rpc, p2p } = unwrap(readConfig(node.home));
    for (const { port, host } of [rpc, p2p]) {
      while (!(await isPortFree(port, host))) {
        if (performance.now() > deadline)
          throw new CodedError(
            fault('DEVNET_PORT_IN_USE', `port ${port} of ${node.name} is in use: is it running already?`, {
              node: node.name,
              port,
            }),
          );
        await pause(POLL_MS);
      }
    }
  }
};

/**
 * Starts every node and resolves when all answer and agree on a block decided since. How long that takes depends on the
 * machine, so it has no limit of time.
 * @param stopped - ends the start: its reason is thrown
 * @param waiting - is told now and then what is waited for, and since when
 * @throws `HOME_IN_USE`, `DEVNET_PORT_IN_USE`, `DEVNET_NODE_DIED` with the node's last words; what was started has then been stopped
 */
export const startDevnet = async (
  devnet: Devnet,
  probe: NodeProbe,
  stopped: AbortSignal,
  waiting: (text: string) => void = () => undefined,
): Promise<RunningDevnet> => {
  const release = holdHome(devnet.home);
  const processes: NodeProcess[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(processes.map(stopNodeProcess));
    release();
  };
  try {
    await checkPorts(devnet);
    for (const { name, home } of devnet.nodes) processes.push(startNodeProcess(name, home));
    await agreement(
      devnet,
      probe,
      () => {
        stopped.throwIfAborted();
        failIfDead(devnet, processes);
      },
      waiting,
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { devnet, processes, stop };
};

/** Returns the names of the nodes for which something is missing. */
const lacking = (devnet: Devnet, answers: readonly unknown[]): string =>
  devnet.nodes
    .filter((_, i) => answers[i] === undefined)
    .map(({ name }) => name)
    .join(', ');

const agreement = async (
  devnet: Devnet,
  probe: NodeProbe,
  check: () => void,
  waiting: (text: string) => void,
): Promise<void> => {
  const started = performance.now();
  let reported = started;
  /** Asks all nodes until each has an answer. */
  const all = async <T>(
    what: (names: string) => string,
    ask: (rpc: string) => Promise<T | undefined>,
  ): Promise<readonly T[]> => {
    for (;;) {
      check();
      const answers = await Promise.all(devnet.nodes.map(({ rpc }) => ask(rpc)));
      const given = answers.filter((answer) => answer !== undefined);
      if (given.length === answers.length) return given;
      const now = performance.now();
      if (now >= reported + REPORT_MS) {
        reported = now;
        waiting(`${what(lacking(devnet, answers))}, since ${Math.round((now - started) / 1000)} s`);
      }
      await pause(POLL_MS);
    }
  };
  const views = await all(
    (names) => `waiting for an answer of ${names}`,
    (rpc) => probe.look(rpc),
  );
  const first = toHeight(views.map(({ height }) => height).reduce(maxBig, 0n) + 1n);
  const ids = await all(
    (names) => `waiting for block ${first} at ${names}`,
    (rpc) => probe.blockId(rpc, first),
  );
  if (new Set(ids).size > 1)
    throw new CodedError(
      fault('DEVNET_DIVIDED', `the nodes have different blocks at height ${first}`, {
        height: first.toString(),
      }),
    );
};

/** A row of the live view. */
export type DevnetRow = { readonly node: DevnetNode; readonly state: 'up' | 'down'; readonly view: NodeView };

export const lookAtDevnet = async (devnet: Devnet, probe: NodeProbe): Promise<readonly DevnetRow[]> =>
  Promise.all(
    devnet.nodes.map(async (node): Promise<DevnetRow> => {
      const view = await probe.look(node.rpc);
      return { node, state: view === undefined ? 'down' : 'up', view };
    }),
  );
