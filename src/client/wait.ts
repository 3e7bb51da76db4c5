import type { ResultOf } from '../../rpc/schemas/registry.ts';
import type { Height, Root } from '../lib/brands.ts';
import { type Hex, toHex } from '../lib/bytes.ts';
import { CodedError } from '../lib/errors.ts';
import { fault } from './errors.ts';
import type { RpcClient } from './rpc-client.ts';
import { sleep } from './sleep.ts';

export type WaitOptions = { readonly timeoutMs?: number; readonly pollMs?: number };

const TIMEOUT_MS = 30_000;
const POLL_MS = 100;

/**
 * Asks until `read` gives something other than undefined.
 * @throws CodedError `WAIT_TIMEOUT`, naming what was waited for
 */
export const waitUntil = async <T>(
  what: string,
  read: () => Promise<T | undefined>,
  { timeoutMs = TIMEOUT_MS, pollMs = POLL_MS }: WaitOptions = {},
): Promise<T> => {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const value = await read();
    if (value !== undefined) return value;
    if (performance.now() >= end)
      throw new CodedError(fault('WAIT_TIMEOUT', `${what}: not within ${timeoutMs} ms`, { timeoutMs }));
    await sleep(pollMs);
  }
};

/** Waits until the transaction is in a block or given up: any status but unknown and pending. */
export const waitForTransaction = (
  client: RpcClient,
  id: Root | Hex,
  options: WaitOptions = {},
): Promise<ResultOf<'tx_status'>> =>
  waitUntil(
    `transaction ${typeof id === 'string' ? id : toHex(id)}`,
    async () => {
      const state = await client.call('tx_status', { id });
      return state.status === 'unknown' || state.status === 'pending' ? undefined : state;
    },
    options,
  );

/** Waits until the node has committed `height`. */
export const waitForHeight = (
  client: RpcClient,
  height: bigint,
  options: WaitOptions = {},
): Promise<Height> =>
  waitUntil(
    `height ${height} at ${client.url}`,
    async () => {
      const { height: reached } = await client.call('node_status');
      return reached >= height ? reached : undefined;
    },
    options,
  );
