/**
 * One paid inference. Its root is `H(terms ‖ body)`. The terms are what all receipts of one payer and lane in a batch have
 * in common, so that they are sent once and hashed once.
 *
 * A lane is a number that payer and provider agree on. The receipts of a lane are in one order, under one voucher, so
 * several agents of one payer each use a lane of their own and need not wait for each other.
 */

import { type Address, type Root, ZERO_ADDRESS, ZERO_ROOT } from '../../src/lib/brands.ts';
import { choice } from '../../src/lib/choice.ts';
import { sha256, sha256Pair } from '../../src/lib/hash.ts';
import { modelId } from '../../src/lib/ids.ts';
import { mulDivFloor } from '../../src/lib/math.ts';
import {
  address20,
  container,
  list,
  root32,
  text,
  uint16,
  uint32,
  uint64,
  uint128,
  type ValueOf,
  withDefault,
} from '../../src/lib/ssz.ts';
import { unitsOf } from '../attribution/commitment.ts';
import { OUTPUT_TOKENS_MAX, PROMPT_TOKENS_MAX } from '../attribution/parameters.ts';
import { RULES_DEFAULT, RulesVersionType } from '../attribution/rules.ts';
import type { CommittedText } from '../attribution/witness/subject.ts';

export const ReceiptTermsType = container({
  payer: address20,
  provider: address20,
  /** The lane of the payer with this provider. */
  lane: uint32,
});
export type ReceiptTerms = ValueOf<typeof ReceiptTermsType>;

const SamplingType = container({
  /** The temperature in thousandths; 0 for the likeliest token always. */
  temperature: uint16,
  /** The part of the probability that tokens are taken from, in basis points; 0 for all of it. */
  topP: uint16,
  /** How many of the likeliest tokens are taken from; 0 for all of them. */
  topK: uint16,
  /** The seed of the random choices. */
  seed: uint64,
});
/** How the tokens of an output were chosen. With the token ids, somebody who has the model can do it again. */
export type Sampling = ValueOf<typeof SamplingType>;

/** Whether the provider shows the texts to all who ask. */
export const VISIBILITIES = ['public', 'private'] as const;
/** Why an output ends: not said, at its end, at the maximum length, at a stop string, or where it was cut. */
export const FINISHES = ['unsaid', 'end', 'length', 'stop', 'cut'] as const;

/** The fields of a receipt that say how an answer was made, or that it was asked for by an app. All may be left unsaid. */
export type ReceiptSettings = {
  readonly app: Address;
  readonly appFee: bigint;
  readonly visibility: (typeof VISIBILITIES)[number];
  readonly finish: (typeof FINISHES)[number];
  readonly sampling: Sampling;
  readonly maxTokens: number;
  readonly stop: Root;
};

/** The settings of a receipt that says nothing of them. */
export const UNSAID: ReceiptSettings = {
  app: ZERO_ADDRESS,
  appFee: 0n,
  visibility: 'public',
  finish: 'unsaid',
  sampling: { temperature: 0, topP: 0, topK: 0, seed: 0n },
  maxTokens: 0,
  stop: ZERO_ROOT,
};

export const ReceiptBodyType = container({
  /** The model that made the output. */
  model: modelId,
  /** The `manifestRoot` of the version of the model that made it. */
  manifest: root32,
  /** The version of the rules of attribution, which is that of the model. */
  rules: withDefault(RulesVersionType, RULES_DEFAULT),
  /** The root of the tokens of the prompt. */
  promptRoot: root32,
  /** The root of the tokens of the output. */
  outputRoot: root32,
  /** The root of the bytes of prompt and output, and of the token ids of the model. */
  textRoot: root32,
  /** The number of tokens of the prompt, by the rules of attribution. */
  tokensIn: uint16,
  /** The number of tokens of the output, by the rules of attribution. */
  tokensOut: uint16,
  /** The length of the prompt in bytes of UTF-8. */
  bytesIn: uint32,
  /** The length of the output in bytes of UTF-8. */
  bytesOut: uint32,
  /** The price of the provider for compute, in base units. */
  compute: uint128,
  /** The {@link modelFee}, in base units. */
  fee: uint128,
  /** The account that gets `appFee`: that of the app or agent that asked. Zero if there is none. */
  app: withDefault(address20, UNSAID.app),
  /** The price of the app, in base units; zero if there is none. */
  appFee: withDefault(uint128, UNSAID.appFee),
  /** Whether the provider shows the texts to all who ask. */
  visibility: withDefault(choice(VISIBILITIES), UNSAID.visibility),
  /** Why the output ends: not said, at its end, at the maximum length, at a stop string, or where it was cut. */
  finish: withDefault(choice(FINISHES), UNSAID.finish),
  sampling: withDefault(SamplingType, UNSAID.sampling),
  /** The most tokens of the model that the output might have; zero if it was not limited. */
  maxTokens: withDefault(uint32, UNSAID.maxTokens),
  /** The {@link stopRoot} of the stop strings; zero if there are none. */
  stop: withDefault(root32, UNSAID.stop),
});
export type ReceiptBody = ValueOf<typeof ReceiptBodyType>;

/** Returns the output of a receipt as it is committed. */
export const outputOf = ({ outputRoot, tokensOut, bytesOut }: ReceiptBody): CommittedText => ({
  type: 'text',
  root: outputRoot,
  tokensMax: OUTPUT_TOKENS_MAX,
  tokens: tokensOut,
  bytes: bytesOut,
});

/** Returns the prompt of a receipt as it is committed. */
export const promptOf = ({ promptRoot, tokensIn, bytesIn }: ReceiptBody): CommittedText => ({
  type: 'text',
  root: promptRoot,
  tokensMax: PROMPT_TOKENS_MAX,
  tokens: tokensIn,
  bytes: bytesIn,
});

const StopStringsType = list(text(256), 16);

/** Returns the root of the strings at which an output ends; zero if there are none. */
export const stopRoot = (strings: readonly string[]): Root =>
  strings.length === 0 ? ZERO_ROOT : StopStringsType.root(strings);

/** The numbers of a receipt that its fee follows from. */
export type Metered = Pick<ReceiptBody, 'tokensIn' | 'tokensOut' | 'bytesIn' | 'bytesOut'>;

/** Returns ⌊(units in · price in + units out · price out)/1000⌋, where a unit is a token, or eight bytes: {@link unitsOf}. */
export const modelFee = (
  { tokensIn, tokensOut, bytesIn, bytesOut }: Metered,
  prices: { readonly in: bigint; readonly out: bigint },
): bigint =>
  mulDivFloor(
    BigInt(unitsOf(tokensIn, bytesIn)) * prices.in + BigInt(unitsOf(tokensOut, bytesOut)) * prices.out,
    1n,
    1000n,
  );

/** Returns the amount that a payer owes for one receipt. */
export const chargeOfReceipt = ({
  compute,
  fee,
  appFee,
}: Pick<ReceiptBody, 'compute' | 'fee' | 'appFee'>): bigint => compute + fee + appFee;

const rootUnder = (termsRoot: Root, body: ReceiptBody): Root =>
  sha256(termsRoot, ReceiptBodyType.encode(body));

/** Returns the root of one receipt, which extends an accumulator: sha256(root of the terms ‖ encoded body). */
export const receiptRoot = (terms: ReceiptTerms, body: ReceiptBody): Root =>
  rootUnder(ReceiptTermsType.root(terms), body);

/**
 * Returns accumulator_i = sha256(accumulator_{i−1} ‖ receiptRoot_i), which commits to all receipts so far, in their
 * order.
 */
export const extendAccumulator = (
  accumulator: Root,
  terms: ReceiptTerms,
  bodies: readonly ReceiptBody[],
): Root => {
  const termsRoot = ReceiptTermsType.root(terms);
  let last = accumulator;
  for (const body of bodies) last = sha256Pair(last, rootUnder(termsRoot, body));
  return last;
};

export { formatReceiptId, parseReceiptId, type ReceiptId } from '../receipt-id.ts';

/** The most receipts of one batch. The parameters of the chain may set a lower limit. */
export const RECEIPTS_MAX = 1000;
