import { describe, expect, test } from 'vitest';
import { toHex } from '../../../src/lib/bytes.ts';
import { signDigest } from '../../../src/lib/secp256k1.ts';
import { alice, bob, field, type TestServer, testServer } from './server.ts';

const request = (amount: string) => ({
  from: toHex(alice.address),
  kind: 'transfer',
  payload: { to: toHex(bob.address), amount },
});

/** A transfer of alice as tx_prepare returns it, without its signature. */
const draftOf = async (server: TestServer, amount: string, decided: object = {}) =>
  field(await server.call('tx_prepare', { ...request(amount), ...decided }), 'transaction') as object;

const signedBy = async (server: TestServer, amount: string): Promise<object> => {
  const prepared = await server.call('tx_prepare', request(amount));
  const digest = Buffer.from(String(field(prepared, 'id')).slice(2), 'hex');
  const signature = toHex(signDigest(digest, alice.privateKey));
  return { ...(field(prepared, 'transaction') as object), signature };
};

describe('tx_simulate', () => {
  test('executes drafts in order, with typed events, and sends nothing', async () => {
    const server = testServer();
    const transactions = [
      await draftOf(server, '7'),
      await draftOf(server, `${10n ** 27n}`, { nonce: 1 }),
      await draftOf(server, '9', { nonce: 5 }),
    ];
    const simulated = await server.call('tx_simulate', { transactions });
    expect(simulated).toMatchObject({
      height: '1',
      results: [
        { status: 'success', code: null, error: null },
        { status: 'failed', code: 'BALANCE_TOO_LOW', error: { data: { needed: `${10n ** 27n}` } } },
        { status: 'skipped', code: 'NONCE_TOO_HIGH', gasUsed: '0', fee: '0' },
      ],
      events: [{ cursor: '1/0', type: 'transfer', data: { amount: '7' } }],
    });
    expect(BigInt(String(field(simulated, 'results', 1, 'fee')))).toBeGreaterThan(0n);
    expect(field(simulated, 'events', 0, 'transaction')).toBe(field(simulated, 'results', 0, 'id'));
    expect(await server.call('node_mempool')).toMatchObject({ transactions: 0 });
    expect(await server.call('account_get', { address: toHex(alice.address) })).toMatchObject({ nonce: '0' });
  });

  test('tells what the block then does', async () => {
    const server = testServer();
    const transaction = await signedBy(server, '7');
    const simulated = await server.call('tx_simulate', { transactions: [transaction] });
    await server.call('tx_send', { transaction });
    server.seal();
    const { error: _, ...result } = Object(field(simulated, 'results', 0)) as Record<string, unknown>;
    const block = await server.call('chain_getBlockResults', { height: 1 });
    expect(field(block, 'results', 0)).toEqual(result);
    expect(field(simulated, 'events')).toEqual(field(block, 'events'));
  });

  test.each<[string, unknown, string]>([
    ['none', [], 'PARAMS_INVALID'],
    ['more than sixteen', Array.from({ length: 17 }, () => '0x00'), 'PARAMS_INVALID'],
    ['what is no list', '0x00', 'PARAMS_INVALID'],
    ['what is no hex', ['0x0'], 'PARAMS_INVALID'],
    ['null', [null], 'PARAMS_INVALID'],
    ['bytes that are none', ['0x00'], 'TX_DECODE'],
  ])('refuses %s', async (_, transactions, code) => {
    expect((await testServer().refusal('tx_simulate', { transactions })).data.code).toBe(code);
  });

  test('names the draft that is wrong', async () => {
    const server = testServer();
    const good = await draftOf(server, '7');
    const transactions = [good, { ...good, kind: 'transfers' }];
    expect((await server.refusal('tx_simulate', { transactions })).data).toMatchObject({
      code: 'TX_KIND_UNKNOWN',
      index: 1,
    });
  });
});

describe('tx_send', () => {
  test('says whether the node knew the transaction, waiting or executed', async () => {
    const server = testServer();
    const transaction = await signedBy(server, '7');
    expect(await server.call('tx_send', { transaction })).toMatchObject({ known: false, status: 'pending' });
    expect(await server.call('tx_send', { transaction })).toMatchObject({ known: true, status: 'pending' });
    server.seal();
    for (const mode of ['async', 'sync', 'commit'])
      expect(await server.call('tx_send', { transaction, mode })).toMatchObject({
        known: true,
        status: 'committed',
      });
    server.seal();
    expect(await server.call('account_get', { address: toHex(alice.address) })).toMatchObject({ nonce: '1' });
  });
});

describe('tx_prepare', () => {
  test('reserves nothing: the nonce is the same until a transaction with it was sent', async () => {
    const server = testServer();
    const nonceOf = async () => field(await draftOf(server, '7'), 'nonce');
    expect([await nonceOf(), await nonceOf()]).toEqual(['0', '0']);
    await server.call('tx_send', { transaction: await signedBy(server, '7') });
    expect([await nonceOf(), await nonceOf()]).toEqual(['1', '1']);
  });
});
