/** A URL behind which two nodes answer in turn, one of which stands still: bonds depend on what is read and sent there. */
import { expect, test } from 'vitest';
import { createWallet, type RpcClient } from '../../../src/index.ts';
import { alice } from '../rpc/server.ts';
import { openStage, row } from './stage.ts';

const live = await openStage();
const still = await openStage();
still.sealing.isOn = false;

/** Answers each request with the other of the two nodes. */
const inTurn = (first: RpcClient, second: RpcClient): RpcClient => {
  let asked = 0;
  const next = (): RpcClient => (asked++ % 2 === 0 ? first : second);
  return {
    ...first,
    call: (method, ...params) => next().call(method, ...params),
    attempt: (method, ...params) => next().attempt(method, ...params),
    batch: (calls) => next().batch(calls),
  };
};

test.each([
  ['the higher', () => inTurn(live.client, still.client)],
  ['the lower', () => inTurn(still.client, live.client)],
])('each contribution is committed once and revealed, with %s node first', async (which, open) => {
  const client = open();
  const said: string[] = [];
  const before = live.commits();
  const made = await live.give({
    client,
    wallet: await createWallet(client, alice.privateKey),
    rows: ['one', 'two', 'three'].map((each) => row(`${which} ${each}`)),
    itemsMax: 1,
    progress: (text) => said.push(text),
  });
  expect(made.map(({ revealed, refused }) => [typeof revealed, refused])).toEqual(
    Array.from({ length: 3 }, () => ['string', undefined]),
  );
  expect(live.commits()).toBe(before + 3);
  expect(said.join('\n')).not.toMatch(/lost|does not have it yet|trying again/);
});
