/** Counting what was executed, on the node that is furthest behind, and what that makes of it. */
import type { RpcClient } from '../../src/client/rpc-client.ts';
import { pause } from './network.ts';

/** How many have been executed with success, as one node has it. */
export type Count = (client: RpcClient) => Promise<number>;

export const slowest = async (clients: readonly RpcClient[], count: Count): Promise<number> =>
  Math.min(...(await Promise.all(clients.map(count))));

export type Throughput = {
  readonly executed: number;
  readonly seconds: number;
  readonly perSecond: number;
};

const SAMPLE_MS = 250;
/** Nothing new for so long, with all sent, means that what is missing will not come. */
const STALLED_MS = 15_000;

/**
 * Watches the slowest node until `expected` have been executed there, or `maxSeconds` have passed. To be called when
 * sending begins: the rate is over the time from then to the last that was executed. From the first executed on, a chain
 * that stalls while it takes everything in, and then executes it in a burst, would look fast.
 */
export const watchThroughput = async (
  clients: readonly RpcClient[],
  count: Count,
  expected: number,
  maxSeconds: number,
): Promise<Throughput> => {
  const begin = await slowest(clients, count);
  const since = performance.now();
  let last = begin;
  let lastAt = since;
  while (last - begin < expected && performance.now() - since < maxSeconds * 1000) {
    await pause(SAMPLE_MS);
    const now = await slowest(clients, count);
    if (now === last) {
      if (last !== begin && performance.now() - lastAt > STALLED_MS) break;
      continue;
    }
    last = now;
    lastAt = performance.now();
  }
  const executed = last - begin;
  const seconds = (lastAt - since) / 1000;
  return { executed, seconds, perSecond: seconds > 0 ? executed / seconds : 0 };
};
