/** What a receipt says about the texts of one inference. The payer and the provider compute it on their own. */
import type { InfoTable } from '../../state/attribution/info1.ts';
import { tokenizeText } from '../../state/attribution/pt1.ts';
import type { ReceiptBody } from '../../state/tx/receipt.ts';
import { createRootOf } from '../content/objects.ts';
import { check, INFO_TABLE, OBJECT } from '../lib/arguments.ts';
import type { Root } from '../lib/brands.ts';
import { utf8 } from '../lib/bytes.ts';
import { type Fault, failWith, ok, type Result } from '../lib/errors.ts';
import { fail } from './errors.ts';

/** The texts of one inference. */
export type Inference = { readonly prompt: string; readonly output: string };

/** The part of a receipt that follows from the texts. The prices make it a whole {@link ReceiptBody}. */
export type MeasuredInference = Pick<ReceiptBody, 'promptRoot' | 'outputRoot' | 'tokensIn' | 'tokensOut'>;

type Measured = { readonly root: Root; readonly tokens: number };

/** The fault of one of the texts, whose name comes first in the message. */
const failOf = (field: keyof Inference, { code, message, data }: Fault) =>
  failWith({ code, message: `${field}: ${message}`, data: { ...data, field } });

/**
 * Counts the tokens of a prompt and its output, and makes the roots that a receipt holds. Faults name the text in
 * `field`: `ARGUMENT_INVALID` (not a string), `PT1_LONE_SURROGATE`, `PROMPT_TOO_LONG`, `OUTPUT_TOO_LONG`,
 * `CONTENT_TOO_LONG`.
 *
 * @param table - `loadInfoTable` loads it: the roots hold the information of the texts
 */
export const measureInference = (table: InfoTable, texts: Inference): Result<MeasuredInference> => {
  check('table', table, INFO_TABLE);
  check('texts', texts, OBJECT);
  const rootOf = createRootOf(table);
  const measure = (type: keyof Inference): Result<Measured> => {
    const text: unknown = texts[type];
    if (typeof text !== 'string')
      return fail('ARGUMENT_INVALID', `${type}: must be a string, not ${typeof text}`, { field: type });
    const tokens = tokenizeText(text);
    if (!tokens.ok) return failOf(type, tokens.fault);
    const root = rootOf({ type, text: utf8(text) });
    return root.ok ? ok({ root: root.value, tokens: tokens.value.count }) : failOf(type, root.fault);
  };
  const prompt = measure('prompt');
  if (!prompt.ok) return prompt;
  const output = measure('output');
  if (!output.ok) return output;
  return ok({
    promptRoot: prompt.value.root,
    outputRoot: output.value.root,
    tokensIn: prompt.value.tokens,
    tokensOut: output.value.tokens,
  });
};
