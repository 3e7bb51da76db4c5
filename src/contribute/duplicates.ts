/**
 * Finds rows whose text equals exactly that of a revealed contribution, that of another journal which has committed it, or
 * that of other rows of the file. The chain would refuse to reveal them, and the bond of their commit would be lost.
 */

import { contentDigest } from '../../state/tx/content-digest.ts';
import { toHex } from '../lib/bytes.ts';
import type { Fault } from '../lib/errors.ts';
import type { DatanetId } from '../lib/ids.ts';
import type { Digests } from './datanet-contents.ts';
import { fault } from './errors.ts';
import type { Stretch } from './plan.ts';
import type { Row } from './rows.ts';

const linesOf = (rows: readonly Row[]): string => `lines ${rows[0]?.line}-${rows.at(-1)?.line}`;

/** Texts that journals have committed and not revealed yet: the digest of each, and what messages call its journal. */
export type Begun = ReadonlyMap<string, string>;

/** Returns the digest of the text of rows, by which the chain takes a text once: 0x-hex. */
export const digestOf = (datanet: DatanetId, rows: readonly Row[]): string =>
  toHex(
    contentDigest(
      datanet,
      rows.map(({ tokens }) => tokens),
    ),
  );

/**
 * Returns a fault if rows have exactly the text of a revealed contribution, `CONTRIBUTION_DUPLICATE`, or one that another
 * journal has committed, `CONTRIBUTE_BEGUN`.
 */
export const duplicateOf = (
  datanet: DatanetId,
  rows: readonly Row[],
  digests: Digests,
  begun: Begun,
): Fault | undefined => {
  const digest = digestOf(datanet, rows);
  const contribution = digests.get(digest);
  if (contribution !== undefined)
    return fault(
      'CONTRIBUTION_DUPLICATE',
      `${linesOf(rows)}: contribution ${contribution} has exactly this text; remove these lines`,
      { contribution },
    );
  const journal = begun.get(digest);
  return journal === undefined
    ? undefined
    : fault(
        'CONTRIBUTE_BEGUN',
        `${linesOf(rows)}: the journal ${journal} has committed exactly this text, and it alone can reveal it and save its bond; first go on with that journal and the rows with which it was begun`,
        { journal },
      );
};

/** Returns the fault of {@link duplicateOf} for the first stretch that has one, or the text of an earlier stretch. */
export const firstDuplicate = (
  datanet: DatanetId,
  rows: readonly Row[],
  stretches: readonly Stretch[],
  digests: Digests,
  begun: Begun,
): Fault | undefined => {
  const own = new Map<string, readonly Row[]>();
  for (const { from, to } of stretches) {
    const part = rows.slice(from, to);
    const there = duplicateOf(datanet, part, digests, begun);
    if (there !== undefined) return there;
    const digest = digestOf(datanet, part);
    const before = own.get(digest);
    if (before !== undefined)
      return fault(
        'CONTRIBUTION_DUPLICATE',
        `${linesOf(part)} have exactly the text of ${linesOf(before)}, and the chain takes a text once; remove one of them`,
      );
    own.set(digest, part);
  }
  return undefined;
};
