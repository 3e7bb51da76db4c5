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

const READY_TIMEOUT_MS = 60_000;
const POLL_MS = 50;

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

/** For the ports of nodes that were killed a moment ago. */
const PORTS_FREE_MS = 2_000;

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
 * Starts every node and resolves when all answer and agree on a block decided since. @throws `HOME_IN_USE`,
 * `DEVNET_PORT_IN_USE`, `DEVNET_NODE_DIED` with the node's last words, `DEVNET_NOT_READY` after a minute; what was started has then been
 * stopped.
 */
export const startDevnet = async (
  devnet: Devnet,
  probe: NodeProbe,
  stopped: AbortSignal,
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
    await agreement(devnet, probe, () => {
      stopped.throwIfAborted();
      failIfDead(devnet, processes);
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { devnet, processes, stop };
};

const agreement = async (devnet: Devnet, probe: NodeProbe, check: () => void): Promise<void> => {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  const within = async <T>(ask: () => Promise<T | undefined>): Promise<T> => {
    for (;;) {
      check();
      const answer = await ask();
      if (answer !== undefined) return answer;
      if (performance.now() > deadline)
        throw new CodedError(
          fault('DEVNET_NOT_READY', `the nodes did not agree on a block within ${READY_TIMEOUT_MS / 1000} s`),
        );
      await pause(POLL_MS);
    }
  };
  const start = await within(async () => {
    const views = await Promise.all(devnet.nodes.map((node) => probe.look(node.rpc)));
    const heights = views.map((view) => view?.height);
    return heights.every((height) => height !== undefined) ? heights : undefined;
  });
  const first = start.reduce(maxBig, 0n) + 1n;
  await within(async () => {
    const ids = await Promise.all(devnet.nodes.map((node) => probe.blockId(node.rpc, toHeight(first))));
    const [one] = ids;
    return one !== undefined && ids.every((id) => id === one) ? one : undefined;
  });
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
