/** What honest users of the attacked nodes see for a time: how long their calls take, and how many blocks come. */

import { percentile } from '../bench/percentile.ts';
import { lives } from '../e2e/processes.ts';
import { type HostileNetwork, peakMb, resetPeak } from './network.ts';

export type Measured = {
  /** The 99th percentile of how long an honest call to an attacked node takes, milliseconds. */
  readonly honestP99Ms: number;
  /** The honest calls. */
  readonly calls: number;
  /** Those that got no answer, or an error. */
  readonly unanswered: number;
  /** How often `/health` did not say that all is well. */
  readonly unhealthy: number;
  /** The blocks that the slowest of the attacked nodes has executed in the time. */
  readonly blocks: number;
  /** The most memory of an attacked node, MB. Undefined where the system does not say. */
  readonly peakRssMB: number | undefined;
  readonly seconds: number;
};

const CALL_EVERY_MS = 100;
const HEALTH_MS = 10_000;

type Samples = {
  readonly ms: number[];
  unanswered: number;
  unhealthy: number;
  first: bigint | undefined;
  last: bigint;
};

const isHealthy = (rpc: string): Promise<boolean> =>
  fetch(`${rpc}/health`, { signal: AbortSignal.timeout(HEALTH_MS) }).then(
    async (answer) => {
      await answer.arrayBuffer();
      return answer.ok;
    },
    () => false,
  );

/**
 * Asks one node for its status and its health, again and again after 100 ms, until `over`. A call that is not answered
 * counts with its time.
 */
const probe = async (network: HostileNetwork, i: number, over: AbortSignal): Promise<Samples> => {
  const client = network.devnet.client(i);
  const samples: Samples = { ms: [], unanswered: 0, unhealthy: 0, first: undefined, last: 0n };
  while (!over.aborted) {
    const since = performance.now();
    const status = await client.attempt('node_status');
    samples.ms.push(performance.now() - since);
    if (status.ok) {
      samples.first ??= status.value.height;
      samples.last = status.value.height;
    } else samples.unanswered++;
    if (!(await isHealthy(client.url))) samples.unhealthy++;
    await new Promise((resolve) => setTimeout(resolve, CALL_EVERY_MS));
  }
  return samples;
};

/** Measures for `seconds`. @throws if the process of an attacked node is gone */
export const measure = async (network: HostileNetwork, seconds: number): Promise<Measured> => {
  const pids = network.attacked.map(({ pid }) => pid);
  for (const pid of pids) resetPeak(pid);
  const from = network.stage.nodes.length - pids.length;
  const over = AbortSignal.timeout(seconds * 1_000);
  const since = performance.now();
  const samples = await Promise.all(pids.map((_, i) => probe(network, from + i, over)));
  const dead = network.attacked.filter(({ pid }) => !lives(pid)).map(({ name }) => name);
  if (dead.length > 0) throw new Error(`${dead.join(' and ')} ended`);
  const peaks = pids.map(peakMb);
  return {
    honestP99Ms: percentile(
      samples.flatMap(({ ms }) => ms),
      0.99,
    ),
    calls: samples.reduce((sum, each) => sum + each.ms.length, 0),
    unanswered: samples.reduce((sum, each) => sum + each.unanswered, 0),
    unhealthy: samples.reduce((sum, each) => sum + each.unhealthy, 0),
    blocks: Math.min(...samples.map(({ first, last }) => Number(last - (first ?? last)))),
    peakRssMB: peaks.every((mb) => mb !== undefined) ? Math.max(...peaks) : undefined,
    seconds: (performance.now() - since) / 1_000,
  };
};
