import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createVerifier, type Verifier } from '../../../../node/mempool/verifier.ts';
import { toHex } from '../../../../src/lib/bytes.ts';
import { failWith, type Result, unwrap } from '../../../../src/lib/errors.ts';
import type { ContributionId } from '../../../../src/lib/ids.ts';
import { chainIdentity } from '../../../../state/genesis.ts';
import {
  TransactionType,
  transactionRules,
  type VerifiedTransaction,
} from '../../../../state/tx/transaction.ts';
import { addressOf, chainOf, genesisOf, verifyOn } from '../../state/fixture.ts';
import { largeContribution } from '../../state/large-contribution.ts';
import { codeOf } from '../support.ts';

const genesis = genesisOf();
const rules = transactionRules(chainIdentity(genesis), genesis.params);
/** The same rules without a memory. */
const plain = verifyOn(genesis);

const chain = chainOf(genesis);
const signed = (amount: bigint): Uint8Array =>
  chain.sign('ada', 'transfer', { to: toHex(addressOf('bob')), amount: amount.toString() }, { nonce: 0n })
    .bytes;
const GOOD = [1n, 2n, 3n].map(signed);
const good = (i: number): Uint8Array => Uint8Array.from(GOOD[i % GOOD.length] ?? []);

const withSignature = (change: (signature: Uint8Array) => Uint8Array): Uint8Array => {
  const transaction = unwrap(TransactionType.decode(good(0)));
  return TransactionType.encode({
    ...transaction,
    signature: change(Uint8Array.from(transaction.signature)),
  });
};
const large = (contribution: ContributionId): Uint8Array =>
  chain.sign('ada', 'dataContribution', largeContribution({ contribution }), { nonce: 0n }).bytes;
const flipped = withSignature((signature) => {
  signature[7] = (signature[7] ?? 0) ^ 1;
  return signature;
});

/** Ended with the test. */
const newVerifier = (): Verifier => {
  const verifier = createVerifier(rules, (reason) => {
    throw reason;
  });
  onTestFinished(verifier.close);
  return verifier;
};

/** What can be told of a verdict; its functions cannot be compared. */
const shown = (result: Result<VerifiedTransaction>): unknown => {
  if (!result.ok) return result.fault;
  const { id, gas, bytes, transaction, body } = result.value;
  return { id: toHex(id), gas, bytes: toHex(bytes), transaction, action: body.action() };
};

/** The verdict of the thread, and what the verifier then has of a good one. */
const asked = async (verifier: Verifier, bytes: Uint8Array): Promise<Result<VerifiedTransaction>> => {
  const checked = await verifier.check(bytes, 'peer', bytes.length);
  if (!checked.ok) return failWith(checked.fault);
  const verified = verifier.verify(bytes);
  if (verified.ok) expect(checked.value).toEqual({ id: verified.value.id, gas: verified.value.gas });
  return verified;
};
const askedAll = (verifier: Verifier, all: readonly Uint8Array[]) =>
  Promise.all(all.map((bytes) => asked(verifier, bytes)));

describe('a verifier', () => {
  test('gives what the rules give, the first time and every time after, here and in its thread', async () => {
    const verifier = newVerifier();
    for (const bytes of [good(0), flipped, good(0), flipped, good(1)]) {
      expect(shown(verifier.verify(bytes))).toEqual(shown(plain(bytes)));
      expect(shown(await asked(verifier, bytes))).toEqual(shown(plain(bytes)));
    }
  });

  test('gives the verdicts of many in their order', async () => {
    const all = Array.from({ length: 200 }, (_, i) => (i % 7 === 3 ? flipped : good(i)));
    const verdicts = await askedAll(newVerifier(), all);
    expect(verdicts.map(shown)).toEqual(all.map(plain).map(shown));
  });

  test('does not take a transaction for another one with the same id and a bad signature', async () => {
    const verifier = newVerifier();
    const bad = [
      flipped,
      withSignature((each) => each.subarray(0, 64)),
      withSignature(() => new Uint8Array()),
    ];
    expect(codeOf(verifier.verify(good(0)))).toBe('ok');
    for (const bytes of bad) {
      expect(codeOf(verifier.verify(bytes))).toMatch(/^SIGNATURE_/);
      expect(codeOf(await asked(verifier, bytes))).toMatch(/^SIGNATURE_/);
    }
    expect(codeOf(verifier.verify(good(0)))).toBe('ok');
  });

  test('does not refuse a good transaction because a bad one of the same id came first', async () => {
    const verifier = newVerifier();
    expect(codeOf(await asked(verifier, flipped))).toMatch(/^SIGNATURE_/);
    expect(codeOf(await asked(verifier, good(0)))).toBe('ok');
  });

  test('forgets what no longer fits, and still answers the same', async () => {
    const verifier = newVerifier();
    const first = shown(await asked(verifier, good(0)));
    // More than it keeps decoded.
    const all = Array.from({ length: 24 }, (_, i) => large(i + 1));
    for (const verdict of await askedAll(verifier, all)) expect(codeOf(verdict)).toBe('ok');
    expect(shown(verifier.verify(good(0)))).toEqual(first);
    const [oldest = good(0)] = all;
    expect(codeOf(verifier.verify(oldest))).toBe('ok');
    expect(toHex(unwrap(verifier.verify(oldest)).id)).toBe(toHex(unwrap(plain(oldest)).id));
  });

  test('remembers a signer that it recovered, and never one that it did not', () => {
    const verifier = newVerifier();
    const { id, transaction } = unwrap(verifier.verify(good(0)));
    for (let again = 0; again < 2; again++) {
      expect(verifier.recover(id, transaction.signature)).toEqual({ ok: true, value: addressOf('ada') });
      expect(verifier.recover(id, new Uint8Array(65)).ok).toBe(false);
    }
  });

  test('checks the transactions of a block before those that only ask for a place in the mempool', async () => {
    const verifier = newVerifier();
    const waiting = Array.from({ length: 1_000 }, (_, i) => signed(BigInt(i + 1_000)));
    let done = 0;
    const others = waiting.map((bytes) => verifier.check(bytes, 'peer', bytes.length).finally(() => done++));
    // The same transaction: the block does not wait until its turn comes among those of the peer.
    const [shared = good(0)] = waiting.slice(-1);
    await verifier.verifyBlock([signed(7_777n), shared]);
    expect(done).toBeLessThan(waiting.length / 2);
    expect([signed(7_777n), shared].map((bytes) => verifier.known(bytes) !== undefined)).toEqual([
      true,
      true,
    ]);
    expect((await Promise.all(others)).every(({ ok }) => ok)).toBe(true);
  });

  test('ends with what waits for it refused, not left waiting', async () => {
    const verifier = createVerifier(rules, () => undefined);
    const some = Array.from({ length: 500 }, (_, i) =>
      verifier.check(signed(BigInt(i + 10)), `peer ${i % 3}`, 2_200),
    );
    const [ended] = await Promise.allSettled([Promise.all(some), verifier.close()]);
    expect(ended).toMatchObject({ status: 'rejected', reason: { code: 'VERIFIER_STOPPED' } });
    await expect(verifier.check(good(0), 'peer', 200)).rejects.toMatchObject({ code: 'VERIFIER_STOPPED' });
  });
});

test('law: hostile bytes get the verdict of the rules, in any order and however often', async () => {
  const verifier = newVerifier();
  const flip = (i: number, at: number, mask: number): Uint8Array => {
    const changed = good(i);
    changed[at % changed.length] = (changed[at % changed.length] ?? 0) ^ mask;
    return changed;
  };
  const which = fc.nat({ max: 2 });
  const bytes = fc.oneof(
    which.map(good),
    fc.uint8Array({ maxLength: 400 }),
    fc.tuple(which, fc.nat(), fc.integer({ min: 1, max: 255 })).map(([i, at, mask]) => flip(i, at, mask)),
    fc.tuple(which, fc.nat()).map(([i, cut]) => good(i).subarray(0, cut % good(i).length)),
    fc
      .tuple(which, fc.uint8Array({ minLength: 1, maxLength: 8 }))
      .map(([i, more]) => Uint8Array.from([...good(i), ...more])),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(bytes, { minLength: 1, maxLength: 12 }), async (all) => {
      const expected = all.map(plain).map(shown);
      expect((await askedAll(verifier, all)).map(shown)).toEqual(expected);
      expect(all.map(verifier.verify).map(shown)).toEqual(expected);
    }),
    { numRuns: 150 },
  );
});
