import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  createMempool,
  type LastBlock,
  type Mempool,
  type MempoolLimits,
  type Selection,
} from '../../../../node/mempool/mempool.ts';
import type { Means, PoolTransaction } from '../../../../node/mempool/queue.ts';
import { type Height, toHeight } from '../../../../src/lib/brands.ts';
import { minBig } from '../../../../src/lib/math.ts';
import type { AccountsOf } from '../../../../state/charge.ts';
import type { Account } from '../../../../state/modules/ledger/accounts.ts';
import { codeOf, refusalOf } from '../support.ts';

const SENDERS = ['ada', 'bob', 'cleo', 'dan', 'eve', 'fay', 'gil'] as const;
const ROOMY: MempoolLimits = { maxTransactions: 100, maxBytes: 100_000, maxPerSender: 10 };

/** The means of a sender with money for all that it sends, whose account has this nonce. */
const withNonce = (nonce: bigint): Means => ({ nonce, balance: 1_000_000n, baseFee: 1n });

let made = 0;
const waiting = (change: Partial<PoolTransaction> = {}): PoolTransaction => ({
  id: `0x${(made++).toString(16)}`,
  bytes: new Uint8Array(100),
  sender: 'ada',
  nonce: 0n,
  maxFee: 1_000n,
  tip: 0n,
  validUntil: toHeight(1_000n),
  gas: 10n,
  ...change,
});

const AMPLE: Selection = {
  maxBytes: 1 << 20,
  maxCount: 1_000,
  maxGas: 1_000_000n,
  height: toHeight(5n),
  baseFee: 1n,
};
const rich: AccountsOf = () => ({ nonce: 0n, balance: 1_000_000n });

const filled = (transactions: readonly PoolTransaction[], limits = ROOMY): Mempool => {
  const pool = createMempool(limits);
  for (const transaction of transactions) expect(codeOf(pool.add(transaction, withNonce(0n)))).toBe('ok');
  return pool;
};

/** A block of this height that may have changed every account. */
const blockAt = (height: Height, included: readonly string[] = []): LastBlock => ({
  height,
  baseFee: 1n,
  included,
  changed: SENDERS,
});

const ids = (transactions: readonly PoolTransaction[]): readonly string[] => transactions.map(({ id }) => id);

describe('what a block gets', () => {
  test('goes by tip, then by arrival', () => {
    const low = waiting({ sender: 'ada', tip: 1n });
    const first = waiting({ sender: 'bob', tip: 5n });
    const second = waiting({ sender: 'cleo', tip: 5n });
    const high = waiting({ sender: 'dan', tip: 9n });
    const pool = filled([low, first, second, high]);
    expect(ids(pool.select(AMPLE, rich))).toEqual(ids([high, first, second, low]));
  });

  test('keeps the order of nonces of each sender, whatever the tips and the order of arrival', () => {
    const third = waiting({ nonce: 2n, tip: 9n });
    const first = waiting({ nonce: 0n, tip: 1n });
    const second = waiting({ nonce: 1n, tip: 3n });
    const other = waiting({ sender: 'bob', tip: 2n });
    const pool = filled([third, first, second, other]);
    expect(ids(pool.select(AMPLE, rich))).toEqual(ids([other, first, second, third]));
  });

  test('stops at a gap in the nonces, and begins at the nonce of the account', () => {
    const pool = filled([waiting({ nonce: 3n }), waiting({ nonce: 4n }), waiting({ nonce: 6n })]);
    const at =
      (nonce: bigint): AccountsOf =>
      () => ({ nonce, balance: 1_000_000n });
    const selectedAt = (nonce: bigint): readonly bigint[] => {
      pool.prune(blockAt(toHeight(4n)), at(nonce));
      return pool.select(AMPLE, at(nonce)).map((each) => each.nonce);
    };
    expect(selectedAt(2n)).toEqual([]);
    expect(selectedAt(3n)).toEqual([3n, 4n]);
    expect(selectedAt(6n)).toEqual([6n]);
  });

  test('ends a sender’s turn at the first that cannot go now: no pay, too late, too large, too much gas', () => {
    const blocked: readonly Partial<PoolTransaction>[] = [
      { maxFee: 1_000_000n },
      { maxFee: 9n },
      { validUntil: toHeight(4n) },
      { bytes: new Uint8Array(2_000) },
      { gas: 600n },
    ];
    for (const change of blocked) {
      const head = waiting({ nonce: 0n, maxFee: 500_000n });
      const pool = filled([head, waiting({ nonce: 1n, ...change }), waiting({ nonce: 2n })]);
      const limits = { ...AMPLE, maxBytes: 1_500, maxGas: 500n };
      expect(ids(pool.select(limits, rich))).toEqual([head.id]);
    }
  });

  test('counts a tip as far as maxFee leaves room for it beside the gas', () => {
    const loud = waiting({ sender: 'ada', tip: 1_000n, maxFee: 1_000n, gas: 996n });
    const modest = waiting({ sender: 'bob', tip: 5n });
    const silent = waiting({ sender: 'cleo', tip: 1_000n, maxFee: 1_000n, gas: 1_000n });
    const pool = filled([silent, loud, modest]);
    expect(ids(pool.select(AMPLE, rich))).toEqual(ids([modest, loud, silent]));
  });

  test('makes room for smaller ones of others when one does not fit', () => {
    const large = waiting({ sender: 'ada', tip: 5n, bytes: new Uint8Array(900) });
    const small = waiting({ sender: 'bob', tip: 1n, bytes: new Uint8Array(100) });
    const pool = filled([large, small]);
    expect(ids(pool.select({ ...AMPLE, maxBytes: 500 }, rich))).toEqual([small.id]);
    expect(ids(pool.select({ ...AMPLE, maxCount: 1 }, rich))).toEqual([large.id]);
  });

  test('counts the offset of each transaction in the block', () => {
    const pool = filled([waiting()]);
    expect(pool.select({ ...AMPLE, maxBytes: 103 }, rich)).toHaveLength(0);
    expect(pool.select({ ...AMPLE, maxBytes: 104 }, rich)).toHaveLength(1);
  });
});

describe('what is taken in', () => {
  test('is each transaction once', () => {
    const one = waiting();
    const pool = filled([one]);
    expect(codeOf(pool.add(one, withNonce(0n)))).toBe('MEMPOOL_KNOWN');
    expect(pool.size()).toEqual({ transactions: 1, bytes: 100 });
  });

  test('is one transaction a nonce, unless the tip is a tenth higher: then the later replaces the earlier', () => {
    const standing = waiting({ tip: 100n });
    const pool = filled([standing]);
    const refused = refusalOf(pool.add(waiting({ tip: 109n }), withNonce(0n)));
    expect(refused).toMatchObject({ code: 'MEMPOOL_NONCE_TAKEN', data: { standing: standing.id } });
    const better = waiting({ tip: 110n });
    expect(pool.add(better, withNonce(0n))).toEqual({
      ok: true,
      value: { replaced: standing.id, evicted: [] },
    });
    expect(pool.has(standing.id)).toBe(false);
    expect(ids(pool.select(AMPLE, rich))).toEqual([better.id]);
  });

  test('costs something to replace, even where nothing was tipped', () => {
    const pool = filled([waiting({ tip: 0n })]);
    expect(codeOf(pool.add(waiting({ tip: 0n }), withNonce(0n)))).toBe('MEMPOOL_NONCE_TAKEN');
    expect(codeOf(pool.add(waiting({ tip: 1n }), withNonce(0n)))).toBe('ok');
  });

  test('costs something to replace by a tip that maxFee leaves no room for', () => {
    const pool = filled([waiting({ tip: 10n, maxFee: 20n })]);
    expect(codeOf(pool.add(waiting({ tip: 20n, maxFee: 20n }), withNonce(0n)))).toBe('MEMPOOL_NONCE_TAKEN');
    expect(codeOf(pool.add(waiting({ tip: 20n, maxFee: 21n }), withNonce(0n)))).toBe('ok');
  });

  test('is bounded in number, in bytes, by sender and in how far ahead a nonce may be', () => {
    const limits = { maxTransactions: 4, maxBytes: 450, maxPerSender: 3 };
    const three = [0n, 1n, 2n].map((nonce) => waiting({ nonce }));
    const pool = filled(three, limits);
    expect(codeOf(pool.add(waiting({ nonce: 3n }), withNonce(0n)))).toBe('MEMPOOL_SENDER_FULL');
    expect(codeOf(pool.add(waiting({ sender: 'bob', bytes: new Uint8Array(151) }), withNonce(0n)))).toBe(
      'MEMPOOL_FULL',
    );
    expect(refusalOf(pool.add(waiting({ sender: 'bob', nonce: 8n }), withNonce(5n)))).toMatchObject({
      code: 'MEMPOOL_NONCE_GAP',
      data: { next: '5' },
    });
    expect(codeOf(pool.add(waiting({ sender: 'bob', nonce: 7n }), withNonce(5n)))).toBe('ok');
    const gapped = waiting({ sender: 'cleo', nonce: 1n, bytes: new Uint8Array(1) });
    expect(codeOf(pool.add(gapped, withNonce(0n)))).toBe('MEMPOOL_FULL');
  });

  test('is few of one sender behind a gap, or beyond its money, and then only what can be paid', () => {
    const roomy = { maxTransactions: 10_000, maxBytes: 64 << 20, maxPerSender: 5_000 };
    const pool = createMempool(roomy);
    const add = (nonce: bigint, means: Means, change: Partial<PoolTransaction> = {}): string =>
      codeOf(pool.add(waiting({ nonce, ...change }), means));
    for (let nonce = 1n; nonce <= 512n; nonce++) expect(add(nonce, withNonce(0n))).toBe('ok');
    expect(add(513n, withNonce(0n))).toBe('MEMPOOL_NONCE_GAP');
    expect(add(0n, withNonce(0n))).toBe('ok');
    expect(add(513n, withNonce(0n))).toBe('ok');
    expect(add(900n, withNonce(0n))).toBe('ok');
    // Each costs 10 of the 2,000 that bob has, and may cost 1,000.
    const poor: Means = { nonce: 0n, balance: 2_000n, baseFee: 1n };
    for (let nonce = 0n; nonce <= 100n + 512n; nonce++)
      expect(add(nonce, poor, { sender: 'bob' })).toBe('ok');
    expect(add(613n, poor, { sender: 'bob' })).toBe('MEMPOOL_NONCE_GAP');
    const large = { sender: 'cleo', bytes: new Uint8Array(900_000) };
    expect([1n, 2n, 3n].map((nonce) => add(nonce, withNonce(0n), large))).toEqual([
      'ok',
      'ok',
      'MEMPOOL_NONCE_GAP',
    ]);
    expect([0n, 3n].map((nonce) => add(nonce, withNonce(0n), large))).toEqual(['ok', 'ok']);
  });

  test('is, when there is no room, what can be paid in place of what others have stuck there longest', () => {
    const limits = { maxTransactions: 3, maxBytes: 1_000, maxPerSender: 10 };
    const gapped = ['ada', 'bob', 'cleo'].map((sender) => waiting({ sender, nonce: 1n }));
    const pool = filled(gapped, limits);
    const ofOthers = waiting({ sender: 'dan', nonce: 1n });
    expect(codeOf(pool.add(ofOthers, withNonce(0n)))).toBe('MEMPOOL_FULL');
    const unpaid = waiting({ sender: 'dan', maxFee: 900n });
    expect(codeOf(pool.add(unpaid, { nonce: 0n, balance: 899n, baseFee: 1n }))).toBe('MEMPOOL_FULL');
    const payable = waiting({ sender: 'dan' });
    expect(pool.add(payable, withNonce(0n))).toEqual({
      ok: true,
      value: { replaced: undefined, evicted: [gapped[0]?.id] },
    });
    // What fills a gap does not push out what it makes payable.
    expect(pool.add(waiting({ sender: 'bob' }), withNonce(0n))).toMatchObject({
      value: { evicted: [gapped[2]?.id] },
    });
    expect(pool.select(AMPLE, rich)).toHaveLength(3);
    expect(codeOf(pool.add(waiting({ sender: 'eve' }), withNonce(0n)))).toBe('MEMPOOL_FULL');
  });

  test('is bounded in bytes for a replacement as well', () => {
    const limits = { ...ROOMY, maxBytes: 300 };
    const standing = waiting({ tip: 1n });
    const pool = filled([standing, waiting({ sender: 'bob' })], limits);
    const large = waiting({ tip: 2n, bytes: new Uint8Array(201) });
    expect(codeOf(pool.add(large, withNonce(0n)))).toBe('MEMPOOL_FULL');
    expect(pool.has(standing.id)).toBe(true);
    expect(codeOf(pool.add(waiting({ tip: 2n, bytes: new Uint8Array(200) }), withNonce(0n)))).toBe('ok');
    expect(pool.size()).toEqual({ transactions: 2, bytes: 300 });
  });

  test('may replace when the pool is full', () => {
    const pool = filled([waiting({ tip: 1n })], { ...ROOMY, maxTransactions: 1 });
    expect(codeOf(pool.add(waiting({ sender: 'bob' }), withNonce(0n)))).toBe('MEMPOOL_FULL');
    expect(codeOf(pool.add(waiting({ tip: 2n }), withNonce(0n)))).toBe('ok');
  });

  test('decides which nonce a sender uses next', () => {
    const pool = filled([0n, 1n, 3n].map((nonce) => waiting({ nonce })));
    expect(pool.nextNonce('ada', 0n)).toBe(2n);
    expect(pool.nextNonce('ada', 3n)).toBe(4n);
    expect(pool.nextNonce('bob', 7n)).toBe(7n);
  });
});

describe('after a block', () => {
  test('those it held are gone without a word, those it made stale or too late are dropped with the reason', () => {
    const included = waiting({ nonce: 0n });
    const stale = waiting({ sender: 'bob', nonce: 0n });
    const late = waiting({ sender: 'cleo', nonce: 0n, validUntil: toHeight(9n) });
    const inTime = waiting({ sender: 'dan', nonce: 0n, validUntil: toHeight(10n) });
    const pool = filled([included, stale, late, inTime]);
    const states: AccountsOf = (sender) => ({ nonce: sender === 'bob' ? 1n : 0n, balance: 1n });
    const dropped = pool.prune(blockAt(toHeight(9n), [included.id, 'of nobody']), states);
    expect(dropped.map(({ id, status }) => [id, status])).toEqual([
      [stale.id, 'evicted'],
      [late.id, 'expired'],
    ]);
    expect(pool.has(inTime.id)).toBe(true);
    expect(pool.size()).toEqual({ transactions: 1, bytes: 100 });
  });

  test('and where room is short, those that long cannot be executed give it up, and no others', () => {
    const limits = { maxTransactions: 8, maxBytes: 100_000, maxPerSender: 10 };
    const next = [0n, 1n, 2n].map((nonce) => waiting({ nonce }));
    const unpaid = [3n, 4n].map((nonce) => waiting({ nonce }));
    const gapped = [1n, 2n].map((nonce) => waiting({ sender: 'bob', nonce }));
    const pool = filled([...next, ...unpaid, ...gapped], limits);
    const paysThree: AccountsOf = () => ({ nonce: 0n, balance: 1_029n });
    for (let block = 0; block < 9; block++) expect(pool.prune(blockAt(toHeight(1n)), paysThree)).toEqual([]);
    const late = waiting({ sender: 'cleo', nonce: 1n });
    pool.add(late, withNonce(0n));
    expect(pool.prune(blockAt(toHeight(1n)), paysThree).map(({ id, status }) => [id, status])).toEqual(
      [...gapped, ...unpaid].map(({ id }) => [id, 'evicted']),
    );
    expect([...next, late].every(({ id }) => pool.has(id))).toBe(true);
    expect(pool.size().transactions).toBe(4);
    for (let block = 0; block < 20; block++) expect(pool.prune(blockAt(toHeight(1n)), paysThree)).toEqual([]);
  });

  test('nothing is looked at but what the block changed, however much waits', () => {
    const pool = createMempool({ maxTransactions: 1_000, maxBytes: 1 << 20, maxPerSender: 10 });
    let looks = 0;
    const watched = (change: Partial<PoolTransaction>): PoolTransaction => {
      const transaction = waiting(change);
      const { maxFee } = transaction;
      Object.defineProperty(transaction, 'maxFee', {
        get: () => {
          looks += 1;
          return maxFee;
        },
      });
      return transaction;
    };
    const means: Means = { nonce: 0n, balance: 1_500n, baseFee: 10n };
    for (let i = 0; i < 100; i++) {
      pool.add(watched({ sender: `gap ${i}`, nonce: 1n }), means);
      pool.add(watched({ sender: `cheap ${i}`, maxFee: 99n }), means);
      pool.add(watched({ sender: `poor ${i}`, maxFee: 1_501n }), means);
    }
    pool.add(waiting({ maxFee: 200n }), means);
    const read: string[] = [];
    const accounts: AccountsOf = (sender) => {
      read.push(sender);
      return { nonce: 0n, balance: 1_500n };
    };
    looks = 0;
    for (const [height, baseFee] of [11n, 20n, 12n, 10n].entries()) {
      pool.prune(
        { height: toHeight(BigInt(height)), baseFee, included: [], changed: ['ada', 'nobody'] },
        accounts,
      );
      expect(pool.select({ ...AMPLE, baseFee }, accounts)).toHaveLength(1);
    }
    expect(new Set(read)).toEqual(new Set(['ada']));
    expect(looks).toBe(0);
    // At this base fee a hundred more can go in.
    pool.prune({ ...blockAt(toHeight(5n)), baseFee: 9n, changed: [] }, accounts);
    expect(pool.select({ ...AMPLE, baseFee: 9n }, accounts)).toHaveLength(101);
  });

  test('what a replacement leaves no money for is stuck, though the block changed nothing of its sender', () => {
    const means: Means = { nonce: 0n, balance: 1_050n, baseFee: 1n };
    const pool = createMempool({ ...ROOMY, maxTransactions: 2 });
    const second = waiting({ nonce: 1n, maxFee: 1_000n });
    for (const each of [waiting(), second, waiting({ tip: 100n })]) pool.add(each, means);
    const blocks = Array.from({ length: 10 }, () =>
      pool.prune({ ...blockAt(toHeight(1n)), changed: [] }, () => means),
    );
    expect(blocks.flat().map(({ id }) => id)).toEqual([second.id]);
  });

  test('a nonce is free again once its transaction is gone', () => {
    const pool = filled([waiting({ validUntil: toHeight(3n) })]);
    pool.prune(blockAt(toHeight(3n)), rich);
    expect(codeOf(pool.add(waiting(), withNonce(0n)))).toBe('ok');
  });
});

// ------------------------------------------------------------------------------------------------------ laws

const transactions = fc.array(
  fc.record({
    sender: fc.constantFrom(...SENDERS),
    nonce: fc.bigInt(0n, 3n),
    tip: fc.oneof(fc.bigInt(0n, 30n), fc.bigInt(0n, 400n)),
    maxFee: fc.bigInt(0n, 400n),
    gas: fc.bigInt(1n, 60n),
    validUntil: fc.bigInt(1n, 12n).map(toHeight),
    bytes: fc.integer({ min: 1, max: 200 }).map((length) => new Uint8Array(length)),
  }),
  { maxLength: 40 },
);
const states = fc.record({
  ada: fc.record({ nonce: fc.bigInt(0n, 4n), balance: fc.bigInt(0n, 2_000n) }),
  bob: fc.record({ nonce: fc.bigInt(0n, 4n), balance: fc.bigInt(0n, 2_000n) }),
  cleo: fc.record({ nonce: fc.bigInt(0n, 4n), balance: fc.bigInt(0n, 2_000n) }),
});
type States = { readonly [name: string]: { readonly nonce: bigint; readonly balance: bigint } };
const stateIn =
  (all: States): AccountsOf =>
  (sender) =>
    all[sender] ?? { nonce: 0n, balance: 0n };

const LIMITS: MempoolLimits = { maxTransactions: 20, maxBytes: 1_600, maxPerSender: 5 };

const poolOf = (all: readonly Omit<PoolTransaction, 'id'>[]): Mempool => {
  const pool = createMempool(LIMITS);
  for (const each of all) pool.add(waiting(each), withNonce(0n));
  return pool;
};

test('law: a selection could be executed as it stands, in its order, within every limit', () => {
  fc.assert(
    fc.property(
      transactions,
      states,
      fc.record({
        maxBytes: fc.integer({ min: 0, max: 1_500 }),
        maxCount: fc.integer({ min: 0, max: 12 }),
        maxGas: fc.bigInt(0n, 400n),
        height: fc.bigInt(1n, 12n).map(toHeight),
        baseFee: fc.bigInt(0n, 8n),
      }),
      (all, accounts, limits) => {
        const chosen = poolOf(all).select(limits, stateIn(accounts));
        const left = new Map(Object.entries(accounts));
        let [bytes, gas] = [0, 0n];
        for (const each of chosen) {
          const { nonce, balance } = left.get(each.sender) ?? stateIn(accounts)(each.sender);
          expect(each.nonce).toBe(nonce);
          expect(each.maxFee).toBeLessThanOrEqual(balance);
          const burned = each.gas * limits.baseFee;
          expect(burned).toBeLessThanOrEqual(each.maxFee);
          expect(each.validUntil).toBeGreaterThanOrEqual(limits.height);
          left.set(each.sender, {
            nonce: nonce + 1n,
            balance: balance - minBig(burned + each.tip, each.maxFee),
          });
          bytes += each.bytes.length + 4;
          gas += each.gas;
        }
        expect(chosen.length).toBeLessThanOrEqual(limits.maxCount);
        expect(bytes).toBeLessThanOrEqual(limits.maxBytes);
        expect(gas).toBeLessThanOrEqual(limits.maxGas);
      },
    ),
    { numRuns: 500 },
  );
});

test('law: with room for all, each step takes the best of the senders’ next ones', () => {
  fc.assert(
    fc.property(transactions, (all) => {
      const arrivals = new Map<string, number>();
      const pool = createMempool(ROOMY);
      const standing = new Map<string, PoolTransaction>();
      for (const each of all) {
        const transaction = waiting({ ...each, maxFee: 1_000n, validUntil: toHeight(100n) });
        if (!pool.add(transaction, withNonce(0n)).ok) continue;
        arrivals.set(transaction.id, arrivals.size);
        standing.set(`${each.sender} ${each.nonce}`, transaction);
      }
      const next = new Map<string, bigint>();
      const expected: string[] = [];
      for (;;) {
        const heads = SENDERS.flatMap((sender) => standing.get(`${sender} ${next.get(sender) ?? 0n}`) ?? []);
        const [best] = heads.sort(
          (a, b) => Number(b.tip - a.tip) || (arrivals.get(a.id) ?? 0) - (arrivals.get(b.id) ?? 0),
        );
        if (best === undefined) break;
        expected.push(best.id);
        next.set(best.sender, best.nonce + 1n);
      }
      expect(ids(pool.select(AMPLE, rich))).toEqual(expected);
    }),
    { numRuns: 500 },
  );
});

test('law: number and bytes are those of what is there, and never past the limits', () => {
  const steps = fc.array(
    fc.oneof(
      transactions.map((all) => ({ type: 'add', all }) as const),
      fc
        .record({ height: fc.bigInt(0n, 12n), accounts: states, included: fc.nat({ max: 40 }) })
        .map((pruned) => ({ type: 'prune', ...pruned }) as const),
    ),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(steps, (all) => {
      const pool = createMempool(LIMITS);
      const there = new Map<string, PoolTransaction>();
      for (const step of all) {
        if (step.type === 'add')
          for (const each of step.all) {
            const transaction = waiting(each);
            const added = pool.add(transaction, withNonce(0n));
            if (!added.ok) continue;
            there.set(transaction.id, transaction);
            if (added.value.replaced !== undefined) there.delete(added.value.replaced);
            for (const id of added.value.evicted) there.delete(id);
          }
        else {
          const included = [...there.keys()].slice(0, step.included);
          const dropped = pool.prune(blockAt(toHeight(step.height), included), stateIn(step.accounts));
          for (const id of [...included, ...dropped.map(({ id }) => id)]) there.delete(id);
        }
        const { transactions: count, bytes } = pool.size();
        expect(count).toBe(there.size);
        expect(bytes).toBe([...there.values()].reduce((sum, each) => sum + each.bytes.length, 0));
        expect(count).toBeLessThanOrEqual(LIMITS.maxTransactions);
        expect(bytes).toBeLessThanOrEqual(LIMITS.maxBytes);
        for (const id of there.keys()) expect(pool.has(id)).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
});

test('law: a payable transaction finds a full mempool only if it is full of payable ones, or of its own sender’s', () => {
  fc.assert(
    fc.property(transactions, states, fc.integer({ min: 1, max: 8 }), (all, accounts, maxTransactions) => {
      const stateOf = stateIn(accounts);
      const meansOf = (sender: string): Means => ({ ...stateOf(sender), baseFee: 1n });
      const pool = createMempool({ maxTransactions, maxBytes: 100_000, maxPerSender: 10 });
      const there = new Map<string, PoolTransaction>();
      /** Those that a block could hold, by the function that builds blocks. */
      const payable = (): readonly PoolTransaction[] =>
        pool.select({ ...AMPLE, height: toHeight(0n) }, stateOf);
      for (const each of all) {
        const transaction = waiting({ ...each, tip: 0n });
        if (transaction.nonce < meansOf(each.sender).nonce) continue;
        const before = payable();
        const added = pool.add(transaction, meansOf(each.sender));
        if (added.ok) {
          there.set(transaction.id, transaction);
          for (const id of added.value.evicted) {
            expect(before.some((one) => one.id === id)).toBe(false);
            there.delete(id);
          }
          continue;
        }
        if (added.fault.code !== 'MEMPOOL_FULL') continue;
        const alone = createMempool(ROOMY);
        for (const one of [...there.values(), transaction])
          if (one.sender === each.sender) alone.add(one, meansOf(each.sender));
        const isPayable = alone
          .select({ ...AMPLE, height: toHeight(0n) }, stateOf)
          .some(({ id }) => id === transaction.id);
        const others = [...there.values()].filter(({ sender }) => sender !== each.sender);
        if (isPayable) for (const { id } of others) expect(before.map((one) => one.id)).toContain(id);
      }
    }),
    { numRuns: 500 },
  );
});

test('law: where room is short, what stays is exactly what the next blocks could hold', () => {
  fc.assert(
    fc.property(transactions, states, fc.bigInt(0n, 8n), (all, accounts, baseFee) => {
      const stateOf = stateIn(accounts);
      const fill = (limits: MempoolLimits): Mempool => {
        const pool = createMempool(limits);
        for (const each of all) {
          const means: Means = { ...stateOf(each.sender), baseFee };
          if (each.nonce >= means.nonce) pool.add(waiting({ ...each, validUntil: toHeight(1_000n) }), means);
        }
        return pool;
      };
      const count = fill(ROOMY).size().transactions;
      // There is just room for them all.
      const pool = fill({ ...ROOMY, maxTransactions: count });
      const last: LastBlock = { ...blockAt(toHeight(1n)), baseFee };
      const selected = (): readonly string[] =>
        ids(pool.select({ ...AMPLE, height: toHeight(2n), baseFee }, stateOf));
      const before = selected();
      const dropped: string[] = [];
      for (let block = 0; block < 11; block++) dropped.push(...pool.prune(last, stateOf).map(({ id }) => id));
      expect(selected()).toEqual(before);
      expect(before.filter((id) => dropped.includes(id))).toEqual([]);
      expect(pool.size().transactions).toBe(before.length);
    }),
    { numRuns: 500 },
  );
});

test('law: what blocks change, one after the other, leaves payable what a look at everything finds', () => {
  const account = fc.record({ nonce: fc.bigInt(0n, 3n), balance: fc.bigInt(0n, 2_000n) });
  const steps = fc.array(
    fc.record({
      all: transactions,
      baseFee: fc.bigInt(0n, 8n),
      changed: fc.dictionary(fc.constantFrom(...SENDERS), account, { maxKeys: 2 }),
    }),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(steps, (blocks) => {
      const pool = createMempool({ ...ROOMY, maxPerSender: 5 });
      const accounts: Record<string, Account> = {};
      const stateOf: AccountsOf = (sender) => accounts[sender] ?? { nonce: 0n, balance: 1_000n };
      let there: readonly PoolTransaction[] = [];
      let before = 1n;
      for (const [index, { all, baseFee, changed }] of blocks.entries()) {
        for (const each of all) {
          const transaction = waiting(each);
          const means: Means = { ...stateOf(each.sender), baseFee: before };
          if (each.nonce >= means.nonce && pool.add(transaction, means).ok) there = [...there, transaction];
        }
        Object.assign(accounts, changed);
        const height = toHeight(BigInt(index));
        pool.prune({ height, baseFee, included: [], changed: Object.keys(changed) }, stateOf);
        before = baseFee;
        there = there.filter(({ id }) => pool.has(id));
        const expected = SENDERS.flatMap((sender) => {
          const found: string[] = [];
          let { nonce, balance } = stateOf(sender);
          for (;;) {
            const next = there.find((each) => each.sender === sender && each.nonce === nonce);
            if (next === undefined || balance < next.maxFee || next.gas * baseFee > next.maxFee) return found;
            found.push(next.id);
            nonce += 1n;
            balance -= minBig(next.gas * baseFee + next.tip, next.maxFee);
          }
        });
        for (const { nonce, sender, validUntil } of there) {
          expect(nonce).toBeGreaterThanOrEqual(stateOf(sender).nonce);
          expect(validUntil).toBeGreaterThan(height);
        }
        const selected = pool.select({ ...AMPLE, height: toHeight(0n), baseFee }, stateOf);
        expect(ids(selected).toSorted()).toEqual(expected.toSorted());
        expect(pool.hasPayable()).toBe(expected.length > 0);
      }
    }),
    { numRuns: 500 },
  );
});
