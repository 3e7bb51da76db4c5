/**
 * Is paid for a contribution: waits until an answer that repeats words or shares phrases of it is settled and its epoch has closed, then claims the
 * reward. It needs a receipt, which pay-inference.ts makes, and an attestor: `openledger attest`.
 */
import assert from 'node:assert/strict';
import { createRpcClient, createWallet, followEvents, formatAmount, toHeight } from 'openledger';
import { keyOf, nodeUrl } from './environment.ts';

const client = createRpcClient(nodeUrl());
const wallet = await createWallet(client, keyOf());
const { address } = wallet;

const signal = new AbortController().signal;
type Paid = 'spansPaid' | 'relevancePaid';
const filter: { types: Paid[]; account: Uint8Array } = {
  types: ['spansPaid', 'relevancePaid'],
  account: address,
};
/** What contributions earn, by whichever track. */
const ofData = ({ spans, relevance, remainder }: { spans: bigint; relevance: bigint; remainder: bigint }) =>
  spans + relevance + remainder;

for await (const { height, events } of followEvents(client, { from: toHeight(1n), filter, signal })) {
  for (const event of events)
    if (event.type === 'spansPaid' || event.type === 'relevancePaid')
      console.log(`contribution ${event.data.contribution} earned ${formatAmount(event.data.amount)} OPEN`);
  const { claimable } = await client.call('rewards_get', { address });
  console.log(`block ${height}: ${formatAmount(ofData(claimable))} OPEN can be claimed`);
  if (ofData(claimable) > 0n) break;
}

const before = await client.call('rewards_get', { address });
const earning = before.contributions.filter(({ earned, claimed }) => ofData(earned) > ofData(claimed));
const { status } = await wallet.send(
  'rewardClaim',
  { contributions: earning.map(({ contribution }) => contribution), models: [], stake: false },
  { mode: 'commit', timeoutMs: 120_000 },
);
assert.equal(status, 'committed');
const after = await client.call('rewards_get', { address });
const paid = ofData(after.claimed) - ofData(before.claimed);
assert.ok(paid > 0n);
console.log(`claimed ${formatAmount(paid)} OPEN`);
