/**
 * Follows the events of a chain over the RPC of a node, from any height on. It fetches no blocks and decodes no
 * transactions: an event names what happened, and the transaction it came from. It stores nothing: a caller that stores
 * the height it has handled continues there after a restart.
 */

import type { ChainEvent } from '../../rpc/schemas/event.ts';
import { PAGE_LIMIT_MAX } from '../../rpc/schemas/page.ts';
import type { ParamsOf, ResultOf } from '../../rpc/schemas/registry.ts';
import {
  bigintTo,
  check,
  checkFields,
  FUNCTION,
  MILLISECONDS,
  OBJECT,
  optional,
  SIGNAL,
  WHOLE_NUMBER,
} from '../lib/arguments.ts';
import { type Height, toHeight } from '../lib/brands.ts';
import { equal } from '../lib/bytes.ts';
import { CodedError, unwrap } from '../lib/errors.ts';
import { MAX_UINT64 } from '../lib/math.ts';
import { chainChanged } from './chain-changed.ts';
import { isPassing } from './refusals.ts';
import { type RetryOptions, whenAnswered } from './retry.ts';
import { CLIENT, type RpcClient } from './rpc-client.ts';
import { sleep } from './sleep.ts';
import { fetchChainIdentity } from './wallet.ts';

/** The next heights of a chain, and their events. */
export type FollowedHeights = {
  /** The last of the heights: all their events, and those of the heights before, have been returned. */
  readonly height: Height;
  /** The last height of the node when it answered: how far behind it the reader is. */
  readonly last: Height;
  /** In the order of the chain. A height is never split: its events come together. */
  readonly events: readonly ChainEvent[];
};

/** Which events: their types, and the entities that they are about. */
export type EventFilter = Omit<ParamsOf<'events_query'>, 'from' | 'to' | 'limit'>;

export type FollowOptions = RetryOptions & {
  /** The first height to return. */
  readonly from: Height;
  readonly filter: EventFilter;
  readonly pollMs?: number;
  /** Is asked at each poll without new heights. If it returns true, the last height comes once more, without events. */
  readonly isDue?: () => boolean;
  /** The most events of one answer of the node. */
  readonly limit?: number;
};

const POLL_MS = 100;

const OPTIONS = {
  from: bigintTo(MAX_UINT64),
  filter: OBJECT,
  signal: SIGNAL,
  pollMs: optional(MILLISECONDS),
  isDue: optional(FUNCTION),
  limit: optional(WHOLE_NUMBER),
  repeatAfter: optional(FUNCTION),
  onAway: optional(FUNCTION),
  onBack: optional(FUNCTION),
};

/** The height of an event or a cursor. */
export const heightOf = (cursor: string): Height => toHeight(BigInt(cursor.split('/', 1)[0] ?? ''));

/**
 * Yields the heights from `from` on as soon as the node has them. While there is much to catch up with, many heights come
 * together. Waits while the node is unreachable or behind. Once the node has answered, an answer that says nothing about
 * the events does not end it either, whatever its code: it asks again after a pause. What it holds is bounded: one page,
 * and the events of one height.
 * @throws CodedError `CHAIN_CHANGED` if the node is of another chain than at the first call; with which the node refuses
 *   the first request, unless it says that it has no time or `repeatAfter` waits it out; the reason of the signal
 */
export async function* followEvents(
  client: RpcClient,
  options: FollowOptions,
): AsyncGenerator<FollowedHeights, never> {
  check('client', client, CLIENT);
  checkFields('', options, OPTIONS);
  const { filter, pollMs = POLL_MS, isDue = () => false, limit = PAGE_LIMIT_MAX, signal } = options;
  const chain = await whenAnswered(() => fetchChainIdentity(client), options);
  /** What is waited out once the node has answered: the same request may be answered again. */
  const answered = { ...options, repeatAfter: options.repeatAfter ?? isPassing };
  let isAnswered = false;
  /** One request asks for both: a node may be started again on another chain between any two of them. */
  const query = (from: string): Promise<ResultOf<'events_query'>> =>
    whenAnswered(
      async () => {
        const [identity, events] = await client.batch([
          { method: 'chain_getDomain', params: {} },
          { method: 'events_query', params: { ...filter, from, limit } },
        ]);
        const { genesisHash } = unwrap(identity);
        if (!equal(genesisHash, chain.genesisHash))
          throw new CodedError(chainChanged(client, { genesisHash }));
        const page = unwrap(events);
        isAnswered = true;
        return page;
      },
      isAnswered ? answered : options,
    );

  /** The last height that was yielded. */
  let done = options.from - 1n;
  let cursor = `${options.from}/0`;
  /** Events of a height whose other events are on the next page. */
  let held: readonly ChainEvent[] = [];
  for (;;) {
    const { events, height: last, next } = await query(cursor);
    const complete = next === null ? last : heightOf(next) - 1n;
    if (next === null && complete <= done) {
      if (isDue()) yield { height: toHeight(done), last, events: [] };
      await sleep(pollMs, signal);
      continue;
    }
    const all = [...held, ...events];
    held = all.filter((event) => heightOf(event.cursor) > complete);
    cursor = next ?? `${complete + 1n}/0`;
    if (complete <= done) continue;
    done = complete;
    yield {
      height: toHeight(complete),
      last,
      events: all.filter((event) => heightOf(event.cursor) <= complete),
    };
  }
}
