/**
 * What an attestor claims of one receipt: the evidence, never its result. Owners, scores and coverage follow from it
 * by `settlement.ts`, so nothing in a claim can contradict itself.
 */
import { container, list, type Ssz, uint16, uint32 } from '../../src/lib/ssz.ts';
import { OUTPUT_TOKENS_MAX } from './parameters.ts';

/** Output positions [start, end) that also stand in the prompt, from position `place` of it on. */
export type Echo = { readonly start: number; readonly end: number; readonly place: number };

/** Output positions [start, end) that also stand in item `item` of contribution `seq`, from token `pos` of it on. */
export type Match = {
  readonly start: number;
  readonly end: number;
  readonly seq: number;
  readonly item: number;
  readonly pos: number;
};

export type Claim = {
  /** Any echoed runs whose union is X, start and end both ascending. */
  readonly x: readonly Echo[];
  /** Ascending by (start, end, seq, item, pos). The least seq over a position outside X is its owner. */
  readonly matches: readonly Match[];
  /** Q8 bits of all tokens before each border of those, ascending, the end of the output being the last border. */
  readonly info: readonly number[];
};

/**
 * Enough for every honest claim: of a smallest set of runs covering X the first and the third do not meet, nor the
 * second and the fourth, so there are at most two runs for every `promptMin` (8) of the 4,096 tokens.
 */
export const ECHOES_MAX = 1024;
/** Enough for every honest claim: each match may prove a position that no other proves. */
export const MATCHES_MAX = OUTPUT_TOKENS_MAX;

export const EchoType: Ssz<Echo> = container<Echo>({ start: uint16, end: uint16, place: uint16 });

export const MatchType: Ssz<Match> = container<Match>({
  start: uint16,
  end: uint16,
  seq: uint32,
  item: uint32,
  pos: uint32,
});

export const ClaimType: Ssz<Claim> = container<Claim>({
  x: list(EchoType, ECHOES_MAX),
  matches: list(MatchType, MATCHES_MAX),
  info: list(uint32, OUTPUT_TOKENS_MAX + 1),
});
