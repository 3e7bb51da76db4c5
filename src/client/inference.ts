/** What a receipt says about the texts of one inference. The payer and the provider compute it on their own. */
import { SALT_BYTES, type TokenIds, TokenIdsType } from '../../state/attribution/commitment.ts';
import type { InfoTable } from '../../state/attribution/info1.ts';
import { RULES_DEFAULT, RULES_VERSIONS, type RulesVersion, rulesOf } from '../../state/attribution/rules.ts';
import { type ReceiptBody, type ReceiptSettings, UNSAID } from '../../state/tx/receipt.ts';
import { checkPart, type InferenceObject, rootsOfInference } from '../content/objects.ts';
import {
  bytesOf,
  check,
  checkFields,
  INFO_TABLE,
  type Must,
  OBJECT,
  oneOf,
  optional,
} from '../lib/arguments.ts';
import type { Root } from '../lib/brands.ts';
import { utf8 } from '../lib/bytes.ts';
import { type Fault, failWith, ok, type Result } from '../lib/errors.ts';
import type { ModelId } from '../lib/ids.ts';
import { checkBody, modelFee } from './checked.ts';
import { fail } from './errors.ts';

/** The texts of one inference. */
export type Inference = {
  readonly prompt: string;
  readonly output: string;
  /** A secret of this receipt only, 32 bytes: {@link randomSalt}. Payer and provider both need it. */
  readonly salt: Uint8Array;
  /** The token ids of the model, if the receipt commits to them. */
  readonly ids?: TokenIds;
  /** The version of the rules of attribution of the model; the usual one if left out. */
  readonly rules?: RulesVersion;
};

/** The part of a receipt that follows from the texts. */
export type MeasuredInference = Pick<
  ReceiptBody,
  'rules' | 'promptRoot' | 'outputRoot' | 'textRoot' | 'tokensIn' | 'tokensOut' | 'bytesIn' | 'bytesOut'
>;

const TOKEN_IDS: Must = {
  be: 'the token ids of the prompt and of the output, as lists of numbers',
  is: (value) => TokenIdsType.check(value as TokenIds) === undefined,
};
/** What stands beside the texts. */
const BESIDE = {
  salt: bytesOf(SALT_BYTES),
  ids: optional(TOKEN_IDS),
  rules: optional(oneOf(RULES_VERSIONS)),
};

/** Returns 32 random bytes, for the salt of a receipt. */
export const randomSalt = (): Uint8Array => crypto.getRandomValues(new Uint8Array(SALT_BYTES));

/** The fault of one of the texts, whose name comes first in the message. */
const failOf = (field: 'prompt' | 'output', { code, message, data }: Fault) =>
  failWith({ code, message: `${field}: ${message}`, data: { ...data, field } });

/** Returns the texts as they are stored and hashed. */
export const inferenceObject = (texts: Inference): InferenceObject => ({
  type: 'inference',
  rules: texts.rules ?? RULES_DEFAULT,
  prompt: utf8(texts.prompt),
  output: utf8(texts.output),
  salt: texts.salt,
  ids: texts.ids,
});

/**
 * Counts the tokens and bytes of a prompt and its output, and makes the roots that a receipt holds. Faults name the text in
 * `field`: `ARGUMENT_INVALID` (not a string), `TEXT_LONE_SURROGATE`, `PROMPT_TOO_LONG`, `OUTPUT_TOO_LONG`,
 * `CONTENT_TOO_LONG`.
 *
 * @param table - `loadInfoTable` loads it: the roots hold the information of the texts
 */
export const measureInference = (table: InfoTable, texts: Inference): Result<MeasuredInference> => {
  check('table', table, INFO_TABLE);
  check('texts', texts, OBJECT);
  checkFields('texts', texts, BESIDE);
  const rules = rulesOf(texts.rules ?? RULES_DEFAULT);
  const measured = { prompt: { tokens: 0, bytes: 0 }, output: { tokens: 0, bytes: 0 } };
  for (const name of ['prompt', 'output'] as const) {
    const text: unknown = texts[name];
    if (typeof text !== 'string')
      return fail('ARGUMENT_INVALID', `${name}: must be a string, not ${typeof text}`, { field: name });
    const tokens = rules.tokenizeText(text);
    if (!tokens.ok) return failOf(name, tokens.fault);
    const source = utf8(text);
    const length = checkPart(name, source);
    if (!length.ok) return failOf(name, length.fault);
    measured[name] = { tokens: tokens.value.count, bytes: source.length };
  }
  const roots = rootsOfInference(table, inferenceObject(texts));
  if (!roots.ok) return failOf(roots.fault.code === 'OUTPUT_TOO_LONG' ? 'output' : 'prompt', roots.fault);
  return ok({
    rules: rules.version,
    ...roots.value,
    tokensIn: measured.prompt.tokens,
    tokensOut: measured.output.tokens,
    bytesIn: measured.prompt.bytes,
    bytesOut: measured.output.bytes,
  });
};

/** The model that gave an answer, as a receipt names it. */
export type AnsweringModel = {
  readonly model: ModelId;
  /** The manifest of the version that gave the answer. */
  readonly manifest: Root;
  readonly prices: { readonly in: bigint; readonly out: bigint };
};

/**
 * Returns the body of a receipt: what was measured, its model, and what it costs.
 * @param compute - the price of the provider, in base units
 * @param settings - how the answer was made; what is left out is unsaid
 * @throws CodedError `ARGUMENT_INVALID`
 */
export const receiptBodyOf = (
  measured: MeasuredInference,
  answering: AnsweringModel,
  compute: bigint,
  settings: Partial<ReceiptSettings> = {},
): ReceiptBody => {
  check('answering', answering, OBJECT);
  check('settings', settings, OBJECT);
  const { model, manifest, prices } = answering;
  const fee = modelFee(measured, prices);
  const body = { ...UNSAID, ...settings, ...measured, model, manifest, compute, fee };
  checkBody(body);
  return body;
};
