/**
 * What a payer signs off the chain as answers come in: all it owes a provider for a model so far, for how many receipts,
 * and their accumulator. EIP-712 typed data in the chain's own domain, so that any wallet signs it.
 */
import type { Address, Root } from '../../src/lib/brands.ts';
import {
  type Eip712Domain,
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
  type Ssz,
  uint32,
  uint64,
  uint128,
} from '../../src/lib/ssz.ts';

export type Voucher = {
  readonly payer: Address;
  readonly provider: Address;
  readonly model: number;
  /** Of all receipts so far, base units. */
  readonly amount: bigint;
  /** Of receipts so far. */
  readonly count: bigint;
  readonly accumulator: Root;
};

/** A voucher for `voucher sign`, as a file holds it. */
export const VoucherType: Ssz<Voucher> = container<Voucher>({
  payer: address20,
  provider: address20,
  model: uint32,
  amount: uint128,
  count: uint64,
  accumulator: root32,
});

export const VOUCHER_STRUCT: Eip712Struct = {
  name: 'Voucher',
  fields: [
    { name: 'payer', type: 'address' },
    { name: 'provider', type: 'address' },
    { name: 'model', type: 'uint64' },
    { name: 'amount', type: 'uint128' },
    { name: 'count', type: 'uint64' },
    { name: 'accumulator', type: 'bytes32' },
  ],
};

const valuesOf = (voucher: Voucher): Readonly<Record<string, Eip712Value>> => ({
  payer: voucher.payer,
  provider: voucher.provider,
  model: BigInt(voucher.model),
  amount: voucher.amount,
  count: voucher.count,
  accumulator: voucher.accumulator,
});

/** @param separator - `domainSeparator` of the chain's domain */
export const voucherDigest = (separator: Root, voucher: Voucher): Root =>
  typedDataDigest(separator, VOUCHER_STRUCT, valuesOf(voucher));

/** For a wallet: the argument of eth_signTypedData_v4. */
export const voucherPayload = (domain: Eip712Domain, voucher: Voucher): { readonly [key: string]: Json } =>
  typedDataPayload(domain, VOUCHER_STRUCT, valuesOf(voucher));
