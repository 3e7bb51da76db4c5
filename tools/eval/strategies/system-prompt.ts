/**
 * A system prompt that an app writes before every question, and registers as data. Answers repeat sentences of it, as
 * the app can make them do.
 */
import { pick, type Random } from '../../lib/random.ts';
import { type Inference, textOf, tokensOf, wordsOf } from '../collections.ts';
import { condensed } from './condensed.ts';
import { type Material, type Row, taken } from './rows.ts';

/** A longer system prompt costs the app more for each answer than the data money that there is. */
const SYSTEM_PROMPT_BYTES = 8_000;

/** Returns the rows of a system prompt in the words of the data. */
export const systemPrompt = (material: Material): readonly Row[] =>
  taken(condensed(material, SYSTEM_PROMPT_BYTES), SYSTEM_PROMPT_BYTES);

/** Returns the answers as they are with the system prompt: each also repeats one row of it. */
export const prompted = (
  inferences: readonly Inference[],
  rows: readonly Row[],
  random: Random,
): readonly Inference[] =>
  inferences.map(({ prompt, output }) => ({
    prompt: tokensOf(textOf([...rows.flat(), ...wordsOf(prompt)])),
    output: tokensOf(textOf([...pick(random, rows), ...wordsOf(output)])),
  }));
