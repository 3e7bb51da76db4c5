/**
 * The voucher that a payer signs off the chain while answers arrive: all it owes a provider in a lane so far, for how many
 * receipts, and their accumulator. It is EIP-712 typed data in the domain of the chain, so that any wallet can
 * sign it.
 */

import type { Root } from '../../src/lib/brands.ts';
import type { ChainIdentity } from '../../src/lib/chain.ts';
import {
  type Eip712Struct,
  type Eip712Value,
  typedDataDigest,
  typedDataPayload,
} from '../../src/lib/eip712.ts';
import {
  address20,
  container,
  type Json,
  root32,
  uint32,
  uint64,
  uint128,
  type ValueOf,
} from '../../src/lib/ssz.ts';

/** A voucher for `voucher sign`, in the form of its file. */
export const VoucherType = container({
  /** The account that pays, and that signs the voucher. */
  payer: address20,
  /** The account that is paid. */
  provider: address20,
  /** The lane of the payer with this provider. */
  lane: uint32,
  /** The amount owed for all receipts so far, in base units. */
  amount: uint128,
  /** The number of receipts so far. */
  count: uint64,
  /** The accumulator over all receipts so far. */
  accumulator: root32,
});
export type Voucher = ValueOf<typeof VoucherType>;

export const VOUCHER_STRUCT: Eip712Struct = {
  name: 'Voucher',
  fields: [
    { name: 'payer', type: 'address' },
    { name: 'provider', type: 'address' },
    { name: 'lane', type: 'uint32' },
    { name: 'amount', type: 'uint128' },
    { name: 'count', type: 'uint64' },
    { name: 'accumulator', type: 'bytes32' },
  ],
};

const valuesOf = (voucher: Voucher): Readonly<Record<string, Eip712Value>> => ({
  payer: voucher.payer,
  provider: voucher.provider,
  lane: BigInt(voucher.lane),
  amount: voucher.amount,
  count: voucher.count,
  accumulator: voucher.accumulator,
});

/**
 * Returns the digest that is signed.
 * @param separator - the `domainSeparator` of the chain
 */
export const voucherDigest = (separator: Root, voucher: Voucher): Root =>
  typedDataDigest(separator, VOUCHER_STRUCT, valuesOf(voucher));

/** Returns the argument of eth_signTypedData_v4, for a wallet. */
export const voucherPayload = (chain: ChainIdentity, voucher: Voucher): { readonly [key: string]: Json } =>
  typedDataPayload(chain, VOUCHER_STRUCT, valuesOf(voucher));
