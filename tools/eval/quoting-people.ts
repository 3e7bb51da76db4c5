/** Makes outputs of people who quote: their own answers, each with some of the data copied into it. */
import { pick, randomFrom } from '../lib/random.ts';
import {
  answersOf,
  type Contribution,
  HUMAN,
  type Inference,
  textOf,
  tokensOf,
  wordsOf,
} from './collections.ts';
import { informationIn } from './tracer.ts';

export const QUOTED_TOKENS = 40;

export type Quoting = {
  readonly inferences: readonly Inference[];
  /** The share of their information that was copied in. */
  readonly share: number;
};

/**
 * Returns human answers, each with a stretch of some item copied into it, and the share of their information that was
 * copied.
 */
export const quotingPeople = (
  contributions: readonly Contribution[],
  thin: number,
  seed: number,
): Quoting => {
  const random = randomFrom(seed);
  const items = contributions
    .flatMap((each) => each.items)
    .filter(({ tokens }) => tokens.count >= QUOTED_TOKENS);
  let inside = 0;
  let total = 0;
  const inferences = answersOf(HUMAN, thin).map(({ prompt, output }): Inference => {
    const { tokens } = pick(random, items);
    const start = random(tokens.count - QUOTED_TOKENS + 1);
    const copied = wordsOf(tokens).slice(start, start + QUOTED_TOKENS);
    const words = wordsOf(output);
    const at = random(words.length + 1);
    const text = tokensOf(textOf([...words.slice(0, at), ...copied, ...words.slice(at)]));
    inside += informationIn(tokensOf(textOf(copied)));
    total += informationIn(text);
    return { prompt, output: text };
  });
  return { inferences, share: inside / total };
};
