/**
 * The passages of a contribution: its items cut into stretches, each wholly copied from an earlier item, or not copied
 * and then wholly inside or outside of its item's prompt part. The chain derives them from what the contribution
 * declares, so they are as consistent as this page says, though they may be wrong about the text, which a challenge
 * shows (`passage`, `copied`, `border`).
 *
 * In order, by item, then start; the ends ascend too, and every position of every item lies in one at least. Only two
 * copied ones may overlap, and never three: of consecutive copied passages of an item the third starts at or after the
 * end of the first. (Of any runs a smallest set with the same union has that form.) It bounds how many passages lie over
 * a stretch, and so the size of what opens them. No two neighbours are both of the same type `prompt` or `data`.
 */

import { choice } from '../../src/lib/choice.ts';
import { contributionId } from '../../src/lib/ids.ts';
import { container, list, type Ssz, uint32, type ValueOf } from '../../src/lib/ssz.ts';

export const PASSAGE_TYPES = ['prompt', 'data', 'copied'] as const;

/** A power of two, the width of their tree: two for each of 65,536 items, and two for each run declared copied. */
export const PASSAGES_MAX = 262_144;

export const PassageType = container({
  item: uint32,
  /** Tokens [start, end) of the item; never empty. */
  start: uint32,
  end: uint32,
  /** Tokens of the contribution in passages of type `data` before this one: the rank of its first token, if it is one. */
  before: uint32,
  type: choice(PASSAGE_TYPES),
  /** The earlier place of a copied passage; 0 for other passages. */
  contribution: contributionId,
  sourceItem: uint32,
  sourcePos: uint32,
});
export type Passage = ValueOf<typeof PassageType>;

export const PassagesType: Ssz<readonly Passage[]> = list(PassageType, PASSAGES_MAX);
