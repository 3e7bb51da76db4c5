/** What "openledger tx status" ends with, for everything that a node can say of a transaction. */
import { describe, expect, test } from 'vitest';
import { exitCodeOf } from '../../../src/cli/exit-codes.ts';
import { checkCommitted } from '../../../src/cli/sending.ts';
import { CodedError, toFault } from '../../../src/lib/errors.ts';
import { sha256 } from '../../../src/lib/hash.ts';

type Status = Parameters<typeof checkCommitted>[1];
type Client = Parameters<typeof checkCommitted>[0];

/** A node that goes on, or says why it does not. */
const nodeThat = (waiting: { readonly message: string } | null): Client => ({
  attempt: (async () => ({ ok: true, value: { waiting } })) as never,
});

const errorOf = async (
  status: Status['status'],
  code?: 'TX_EVICTED' | 'NONCE_TOO_HIGH' | 'TX_EXPIRED' | 'BALANCE_TOO_LOW',
  client = nodeThat(null),
) => {
  const error = code === undefined ? null : { code, message: 'so it is', data: {} };
  try {
    await checkCommitted(client, {
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
  test('that was executed with success is done', async () => {
    expect(await errorOf('committed')).toBeUndefined();
  });

  test.each(['evicted', 'rejected'] as const)(
    'that one node has %s may still be executed',
    async (status) => {
      const error = await errorOf(status, status === 'evicted' ? 'TX_EVICTED' : 'NONCE_TOO_HIGH');
      expect(exitCodeOf(error)).toBe(3);
      const { code, message } = toFault(error);
      expect(code).toBe('TX_NOT_COMMITTED');
      expect(message).toMatch(
        /so it is.*may still be executed.*send the same bytes again or wait, and sign no new one before/,
      );
    },
  );

  test.each(['pending', 'unknown'] as const)('that is %s is in no block yet', async (status) => {
    expect(toFault(await errorOf(status))).toMatchObject({ code: 'TX_NOT_COMMITTED' });
    expect(toFault(await errorOf(status)).message).not.toContain('send');
    expect(exitCodeOf(await errorOf(status))).toBe(3);
  });

  test.each(['pending', 'unknown'] as const)(
    'that is %s is said to wait for what the node waits for',
    async (status) => {
      const error = await errorOf(status, undefined, nodeThat({ message: '2 of 4 validators vote' }));
      expect(toFault(error).message).toMatch(
        `it is ${status}, and the node does not go on (2 of 4 validators vote); ask later`,
      );
    },
  );

  test.each([
    ['failed', 'BALANCE_TOO_LOW'],
    ['expired', 'TX_EXPIRED'],
  ] as const)('that is %s ends with its own code: that is final', async (status, code) => {
    expect(toFault(await errorOf(status, code)).code).toBe(code);
    expect(exitCodeOf(await errorOf(status, code))).toBe(4);
  });
});
