/**
 * An attestor's claim for one receipt. It holds the evidence and never the result: owners, scores and coverage follow
 * from it by `settlement.ts`, so a claim cannot contradict itself.
 */
import { contributionId } from '../../src/lib/ids.ts';
import { container, list, uint16, uint32, type ValueOf } from '../../src/lib/ssz.ts';
import { OUTPUT_TOKENS_MAX } from './parameters.ts';

/** The kinds of runs of a claim. They are encoded by their index, so new ones go to the end. */
export const CLAIM_PARTS = ['match', 'echo', 'shared'] as const;
export type ClaimPart = (typeof CLAIM_PARTS)[number];

/** The kinds of runs that cite an item of a contribution. */
export const CITING_PARTS = ['match', 'shared'] as const satisfies readonly ClaimPart[];
export type CitingPart = (typeof CITING_PARTS)[number];

/**
 * The list of a claim that holds the runs of each kind, and the most runs in it. Every honest claim has so few.
 * - Each match, and each shared run, may prove a position that no other one proves.
 * - In a smallest set of echoes that covers X, the first and the third do not meet, and neither do the second and the
 *   fourth. So there are at most two echoes per `promptMin` (8) of the 4,096 tokens.
 */
export const CLAIM_LISTS = {
  match: { name: 'matches', max: OUTPUT_TOKENS_MAX },
  echo: { name: 'x', max: 1024 },
  shared: { name: 'shared', max: OUTPUT_TOKENS_MAX },
} as const satisfies Readonly<Record<ClaimPart, { readonly name: string; readonly max: number }>>;

export const EchoType = container({
  /** The first position of the output. */
  start: uint16,
  /** The position after the last one. */
  end: uint16,
  /** The position of the prompt at which the same tokens begin. */
  place: uint16,
});
/** Output positions [start, end) that also stand in the prompt, from its position `place` on. */
export type Echo = ValueOf<typeof EchoType>;

export const MatchType = container({
  /** The first position of the output. */
  start: uint16,
  /** The position after the last one. */
  end: uint16,
  /** The contribution that holds the same tokens. */
  contribution: contributionId,
  /** The index of the item in that contribution. */
  item: uint32,
  /** The token of the item at which they begin. */
  pos: uint32,
});
/**
 * Output positions [start, end) that also stand in item `item` of contribution `contribution`, from its token `pos` on.
 */
export type Match = ValueOf<typeof MatchType>;

export const SharedType = container({
  /** The index of the match that proves the owner of the positions. */
  match: uint16,
  /** The first position of the output. It is within the match. */
  start: uint16,
  /** The position after the last one. */
  end: uint16,
  /** The contribution of another owner that holds the same tokens. */
  contribution: contributionId,
  /** The index of the item in that contribution. */
  item: uint32,
  /** The token of the item at which they begin. */
  pos: uint32,
});
/**
 * Output positions [start, end) of a match that also stand in a contribution of another owner, who brought them
 * independently. Those that the contribution of the match owns belong to nobody.
 */
export type Shared = ValueOf<typeof SharedType>;

export const ClaimType = container({
  /** Echoed runs whose union is X. Their starts and ends both ascend. */
  x: list(EchoType, CLAIM_LISTS.echo.max),
  /**
   * The matches, ascending by (start, end, contribution id, item, pos). The owner of a position outside X is the first
   * contribution over it: commons before all others in version 2, then the least contribution id.
   */
  matches: list(MatchType, CLAIM_LISTS.match.max),
  /** The shared runs, ascending by (start, end, match, contribution id, item, pos). There are none before version 2. */
  shared: list(SharedType, CLAIM_LISTS.shared.max),
  /**
   * The information of all tokens before each border of the echoes, matches and shared runs, in Q8 bits, ascending. The
   * end of the output is the last border.
   */
  info: list(uint32, OUTPUT_TOKENS_MAX + 1),
});
export type Claim = ValueOf<typeof ClaimType>;

/** The lists of a claim that hold its runs. */
export type ClaimedRuns = Pick<Claim, (typeof CLAIM_LISTS)[ClaimPart]['name']>;

/** Returns the number of all runs of a claim, which bounds what it costs to check it. */
export const countRuns = (claim: ClaimedRuns): number =>
  CLAIM_PARTS.reduce((sum, part) => sum + claim[CLAIM_LISTS[part].name].length, 0);

/** Returns the runs of a claim that cite an item of a contribution. */
export const citedRuns = ({
  matches,
  shared,
}: Pick<Claim, 'matches' | 'shared'>): readonly (Match | Shared)[] => [...matches, ...shared];
