/** A batch of receipts, sent and so signed by their provider, with one voucher for each payer and model. */
import type { Address, Root } from '../../src/lib/brands.ts';
import {
  address20,
  bytes,
  container,
  list,
  root32,
  type Ssz,
  uint32,
  uint64,
  uint128,
} from '../../src/lib/ssz.ts';
import { type ReceiptBody, ReceiptBodyType } from './receipt.ts';

/** A voucher without what its group says already. */
export type SignedVoucher = {
  readonly amount: bigint;
  readonly count: bigint;
  readonly accumulator: Root;
  /** The payer's, 65 bytes. */
  readonly signature: Uint8Array;
};

/** The receipts of one payer and one model. */
export type ReceiptGroup = {
  readonly payer: Address;
  readonly model: number;
  /** `manifestRoot` of the model. */
  readonly manifest: Root;
  readonly voucher: SignedVoucher;
  /** In the order the accumulator takes them up. */
  readonly receipts: readonly ReceiptBody[];
};

export type InferenceReceipt = { readonly groups: readonly ReceiptGroup[] };

/** Over all groups of a batch; the chain's parameters may say less. */
export const RECEIPTS_MAX = 1000;

export const InferenceReceiptType: Ssz<InferenceReceipt> = container<InferenceReceipt>({
  groups: list(
    container<ReceiptGroup>({
      payer: address20,
      model: uint32,
      manifest: root32,
      voucher: container<SignedVoucher>({
        amount: uint128,
        count: uint64,
        accumulator: root32,
        signature: bytes(65),
      }),
      receipts: list(ReceiptBodyType, RECEIPTS_MAX),
    }),
    RECEIPTS_MAX,
  ),
});
