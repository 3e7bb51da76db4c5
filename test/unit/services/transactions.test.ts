import { describe, expect, test } from 'vitest';
import { toHeight } from '../../../src/lib/brands.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import { CodedError, fault, unwrap } from '../../../src/lib/errors.ts';
import { SIGNATURE_LENGTH } from '../../../src/lib/secp256k1.ts';
import { fetchPayload, sendOrRefusal } from '../../../src/services/run/transactions.ts';
import { escrowDeposit } from '../../../state/tx/escrow-deposit.ts';
import { kindByName } from '../../../state/tx/registry.ts';
import { encodeTransaction } from '../../../state/tx/transaction.ts';
import { transfer } from '../../../state/tx/transfer.ts';
import { stubNode } from '../client/stub-node.ts';
import { alice, bob } from '../rpc/server.ts';

const ID = `0x${'00'.repeat(32)}`;

/** A node whose block holds a transfer of 5 to Bob. */
const nodeWithTransfer = () => {
  const body = kindByName('transfer')?.fromJson({ to: toHex(bob.address), amount: '5' });
  if (body === undefined) throw new Error('transfer is a kind');
  const draft = {
    from: alice.address,
    nonce: 0n,
    maxFee: 1n,
    tip: 0n,
    validUntil: toHeight(9n),
    body: unwrap(body),
  };
  const transaction = toHex(encodeTransaction(draft, new Uint8Array(SIGNATURE_LENGTH)));
  return stubNode({ tx_get: { height: '1', index: 0, transaction } });
};

test('the payload of a transaction is read from its bytes', async () => {
  const payload = await fetchPayload(await nodeWithTransfer(), ID, transfer);
  expect(payload).toMatchObject({ to: bob.address, amount: 5n });
});

test('a transaction of another kind has no payload of the kind that is looked for', async () => {
  const fetched = fetchPayload(await nodeWithTransfer(), ID, escrowDeposit);
  await expect(fetched).rejects.toMatchObject({ code: 'TX_KIND_OTHER' });
});

describe('a transaction that is sent', () => {
  const stopping = () => new AbortController();
  const sendAs = (error: Error, { signal } = stopping()) =>
    sendOrRefusal(
      {
        outbox: {
          has: () => false,
          lastRefusal: () => undefined,
          hasAny: () => false,
          send: () => Promise.reject(error),
          settle: async () => [],
          forget: () => undefined,
        },
        signal,
      },
      'key',
      'transfer',
      { to: bob.address, amount: 1n },
    );
  const coded = (code: string) => new CodedError(fault(code, 'no'));

  test.each(['BALANCE_TOO_LOW', 'BODY_TOO_LARGE', 'VALUES_TOO_MANY', 'RPC_ERROR', 'CODE_OF_TOMORROW'])(
    'and refused with %s ends nothing else',
    async (code) => {
      expect(await sendAs(coded(code))).toMatchObject({ code });
    },
  );

  test('to a node that is away or has no time, or by a service that is stopped, ends the round', async () => {
    for (const code of ['RPC_UNREACHABLE', 'SERVER_BUSY'])
      await expect(sendAs(coded(code))).rejects.toMatchObject({ code });
    await expect(sendAs(new TypeError('a mistake'))).rejects.toThrow(TypeError);
    const stopped = stopping();
    stopped.abort();
    await expect(sendAs(coded('STOPPED'), stopped)).rejects.toMatchObject({ code: 'STOPPED' });
  });
});
