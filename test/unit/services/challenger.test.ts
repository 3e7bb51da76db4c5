import { expect, test } from 'vitest';
import { openOutbox } from '../../../src/client/outbox.ts';
import { createRpcClient } from '../../../src/client/rpc-client.ts';
import { createWallet } from '../../../src/client/wallet.ts';
import type { Root } from '../../../src/lib/brands.ts';
import { Challenger } from '../../../src/services/challenge/challenger.ts';
import { type Fact, logTo } from '../../../src/services/run/report.ts';
import { receiptTarget } from '../../../src/services/watch/claim-standing.ts';
import { refused, ScriptedChain } from './support/scripted-chain.ts';
import { ScriptedData } from './support/scripted-data.ts';

test('a dry run says once what it would do, by events of their own, and asks no node', async () => {
  const facts: Fact[] = [];
  // Nobody listens there: whatever is sent or asked would throw.
  const client = createRpcClient('http://127.0.0.1:1');
  const domain = { chainId: 1n, genesisHash: new Uint8Array(32) as Root };
  const wallet = await createWallet(client, new Uint8Array(32).fill(1), domain);
  const outbox = openOutbox(client, wallet, { entries: [], save: () => undefined });
  const log = logTo((fact) => facts.push(fact));
  const challenger = new Challenger(
    { client, wallet, log, outbox, signal: new AbortController().signal },
    true,
  );
  const hex = `0x${'11'.repeat(32)}`;
  const target = (index: number) => receiptTarget({ batch: hex, settlement: hex, index });
  const demand = { text: 'output', contribution: 0, item: 0, first: 0, count: 1 } as const;
  expect(await challenger.demand(target(0), demand)).toBe('logged');
  expect(await challenger.demand(target(0), demand)).toBe('logged');
  expect(await challenger.challenge(target(1), { type: 'demand', value: demand })).toBe('logged');
  expect(facts.map(({ event }) => event)).toEqual(['wouldDemand', 'wouldChallenge']);
});

test('a challenge that no node takes is given up, and does not keep a service from its other work', async () => {
  const facts: Fact[] = [];
  const chain = new ScriptedChain();
  new ScriptedData(chain);
  let code = 'BALANCE_BELOW_MAX_FEE';
  chain.answer('tx_send', () => refused(code));
  const { client } = chain;
  const wallet = await createWallet(client, new Uint8Array(32).fill(1));
  const outbox = openOutbox(client, wallet, { entries: [], save: () => undefined });
  const log = logTo((fact) => facts.push(fact));
  const challenger = new Challenger(
    { client, wallet, log, outbox, signal: new AbortController().signal },
    false,
  );
  const hex = `0x${'11'.repeat(32)}`;
  const target = receiptTarget({ batch: hex, settlement: hex, index: 0 });
  const demand = { text: 'output', contribution: 0, item: 0, first: 0, count: 1 } as const;
  // The operator may fill up the account.
  await expect(challenger.demand(target, demand)).rejects.toMatchObject({ code });
  code = 'WITNESS_DEMAND';
  expect(await challenger.demand(target, demand)).toBe('given up');
  expect(await challenger.demand(target, demand)).toBe('given up');
  expect(challenger.isReady(target)).toBe(false);
  expect(facts.map(({ event }) => event)).toEqual(['demanding', 'demanding', 'late']);
  expect(facts.at(-1)).toMatchObject({ fields: { code: 'WITNESS_DEMAND', subject: `${hex}/0` } });
});
