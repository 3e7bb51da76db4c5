/**
 * Is paid for a contribution: waits until an answer that repeats it is settled and its epoch has closed, then claims the
 * reward. It needs a receipt, which pay-inference.ts makes, and an attestor: `openledger attest`.
 */
import assert from 'node:assert/strict';
import { createRpcClient, createWallet, followEvents, formatAmount, toHeight } from 'openledger';
import { keyOf, nodeUrl } from './environment.ts';

const client = createRpcClient(nodeUrl());
const wallet = await createWallet(client, keyOf());
const { address } = wallet;

const signal = new AbortController().signal;
const filter: { types: 'spansPaid'[]; account: Uint8Array } = { types: ['spansPaid'], account: address };
for await (const { height, events } of followEvents(client, { from: toHeight(1n), filter, signal })) {
  for (const event of events)
    if (event.type === 'spansPaid')
      console.log(`contribution ${event.data.contribution} earned ${formatAmount(event.data.amount)} OPEN`);
  const { claimable } = await client.call('rewards_get', { address });
  console.log(`block ${height}: ${formatAmount(claimable.spans + claimable.remainder)} OPEN can be claimed`);
  if (claimable.spans > 0n) break;
}

const before = await client.call('rewards_get', { address });
const earning = before.contributions.filter(({ earned, claimed }) => earned.spans > claimed.spans);
const { status } = await wallet.send(
  'rewardClaim',
  { contributions: earning.map(({ contribution }) => contribution), models: [], stake: false },
  { mode: 'commit', timeoutMs: 120_000 },
);
assert.equal(status, 'committed');
const after = await client.call('rewards_get', { address });
const paid = after.claimed.spans + after.claimed.remainder - before.claimed.spans - before.claimed.remainder;
assert.ok(paid > 0n);
console.log(`claimed ${formatAmount(paid)} OPEN`);
