/** Divides the rows of a file into contributions that each fit into the transaction that reveals them. */

import type { Tokens } from '../../state/attribution/tokens.ts';
import { PIECE_TOKENS } from '../attribution/declaration.ts';
import type { Compared, DatanetIndex } from '../attribution/novelty.ts';
import type { ContributionId } from '../lib/ids.ts';
import { divCeilNumber } from '../lib/math.ts';
import type { Row } from './rows.ts';

/** The rows [from, to) of the file. */
export type Stretch = { readonly from: number; readonly to: number };

/** The bytes of a transaction besides what it declares per item: the envelope, the sketch, and some to spare. */
const FIXED_BYTES = 2_048;
const SHAPE_BYTES = 8;
const NOVEL_RUN_BYTES = 12;
const COPIED_RUN_BYTES = 24;

/** Returns the bytes that a row adds to the transaction that reveals it. */
const rowBytes = ({ copied, novel }: Compared): number => {
  const pieces = novel.reduce((sum, { start, end }) => sum + divCeilNumber(end - start, PIECE_TOKENS), 0);
  return SHAPE_BYTES + NOVEL_RUN_BYTES * pieces + COPIED_RUN_BYTES * copied.length;
};

/** Returns what the index holds of rows that are proposed as a commons: nothing in them is novel. */
const proposed = (index: DatanetIndex, texts: readonly Tokens[]): readonly Compared[] =>
  index.copiedRunsOfAll(texts).map((copied) => ({ copied, novel: [] }));

/**
 * Divides the rows into as few contributions as possible, each of at most `itemsMax` rows. A quarter of each transaction
 * stays free: contributions of others that are revealed in the meantime break the declared runs into more pieces.
 *
 * @param index - what the Datanet holds; the rows are added to it, unless they are proposed as a commons
 * @param contribution - the id under which they are added; it must be above all ids in the index
 */
export const planContributions = (
  index: DatanetIndex,
  contribution: ContributionId,
  rows: readonly Row[],
  limits: { readonly transactionBytes: number; readonly itemsMax: number; readonly isProposal: boolean },
): readonly Stretch[] => {
  const room = limits.transactionBytes - (limits.transactionBytes >> 2) - FIXED_BYTES;
  const stretches: Stretch[] = [];
  let from = 0;
  let bytes = 0;
  const texts = rows.map(({ tokens }) => tokens);
  const compared = limits.isProposal ? proposed(index, texts) : index.addAll(contribution, texts);
  for (const [i, each] of compared.entries()) {
    const more = rowBytes(each);
    if (i > from && (bytes + more > room || i - from >= limits.itemsMax)) {
      stretches.push({ from, to: i });
      from = i;
      bytes = 0;
    }
    bytes += more;
  }
  stretches.push({ from, to: rows.length });
  return stretches;
};
