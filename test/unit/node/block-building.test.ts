/** A proposer and a validator apply one rule: what the mempool selects is valid, and what is no longer so selected is not. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createMempool } from '../../../node/mempool/mempool.ts';
import type { PoolTransaction } from '../../../node/mempool/queue.ts';
import { nextHeight } from '../../../src/lib/brands.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import { EMPTY_COMMIT, encodeBlock } from '../../../src/lib/chain.ts';
import { validatorAddress } from '../../../src/lib/ed25519.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { buildBlock, checkBlock, checkOutline, transactionSpace, type Verify } from '../../../state/block.ts';
import { accountsOf } from '../../../state/charge.ts';
import { baseFeeOf } from '../../../state/modules/ledger/fees.ts';
import { addressOf, chainOf, genesisOf, NAMES, validatorKey, verifyOn } from '../state/fixture.ts';

/** What a transfer costs at the base fee of 1; a longer validUntil or amount does not change the length. */
const FEE = 5_810n;
const PEOPLE = [...NAMES, 'eve'] as const;
/** Money for a few transfers: what is left after some of them decides about the next. */
const BALANCES = [7n * FEE, 3n * FEE + 100n, 2n * FEE, FEE - 1n];

const genesis = genesisOf((each) => ({
  ...each,
  accounts: NAMES.map((name, i) => ({ address: addressOf(name), balance: BALANCES[i] ?? 0n })),
}));
const chain = chainOf(genesis);
// The state is never changed here, so what was verified once stays so.
const known = new Map<string, ReturnType<Verify>>();
const check = verifyOn(genesis);
const verify: Verify = (bytes) => {
  const key = toHex(bytes);
  const verified = known.get(key) ?? check(bytes);
  known.set(key, verified);
  return verified;
};

type Wish = {
  readonly sender: (typeof PEOPLE)[number];
  readonly nonce: bigint;
  readonly maxFee: bigint;
  readonly tip: bigint;
  readonly validUntil: bigint;
  readonly amount: bigint;
};
const wishes = fc.array(
  fc.record({
    sender: fc.constantFrom(...PEOPLE),
    nonce: fc.bigInt(0n, 4n),
    maxFee: fc.constantFrom(FEE - 1n, FEE, FEE + 100n, 2n * FEE, 7n * FEE),
    tip: fc.constantFrom(0n, 1n, 100n),
    validUntil: fc.constantFrom(0n, 1n, 9n),
    amount: fc.constantFrom(1n, FEE, 6n * FEE),
  }),
  { maxLength: 12 },
);

const made = new Map<string, Uint8Array>();
const signed = (wish: Wish): Uint8Array => {
  const key = Object.values(wish).join(' ');
  const bytes = made.get(key) ?? sign(wish);
  made.set(key, bytes);
  return bytes;
};

const sign = ({ sender, amount, tip, ...rest }: Wish): Uint8Array =>
  chain.sign(
    sender,
    'transfer',
    { to: toHex(addressOf('bob')), amount: amount.toString() },
    { ...rest, tip: tip > rest.maxFee ? rest.maxFee : tip },
  ).bytes;

const waiting = (bytes: Uint8Array): PoolTransaction => {
  const { id, transaction, gas } = unwrap(verify(bytes));
  return { ...transaction, id: toHex(id), bytes, sender: toHex(transaction.from), gas };
};

/** What the proposer of the next block takes from a mempool with these. */
const built = (all: readonly Wish[]): readonly PoolTransaction[] => {
  const pool = createMempool({ maxTransactions: 100, maxBytes: 1 << 20, maxPerSender: 10 });
  const baseFee = baseFeeOf(chain.state);
  const accounts = accountsOf(chain.state);
  for (const wish of all) {
    const transaction = waiting(signed(wish));
    pool.add(transaction, { ...accounts(transaction.sender), baseFee });
  }
  const tip = chain.tip();
  const selection = {
    maxBytes: transactionSpace(tip, EMPTY_COMMIT),
    maxCount: 100,
    maxGas: tip.params.blocks.maxGas,
    height: nextHeight(tip.height),
    baseFee,
  };
  return pool.select(selection, accounts);
};

const verdict = (transactions: readonly PoolTransaction[]): string => {
  const tip = chain.tip();
  const block = encodeBlock(
    buildBlock(tip, {
      time: tip.time + 1n,
      proposer: validatorAddress(validatorKey(0).publicKey),
      transactions: transactions.map(({ bytes }) => bytes),
      lastCommit: EMPTY_COMMIT,
      evidence: [],
    }),
  );
  const checked = checkBlock(tip, chain.state, block, verify);
  const outline = checkOutline(tip, chain.state, block);
  // A block that the outline refuses is invalid. The outline lets more pass: it does not know the gas of a kind.
  if (!outline.ok) expect(checked.ok).toBe(false);
  return checked.ok ? 'valid' : checked.fault.code;
};

test('law: what a proposer selects makes a valid block', () => {
  fc.assert(
    fc.property(wishes, (all) => {
      expect(verdict(built(all))).toBe('valid');
    }),
    { numRuns: 60 },
  );
});

const BAD: readonly Partial<Wish>[] = [
  { nonce: 60n },
  { validUntil: 0n },
  { maxFee: FEE - 1n },
  { maxFee: 8n * FEE },
];

test('law: a block with a transaction more, twice, missing or out of its sender’s order is invalid', () => {
  fc.assert(
    fc.property(wishes, fc.nat(), fc.nat(), (all, a, b) => {
      const good = built(all);
      const one = good[a % Math.max(good.length, 1)];
      if (one === undefined) return;
      const at = good.indexOf(one);
      const after = good.slice(at + 1);
      const place = at + 1 + (b % (after.length + 1));
      expect(verdict([...good.slice(0, place), one, ...good.slice(place)])).toBe('BLOCK_TRANSACTION');
      const later = after.find(({ sender }) => sender === one.sender);
      if (later !== undefined) {
        expect(verdict(good.filter((each) => each !== one))).toBe('BLOCK_TRANSACTION');
        const swapped = good.map((each) => (each === one ? later : each === later ? one : each));
        expect(verdict(swapped)).toBe('BLOCK_TRANSACTION');
      }
      const next = good.filter(({ sender }) => sender === one.sender).length;
      const name = PEOPLE.find((each) => toHex(addressOf(each)) === one.sender) ?? 'ada';
      const wish = { sender: name, nonce: BigInt(next), maxFee: FEE, tip: 0n, validUntil: 9n, amount: 1n };
      for (const bad of BAD)
        expect(verdict([...good, waiting(signed({ ...wish, ...bad }))])).toBe('BLOCK_TRANSACTION');
      // Money that comes in the block pays for nothing in it.
      expect(verdict([...good, waiting(signed({ ...wish, sender: 'eve', nonce: 0n }))])).toBe(
        'BLOCK_TRANSACTION',
      );
    }),
    { numRuns: 40 },
  );
});

test('law: the order of different senders is free', () => {
  fc.assert(
    fc.property(wishes, fc.infiniteStream(fc.nat()), (all, numbers) => {
      const good = built(all);
      const queues = new Map<string, PoolTransaction[]>();
      for (const each of good) queues.set(each.sender, [...(queues.get(each.sender) ?? []), each]);
      const mixed: PoolTransaction[] = [];
      while (mixed.length < good.length) {
        const left = [...queues.values()].filter((queue) => queue.length > 0);
        const next = left[(numbers.next().value ?? 0) % left.length]?.shift();
        if (next !== undefined) mixed.push(next);
      }
      expect(verdict(mixed)).toBe('valid');
    }),
    { numRuns: 20 },
  );
});
