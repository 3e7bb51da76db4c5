/**
 * The passages of a contribution: stretches of its items. Each is wholly copied from an earlier item, or is not copied
 * and lies wholly inside or outside of its item's prompt. The chain derives them from the declaration of the
 * contribution, so they always have the form described here. They may be wrong about the text, which a challenge shows
 * (`passage`, `copied`, `border`).
 *
 * Passages are in order by item, then start. Their ends ascend too, and every position of every item lies in at least
 * one. Only two copied passages may overlap, and never three: of consecutive copied passages of an item, the third
 * starts at or after the end of the first. (A smallest set of runs with a given union always has that form.) This
 * limits how many passages lie over a stretch, and so the size of an opening of them. No two neighbours are both of
 * type `prompt` or both of type `data`.
 */

import { choice } from '../../src/lib/choice.ts';
import { contributionId } from '../../src/lib/ids.ts';
import { container, list, type Ssz, uint32, type ValueOf } from '../../src/lib/ssz.ts';

export const PASSAGE_TYPES = ['prompt', 'data', 'copied'] as const;

/**
 * The most passages, a power of two, which is the width of their tree: two for each of 65,536 items, and two for each
 * copied run.
 */
export const PASSAGES_MAX = 262_144;

export const PassageType = container({
  /** The index of the item in its contribution. */
  item: uint32,
  /** Tokens [start, end) of the item; never empty. */
  start: uint32,
  /** The token after the last one of the passage. */
  end: uint32,
  /**
   * The number of tokens of the contribution in passages of type `data` before this one. In a `data` passage it is the
   * rank of its first token.
   */
  before: uint32,
  /** What its tokens are: data, part of a prompt, or copied. */
  type: choice(PASSAGE_TYPES),
  /** The earlier place of a copied passage; 0 for other passages. */
  contribution: contributionId,
  /** The index of the item that it is copied from; 0 if it is not copied. */
  sourceItem: uint32,
  /** The token of that item at which the source begins; 0 if it is not copied. */
  sourcePos: uint32,
});
export type Passage = ValueOf<typeof PassageType>;

export const PassagesType: Ssz<readonly Passage[]> = list(PassageType, PASSAGES_MAX);
