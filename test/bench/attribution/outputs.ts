/** The outputs that are traced. */
import { utf8 } from '../../../src/lib/bytes.ts';
import { CodedError, fault, unwrap } from '../../../src/lib/errors.ts';
import { OUTPUT_TOKENS_MAX } from '../../../state/attribution/parameters.ts';
import { RULES_DEFAULT, rulesOf } from '../../../state/attribution/rules.ts';
import { SOLVERS, solvedProblems } from '../../../tools/demo/dataset.ts';
import { pick, type Random, randomFrom, times } from '../../../tools/lib/random.ts';
import { permutedTexts, rowsOf, type Sample } from './corpus.ts';
import { edited, sentencesOf } from './edits.ts';

/** Pieces of so many tokens each, the last perhaps fewer. */
const cutAt = (text: string, most: number): readonly string[] => {
  const decoder = new TextDecoder();
  const bytes = utf8(text);
  const { count, ends } = unwrap(rulesOf(RULES_DEFAULT).tokenizeLocated(bytes));
  const pieces: string[] = [];
  for (let token = 0, from = 0; token < count; token += most) {
    const to = token + most < count ? (ends[token + most - 1] ?? 0) : bytes.length;
    pieces.push(decoder.decode(bytes.subarray(from, to)));
    from = to;
  }
  return pieces;
};

const GROWN_TOKENS = 1000;
/** No text that is stitched here has a token for less than one of its letters. */
const ENOUGH = 12 * GROWN_TOKENS;

/** Texts of `next`, one after the other, up to exactly 1,000 tokens. */
const stitched = (next: () => string): string => {
  let text = '';
  while (text.length < ENOUGH) text += `${next()}\n`;
  return cutAt(text, GROWN_TOKENS)[0] ?? '';
};

/** Of what the corpus has, edited once more. @throws CodedError `CORPUS_EMPTY` */
export const editor = (random: Random, sample: Sample): (() => string) => {
  const texts = sample.texts.map(sentencesOf).filter((sentences) => sentences.length > 0);
  if (texts.length === 0) throw new CodedError(fault('CORPUS_EMPTY', 'the corpus holds no text'));
  const words = texts.flat(2);
  return () => edited(random, pick(random, texts), words);
};

/** Half of them what language models really answered to held-out problems, half edited text of the corpus. */
export const grownOutputs = (count: number, seed: number, sample: Sample): readonly string[] => {
  const random = randomFrom(seed);
  const solutions = solvedProblems().flatMap((problem) => SOLVERS.map((solver) => problem[solver].solution));
  const edit = editor(random, sample);
  return times(count, (i) => stitched(i % 2 === 0 ? () => pick(random, solutions) : edit));
};

/** Edited text of a corpus that nothing else is known of. */
export const editedOutputs = (count: number, seed: number, sample: Sample): readonly string[] => {
  const edit = editor(randomFrom(seed), sample);
  return times(count, () => stitched(edit));
};

/** The phrases of a permuted text, in another order. */
export const permutedOutputs = (count: number, seed: number, phrases: number): readonly string[] => {
  const next = permutedTexts(seed, phrases);
  return times(count, () => stitched(next));
};

/**
 * All outputs of a file; what is longer than an output may be is several.
 *
 * @throws CodedError `OUTPUTS_EMPTY`, and what {@link rowsOf} throws
 */
export const outputsOf = (path: string, field: string | undefined): readonly string[] => {
  const outputs: string[] = [];
  for (const texts of rowsOf(path, [...(field === undefined ? [] : [field]), 'output', undefined]))
    for (const text of texts) outputs.push(...cutAt(text, OUTPUT_TOKENS_MAX));
  if (outputs.length === 0) throw new CodedError(fault('OUTPUTS_EMPTY', `${path}: no output has a token`));
  return outputs;
};
