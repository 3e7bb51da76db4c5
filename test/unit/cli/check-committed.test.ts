/** What "openledger tx status" ends with, for everything that a node can say of a transaction. */
import { describe, expect, test } from 'vitest';
import { exitCodeOf } from '../../../src/cli/exit-codes.ts';
import { checkCommitted } from '../../../src/cli/sending.ts';
import { CodedError, toFault } from '../../../src/lib/errors.ts';
import { sha256 } from '../../../src/lib/hash.ts';

type Status = Parameters<typeof checkCommitted>[0];

const errorOf = (
  status: Status['status'],
  code?: 'TX_EVICTED' | 'NONCE_TOO_HIGH' | 'TX_EXPIRED' | 'BALANCE_TOO_LOW',
) => {
  const error = code === undefined ? null : { code, message: 'so it is', data: {} };
  try {
    checkCommitted({
      id: sha256(new Uint8Array()),
      status,
      height: null,
      index: null,
      error,
      gasUsed: null,
      fee: null,
      events: [],
    });
  } catch (thrown) {
    if (thrown instanceof CodedError) return thrown;
    throw thrown;
  }
  return undefined;
};

describe('a transaction', () => {
  test('that was executed with success is done', () => {
    expect(errorOf('committed')).toBeUndefined();
  });

  test.each(['evicted', 'rejected'] as const)('that one node has %s may still be executed', (status) => {
    const error = errorOf(status, status === 'evicted' ? 'TX_EVICTED' : 'NONCE_TOO_HIGH');
    expect(exitCodeOf(error)).toBe(3);
    const { code, message } = toFault(error);
    expect(code).toBe('TX_NOT_COMMITTED');
    expect(message).toMatch(
      /so it is.*may still be executed.*send the same bytes again or wait, and sign no new one before/,
    );
  });

  test.each(['pending', 'unknown'] as const)('that is %s is in no block yet', (status) => {
    expect(toFault(errorOf(status))).toMatchObject({ code: 'TX_NOT_COMMITTED' });
    expect(toFault(errorOf(status)).message).not.toContain('send');
    expect(exitCodeOf(errorOf(status))).toBe(3);
  });

  test.each([
    ['failed', 'BALANCE_TOO_LOW'],
    ['expired', 'TX_EXPIRED'],
  ] as const)('that is %s ends with its own code: that is final', (status, code) => {
    expect(toFault(errorOf(status, code)).code).toBe(code);
    expect(exitCodeOf(errorOf(status, code))).toBe(4);
  });
});
