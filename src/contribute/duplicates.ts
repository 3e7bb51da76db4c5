/**
 * Finds rows whose text equals exactly that of a revealed contribution, that of another journal which has committed it, or
 * that of other rows of the file. The chain would refuse to reveal them, and the bond of their commit would be lost. And it
 * finds rows that another journal has committed among others: an edited file, with which the first bond is forgotten.
 */

import { contentDigest } from '../../state/tx/content-digest.ts';
import { toHex } from '../lib/bytes.ts';
import type { Fault } from '../lib/errors.ts';
import type { DatanetId } from '../lib/ids.ts';
import type { Digests } from './datanet-contents.ts';
import { fault } from './errors.ts';
import type { Committed } from './open-commits.ts';
import type { Stretch } from './plan.ts';
import type { Row } from './rows.ts';

const linesOf = (rows: readonly Row[]): string => `lines ${rows[0]?.line}-${rows.at(-1)?.line}`;

/** What journals have committed and not revealed yet, each with what messages call its journal. */
export type Begun = {
  /** By the digest of the text of a contribution. */
  readonly texts: ReadonlyMap<string, string>;
  /** By the mark of a row. */
  readonly rows: ReadonlyMap<string, string>;
  /** All that they have committed, revealed or not. */
  readonly committed: readonly Committed[];
};
export const NOTHING_BEGUN: Begun = { texts: new Map(), rows: new Map(), committed: [] };

/** The hex digits of a mark: 64 bits, as nobody gains by rows of his own with the same mark. */
export const MARK_DIGITS = 16;

/** Returns the digest of the text of rows, by which the chain takes a text once: 0x-hex. */
export const digestOf = (datanet: DatanetId, rows: readonly Row[]): string =>
  toHex(
    contentDigest(
      datanet,
      rows.map(({ tokens }) => tokens),
    ),
  );

const markOf = (datanet: DatanetId, row: Row): string => digestOf(datanet, [row]).slice(2, 2 + MARK_DIGITS);

/** Returns the marks of rows, by which they are found in another journal, one after the other. */
export const marksOf = (datanet: DatanetId, rows: readonly Row[]): string =>
  rows.map((row) => markOf(datanet, row)).join('');

const begunFault = (which: string, journal: string, what: string): Fault =>
  fault(
    'CONTRIBUTE_BEGUN',
    `${which}: the journal ${journal} has committed ${what}, and it alone can reveal it and save its bond; first go on with that journal and the rows with which it was begun`,
    { journal },
  );

/** Returns the fault `CONTRIBUTE_BEGUN` if another journal has committed some of the rows, among whatever others. */
const rowsBegun = (datanet: DatanetId, rows: readonly Row[], begun: Begun): Fault | undefined => {
  if (begun.rows.size === 0) return undefined;
  const shared = rows.filter((row) => begun.rows.has(markOf(datanet, row)));
  const [first] = shared;
  const journal = first === undefined ? undefined : begun.rows.get(markOf(datanet, first));
  if (first === undefined || journal === undefined) return undefined;
  const more = shared.length === 1 ? '' : `, the first of ${shared.length}`;
  return begunFault(`line ${first.line}${more}`, journal, 'a contribution with this text');
};

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
  const journal = begun.texts.get(digest);
  return journal === undefined ? undefined : begunFault(linesOf(rows), journal, 'exactly this text');
};

/**
 * Returns the fault of {@link duplicateOf} for the first stretch that has one, or the text of an earlier stretch; or one for
 * the first rows that another journal has committed.
 */
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
  return rowsBegun(datanet, rows, begun);
};
