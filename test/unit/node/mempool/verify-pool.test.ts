import { expect, onTestFinished, test } from 'vitest';
import { type Checked, createVerifyPool } from '../../../../node/mempool/verify-pool.ts';
import { toHex } from '../../../../src/lib/bytes.ts';
import type { CodedError } from '../../../../src/lib/errors.ts';
import { chainIdentity } from '../../../../state/genesis.ts';
import { type TransactionRules, transactionRules } from '../../../../state/tx/transaction.ts';
import { addressOf, chainOf, genesisOf } from '../../state/fixture.ts';

test('a thread that dies fails what was asked of it, and says so', async () => {
  let reason: CodedError | undefined;
  // Without rules the thread throws at the first transaction.
  const pool = createVerifyPool(JSON.parse('{}') as TransactionRules, (failed) => {
    reason = failed;
  });
  onTestFinished(pool.close);
  const { bytes } = chainOf().sign('ada', 'transfer', { to: toHex(addressOf('bob')), amount: '1' });
  await expect(pool.checkFrom('peer', bytes, 2_200)).rejects.toMatchObject({ code: 'VERIFIER_FAILED' });
  expect(reason?.code).toBe('VERIFIER_FAILED');
  await expect(pool.checkOfBlock(bytes)).rejects.toMatchObject({ code: 'VERIFIER_FAILED' });
});

test('a source with much to check delays another with little by no more than the thread has already', async () => {
  const genesis = genesisOf();
  const pool = createVerifyPool(transactionRules(chainIdentity(genesis), genesis.params), (reason) => {
    throw reason;
  });
  onTestFinished(pool.close);
  const noTransaction = (length: number): Uint8Array => new Uint8Array(length);
  const isDropped = (each: Checked): boolean => !each.ok && each.fault.code === 'MEMPOOL_BUSY';
  let checked = 0;
  const many = Array.from({ length: 300 }, async () => {
    const result = await pool.checkFrom('flood', noTransaction(200_000), 202_000);
    if (!isDropped(result)) checked += 1;
    return result;
  });
  // The thread has its first batches by now.
  await new Promise((resolve) => setImmediate(resolve));
  const small = Array.from({ length: 20 }, () => pool.checkFrom('other', noTransaction(200), 2_200));
  const others = await Promise.all(small);
  const before = checked;
  // What does not fit is dropped from the source that has the most, and from no other.
  expect((await Promise.all(many)).filter(isDropped).length).toBeGreaterThan(200);
  expect(others.some(isDropped)).toBe(false);
  expect(before).toBeLessThan(10);
});
