/**
 * A payer's running account with a provider in one lane, as both ends keep it off the chain: each answer is taken up
 * into the accumulator, the payer signs the voucher for all so far, and now and then the provider sends what is signed
 * as a group of a batch. What the provider stands to lose is the one answer that is not signed yet.
 */
import type { ReceiptGroup, SignedVoucher } from '../../state/tx/inference-receipt.ts';
import {
  chargeOfReceipt,
  extendAccumulator,
  type ReceiptBody,
  type ReceiptTerms,
} from '../../state/tx/receipt.ts';
import { type Voucher, voucherDigest } from '../../state/tx/voucher.ts';
import { BYTES, bigintTo, check, checkFields, OBJECT, ROOT, WHOLE_NUMBER } from '../lib/arguments.ts';
import { type Root, ZERO_ROOT } from '../lib/brands.ts';
import { equal, toHex } from '../lib/bytes.ts';
import { ok, type Result } from '../lib/errors.ts';
import { MAX_UINT64, MAX_UINT128 } from '../lib/math.ts';
import { normalSignature, recoverAddress } from '../lib/secp256k1.ts';
import { checkBody, checkTerms } from './checked.ts';
import { fail } from './errors.ts';

/** How far the vouchers have come; on the chain, how far they have been used up. */
export type VoucherUse = Pick<Voucher, 'amount' | 'count' | 'accumulator'>;

export type VoucherChannel = {
  /** Takes up an answer and returns the voucher for it and all before, which the payer is to sign. */
  readonly add: (body: ReceiptBody) => Voucher;
  /**
   * Takes in the payer's signature of the last voucher, in any form that wallets give: also v of 0 or 1, a high s, or 64
   * bytes (EIP-2098). Faults: `VOUCHER_SIGNER`, and those of the signature.
   */
  readonly accept: (signature: Uint8Array) => Result<undefined>;
  /** Receipts that are signed for and in no group yet. */
  readonly ready: () => number;
  /**
   * The first of those, at most `limit`, as a group of a batch; undefined if a voucher ends at none of them. The channel
   * keeps them until the group is confirmed.
   */
  readonly take: (limit: number) => ReceiptGroup | undefined;
  /** Drops the receipts of a group, and of those before it, once the chain has them. Nothing happens if they are dropped. */
  readonly confirm: (group: ReceiptGroup) => void;
  /**
   * Makes all that was taken and not confirmed ready again: the chain takes groups in order, so one that was refused holds
   * up those after it. Only for groups that no block will execute.
   */
  readonly putBack: () => void;
};

/** A voucher that was accepted, and how many receipts of the channel it ends at. */
type Accepted = { readonly voucher: SignedVoucher; readonly end: number };

const USE = { amount: bigintTo(MAX_UINT128), count: bigintTo(MAX_UINT64), accumulator: ROOT };
const START: VoucherUse = { amount: 0n, count: 0n, accumulator: ZERO_ROOT };

/**
 * Opens a channel. It is in memory only: to continue after a restart, store each receipt with the signature that was
 * accepted for it. Open the channel where the chain has it, then `add` and `accept` the receipts that the chain does not
 * have, in order: those after the first `from.count`.
 * @param separator - `domainSeparator` of the chain
 * @param from - where the chain has the channel; the beginning if left out
 */
export const openVoucherChannel = (
  separator: Root,
  terms: ReceiptTerms,
  from: VoucherUse = START,
): VoucherChannel => {
  check('separator', separator, ROOT);
  checkTerms(terms);
  checkFields('from', from, USE);
  const { payer, provider, lane } = terms;
  let use = from;
  /** Since the last group that was confirmed. */
  let bodies: ReceiptBody[] = [];
  let accepted: Accepted[] = [];
  /** How many of them are in groups that were taken. */
  let taken = 0;
  const voucher = (): Voucher => ({ payer, provider, lane, ...use });
  return {
    add: (body) => {
      checkBody(body);
      bodies.push(body);
      use = {
        amount: use.amount + chargeOfReceipt(body),
        count: use.count + 1n,
        accumulator: extendAccumulator(use.accumulator, terms, [body]),
      };
      return voucher();
    },
    accept: (given) => {
      check('signature', given, BYTES);
      const signature = normalSignature(given);
      const signer = recoverAddress(voucherDigest(separator, voucher()), signature);
      if (!signer.ok) return signer;
      if (!equal(signer.value, payer))
        return fail('VOUCHER_SIGNER', `the voucher is signed by ${toHex(signer.value)}, not by its payer`);
      accepted.push({ voucher: { ...use, signature }, end: bodies.length });
      return ok(undefined);
    },
    ready: () => Math.max(0, (accepted.at(-1)?.end ?? 0) - taken),
    take: (limit) => {
      check('limit', limit, WHOLE_NUMBER);
      const last = accepted.findLast(({ end }) => end > taken && end <= taken + limit);
      if (last === undefined) return undefined;
      const receipts = bodies.slice(taken, last.end);
      taken = last.end;
      return { payer, lane, voucher: last.voucher, receipts };
    },
    confirm: (group) => {
      checkFields('group', group, { voucher: OBJECT });
      const { count } = group.voucher;
      const last = accepted.find(({ voucher, end }) => end <= taken && voucher.count === count);
      if (last === undefined) return;
      bodies = bodies.slice(last.end);
      taken -= last.end;
      accepted = accepted
        .filter(({ end }) => end > last.end)
        .map((each) => ({ ...each, end: each.end - last.end }));
    },
    putBack: () => {
      taken = 0;
    },
  };
};
