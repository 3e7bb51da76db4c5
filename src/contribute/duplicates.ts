/**
 * What of a file is of exactly the text of something revealed, or of another part of the file: the chain would refuse to
 * have it revealed, and the bond of its commit would be lost.
 */

import { contentDigest } from '../../state/tx/content-digest.ts';
import { toHex } from '../lib/bytes.ts';
import type { Fault } from '../lib/errors.ts';
import type { DatanetId } from '../lib/ids.ts';
import { fault } from './errors.ts';
import type { Stretch } from './plan.ts';
import type { Row } from './rows.ts';
import type { Digests } from './shelf.ts';

const linesOf = (rows: readonly Row[]): string => `lines ${rows[0]?.line}-${rows.at(-1)?.line}`;

const digestOf = (datanet: DatanetId, rows: readonly Row[]): string =>
  toHex(
    contentDigest(
      datanet,
      rows.map(({ tokens }) => tokens),
    ),
  );

/** Why these rows cannot be revealed as one contribution: `CONTRIBUTION_DUPLICATE`. */
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
        `${linesOf(rows)}: contribution ${contribution} is of exactly this text`,
        {
          contribution,
        },
      );
};

/** The first of the stretches that is a duplicate of what is there or of a stretch before it: `CONTRIBUTION_DUPLICATE`. */
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
        `${linesOf(part)} are of exactly the text of ${linesOf(before)}: the chain takes it once`,
      );
    own.set(digest, part);
  }
  return undefined;
};
