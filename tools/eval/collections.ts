/** Reads the real data as contributions, tokenised once. */

import { infoTable } from '../../src/attribution/info-table.ts';
import { DatanetIndex, type TokenRun } from '../../src/attribution/novelty.ts';
import { unwrap } from '../../src/lib/errors.ts';
import type { ContributionId } from '../../src/lib/ids.ts';
import { RULES_DEFAULT, rulesOf } from '../../state/attribution/rules.ts';
import type { Tokens } from '../../state/attribution/tokens.ts';
import { solvedProblems, trainProblems } from '../demo/dataset.ts';
import { itemText, partition } from '../demo/partition.ts';
import { noticeOf, swcEntries } from '../demo/swc.ts';

export type Item = { readonly tokens: Tokens; readonly promptTokens: number };

export type Contribution = {
  readonly contribution: ContributionId;
  readonly owner: string;
  readonly items: readonly Item[];
  /** Set for a contribution that belongs to nobody. */
  readonly commons?: true;
};

export type Inference = { readonly prompt: Tokens; readonly output: Tokens };

export const tokensOf = (text: string): Tokens => unwrap(rulesOf(RULES_DEFAULT).tokenizeText(text));

/** Returns the words of the tokens, folded. */
export const wordsOf = ({ bytes, offsets, count }: Tokens): readonly string[] => {
  const decoder = new TextDecoder();
  return Array.from({ length: count }, (_, i) => decoder.decode(bytes.subarray(offsets[i], offsets[i + 1])));
};

/** Returns a text with exactly these words as its tokens, joined by spaces. */
export const textOf = (words: readonly string[]): string => words.join(' ');

/**
 * Returns every `thin`-th row of GSM8K as 50 contributions by ten people.
 * Contribution ids go up by ten, so that other contributions can come before, between and after them.
 */
export const gsm8k = (thin: number): readonly Contribution[] => {
  const rows = trainProblems().filter((_, i) => i % thin === 0);
  return partition(rows.length).map(({ contributor, from, to }, i) => ({
    contribution: 10 * (i + 1),
    owner: `contributor ${contributor + 1}`,
    items: rows.slice(from, to).map((row) => ({
      tokens: tokensOf(itemText(row)),
      promptTokens: tokensOf(row.question).count,
    })),
  }));
};

/** Returns the entries of the SWC registry, each as a contribution, after the notice with which all of them begin. */
export const swc = (): readonly Contribution[] => {
  const entries = swcEntries();
  const notice: Contribution = {
    contribution: 1,
    owner: 'nobody',
    commons: true,
    items: [{ tokens: tokensOf(noticeOf(entries)), promptTokens: 0 }],
  };
  return [
    notice,
    ...entries.map(
      ({ author, text }, i): Contribution => ({
        contribution: i + 2,
        owner: author,
        items: [{ tokens: tokensOf(text), promptTokens: 0 }],
      }),
    ),
  ];
};

export const HUMAN = 'human';
export const SOLVER_NAMES = [
  '6b_finetuning',
  '6b_verification',
  '175b_finetuning',
  '175b_verification',
] as const;
export type Solver = typeof HUMAN | (typeof SOLVER_NAMES)[number];

/** Returns the answers of a model, or of people, to the held-out questions. */
export const answersOf = (solver: Solver, thin: number): readonly Inference[] =>
  solvedProblems()
    .filter((_, i) => i % thin === 0)
    .map((row) => ({
      prompt: tokensOf(row.question),
      output: tokensOf(solver === HUMAN ? row.ground_truth : row[solver].solution),
    }));

export type Provenance = {
  /**
   * The tokens of each item that no earlier item holds, and the tokens that are copied word by word, in the order of
   * the contributions.
   */
  readonly novel: readonly (readonly TokenRun[])[];
  readonly copied: readonly (readonly TokenRun[])[];
};

/** Returns the declaration of each contribution. Each item is compared with all earlier ones of the Datanet. */
export const provenanceOf = (contributions: readonly Contribution[]): Provenance => {
  const index = new DatanetIndex(infoTable());
  const novel: (readonly TokenRun[])[] = [];
  const copied: (readonly TokenRun[])[] = [];
  for (const { contribution, items } of contributions)
    for (const found of index.addAll(
      contribution,
      items.map(({ tokens }) => tokens),
    )) {
      novel.push(found.novel);
      copied.push(found.copied);
    }
  return { novel, copied };
};
