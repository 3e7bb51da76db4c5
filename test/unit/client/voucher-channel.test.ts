import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openVoucherChannel } from '../../../src/client/voucher-channel.ts';
import { type Address, type Root, ZERO_ROOT } from '../../../src/lib/brands.ts';
import { domainSeparator } from '../../../src/lib/eip712.ts';
import {
  addressOfPrivateKey,
  randomPrivateKey,
  recoverAddress,
  signDigest,
} from '../../../src/lib/secp256k1.ts';
import type { ReceiptGroup } from '../../../state/tx/inference-receipt.ts';
import { extendAccumulator, type ReceiptBody, UNSAID } from '../../../state/tx/receipt.ts';
import { type Voucher, voucherDigest } from '../../../state/tx/voucher.ts';
import { SIGNATURE_FORMS } from '../lib/signature-forms.ts';

const payerKey = randomPrivateKey();
const payer = addressOfPrivateKey(payerKey);
const separator = domainSeparator({ chainId: 7n, genesisHash: ZERO_ROOT });
const terms = {
  payer,
  provider: new Uint8Array(20).fill(9) as Address,
  lane: 6,
};
const root = (n: number): Root => new Uint8Array(32).fill(n) as Root;

/** Receipts of two models in turn, whatever the lane. */
const body = (n: number): ReceiptBody => ({
  ...UNSAID,
  model: 1 + (n % 2),
  manifest: root(100 + (n % 2)),
  rules: 2,
  promptRoot: root(n),
  outputRoot: root(n + 1),
  textRoot: root(n + 2),
  tokensIn: n,
  tokensOut: 2 * n,
  bytesIn: 8 * n,
  bytesOut: 16 * n,
  compute: BigInt(n),
  fee: 10n * BigInt(n),
  app: new Uint8Array(20).fill(7) as Address,
  appFee: 100n * BigInt(n),
});

const sign = (voucher: Voucher): Uint8Array => signDigest(voucherDigest(separator, voucher), payerKey);

describe('a channel of vouchers', () => {
  it('sums up the charges, counts the receipts and chains them', () => {
    const channel = openVoucherChannel(separator, terms);
    channel.add(body(1));
    expect(channel.add(body(2))).toEqual({
      payer,
      provider: terms.provider,
      lane: 6,
      amount: 333n,
      count: 2n,
      accumulator: extendAccumulator(ZERO_ROOT, terms, [body(1), body(2)]),
    });
  });

  it('hands out only what is signed for, in order, each receipt once, with a voucher that ends at the last', () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 12, maxLength: 12 }),
        (signed, limits) => {
          const channel = openVoucherChannel(separator, terms);
          for (const [i, isSigned] of signed.entries()) {
            const voucher = channel.add(body(i + 1));
            if (isSigned) expect(channel.accept(sign(voucher)).ok).toBe(true);
          }
          let accumulator = ZERO_ROOT;
          let taken = 0;
          let amount = 0n;
          for (const limit of limits) {
            const group = channel.take(limit);
            if (group === undefined) continue;
            expect(group.receipts.length).toBeLessThanOrEqual(limit);
            expect(group.lane).toBe(terms.lane);
            accumulator = extendAccumulator(accumulator, terms, group.receipts);
            for (const receipt of group.receipts) {
              taken++;
              expect(receipt.tokensIn).toBe(taken);
              amount += receipt.compute + receipt.fee + receipt.appFee;
            }
            const { signature, ...use } = group.voucher;
            expect(use).toEqual({ amount, count: BigInt(taken), accumulator });
            const digest = voucherDigest(separator, { ...terms, ...use });
            expect(recoverAddress(digest, signature)).toEqual({ ok: true, value: payer });
          }
          expect(taken + channel.ready()).toBe(signed.lastIndexOf(true) + 1);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('keeps what it hands out until that is confirmed, and hands it out again if it is put back', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constantFrom('confirm', 'putBack', 'add')), {
          maxLength: 30,
        }),
        (steps) => {
          const channel = openVoucherChannel(separator, terms);
          let signed = 0;
          /** What the chain has, and the groups on their way to it. */
          let confirmed = 0;
          let away: ReceiptGroup[] = [];
          const awayCount = (): number => away.reduce((sum, { receipts }) => sum + receipts.length, 0);
          for (const step of ['add', 'add', 'add', ...steps, 'putBack', 40] as const) {
            if (step === 'add') {
              signed++;
              expect(channel.accept(sign(channel.add(body(signed)))).ok).toBe(true);
            } else if (step === 'confirm') {
              const group = away.shift();
              if (group === undefined) continue;
              channel.confirm(group);
              channel.confirm(group);
              confirmed += group.receipts.length;
            } else if (step === 'putBack') {
              channel.putBack();
              away = [];
            } else {
              const group = channel.take(step);
              if (group === undefined) continue;
              const first = confirmed + awayCount() + 1;
              expect(group.receipts.map(({ tokensIn }) => tokensIn)).toEqual(
                group.receipts.map((_, i) => first + i),
              );
              away.push(group);
              expect(group.voucher.count).toBe(BigInt(confirmed + awayCount()));
            }
            expect(channel.ready()).toBe(signed - confirmed - awayCount());
          }
          expect(channel.ready()).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('continues after a restart with the receipts that the chain does not have', () => {
    const channel = openVoucherChannel(separator, terms);
    const stored = [1, 2, 3].map((n) => ({ body: body(n), signature: sign(channel.add(body(n))) }));
    expect(channel.accept(stored[2]?.signature ?? new Uint8Array()).ok).toBe(true);
    const [first, ...rest] = stored;
    const from = openVoucherChannel(separator, terms).add(first?.body ?? body(1));
    const again = openVoucherChannel(separator, terms, from);
    for (const each of rest) {
      again.add(each.body);
      expect(again.accept(each.signature).ok).toBe(true);
    }
    expect(again.take(9)?.voucher).toEqual(channel.take(9)?.voucher);
  });

  it('goes on from where the chain has it', () => {
    const from = { amount: 100n, count: 5n, accumulator: new Uint8Array(32).fill(8) as Root };
    const channel = openVoucherChannel(separator, terms, from);
    expect(channel.add(body(1))).toMatchObject({ amount: 211n, count: 6n });
  });

  it('is of one lane: a voucher of another lane is not its own', () => {
    const channel = openVoucherChannel(separator, terms);
    const voucher = channel.add(body(1));
    expect(channel.accept(sign({ ...voucher, lane: 7 }))).toMatchObject({
      ok: false,
      fault: { code: 'VOUCHER_SIGNER' },
    });
    const elsewhere = openVoucherChannel(separator, { ...terms, lane: 7 }).add(body(1));
    expect(elsewhere.accumulator).not.toEqual(voucher.accumulator);
    expect(channel.accept(sign(voucher)).ok).toBe(true);
  });

  it.each(SIGNATURE_FORMS)(
    'takes in a signature in the form of %s, and hands out the one form',
    (_, change) => {
      // Both values of v.
      const seen = new Set<number | undefined>();
      for (let n = 1; seen.size < 2; n++) {
        const channel = openVoucherChannel(separator, terms);
        const signature = sign(channel.add(body(n)));
        seen.add(signature[64]);
        expect(channel.accept(change(signature))).toEqual({ ok: true, value: undefined });
        expect(channel.take(1)?.voucher.signature).toEqual(signature);
      }
    },
  );

  it('refuses a signature of another key, of an earlier voucher, or none at all', () => {
    const channel = openVoucherChannel(separator, terms);
    const first = sign(channel.add(body(1)));
    const second = channel.add(body(2));
    expect(channel.accept(first)).toMatchObject({ ok: false, fault: { code: 'VOUCHER_SIGNER' } });
    const stranger = signDigest(voucherDigest(separator, second), randomPrivateKey());
    expect(channel.accept(stranger)).toMatchObject({ ok: false, fault: { code: 'VOUCHER_SIGNER' } });
    for (const [signature, code] of [
      [new Uint8Array(65), 'SIGNATURE_INVALID'],
      [new Uint8Array(65).fill(2), 'SIGNATURE_V'],
      [new Uint8Array(65).fill(255).with(64, 27), 'SIGNATURE_HIGH_S'],
      [new Uint8Array(63), 'SIGNATURE_LENGTH'],
      [new Uint8Array(0), 'SIGNATURE_LENGTH'],
    ] as const)
      expect(channel.accept(signature)).toMatchObject({ ok: false, fault: { code } });
    expect(channel.ready()).toBe(0);
    expect(channel.take(10)).toBeUndefined();
  });
});
