import { expect, test } from 'vitest';
import { openOutbox } from '../../../src/client/outbox.ts';
import { createWallet } from '../../../src/client/wallet.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import { alice } from '../rpc/server.ts';
import { stubNode } from './stub-node.ts';

test('a transaction that the node dropped without a reason is dropped with a code of the client', async () => {
  const client = await stubNode({ tx_status: { status: 'evicted', error: null, events: [] } });
  const wallet = await createWallet(client, alice.privateKey, {
    chainId: 1n,
    salt: sha256(new Uint8Array()),
  });
  const entry = { key: 'pay', id: '0x01', transaction: '0x01', validUntil: '9' };
  const outbox = openOutbox(client, wallet, { entries: [entry], save: () => undefined });
  expect(await outbox.settle()).toMatchObject([
    { key: 'pay', status: 'dropped', fault: { code: 'TX_DROPPED', message: 'it is evicted' } },
  ]);
});
