/**
 * Payments to versions, claims and strikes in any order, held against a ledger that keeps every share as an exact
 * fraction and goes through all contributions of a version for each payment.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addToVersion } from '../../../../state/modules/data/datanets.ts';
import {
  type NoveltyShare,
  novelTokensIn,
  novelTokensLeft,
  paidByNovelty,
  payVersion,
  strikeNovelTokens,
} from '../../../../state/modules/data/novelty-shares.ts';
import { bytes32 } from './world.ts';

const DATANET = 3;
/** Fractions of a base unit of the exact ledger: enough for what tests divide by. */
const FINE = 1n << 160n;

type Share = NoveltyShare & {
  left: bigint;
  claimed: bigint;
  forfeited: bigint;
  /** Exactly earned and neither claimed nor forfeited, in 1/FINE. */
  owed: bigint;
};

class Ledger {
  readonly view = new Map<string, Uint8Array>();
  readonly shares: Share[] = [];
  paid = 0n;
  payments = 0;

  add(novelTokens: bigint): void {
    const root = bytes32(`content ${this.shares.length}`);
    const facts = { items: 1, tokens: novelTokens, bytes: novelTokens, novelTokens, dataTokens: novelTokens };
    const acceptance = addToVersion(this.view, DATANET, {
      contribution: this.shares.length + 1,
      root,
      ...facts,
    });
    this.shares.push({ acceptance, novelTokens, left: novelTokens, claimed: 0n, forfeited: 0n, owed: 0n });
  }

  pay(count: number, amount: bigint): void {
    const version = this.shares.slice(0, count);
    const novelTokens = version.reduce((sum, { left }) => sum + left, 0n);
    expect(novelTokensIn(this.view, DATANET, count)).toBe(novelTokens);
    if (novelTokens === 0n) return;
    payVersion(this.view, DATANET, { count, novelTokens }, amount);
    for (const share of version) share.owed += (amount * FINE * share.left) / novelTokens;
    this.paid += amount;
    this.payments += 1;
  }

  claim(share: Share): void {
    const earned = paidByNovelty(this.view, DATANET, share);
    expect(earned).toBeGreaterThanOrEqual(share.claimed);
    share.owed -= (earned - share.claimed) * FINE;
    share.claimed = earned;
  }

  strike(share: Share, tokens: bigint): void {
    const before = paidByNovelty(this.view, DATANET, share);
    const forfeited = strikeNovelTokens(this.view, DATANET, share, tokens, share.claimed);
    expect(paidByNovelty(this.view, DATANET, share)).toBe(before - forfeited);
    // Its part of what is unclaimed, to a unit.
    expect(forfeited * share.left).toBeGreaterThanOrEqual((before - share.claimed) * tokens);
    expect((forfeited - 1n) * share.left).toBeLessThan((before - share.claimed) * tokens);
    share.forfeited += forfeited;
    share.owed -= forfeited * FINE;
    share.left -= tokens;
    expect(novelTokensLeft(this.view, DATANET, share)).toBe(share.left);
  }
}

type Step =
  | { readonly type: 'add'; readonly tokens: bigint }
  | { readonly type: 'pay'; readonly n: number; readonly amount: bigint }
  | { readonly type: 'claim'; readonly n: number }
  | { readonly type: 'strike'; readonly n: number; readonly part: number };

const stepOf: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ type: fc.constant('add' as const), tokens: fc.bigInt(0n, 300n) }),
  fc.record({
    type: fc.constant('pay' as const),
    n: fc.nat(1_000),
    amount: fc.oneof(fc.bigInt(1n, 50n), fc.bigInt(1n, 10n ** 27n)),
  }),
  fc.record({ type: fc.constant('claim' as const), n: fc.nat(1_000) }),
  fc.record({
    type: fc.constant('strike' as const),
    n: fc.nat(1_000),
    part: fc.integer({ min: 1, max: 100 }),
  }),
);

const take = (ledger: Ledger, step: Step): void => {
  if (step.type === 'add') {
    ledger.add(step.tokens);
    return;
  }
  const count = ledger.shares.length;
  const share = count === 0 ? undefined : ledger.shares[step.n % count];
  if (share === undefined) return;
  if (step.type === 'pay') ledger.pay(1 + (step.n % count), step.amount);
  else if (step.type === 'claim') ledger.claim(share);
  else {
    const struck = (share.left * BigInt(step.part) + 99n) / 100n;
    if (struck > 0n) ledger.strike(share, struck);
  }
};

describe('shares of the remainder', () => {
  it('pay to the unit what versions were paid, whatever is struck and claimed in between', () => {
    fc.assert(
      fc.property(fc.array(stepOf, { minLength: 20, maxLength: 80 }), (steps) => {
        const ledger = new Ledger();
        for (const tokens of [100n, 1n, 250n]) ledger.add(tokens);
        for (const step of steps) take(ledger, step);
        for (const share of ledger.shares) {
          const exact = share.owed + (share.claimed + share.forfeited) * FINE;
          ledger.claim(share);
          const got = (share.claimed + share.forfeited) * FINE;
          // Never more than its share; less by what each rounding down took.
          expect(got).toBeLessThanOrEqual(exact + BigInt(steps.length));
          expect(exact - got).toBeLessThan(BigInt(2 + steps.length) * FINE);
        }
        const out = ledger.shares.reduce((sum, { claimed, forfeited }) => sum + claimed + forfeited, 0n);
        expect(out).toBeLessThanOrEqual(ledger.paid);
        expect(ledger.paid - out).toBeLessThan(
          BigInt((ledger.payments + steps.length) * ledger.shares.length + 1),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('leave a contribution nothing to come when all of its tokens are struck, and all that it has claimed', () => {
    const ledger = new Ledger();
    ledger.add(10n);
    ledger.add(30n);
    ledger.pay(2, 400n);
    const [first, second] = ledger.shares;
    if (first === undefined || second === undefined) throw new Error('two were added');
    ledger.claim(first);
    ledger.pay(2, 400n);
    ledger.strike(first, 10n);
    expect(first).toMatchObject({ claimed: 100n, forfeited: 100n });
    ledger.pay(2, 300n);
    expect(paidByNovelty(ledger.view, DATANET, first)).toBe(100n);
    expect(paidByNovelty(ledger.view, DATANET, second)).toBe(900n);
    ledger.pay(1, 5n);
    expect(ledger.payments).toBe(3);
  });
});
