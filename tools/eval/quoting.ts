/** Makes outputs that are known to quote: stretches of contributions between filler words. */

import type { TokenRun } from '../../src/attribution/novelty.ts';
import type { ContributionId } from '../../src/lib/ids.ts';
import type { Random } from '../lib/random.ts';
import { type Contribution, type Inference, type Item, textOf, tokensOf, wordsOf } from './collections.ts';
import { informationEach } from './tracer.ts';

/** The source of quoted words: tokens [start, end) of an item. */
export type Stretch = {
  readonly contribution: ContributionId;
  readonly item: Item;
  readonly start: number;
  readonly end: number;
};

export type StretchRules = {
  readonly tokensMin: number;
  readonly tokensMax: number;
  readonly bitsMin: number;
};

/** A part of an output: filler words, or a quoted stretch. A word of a stretch is marked `true` if it was changed. */
export type Part =
  | { readonly type: 'filler'; readonly words: readonly string[] }
  | {
      readonly type: 'quote';
      readonly stretch: Stretch;
      readonly words: readonly string[];
      readonly edited: readonly boolean[];
    };

export type Planted = {
  readonly inference: Inference;
  /** The contribution id that each token was quoted from; undefined for filler and for words that were changed. */
  readonly truth: readonly (number | undefined)[];
  /** Whether each token was part of a quote before it was changed. */
  readonly quoted: readonly boolean[];
};

/** Draws stretches of text that a contribution was the first to hold, so that their owner is certain. */
export const stretchSource = (
  contributions: readonly Contribution[],
  novel: readonly (readonly TokenRun[])[],
  random: Random,
): ((rules: StretchRules, of?: (contribution: Contribution) => boolean) => Stretch) => {
  const all = contributions.flatMap((contribution) =>
    contribution.items.map((item) => ({ contribution, item })),
  );
  const draw = (
    { tokensMin, tokensMax, bitsMin }: StretchRules,
    of?: (each: Contribution) => boolean,
  ): Stretch => {
    for (;;) {
      const at = random(all.length);
      const found = all[at];
      if (found === undefined || (of !== undefined && !of(found.contribution))) continue;
      const length = tokensMin + random(tokensMax - tokensMin + 1);
      const runs = (novel[at] ?? []).filter(({ start, end }) => end - start >= length);
      const run = runs[random(Math.max(1, runs.length))];
      if (run === undefined) continue;
      const start = run.start + random(run.end - run.start - length + 1);
      const { tokens } = found.item;
      const bits = informationEach(tokens)
        .subarray(start, start + length)
        .reduce((sum, info) => sum + info, 0);
      if (bits >= 256 * bitsMin)
        return {
          contribution: found.contribution.contribution,
          item: found.item,
          start,
          end: start + length,
        };
    }
  };
  return draw;
};

export const quote = (stretch: Stretch): Part => {
  const words = wordsOf(stretch.item.tokens).slice(stretch.start, stretch.end);
  return { type: 'quote', stretch, words, edited: words.map(() => false) };
};

export const filler = (words: readonly string[]): Part => ({ type: 'filler', words });

/**
 * Joins the parts to an output. If the words beside a quote happen to continue it as its source does, they count as
 * quoted, because they are the same words.
 */
export const assemble = (parts: readonly Part[], prompt: string, render = textOf): Planted => {
  const words: string[] = [];
  const truth: (number | undefined)[] = [];
  const quoted: boolean[] = [];
  const places: { readonly at: number; readonly stretch: Stretch }[] = [];
  for (const part of parts) {
    if (part.type === 'quote') places.push({ at: words.length, stretch: part.stretch });
    for (const [i, word] of part.words.entries()) {
      words.push(word);
      quoted.push(part.type === 'quote');
      truth.push(part.type === 'quote' && !part.edited[i] ? part.stretch.contribution : undefined);
    }
  }
  for (const { at, stretch } of places) {
    const source = wordsOf(stretch.item.tokens);
    for (
      let i = 1;
      truth[at - i] === undefined && words[at - i] === source[stretch.start - i] && at >= i;
      i++
    )
      truth[at - i] = stretch.contribution;
    const length = stretch.end - stretch.start;
    for (
      let i = length;
      truth[at + i] === undefined && at + i < words.length && words[at + i] === source[stretch.start + i];
      i++
    )
      truth[at + i] = stretch.contribution;
  }
  return { inference: { prompt: tokensOf(prompt), output: tokensOf(render(words)) }, truth, quoted };
};
