import { describe, expect, test } from 'vitest';
import { PAGE_LIMIT_MAX } from '../../../rpc/schemas/page.ts';
import type { ResultOf } from '../../../rpc/schemas/registry.ts';
import { claimOf, type Rewards, readRewards } from '../../../src/cli/rewards.ts';
import { createRpcClient, type RpcClient } from '../../../src/client/rpc-client.ts';

const NONE = { spans: 0n, relevance: 0n, remainder: 0n, models: 0n, stake: 0n };
const rewards = (change: Partial<Rewards>): Rewards => ({
  claimed: NONE,
  claimable: NONE,
  contributions: [],
  models: [],
  stake: [],
  ...change,
});

describe('a claim', () => {
  test('names what has something to claim, in ascending order', () => {
    const contributions = [5, 3, 9].map((contribution) => ({ contribution, earned: 10n, claimable: 4n }));
    const models = [{ model: 2, earned: 7n, claimable: 0n }];
    const stake = [{ validator: '0x12', earned: 9n, claimable: 1n }];
    expect(claimOf(rewards({ contributions, models, stake }))).toEqual({
      amount: 13n,
      payload: { contributions: [3, 5, 9], models: [], stake: true },
    });
  });

  test('takes the largest amounts if there are too many for one transaction', () => {
    const contributions = Array.from({ length: 300 }, (_, i) => ({
      contribution: i + 1,
      earned: 1_000n,
      claimable: BigInt(i + 1),
    }));
    const { payload, amount } = claimOf(rewards({ contributions }));
    expect(payload.contributions).toEqual(Array.from({ length: 256 }, (_, i) => i + 45));
    expect(amount).toBe(payload.contributions.reduce((sum, each) => sum + BigInt(each), 0n));
    expect(payload.stake).toBe(false);
  });

  test('is empty if everything was claimed', () => {
    expect(claimOf(rewards({})).amount).toBe(0n);
  });
});

type Page = ResultOf<'rewards_get'>;

test('rewards are read from all pages, and stake is counted once', async () => {
  const total = PAGE_LIMIT_MAX + 2;
  const asked: unknown[] = [];
  const pageAt = (from: number): object => {
    const count = Math.max(0, Math.min(PAGE_LIMIT_MAX, total - from));
    return {
      claimed: { spans: 1n, relevance: 7n, remainder: 2n, models: 3n, stake: 4n },
      claimable: {
        spans: BigInt(count),
        relevance: BigInt(2 * count),
        remainder: 0n,
        models: from === 0 ? 5n : 0n,
        stake: 6n,
      },
      contributions: Array.from({ length: count }, (_, i) => ({
        contribution: from + i + 1,
        earned: { spans: 3n, relevance: 4n, remainder: 0n },
        claimed: { spans: 2n, relevance: 2n, remainder: 0n },
      })),
      contributionsTotal: total,
      models: from === 0 ? [{ model: 1, earned: 9n, claimed: 4n }] : [],
      modelsTotal: 1,
      stake: [{ validator: new Uint8Array(20), earned: 10n, claimed: 4n }],
    };
  };
  const client: RpcClient = {
    ...createRpcClient('http://127.0.0.1:1'),
    call: async (_method: string, params?: unknown) => {
      asked.push(params);
      return pageAt((params as { readonly from: number }).from) as Page as never;
    },
  };
  const read = await readRewards(client, '0x12');
  expect(asked).toEqual([
    { address: '0x12', from: 0, limit: PAGE_LIMIT_MAX },
    { address: '0x12', from: PAGE_LIMIT_MAX, limit: PAGE_LIMIT_MAX },
  ]);
  expect(read.contributions).toHaveLength(total);
  expect(read.claimed).toEqual({ spans: 1n, relevance: 7n, remainder: 2n, models: 3n, stake: 4n });
  expect(read.claimable).toEqual({
    spans: BigInt(total),
    relevance: BigInt(2 * total),
    remainder: 0n,
    models: 5n,
    stake: 6n,
  });
  expect(read.contributions[0]).toEqual({ contribution: 1, earned: 7n, claimable: 3n });
  expect(claimOf(read).payload).toMatchObject({ models: [1], stake: true });
});
