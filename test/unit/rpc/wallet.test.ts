/** A wallet that knows nothing of this chain but EIP-712 (viem) signs what tx_prepare hands it. */
import { privateKeyToAccount } from 'viem/accounts';
import { expect, test } from 'vitest';
import { toHeight } from '../../../src/lib/brands.ts';
import { fromHex, toHex } from '../../../src/lib/bytes.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { signDigest } from '../../../src/lib/secp256k1.ts';
import type { Json } from '../../../src/lib/ssz.ts';
import { kindByName } from '../../../state/tx/registry.ts';
import { encodeTransaction } from '../../../state/tx/transaction.ts';
import { SIGNATURE_FORMS } from '../lib/signature-forms.ts';
import { alice, bob, field, type TestServer, testServer } from './server.ts';

const text = (value: unknown, ...path: readonly string[]): string => String(field(value, ...path));

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

const prepared = async (server: TestServer, amount: number) => {
  const made = await server.call('tx_prepare', {
    from: toHex(alice.address),
    kind: 'transfer',
    payload: { to: toHex(bob.address), amount: String(amount) },
  });
  const signature = signDigest(unwrap(fromHex(text(made, 'id'))), alice.privateKey);
  return { id: text(made, 'id'), transaction: field(made, 'transaction') as object, signature };
};

/** Sends until both values have been taken. */
const sendBoth = async (encode: (made: Awaited<ReturnType<typeof prepared>>) => unknown) => {
  const seen = new Set<number | undefined>();
  for (let amount = 1; seen.size < 2; amount++) {
    const server = testServer();
    const made = await prepared(server, amount);
    seen.add(made.signature[64]);
    await server.call('tx_send', { transaction: encode(made) });
    server.seal();
    expect(await server.call('tx_status', { id: made.id })).toMatchObject({ status: 'committed' });
  }
  return seen;
};

test.each(SIGNATURE_FORMS)('a signature with %s is taken in a signed object', async (_, change) => {
  const seen = await sendBoth(({ transaction, signature }) => ({
    ...transaction,
    signature: toHex(change(signature)),
  }));
  expect(seen).toEqual(new Set([27, 28]));
});

/** An encoding ends with a signature of 65 bytes, so it has none of the compact form. */
const FORMS_OF_65 = SIGNATURE_FORMS.filter(([, change]) => change(new Uint8Array(65)).length === 65);

test.each(FORMS_OF_65)('a signature with %s is taken in an encoding', async (_, change) => {
  const seen = await sendBoth(({ transaction, signature }) => {
    const kind = kindByName('transfer');
    if (kind === undefined) throw new Error('there is a kind transfer');
    const number = (name: string): bigint => BigInt(text(transaction, name));
    const draft = {
      from: alice.address,
      nonce: number('nonce'),
      maxFee: number('maxFee'),
      tip: number('tip'),
      validUntil: toHeight(number('validUntil')),
      body: unwrap(kind.fromJson(field(transaction, 'payload') as Json)),
    };
    return toHex(encodeTransaction(draft, change(signature)));
  });
  expect(seen).toEqual(new Set([27, 28]));
});

const WHOLE =
  'must be a whole number of 0 or more, as decimal digits in a string or as a number up to 2^53 - 1';
const SIGNATURE_FLAW = 'transaction.signature: must be 0x and 130 hex digits, or 128 (EIP-2098), in a string';
test.each([
  [{ nonce: 'x' }, `transaction.nonce: ${WHOLE}`],
  [{ nonce: -1 }, 'transaction.nonce: must be >= 0'],
  [{ maxFee: null }, `transaction.maxFee: ${WHOLE}`],
  [{ maxFee: '1.5' }, `transaction.maxFee: ${WHOLE}`],
  [{ signature: '0x12' }, SIGNATURE_FLAW],
  [{ signature: `0x${'12'.repeat(63)}` }, SIGNATURE_FLAW],
  [{ signature: `0x${'12'.repeat(64)}1` }, SIGNATURE_FLAW],
  [{ signature: 7 }, SIGNATURE_FLAW],
  [{ from: '0x12' }, 'transaction.from: must be an address, 0x and 40 hex digits, in a string'],
  [{ from: 7 }, 'transaction.from: must be an address, 0x and 40 hex digits, in a string'],
  [{ kind: 7 }, 'transaction.kind: must be string'],
  [{ gas: 1 }, 'transaction: unknown gas'],
  [{ tip: undefined }, 'transaction: missing tip'],
])('a signed object with %j is refused by the name of the field', async (change, message) => {
  const server = testServer();
  const transaction = {
    from: toHex(alice.address),
    nonce: '0',
    maxFee: '1',
    tip: '0',
    validUntil: '9',
    kind: 'transfer',
    payload: {},
    signature: `0x${'11'.repeat(65)}`,
    ...change,
  };
  expect(await server.refusal('tx_send', { transaction })).toMatchObject({
    message: expect.stringContaining(message) as string,
    data: { code: 'PARAMS_INVALID' },
  });
});
