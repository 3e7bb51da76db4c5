/**
 * What several owners brought independently is nobody's (rule 4 of docs/attribution.md#rules), as far as it can be checked
 * without the texts.
 *
 * A position is *shared* if its owner holds a run over it, of `matchTokensMin` to {@link SHARED_TOKENS_MAX} tokens and Imin
 * bits outside of X, that a contribution of another owner holds too, whose commit is in a block no later than the reveal of
 * the position's owner. A text is uploaded only after its reveal. So whoever commits no later cannot have copied it from
 * there, and whoever commits later takes nothing from the owner.
 *
 * The shortest such runs decide. Let [s, e) be one over t, and a the last start of a qualified [a, e). If t <= a, then
 * [t, e) is qualified, and the shortest qualified run from t lies in it; else [a, e), the shortest to e, has t in it. Both
 * lie within [s, e), so both contributions hold them. The owner of t comes first of all that hold a run over t. So an index
 * only needs the first holder of each of those runs, and the first one of another owner: contribution ids are in the order
 * of the commits, and if the first was committed too late, so were all after it.
 */
import type { Address, Height } from '../../src/lib/brands.ts';
import { equal } from '../../src/lib/bytes.ts';
import { failWith, ok } from '../../src/lib/errors.ts';
import type { Pieces } from './borders.ts';
import type { Claim, Match, Shared } from './claim.ts';
import { type Fault, fail, fault, type Result } from './errors.ts';
import type { Owners } from './owners.ts';
import { ITEM_TOKENS_MAX, SHARED_TOKENS_MAX } from './parameters.ts';
import type { ClaimRules } from './rules.ts';

/** Who brought a contribution that is no commons, and when. */
export type Brought = {
  readonly owner: Address;
  /** The height of the block with its commit, which binds its text. */
  readonly commit: Height;
  /** The height of the block with its reveal. */
  readonly reveal: Height;
};

/**
 * Returns why two contributions do not make a run shared; undefined if they do. Undefined stands for a commons. Faults:
 * `CLAIM_SHARED_COMMONS`, `CLAIM_SHARED_OWNER`, `CLAIM_SHARED_LATE`.
 */
export const notIndependent = (
  first: Brought | undefined,
  second: Brought | undefined,
): Fault | undefined => {
  if (first === undefined || second === undefined)
    return fault('CLAIM_SHARED_COMMONS', 'a commons shares nothing, because what it holds belongs to nobody');
  if (equal(first.owner, second.owner))
    return fault('CLAIM_SHARED_OWNER', 'both contributions are of one owner');
  return second.commit <= first.reveal
    ? undefined
    : fault(
        'CLAIM_SHARED_LATE',
        `the second contribution was committed at height ${second.commit}, and the first revealed at ${first.reveal}`,
        { commit: second.commit.toString(), reveal: first.reveal.toString() },
      );
};

/** The order of shared runs in a claim. */
export const compareShared = (a: Shared, b: Shared): number =>
  a.start - b.start ||
  a.end - b.end ||
  a.match - b.match ||
  a.contribution - b.contribution ||
  a.item - b.item ||
  a.pos - b.pos;

/** Returns the most tokens of a shared run: it lies within a match. */
export const sharedTokensMax = (matchTokensMax: number): number =>
  Math.min(matchTokensMax, SHARED_TOKENS_MAX);

const checkRun = (
  run: Shared,
  index: number,
  match: Match | undefined,
  matchTokensMin: number,
): Fault | undefined => {
  const { start, end, contribution, pos } = run;
  if (match === undefined || start < match.start || end > match.end)
    return fault('CLAIM_SHARED_MATCH', `shared run ${index} does not lie within match ${run.match}`, {
      index,
    });
  const tokens = end - start;
  if (tokens < matchTokensMin)
    return fault(
      'CLAIM_SHARED_SHORT',
      `shared run ${index} has ${tokens} tokens, fewer than ${matchTokensMin}`,
      {
        index,
        tokens,
      },
    );
  if (tokens > SHARED_TOKENS_MAX)
    return fault(
      'CLAIM_SHARED_LONG',
      `shared run ${index} has ${tokens} tokens, more than ${SHARED_TOKENS_MAX}`,
      {
        index,
        tokens,
      },
    );
  if (pos + tokens > ITEM_TOKENS_MAX)
    return fault('CLAIM_SHARED_RANGE', `shared run ${index} runs past the end of any item`, { index });
  return contribution > match.contribution
    ? undefined
    : fault(
        'CLAIM_SHARED_EARLIER',
        `contribution ${contribution} of shared run ${index} does not come after that of match ${run.match}`,
        { index, contribution },
      );
};

/**
 * Checks the order, length and bounds of claimed shared runs. Faults: `CLAIM_SHARED_RULES`, `CLAIM_SHARED_MATCH`,
 * `CLAIM_SHARED_SHORT`, `CLAIM_SHARED_LONG`, `CLAIM_SHARED_RANGE`, `CLAIM_SHARED_EARLIER`, `CLAIM_SHARED_ORDER`.
 */
export const checkShared = (
  { matches, shared }: Claim,
  { sharesRuns }: Pick<ClaimRules, 'sharesRuns'>,
  matchTokensMin: number,
): Result<void> => {
  if (shared.length > 0 && !sharesRuns)
    return fail('CLAIM_SHARED_RULES', 'no run is shared in a calibration, nor by version 1 of the rules');
  let previous: Shared | undefined;
  for (const [index, run] of shared.entries()) {
    const wrong = checkRun(run, index, matches[run.match], matchTokensMin);
    if (wrong !== undefined) return failWith(wrong);
    if (previous !== undefined && compareShared(previous, run) >= 0)
      return fail('CLAIM_SHARED_ORDER', `shared run ${index} does not come after the one before`, { index });
    previous = run;
  }
  return ok(undefined);
};

/** Whether each piece is shared. */
export type SharedPieces = readonly boolean[];

/** Calls `visit` for each piece of a shared run that the contribution of its match owns, until it returns true. */
const somePiece = (
  { match, start, end }: Shared,
  matches: readonly Match[],
  pieces: Pieces,
  owners: Owners,
  visit: (piece: number) => boolean,
): boolean => {
  const contribution = matches[match]?.contribution;
  const past = pieces.indexOf.get(end) ?? 0;
  // A run has at most SHARED_TOKENS_MAX pieces, so a claim costs at most that many steps per run.
  for (let piece = pieces.indexOf.get(start) ?? 0; piece < past; piece++)
    if (contribution !== undefined && owners[piece] === contribution && visit(piece)) return true;
  return false;
};

/** Marks the pieces of each shared run that the contribution of its match owns. */
export const sharedPiecesOf = (
  { matches, shared }: Pick<Claim, 'matches' | 'shared'>,
  pieces: Pieces,
  owners: Owners,
): SharedPieces => {
  const marked = new Array<boolean>(owners.length).fill(false);
  for (const run of shared)
    somePiece(run, matches, pieces, owners, (piece) => {
      marked[piece] = true;
      return false;
    });
  return marked;
};

/** Checks that every shared run marks something: one that marks nothing only makes the claim longer. Fault `CLAIM_SHARED_IDLE`. */
export const checkSharedMarks = (
  { matches, shared }: Pick<Claim, 'matches' | 'shared'>,
  pieces: Pieces,
  owners: Owners,
): Result<void> => {
  for (const [index, run] of shared.entries())
    if (!somePiece(run, matches, pieces, owners, () => true))
      return fail('CLAIM_SHARED_IDLE', `the contribution of its match owns nothing of shared run ${index}`, {
        index,
      });
  return ok(undefined);
};
