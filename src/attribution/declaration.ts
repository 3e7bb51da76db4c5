/**
 * Computes the declaration that a contribution makes about its own text when it is revealed. Its owner makes it, and
 * whoever checks it makes it again.
 */

import type { CopiedRun, Declaration } from '../../state/attribution/declaration.ts';
import { NOVEL_RUNS_MAX, type NovelRun } from '../../state/attribution/novel-runs.ts';
import { type Sketch, sketchOf } from '../../state/attribution/sketch.ts';
import type { Tokens } from '../../state/attribution/tokens.ts';
import type { ContributionId } from '../lib/ids.ts';
import type { HeldRun } from './copied-runs.ts';
import type { DatanetIndex, TokenRun } from './novelty.ts';

export type DeclaredItem = { readonly tokens: Tokens; readonly promptTokens: number };

export type FullDeclaration = Declaration & { readonly sketch: Sketch };

/**
 * The most tokens of a declared novel run. A challenge strikes a whole run, and words in it may belong to somebody who
 * committed earlier and reveals later. So long runs are declared in pieces, as far as the limit of runs allows.
 */
export const PIECE_TOKENS = 256;

const inPieces = (runs: readonly NovelRun[]): readonly NovelRun[] => {
  const pieces = runs.flatMap(({ item, start, end }) =>
    Array.from({ length: Math.ceil((end - start) / PIECE_TOKENS) }, (_, i) => ({
      item,
      start: start + i * PIECE_TOKENS,
      end: Math.min(end, start + (i + 1) * PIECE_TOKENS),
    })),
  );
  return pieces.length <= NOVEL_RUNS_MAX >> 1 ? pieces : runs;
};

/** Returns the novel runs of a declaration. @param items - the novel runs of each item */
export const novelRunsIn = (items: readonly (readonly TokenRun[])[]): readonly NovelRun[] =>
  inPieces(items.flatMap((runs, item) => runs.map(({ start, end }) => ({ item, start, end }))));

const copiedOf = (item: number, runs: readonly HeldRun[]): readonly CopiedRun[] =>
  runs.map(({ start, end, place }) => ({
    item,
    start,
    end,
    contribution: place.contribution,
    sourceItem: place.item,
    sourcePos: place.pos,
  }));

/**
 * Returns the declaration of a proposal of a commons, which says where its words stand and declares nothing as novel. What
 * it covers may be less than the items: then the chain refuses it.
 *
 * @param index - everything earlier of the Datanet that may be named. The items are not added.
 */
export const declareCommons = (index: DatanetIndex, items: readonly DeclaredItem[]): FullDeclaration => ({
  shapes: items.map(({ tokens, promptTokens }) => ({ tokens: tokens.count, promptTokens })),
  copied: index
    .copiedRunsOfAll(items.map(({ tokens }) => tokens))
    .flatMap((runs, item) => copiedOf(item, runs)),
  novelRuns: [],
  sketch: sketchOf(items.map(({ tokens }) => tokens)),
});

/**
 * Returns the true declaration of contribution `contribution`, and adds its items to the index. The index must hold all
 * earlier items of the Datanet that were revealed, and no others.
 */
export const declare = (
  index: DatanetIndex,
  contribution: ContributionId,
  items: readonly DeclaredItem[],
): FullDeclaration => {
  const texts = items.map(({ tokens }) => tokens);
  const compared = index.addAll(contribution, texts);
  const copied = compared.flatMap((found, item) => copiedOf(item, found.copied));
  const novelRuns = novelRunsIn(compared.map(({ novel }) => novel));
  const shapes = items.map(({ tokens, promptTokens }) => ({ tokens: tokens.count, promptTokens }));
  return { shapes, copied, novelRuns, sketch: sketchOf(texts) };
};
