import { expect, test } from 'vitest';
import { createAnnouncements } from '../../../../node/mempool/announcements.ts';
import type { PoolTransaction } from '../../../../node/mempool/queue.ts';
import { toHeight } from '../../../../src/lib/brands.ts';

const BYTES = 250;

const transactionOf = (nonce: number): PoolTransaction => ({
  id: `0x${nonce.toString(16)}`,
  bytes: new Uint8Array(BYTES).fill(nonce & 0xff),
  sender: 'ada',
  nonce: BigInt(nonce),
  maxFee: 1n,
  tip: 0n,
  validUntil: toHeight(9n),
  gas: 1n,
});

const stand = () => {
  const waiting = new Map<string, PoolTransaction>();
  const told: Uint8Array[] = [];
  let now = 0;
  const announcements = createAnnouncements({
    mempool: { get: (id) => waiting.get(id) },
    gossip: (transactions) => told.push(...transactions),
    now: () => now,
  });
  return {
    announcements,
    waiting,
    told,
    pass: (seconds: number) => {
      now += seconds * 1_000;
    },
    /** Transactions of peers that were just taken in. */
    take: (from: number, count: number): readonly PoolTransaction[] => {
      const all = Array.from({ length: count }, (_, i) => transactionOf(from + i));
      for (const each of all) waiting.set(each.id, each);
      announcements.ofPeers(all);
      return all;
    },
  };
};

/** 4 MiB, and 512 KiB per second, with 1,000 bytes for each besides its own. */
const BURST = Math.floor((4 << 20) / (BYTES + 1_000));
const PER_SECOND = Math.floor((512 << 10) / (BYTES + 1_000));

test('transactions of peers are announced once each, in their order, at a bounded rate', () => {
  const { announcements, told, take, pass } = stand();
  const all = take(0, 5_000);
  expect(told).toHaveLength(BURST);
  announcements.committed(toHeight(1n));
  expect(told).toHaveLength(BURST);
  pass(1);
  announcements.committed(toHeight(2n));
  expect(told).toHaveLength(BURST + PER_SECOND);
  pass(60);
  announcements.committed(toHeight(90n));
  announcements.committed(toHeight(99n));
  expect(told).toEqual(all.map(({ bytes }) => bytes));
});

test('what has left the mempool before its turn is not announced', () => {
  const { announcements, waiting, told, take, pass } = stand();
  const all = take(0, BURST + 3);
  waiting.delete(all[BURST + 1]?.id ?? '');
  pass(60);
  announcements.committed(toHeight(1n));
  expect(told.slice(BURST)).toEqual([all[BURST]?.bytes, all[BURST + 2]?.bytes]);
});

test('no more than some thousands wait for the rate: the oldest are not announced', () => {
  const { announcements, told, take, pass } = stand();
  const all = take(0, BURST + 10_000);
  pass(3_600);
  // Each block tells of a burst at most.
  for (let height = 1n; height < 9n; height++) {
    announcements.committed(toHeight(height));
    pass(3_600);
  }
  expect(told).toHaveLength(8_192);
  expect(told.at(-1)).toEqual(all.at(-1)?.bytes);
});

test('a user’s transaction is announced at once, whatever the peers have used of their rate', () => {
  const { announcements, told, take } = stand();
  take(0, 9_000);
  const before = told.length;
  announcements.ofUser(transactionOf(9_999), toHeight(1n));
  expect(told).toHaveLength(before + 1);
});
