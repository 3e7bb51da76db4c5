import { ZERO_ADDRESS } from '../../src/lib/brands.ts';
import { equal, toBareHex } from '../../src/lib/bytes.ts';
import type { ModelId } from '../../src/lib/ids.ts';
import {
  address20,
  container,
  list,
  root32,
  signature65,
  uint32,
  uint64,
  uint128,
  type ValueOf,
} from '../../src/lib/ssz.ts';
import { inferenceRoot, unitsOf } from '../attribution/commitment.ts';
import {
  OUTPUT_BYTES_MAX,
  OUTPUT_TOKENS_MAX,
  PROMPT_BYTES_MAX,
  PROMPT_TOKENS_MAX,
} from '../attribution/parameters.ts';
import type { Params } from '../params.ts';
import { formatOpen } from './action.ts';
import type { Fault } from './errors.ts';
import type { Kind } from './kind.ts';
import { allOf, problem } from './problems.ts';
import { chargeOfReceipt, RECEIPTS_MAX, type ReceiptBody, ReceiptBodyType } from './receipt.ts';

const SignedVoucherType = container({
  /** All that the payer owes the provider in the lane so far. */
  amount: uint128,
  /** The number of receipts so far. */
  count: uint64,
  /** The accumulator over all receipts so far. */
  accumulator: root32,
  /** The signature of the payer, 65 bytes. JSON may have it in any form that wallets give. */
  signature: signature65,
});
/** A voucher without the fields that its group already has. */
export type SignedVoucher = ValueOf<typeof SignedVoucherType>;

const ReceiptGroupType = container({
  /** The account that pays, which signed the voucher. */
  payer: address20,
  /** The lane of the payer with the provider, who sends the batch. */
  lane: uint32,
  voucher: SignedVoucherType,
  /** The receipts in the order in which they extend the accumulator. */
  receipts: list(ReceiptBodyType, RECEIPTS_MAX),
});
/** The receipts of one payer in one lane, which may be of several models. */
export type ReceiptGroup = ValueOf<typeof ReceiptGroupType>;

const InferenceReceiptType = container({
  groups: list(ReceiptGroupType, RECEIPTS_MAX),
});
export type InferenceReceipt = ValueOf<typeof InferenceReceiptType>;

export const countOf = ({ groups }: InferenceReceipt): number =>
  groups.reduce((sum, { receipts }) => sum + receipts.length, 0);

/** Returns the amount that a payer owes for these receipts. */
export const chargeOf = (receipts: readonly ReceiptBody[]): bigint => {
  let total = 0n;
  for (const receipt of receipts) total += chargeOfReceipt(receipt);
  return total;
};

const checkTexts = (
  { tokensIn, tokensOut, bytesIn, bytesOut }: ReceiptBody,
  place: string,
): Fault | false => {
  if (unitsOf(tokensIn, bytesIn) > PROMPT_TOKENS_MAX || unitsOf(tokensOut, bytesOut) > OUTPUT_TOKENS_MAX)
    return problem(
      'RECEIPT_TOKENS',
      place,
      `a prompt has at most ${PROMPT_TOKENS_MAX} tokens and ${PROMPT_BYTES_MAX} bytes, an output at most ${OUTPUT_TOKENS_MAX} and ${OUTPUT_BYTES_MAX}`,
      { tokensIn, tokensOut, bytesIn, bytesOut },
    );
  return (
    (tokensIn > bytesIn || tokensOut > bytesOut) &&
    problem('RECEIPT_BYTES', place, 'a token is at least one byte', {
      tokensIn,
      tokensOut,
      bytesIn,
      bytesOut,
    })
  );
};

const checkReceipts = ({ groups }: InferenceReceipt): readonly (Fault | false)[] =>
  groups.flatMap(({ receipts }, group) =>
    receipts.flatMap((receipt, i) => {
      const place = `groups[${group}].receipts[${i}]`;
      return [
        checkTexts(receipt, place),
        receipt.appFee > 0n &&
          equal(receipt.app, ZERO_ADDRESS) &&
          problem('RECEIPT_APP', `${place}.appFee`, 'a price of an app is paid to an app: name its account'),
      ];
    }),
  );

const check = (payload: InferenceReceipt, params: Params): Fault | undefined => {
  const { groups } = payload;
  const count = countOf(payload);
  return allOf(
    (groups.length === 0 || groups.some(({ receipts }) => receipts.length === 0)) &&
      problem('RECEIPT_NONE', 'groups', 'a batch holds at least one group, a group at least one receipt'),
    count > params.receipts.maxBatch &&
      problem(
        'RECEIPT_BATCH',
        'groups',
        `a batch of ${count} receipts; at most ${params.receipts.maxBatch}`,
        { count },
      ),
    new Set(groups.map(({ payer, lane }) => `${toBareHex(payer)} ${lane}`)).size < groups.length &&
      problem('RECEIPT_GROUP', 'groups', 'the receipts of one payer and lane stand in one group'),
    ...checkReceipts(payload),
  );
};

/**
 * Pays for each model that a batch names. Its terms and version are read, and at the end of the receipts it and up to eight models
 * before it are credited, each with an event for all its parties, and its epoch grows. The largest batch, each of whose receipts is
 * of another model, still needs less gas than a block has: a provider could not divide it, as it has one voucher for all of it.
 */
const MODEL_GAS = 35_000n;

const modelsIn = ({ groups }: InferenceReceipt): ReadonlySet<ModelId> =>
  new Set(groups.flatMap(({ receipts }) => receipts.map(({ model }) => model)));

export const inferenceReceipt: Kind<InferenceReceipt> = {
  id: 12,
  version: 2,
  name: 'inferenceReceipt',
  payload: InferenceReceiptType,
  action: (payload) => {
    const charged = payload.groups.reduce((sum, { receipts }) => sum + chargeOf(receipts), 0n);
    return `record ${countOf(payload)} receipts, ${formatOpen(charged)} OPEN, on ${payload.groups.length} vouchers`;
  },
  check,
  gas: (payload, params) =>
    5_000n +
    200n * BigInt(countOf(payload)) +
    MODEL_GAS * BigInt(modelsIn(payload).size) +
    (2_000n + BigInt(params.fees.gasPerSignature)) * BigInt(payload.groups.length),
  accounts: ({ groups }) =>
    groups.flatMap(({ payer, receipts }) => [
      payer,
      ...receipts.flatMap(({ app }) => (equal(app, ZERO_ADDRESS) ? [] : [app])),
    ]),
  // Nobody but the parties has the texts of a private receipt.
  content: ({ groups }) =>
    groups.flatMap(({ receipts }) =>
      receipts.flatMap((receipt) =>
        receipt.visibility === 'public' ? [{ root: inferenceRoot(receipt), items: 0 }] : [],
      ),
    ),
};
