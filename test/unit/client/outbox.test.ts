import { expect, test } from 'vitest';
import { openOutbox } from '../../../src/client/outbox.ts';
import { createWallet } from '../../../src/client/wallet.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import { alice } from '../rpc/server.ts';
import { stubNode } from './stub-node.ts';

/** An outbox in which so many transactions wait, of a node with the same status for all; and the calls it has made. */
const waitingOutbox = async (count: number, status: string) => {
  const unplaced = { height: null, index: null, error: null, gasUsed: null, fee: null, events: [] };
  const node = await stubNode({ tx_status: { id: `0x${'07'.repeat(32)}`, status, ...unplaced } });
  const batches: number[] = [];
  const client: typeof node = {
    ...node,
    call: () => expect.unreachable('what became of transactions is asked in batches'),
    batch: (calls) => {
      batches.push(calls.length);
      return node.batch(calls);
    },
  };
  const domain = { chainId: 1n, genesisHash: sha256(new Uint8Array()) };
  const wallet = await createWallet(client, alice.privateKey, domain);
  const entries = Array.from({ length: count }, (_, i) => ({
    key: `pay/${i}`,
    id: `0x0${i}`,
    transaction: '0x01',
    validUntil: '9',
  }));
  return { outbox: openOutbox(client, wallet, { entries, save: () => undefined }), batches };
};

test('a transaction that the node dropped without a reason is dropped with a code of the client', async () => {
  const { outbox } = await waitingOutbox(1, 'evicted');
  expect(await outbox.settle()).toMatchObject([
    { key: 'pay/0', status: 'dropped', fault: { code: 'TX_DROPPED', message: 'it is evicted' } },
  ]);
});

test('one call asks what became of all that wait, up to a bound', async () => {
  const { outbox, batches } = await waitingOutbox(60, 'committed');
  expect((await outbox.settle()).map(({ key, status }) => [key, status])).toEqual(
    Array.from({ length: 60 }, (_, i) => [`pay/${i}`, 'committed']),
  );
  expect(batches).toEqual([50, 10]);
});

test('what waits in the node has no outcome yet', async () => {
  const { outbox } = await waitingOutbox(2, 'pending');
  expect(await outbox.settle()).toEqual([]);
});

test('nothing is asked while nothing waits', async () => {
  const { outbox, batches } = await waitingOutbox(0, 'committed');
  expect(await outbox.settle()).toEqual([]);
  expect(batches).toEqual([]);
});
