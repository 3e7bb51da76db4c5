/** A wallet that knows nothing of this chain but EIP-712 (viem) signs what tx_prepare hands it. */
import { privateKeyToAccount } from 'viem/accounts';
import { expect, test } from 'vitest';
import { toHex } from '../../../src/lib/bytes.ts';
import { alice, bob, field, testServer } from './server.ts';

type TypedData = Parameters<ReturnType<typeof privateKeyToAccount>['signTypedData']>[0];

test('what tx_prepare returns, signed by any EIP-712 wallet, is executed', async () => {
  const server = testServer();
  const account = privateKeyToAccount(toHex(alice.privateKey));
  const prepared = await server.call('tx_prepare', {
    from: account.address,
    kind: 'transfer',
    payload: { to: toHex(bob.address), amount: '12' },
  });
  const signature = await account.signTypedData(field(prepared, 'typedData') as TypedData);
  const transaction = { ...(field(prepared, 'transaction') as object), signature };
  const sent = await server.call('tx_send', { transaction });
  expect(sent).toMatchObject({ id: field(prepared, 'id'), status: 'pending' });
  server.seal();
  expect(await server.call('tx_status', { id: field(prepared, 'id') })).toMatchObject({
    status: 'committed',
  });
  expect(await server.call('account_get', { address: toHex(bob.address) })).toMatchObject({
    balance: '1000000000000000000012',
  });
});

test('the same signature under other contents is refused: it shows another signer', async () => {
  const server = testServer();
  const account = privateKeyToAccount(toHex(alice.privateKey));
  const prepared = await server.call('tx_prepare', {
    from: account.address,
    kind: 'transfer',
    payload: { to: toHex(bob.address), amount: '12' },
  });
  const signature = await account.signTypedData(field(prepared, 'typedData') as TypedData);
  const transaction = field(prepared, 'transaction') as object;
  for (const change of [
    { nonce: '1' },
    { maxFee: '999999' },
    { validUntil: '5' },
    { tip: '1' },
    { payload: { to: toHex(bob.address), amount: '13' } },
    { from: toHex(bob.address) },
  ])
    expect(
      await server.refusal('tx_send', { transaction: { ...transaction, ...change, signature } }),
    ).toMatchObject({ code: -32000, data: { code: 'SIGNATURE_SIGNER' } });
});
