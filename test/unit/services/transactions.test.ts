import { expect, test } from 'vitest';
import { fetchPayload } from '../../../src/services/run/transactions.ts';
import { transfer } from '../../../state/tx/transfer.ts';
import { stubNode } from '../client/stub-node.ts';

test('a transaction that no block holds has no payload to read', async () => {
  const client = await stubNode({ tx_status: { status: 'unknown', height: null, index: null } });
  const fetched = fetchPayload(client, `0x${'00'.repeat(32)}`, transfer);
  await expect(fetched).rejects.toMatchObject({ code: 'TX_NOT_FOUND' });
});
