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

const { contributions } = await client.call('rewards_get', { address });
const earning = contributions.filter(({ earned, claimed }) => earned.spans > claimed.spans);
const before = await client.call('account_get', { address });
const claimed = await wallet.send(
  'rewardClaim',
  { contributions: earning.map(({ contribution }) => contribution), models: [], stake: false },
  { mode: 'commit', timeoutMs: 120_000 },
);
assert.equal(claimed.status, 'committed');
const after = await client.call('account_get', { address });
assert.ok(after.balance > before.balance);
console.log(`${formatAmount(after.balance - before.balance)} OPEN more on the account, after the fee`);
