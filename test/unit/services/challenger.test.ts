import { expect, onTestFinished, test, vi } from 'vitest';
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
    { client, wallet, log, outbox, waiting: [], signal: new AbortController().signal },
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
  let clock = 0;
  const now = vi.spyOn(performance, 'now').mockImplementation(() => clock);
  onTestFinished(() => now.mockRestore());
  chain.answer('tx_send', () => refused(code));
  const { client } = chain;
  const wallet = await createWallet(client, new Uint8Array(32).fill(1));
  const outbox = openOutbox(client, wallet, { entries: [], save: () => undefined });
  const log = logTo((fact) => facts.push(fact));
  const challenger = new Challenger(
    { client, wallet, log, outbox, waiting: [], signal: new AbortController().signal },
    false,
  );
  const hex = `0x${'11'.repeat(32)}`;
  const target = receiptTarget({ batch: hex, settlement: hex, index: 0 });
  const demand = { text: 'output', contribution: 0, item: 0, first: 0, count: 1 } as const;
  // The operator may fill up the account.
  expect(await challenger.demand(target, demand)).toBe('waits');
  expect(challenger.canDemand(target, demand)).toBe(false);
  clock = 1_000;
  expect(challenger.canDemand(target, demand)).toBe(true);
  code = 'WITNESS_DEMAND';
  expect(await challenger.demand(target, demand)).toBe('given up');
  expect(await challenger.demand(target, demand)).toBe('given up');
  expect(challenger.canDemand(target, demand)).toBe(false);
  expect(facts.map(({ event }) => event)).toEqual(['demanding', 'refused', 'demanding', 'refused']);
  expect(facts.at(-1)).toMatchObject({ fields: { code: 'WITNESS_DEMAND', subject: `${hex}/0` } });
});

test.each(['WITNESS_STRUCK', 'DECLARATION_STRUCK', 'DEMAND_REPEATED', 'WITNESS_DEMAND'])(
  'a refusal with %s speaks against that message alone: another one on the same target is sent at once',
  async (code) => {
    const chain = new ScriptedChain();
    new ScriptedData(chain);
    const { client } = chain;
    const wallet = await createWallet(client, new Uint8Array(32).fill(1));
    const outbox = openOutbox(client, wallet, { entries: [], save: () => undefined });
    const log = logTo(() => undefined);
    const context = { client, wallet, log, outbox, waiting: [], signal: new AbortController().signal };
    const challenger = new Challenger(context, false);
    const target = { type: 'contribution', value: { contribution: 2 } } as const;
    const demand = (first: number) =>
      ({ text: 'source', contribution: 2, item: 0, first, count: 64 }) as const;
    expect(await challenger.demand(target, demand(0))).toBe('sent');
    expect(challenger.isBusy(target)).toBe(true);
    expect(await challenger.demand(target, demand(64))).toBe('waits');
    chain.settle(chain.sent[0]?.id ?? '', 'failed', { error: { code, message: '', data: null } });
    for (const outcome of await outbox.settle()) {
      expect(challenger.learn(outcome)).toBe(true);
      outbox.forget(outcome.key);
    }
    expect([0, 64].map((first) => challenger.canDemand(target, demand(first)))).toEqual([false, true]);
    expect(await challenger.demand(target, demand(0))).toBe('given up');
    expect(await challenger.demand(target, demand(64))).toBe('sent');
  },
);
