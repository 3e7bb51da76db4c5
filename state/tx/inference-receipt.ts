import { toBareHex } from '../../src/lib/bytes.ts';
import { modelId } from '../../src/lib/ids.ts';
import {
  address20,
  bytes,
  container,
  list,
  root32,
  uint64,
  uint128,
  type ValueOf,
} from '../../src/lib/ssz.ts';
import { OUTPUT_TOKENS_MAX, PROMPT_TOKENS_MAX } from '../attribution/parameters.ts';
import type { Params } from '../params.ts';
import { formatOpen } from './action.ts';
import type { Fault } from './errors.ts';
import type { Kind } from './kind.ts';
import { allOf, problem } from './problems.ts';
import { RECEIPTS_MAX, type ReceiptBody, ReceiptBodyType } from './receipt.ts';

const SignedVoucherType = container({
  /** All that the payer owes the provider for the model so far. */
  amount: uint128,
  /** The number of receipts so far. */
  count: uint64,
  /** The accumulator over all receipts so far. */
  accumulator: root32,
  /** The signature of the payer, 65 bytes. */
  signature: bytes(65),
});
/** A voucher without the fields that its group already has. */
export type SignedVoucher = ValueOf<typeof SignedVoucherType>;

const ReceiptGroupType = container({
  /** The account that pays, which signed the voucher. */
  payer: address20,
  /** The model that made the outputs. */
  model: modelId,
  /** The `manifestRoot` of the version of the model that made the outputs. */
  manifest: root32,
  voucher: SignedVoucherType,
  /** The receipts in the order in which they extend the accumulator. */
  receipts: list(ReceiptBodyType, RECEIPTS_MAX),
});
/** The receipts of one payer and one model. */
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
  for (const { compute, fee } of receipts) total += compute + fee;
  return total;
};

const checkTokens = ({ groups }: InferenceReceipt): readonly (Fault | false)[] =>
  groups.flatMap(({ receipts }, group) =>
    receipts.map(
      ({ tokensIn, tokensOut }, i) =>
        (tokensIn > PROMPT_TOKENS_MAX || tokensOut > OUTPUT_TOKENS_MAX) &&
        problem(
          'RECEIPT_TOKENS',
          `groups[${group}].receipts[${i}]`,
          `a prompt has at most ${PROMPT_TOKENS_MAX} tokens, an output at most ${OUTPUT_TOKENS_MAX}`,
          { tokensIn, tokensOut },
        ),
    ),
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
    new Set(groups.map(({ payer, model }) => `${toBareHex(payer)} ${model}`)).size < groups.length &&
      problem('RECEIPT_GROUP', 'groups', 'the receipts of one payer and model stand in one group'),
    ...checkTokens(payload),
  );
};

export const inferenceReceipt: Kind<InferenceReceipt> = {
  id: 12,
  version: 1,
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
    (2_000n + BigInt(params.fees.gasPerSignature)) * BigInt(payload.groups.length),
  accounts: ({ groups }) => groups.map(({ payer }) => payer),
  contentRoots: ({ groups }) =>
    groups.flatMap(({ receipts }) =>
      receipts.flatMap(({ promptRoot, outputRoot }) => [promptRoot, outputRoot]),
    ),
};
