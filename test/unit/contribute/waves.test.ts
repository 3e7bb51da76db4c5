/** How many contributions are committed at a time, and that no bond is lost at whatever pace they are revealed. */
import { describe, expect, test } from 'vitest';
import { firstWave, nextWave, Waves } from '../../../src/contribute/waves.ts';
import type { RpcClient } from '../../../src/index.ts';
import { fromHex, type Hex } from '../../../src/lib/bytes.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import { decodeTransaction } from '../../../state/tx/transaction.ts';
import { openStage, row } from './stage.ts';

const WINDOW = { revealMin: 1n, revealMax: 200n };

describe('a wave of commits', () => {
  test.each([
    [200n, 8],
    [1_000n, 40],
    [49n, 1],
    [2n, 1],
  ])('begins small: in a window of %d blocks with %d', (revealMax, size) => {
    expect(firstWave({ revealMin: 1n, revealMax })).toBe(size);
  });

  test.each<[name: string, size: number, blocks: bigint, next: number]>([
    ['is twice as large after a fast one', 8, 5n, 16],
    ['stays as it is after one that took a quarter of the window', 40, 50n, 40],
    ['is half as large after one that took half of the window', 40, 99n, 20],
    ['has one contribution at least', 1, 500n, 1],
    ['is measured also if no block came in between', 1, 0n, 2],
  ])('%s', (_, size, blocks, next) => {
    expect(nextWave(size, blocks, WINDOW)).toBe(next);
  });

  test('is not smaller because a reveal has to wait for its first block', () => {
    expect(nextWave(1, 65n, { revealMin: 60n, revealMax: 200n })).toBe(2);
  });

  test.each([1n, 2n, 5n, 20n, 90n])('fits the window if each contribution takes %d blocks', (pace) => {
    const waves = new Waves(WINDOW);
    let height = 0n;
    for (let left = 1_000; left > 0; ) {
      waves.begin(height);
      const begun = height;
      for (; waves.left > 0 && left > 0; left--) {
        waves.sent();
        height += pace;
      }
      // The first one is made of a guess.
      expect(height - begun).toBeLessThanOrEqual(begun === 0n ? 8n * pace : 100n);
      waves.end(height);
    }
  });

  test('is waited for during an eighth of the window, and one block at least', () => {
    const waves = new Waves(WINDOW);
    expect(waves.isGathering(0n)).toBe(false);
    waves.begin(10n);
    expect([10n, 34n, 35n].map((height) => waves.isGathering(height))).toEqual([true, true, false]);
    const short = new Waves({ revealMin: 1n, revealMax: 4n });
    short.begin(10n);
    expect([10n, 11n].map((height) => short.isGathering(height))).toEqual([true, false]);
  });
});

/** A stage where a wave is one contribution, whose reveal has to be in one of the next 12 blocks. */
const openNarrow = () =>
  openStage(undefined, (genesis) => {
    const contribution = { ...genesis.params.contribution, revealMax: 12 };
    return { ...genesis, params: { ...genesis.params, contribution } };
  });

/** A client that does something after each reveal that it sends. */
const afterReveals = (client: RpcClient, then: () => unknown): RpcClient => ({
  ...client,
  attempt: async (method, ...params) => {
    const sent = await client.attempt(method, ...params);
    const { transaction } = (params[0] ?? {}) as { readonly transaction?: Uint8Array | Hex };
    if (method !== 'tx_send' || transaction === undefined) return sent;
    const bytes = typeof transaction === 'string' ? unwrap(fromHex(transaction)) : transaction;
    if (unwrap(decodeTransaction(bytes)).body.name === 'dataContribution') await then();
    return sent;
  },
});

test('no wave begins while another program has commits of the account', async () => {
  const { client, wallet, datanet, give, commits } = await openNarrow();
  const before = commits();
  const commitment = sha256(new Uint8Array());
  const own = afterReveals(client, () =>
    wallet.send('contributionCommit', { datanet, commitment }, { mode: 'commit' }),
  );
  const rows = [row('wave1'), row('wave2')];
  const run = give({ client: own, rows, itemsMax: 1, withUnknownCommits: false });
  await expect(run).rejects.toMatchObject({ code: 'CONTRIBUTE_COMMITS_UNKNOWN' });
  expect(commits()).toBe(before + 2);
});

test('no bond is lost where few reveals come into each window', async () => {
  const PARTS = 8;
  const BLOCKS_EACH = 3;
  const { chain, client, give, commits } = await openNarrow();
  const slow = afterReveals(client, () => {
    for (let i = 0; i < BLOCKS_EACH; i++) chain.seal();
  });
  const before = commits();
  const rows = Array.from({ length: PARTS }, (_, i) => row(`slow${i}x`));
  const made = await give({ client: slow, rows, itemsMax: 1 });
  expect(made.map(({ refused }) => refused)).toEqual(made.map(() => undefined));
  // None expired and was committed again.
  expect(commits()).toBe(before + PARTS);
});
