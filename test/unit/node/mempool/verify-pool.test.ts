import { expect, onTestFinished, test } from 'vitest';
import { createVerifyPool } from '../../../../node/mempool/verify-pool.ts';
import { toHex } from '../../../../src/lib/bytes.ts';
import type { CodedError } from '../../../../src/lib/errors.ts';
import type { TransactionRules } from '../../../../state/tx/transaction.ts';
import { addressOf, chainOf } from '../../state/fixture.ts';

test('a thread that dies fails what was asked of it, and says so', async () => {
  let reason: CodedError | undefined;
  // Without rules the thread throws at the first transaction.
  const pool = createVerifyPool(JSON.parse('{}') as TransactionRules, (failed) => {
    reason = failed;
  });
  onTestFinished(pool.close);
  const { bytes } = chainOf().sign('ada', 'transfer', { to: toHex(addressOf('bob')), amount: '1' });
  await expect(pool.check([bytes], 'mempool')).rejects.toMatchObject({ code: 'VERIFIER_FAILED' });
  expect(reason?.code).toBe('VERIFIER_FAILED');
  await expect(pool.check([bytes], 'block')).rejects.toMatchObject({ code: 'VERIFIER_FAILED' });
});
