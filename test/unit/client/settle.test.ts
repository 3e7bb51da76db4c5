/** What is concluded of a transaction from what a node says of it, answer by answer. */
import { describe, expect, test } from 'vitest';
import { createRpcClient, type RpcClient } from '../../../src/client/rpc-client.ts';
import { type Sending, settle } from '../../../src/client/settle.ts';
import { findKind } from '../../../src/client/wallet.ts';
import { toHeight } from '../../../src/lib/brands.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import type { ChainIdentity } from '../../../src/lib/chain.ts';
import { domainSeparator } from '../../../src/lib/eip712.ts';
import { CodedError, unwrap } from '../../../src/lib/errors.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import { signTransaction } from '../../../state/tx/transaction.ts';
import { alice } from '../rpc/server.ts';
import { stubNode } from './stub-node.ts';

const CHAIN: ChainIdentity = { chainId: 1n, genesisHash: sha256(new Uint8Array()) };
const OTHER_CHAIN: ChainIdentity = { chainId: 1n, genesisHash: sha256(new Uint8Array(1)) };

const unsigned = {
  nonce: 4n,
  maxFee: 9n,
  tip: 0n,
  validUntil: toHeight(9n),
  body: unwrap(unwrap(findKind('transfer')).fromJson({ to: toHex(alice.address), amount: '5' })),
};
const sending: Sending = {
  ...signTransaction(alice.privateKey, unsigned, domainSeparator(CHAIN)),
  from: alice.address,
  nonce: unsigned.nonce,
  validUntil: unsigned.validUntil,
};

type Said = {
  readonly status: string;
  readonly code?: string;
  readonly nonce?: string;
  readonly height?: string;
  readonly chain?: ChainIdentity;
};

/** A client of a node that says one thing after the other, and the last of them ever after. */
const scripted = async (...script: readonly Said[]): Promise<RpcClient> => {
  let at = 0;
  const node = await stubNode({});
  return {
    ...node,
    attempt: async () => ({ ok: false, fault: { code: 'MEMPOOL_NONCE_TAKEN', message: 'taken' } }),
    batch: async () => {
      const {
        status,
        code,
        nonce = '4',
        height = '5',
        chain = CHAIN,
      } = script[Math.min(at++, script.length - 1)] ?? { status: '' };
      const error = code === undefined ? null : { code, message: 'so it is', data: null };
      return [chain, { nonce }, { height }, { status, error }].map((value) => ({ ok: true, value })) as never;
    },
  };
};

const soon = { until: 'executed', timeoutMs: 100 } as const;
const patient = { until: 'executed', timeoutMs: 5_000 } as const;

describe('a transaction', () => {
  test.each(['committed', 'failed'])('that is %s is found', async (status) => {
    expect(await settle(await scripted({ status: 'pending' }, { status }), sending, patient)).toMatchObject({
      type: 'found',
      status: { status },
    });
  });

  test('that waits in the node is found, if that was asked, or when the time is over', async () => {
    for (const options of [{ ...soon, until: 'admitted' } as const, soon])
      expect(await settle(await scripted({ status: 'pending' }), sending, options)).toMatchObject({
        type: 'found',
        status: { status: 'pending' },
      });
  });

  test.each<[string, Said]>([
    ['was evicted', { status: 'evicted', code: 'TX_EVICTED' }],
    ['is not there', { status: 'unknown' }],
  ])('that %s is given up only when its nonce is used', async (_, said) => {
    await expect(settle(await scripted(said), sending, soon)).rejects.toMatchObject({
      code: 'TX_OUTCOME_UNKNOWN',
    });
    expect(await settle(await scripted(said, { ...said, nonce: '5' }), sending, patient)).toMatchObject({
      type: 'never',
      fault: { code: 'NONCE_TOO_LOW', data: { nonce: '4' } },
    });
  });

  test('that another one replaced says so when its nonce is used', async () => {
    const said = { status: 'evicted', code: 'TX_REPLACED' };
    expect(await settle(await scripted(said, { ...said, nonce: '5' }), sending, patient)).toMatchObject({
      type: 'never',
      fault: { code: 'TX_REPLACED' },
    });
  });

  test('is not judged by a node of another chain, whose nonces and heights are others', async () => {
    const elsewhere = { status: 'unknown', nonce: '5', height: '10', chain: OTHER_CHAIN };
    await expect(settle(await scripted(elsewhere), sending, soon)).rejects.toMatchObject({
      code: 'TX_OUTCOME_UNKNOWN',
      message: expect.stringContaining('CHAIN_CHANGED'),
    });
    // The right chain is back.
    expect(await settle(await scripted(elsewhere, { status: 'committed' }), sending, patient)).toMatchObject({
      type: 'found',
      status: { status: 'committed' },
    });
  });

  test('has expired when the chain is past its last height, and not at it', async () => {
    const unknown = { status: 'unknown' };
    await expect(settle(await scripted({ ...unknown, height: '9' }), sending, soon)).rejects.toMatchObject({
      code: 'TX_OUTCOME_UNKNOWN',
    });
    for (const said of [
      { ...unknown, height: '10' },
      { status: 'expired', code: 'TX_EXPIRED' },
    ])
      expect(await settle(await scripted(said), sending, patient)).toMatchObject({
        type: 'never',
        fault: { code: 'TX_EXPIRED', data: { validUntil: '9' } },
      });
  });

  test('that the node refused is refused, unless it was sent again: others may have the first then', async () => {
    const rejected = { status: 'rejected', code: 'BALANCE_BELOW_MAX_FEE' };
    expect(await settle(await scripted(rejected), sending, patient)).toMatchObject({
      type: 'never',
      fault: { code: 'BALANCE_BELOW_MAX_FEE' },
    });
    await expect(
      settle(await scripted({ status: 'unknown' }, rejected), sending, soon),
    ).rejects.toMatchObject({ code: 'TX_OUTCOME_UNKNOWN' });
  });

  test('that the node had no room for is sent again, and found', async () => {
    const full = { status: 'rejected', code: 'MEMPOOL_FULL' };
    const sent: unknown[] = [];
    const client = await scripted(full, full, { status: 'committed' });
    const attempt: RpcClient['attempt'] = (method, ...params) => {
      sent.push(method);
      return client.attempt(method, ...params);
    };
    expect(await settle({ ...client, attempt }, sending, patient)).toMatchObject({ type: 'found' });
    expect(sent).toEqual(['tx_send', 'tx_send']);
  });

  test('is of unknown outcome where the node refuses the questions', async () => {
    const busy: RpcClient = {
      ...(await scripted({ status: 'unknown' })),
      batch: async () => {
        throw new CodedError({ code: 'RATE_LIMITED', message: 'ask less often' });
      },
    };
    await expect(settle(busy, sending, soon)).rejects.toMatchObject({ code: 'TX_OUTCOME_UNKNOWN' });
  });

  test('is of unknown outcome where no node answers', async () => {
    const away = createRpcClient('http://127.0.0.1:9', { retries: 0 });
    await expect(settle(away, sending, soon)).rejects.toMatchObject({
      code: 'TX_OUTCOME_UNKNOWN',
      fault: { data: { nonce: '4', validUntil: '9' } },
    });
  });
});
