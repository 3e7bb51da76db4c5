import type { ResultOf } from '../../rpc/schemas/registry.ts';
import { bigintTo, check, checkFields, MILLISECONDS, type Must, optional, ROOT } from '../lib/arguments.ts';
import type { Height, Root } from '../lib/brands.ts';
import { fromHex, type Hex, toHex } from '../lib/bytes.ts';
import { CodedError, failWith, ok, type Result } from '../lib/errors.ts';
import { MAX_UINT64 } from '../lib/math.ts';
import { fault } from './errors.ts';
import { isForLater } from './refusals.ts';
import { CLIENT, type RpcClient } from './rpc-client.ts';
import { sleep } from './sleep.ts';

export type WaitOptions = { readonly timeoutMs?: number; readonly pollMs?: number };

const TIMEOUT_MS = 30_000;
const POLL_MS = 100;

const OPTIONS = { timeoutMs: optional(MILLISECONDS), pollMs: optional(MILLISECONDS) };
const ID: Must = {
  be: 'the id of a transaction, 32 bytes as a Uint8Array or 0x-hex',
  is: (value) => (typeof value === 'string' ? fromHex(value, 32).ok : ROOT.is(value)),
};

/** Runs a call. Returns the fault of a node that is away or has no time; throws every other one. */
const answerOf = async <T>(read: () => Promise<T>): Promise<Result<T>> => {
  try {
    return ok(await read());
  } catch (error) {
    if (error instanceof CodedError && isForLater(error.fault)) return failWith(error.fault);
    throw error;
  }
};

/**
 * Asks until `read` gives something other than undefined. A node that is away or has no time is asked again.
 * @throws CodedError `WAIT_TIMEOUT`, which names what was waited for, and why the node did not answer last
 */
export const waitUntil = async <T>(
  what: string,
  read: () => Promise<T | undefined>,
  { timeoutMs = TIMEOUT_MS, pollMs = POLL_MS }: WaitOptions = {},
): Promise<T> => {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const value = await answerOf(read);
    if (value.ok && value.value !== undefined) return value.value;
    if (performance.now() >= end) {
      const reason = value.ok ? undefined : value.fault;
      throw new CodedError(
        fault(
          'WAIT_TIMEOUT',
          `${what}: not within ${timeoutMs} ms${reason === undefined ? '' : `; ${reason.message}`}`,
          { timeoutMs, ...(reason === undefined ? {} : { reason: reason.code }) },
        ),
      );
    }
    await sleep(pollMs);
  }
};

/** Waits until the transaction is in a block or given up: any status but unknown and pending. */
export const waitForTransaction = async (
  client: RpcClient,
  id: Root | Hex,
  options: WaitOptions = {},
): Promise<ResultOf<'tx_status'>> => {
  check('client', client, CLIENT);
  check('id', id, ID);
  checkFields('', options, OPTIONS);
  return waitUntil(
    `transaction ${typeof id === 'string' ? id : toHex(id)}`,
    async () => {
      const state = await client.call('tx_status', { id });
      return state.status === 'unknown' || state.status === 'pending' ? undefined : state;
    },
    options,
  );
};

/** Waits until the node has committed `height`. */
export const waitForHeight = async (
  client: RpcClient,
  height: bigint,
  options: WaitOptions = {},
): Promise<Height> => {
  check('client', client, CLIENT);
  check('height', height, bigintTo(MAX_UINT64));
  checkFields('', options, OPTIONS);
  return waitUntil(
    `height ${height} at ${client.url}`,
    async () => {
      const { height: reached } = await client.call('node_status');
      return reached >= height ? reached : undefined;
    },
    options,
  );
};
