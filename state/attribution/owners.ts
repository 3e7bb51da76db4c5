/** Rule 3: the owner of a position outside X is the contribution that comes first among the matches that cover it. */
import { ok } from '../../src/lib/errors.ts';
import type { ContributionId } from '../../src/lib/ids.ts';
import type { Pieces } from './borders.ts';
import type { Match } from './claim.ts';
import { fail, type Result } from './errors.ts';
import type { TextRules } from './rules.ts';

/** Which contributions have no owner, and whether they come before all others. */
export type Precedence = {
  readonly commons: Pick<ReadonlySet<number>, 'has'>;
  /** That of the rules: false in version 1, where a commons stands among the others by its id. */
  readonly commonsFirst: boolean;
};

/**
 * Returns the precedence by a version of the rules.
 * @param commons - the ids of the contributions that have no owner
 */
export const precedenceOf = (
  { commonsFirst }: Pick<TextRules, 'commonsFirst'>,
  commons: Precedence['commons'],
): Precedence => ({ commons, commonsFirst });

/** No contribution is a commons. */
export const NO_COMMONS: Precedence = { commons: new Set(), commonsFirst: false };

/** The number of contribution ids. */
const IDS = 0x1_0000_0000;

/** Returns the rank of a contribution, ascending from the one that comes first. It is below 2^33. */
export const rankOf = (contribution: ContributionId, { commons, commonsFirst }: Precedence): number =>
  commonsFirst && !commons.has(contribution) ? IDS + contribution : contribution;

/** The owning contribution id of each piece; undefined for pieces that nobody owns, and for pieces inside of X. */
export type Owners = readonly (number | undefined)[];

/**
 * Assigns each piece to the first match over it, in the order of rank. After a piece is assigned, `next`
 * leads past it (path halving), so that the whole is about linear however the matches overlap.
 */
export const ownersOf = (matches: readonly Match[], pieces: Pieces, precedence: Precedence): Owners => {
  const count = pieces.echoed.length;
  const owners: (number | undefined)[] = new Array<number | undefined>(count).fill(undefined);
  const next = Uint32Array.from({ length: count + 1 }, (_, i) => i);
  const find = (from: number): number => {
    let i = from;
    while ((next[i] ?? i) !== i) {
      const over = next[i] ?? i;
      next[i] = next[over] ?? over;
      i = next[i] ?? i;
    }
    return i;
  };
  for (const [piece, echoed] of pieces.echoed.entries()) if (echoed) next[piece] = piece + 1;
  const inOrder = matches
    .map((match) => ({ ...match, rank: rankOf(match.contribution, precedence) }))
    .sort((a, b) => a.rank - b.rank);
  for (const match of inOrder) {
    const end = pieces.indexOf.get(match.end) ?? 0;
    for (let i = find(pieces.indexOf.get(match.start) ?? 0); i < end; i = find(i)) {
      owners[i] = match.contribution;
      next[i] = i + 1;
    }
  }
  return owners;
};

/**
 * Checks that every match owns something: a match that owns nothing only makes the claim longer. Fault
 * `CLAIM_MATCH_IDLE`.
 */
export const checkOwnership = (matches: readonly Match[], pieces: Pieces, owners: Owners): Result<void> => {
  for (const [index, match] of matches.entries()) {
    const end = pieces.indexOf.get(match.end) ?? 0;
    let piece = pieces.indexOf.get(match.start) ?? 0;
    // A match has at most matchTokensMax pieces, so a claim costs at most that many steps per match.
    while (piece < end && owners[piece] !== match.contribution) piece += 1;
    if (piece >= end) return fail('CLAIM_MATCH_IDLE', `match ${index} owns no position`, { index });
  }
  return ok(undefined);
};
