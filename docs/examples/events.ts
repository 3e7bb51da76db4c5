/**
 * Watches what happens to an account, from the next block on. It keeps nothing: a program that stores the last height it
 * has handled continues there. While the node is away, the loop waits and says so.
 */
import assert from 'node:assert/strict';
import {
  type ChainEvent,
  createRpcClient,
  createWallet,
  type EventFilter,
  type FollowedHeights,
  type FollowOptions,
  followEvents,
  formatAmount,
  type Height,
  isAway,
  type RetryOptions,
  toHeight,
  waitForHeight,
  whenAnswered,
} from 'openledger';
import { keyOf, nodeUrl } from './environment.ts';

const client = createRpcClient(nodeUrl());
const over = new AbortController();
const retry: RetryOptions = {
  signal: over.signal,
  onAway: ({ message }, pauseMs) => console.log(`${message}; asking again in ${pauseMs} ms`),
  onBack: () => console.log('the node answers again'),
};

// Nobody listens at this port. The error is one of an absent node, and a call may be repeated until the node is there.
const nobody = createRpcClient('http://127.0.0.1:9', { retries: 0 });
assert.ok(isAway(await nobody.call('node_status').catch((error: unknown) => error)));
const { height } = await whenAnswered(() => client.call('node_status'), retry);

const wallet = await createWallet(client, keyOf());
const filter: EventFilter = { types: ['transfer'], account: wallet.address };
const options: FollowOptions = { ...retry, from: toHeight(height + 1n), filter, pollMs: 200, limit: 100 };

const recipient = new Uint8Array(20).fill(0x5c);
const { id } = await wallet.send('transfer', { to: recipient, amount: 10n ** 17n });

const describe = (event: ChainEvent): string =>
  event.type === 'transfer' ? `${formatAmount(event.data.amount)} OPEN` : event.type;

let seen: Height | undefined;
for await (const followed of followEvents(client, options)) {
  const { events, last }: FollowedHeights = followed;
  for (const event of events) console.log(`${event.cursor} of ${last}: ${describe(event)}`);
  const mine = events.find(({ transaction }) => transaction?.every((byte, i) => byte === id[i]));
  if (mine === undefined) continue;
  seen = followed.height;
  break;
}
assert.ok(seen !== undefined && seen > height);
const next = await waitForHeight(client, seen + 1n, { timeoutMs: 120_000 });
console.log(`the chain went on to block ${next}`);
