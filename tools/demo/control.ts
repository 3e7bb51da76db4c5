/**
 * The control, off the chain: how much of a text that no model wrote the same rules would pay for. What they pay for a
 * model's outputs means little without it.
 */
import { CorpusIndex } from '../../src/attribution/corpus-index.ts';
import { infoTable } from '../../src/attribution/info-table.ts';
import { type Trace, type TraceRules, trace } from '../../src/attribution/tracer.ts';
import { unwrap } from '../../src/lib/errors.ts';
import { type Tokens, tokenizeText } from '../../state/attribution/pt1.ts';
import type { Inference } from './serve.ts';

export type Corpus = {
  readonly index: CorpusIndex;
  readonly commons: ReadonlySet<number>;
};

/** Of contributions in the order of seq. */
export const corpusOf = (
  contributions: readonly { readonly seq: number; readonly items: readonly Tokens[] }[],
  commons: ReadonlySet<number>,
  rules: TraceRules,
): Corpus => {
  const tokens = contributions.flatMap(({ items }) => items).reduce((sum, { count }) => sum + count + 1, 0);
  const index = new CorpusIndex(rules.matchTokensMin, tokens);
  for (const { seq, items } of contributions)
    for (const [item, each] of items.entries()) index.append(seq, item, each);
  return { index, commons };
};

export const traceOne = (
  { index, commons }: Corpus,
  { prompt, output }: Inference,
  rules: TraceRules,
): Trace =>
  trace(
    index,
    infoTable(),
    { output: unwrap(tokenizeText(output)), prompt: unwrap(tokenizeText(prompt)) },
    rules,
    commons,
  );

export type Coverage = {
  readonly outputs: number;
  /** Σ S and Σ T, Q8 bits. */
  readonly covered: number;
  readonly total: number;
  /** ⌊10000 · Σ S / Σ T⌋ */
  readonly bps: number;
};

export const coverageOf = (
  parts: readonly { readonly covered: number; readonly total: number }[],
): Coverage => {
  const covered = parts.reduce((sum, part) => sum + part.covered, 0);
  const total = parts.reduce((sum, part) => sum + part.total, 0);
  return {
    outputs: parts.length,
    covered,
    total,
    bps: total === 0 ? 0 : Math.floor((10_000 * covered) / total),
  };
};
