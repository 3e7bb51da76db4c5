/**
 * Finds rows whose text equals exactly that of a revealed contribution, or that of other rows of the file. The chain would
 * refuse to reveal them, and the bond of their commit would be lost.
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

const digestOf = (datanet: DatanetId, rows: readonly Row[]): string =>
  toHex(
    contentDigest(
      datanet,
      rows.map(({ tokens }) => tokens),
    ),
  );

/** Returns the fault `CONTRIBUTION_DUPLICATE` if a revealed contribution has exactly the text of these rows. */
export const duplicateOf = (
  datanet: DatanetId,
  rows: readonly Row[],
  digests: Digests,
): Fault | undefined => {
  const contribution = digests.get(digestOf(datanet, rows));
  return contribution === undefined
    ? undefined
    : fault(
        'CONTRIBUTION_DUPLICATE',
        `${linesOf(rows)}: contribution ${contribution} has exactly this text; remove these lines`,
        {
          contribution,
        },
      );
};

/** Returns `CONTRIBUTION_DUPLICATE` for the first stretch with the text of a revealed contribution or of an earlier stretch. */
export const firstDuplicate = (
  datanet: DatanetId,
  rows: readonly Row[],
  stretches: readonly Stretch[],
  digests: Digests,
): Fault | undefined => {
  const own = new Map<string, readonly Row[]>();
  for (const { from, to } of stretches) {
    const part = rows.slice(from, to);
    const there = duplicateOf(datanet, part, digests);
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
