/**
 * What an attestor claims of one receipt: the evidence, never its result. Owners, scores and coverage follow from it
 * by `settlement.ts`, so nothing in a claim can contradict itself.
 */
import { contributionId } from '../../src/lib/ids.ts';
import { container, list, uint16, uint32, type ValueOf } from '../../src/lib/ssz.ts';
import { OUTPUT_TOKENS_MAX } from './parameters.ts';

/**
 * Enough for every honest claim: of a smallest set of runs covering X the first and the third do not meet, nor the
 * second and the fourth, so there are at most two runs for every `promptMin` (8) of the 4,096 tokens.
 */
export const ECHOES_MAX = 1024;
/** Enough for every honest claim: each match may prove a position that no other proves. */
export const MATCHES_MAX = OUTPUT_TOKENS_MAX;

export const EchoType = container({
  start: uint16,
  end: uint16,
  place: uint16,
});
/** Output positions [start, end) that also stand in the prompt, from position `place` of it on. */
export type Echo = ValueOf<typeof EchoType>;

export const MatchType = container({
  start: uint16,
  end: uint16,
  contribution: contributionId,
  item: uint32,
  pos: uint32,
});
/** Output positions [start, end) that also stand in item `item` of contribution `contribution`, from token `pos` of it on. */
export type Match = ValueOf<typeof MatchType>;

export const ClaimType = container({
  /** Any echoed runs whose union is X, start and end both ascending. */
  x: list(EchoType, ECHOES_MAX),
  /** Ascending by (start, end, contribution id, item, pos). The least contribution id over a position outside X is its owner. */
  matches: list(MatchType, MATCHES_MAX),
  /** Q8 bits of all tokens before each border of those, ascending, the end of the output being the last border. */
  info: list(uint32, OUTPUT_TOKENS_MAX + 1),
});
export type Claim = ValueOf<typeof ClaimType>;
