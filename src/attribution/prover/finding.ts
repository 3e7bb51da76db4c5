/**
 * What is false in a claim, by positions alone, which is enough to make the one witness that proves it. If a text is
 * not available, the finding names what has to be demanded.
 */

import type { ClaimPart } from '../../../state/attribution/claim.ts';
import { OPENED_CHUNKS_MAX } from '../../../state/attribution/openings.ts';
import { CHUNK_TOKENS } from '../../../state/attribution/parameters.ts';
import type { Tokens } from '../../../state/attribution/tokens.ts';
import type { Demand } from '../../../state/attribution/witness/types.ts';
import type { ContributionId } from '../../lib/ids.ts';
import { areKnown } from './partial-tokens.ts';

/** A finding about a claim, for a receipt or for a draw. Positions are in the claim's output. */
export type ClaimFinding =
  /** Token start + at of a claimed run differs from its source, or the source has ended before it. */
  | {
      readonly type: 'invalid';
      readonly part: ClaimPart;
      readonly index: number;
      readonly at: number;
    }
  /** A claimed match covers a token that neither counts nor matches anything. Only a calibration has such tokens. */
  | {
      readonly type: 'inert';
      readonly index: number;
      readonly at: number;
      readonly side: 'output' | 'source';
    }
  /** `position` lies in [start, end), which stands in the prompt from `place` on, but no claimed echo covers it. */
  | {
      readonly type: 'echo';
      readonly position: number;
      readonly start: number;
      readonly end: number;
      readonly place: number;
    }
  /** The claimed sum before this border is wrong. */
  | { readonly type: 'info'; readonly border: number }
  /** `position` lies in a match with a contribution that comes before the one that it is claimed for. */
  | {
      readonly type: 'better';
      readonly position: number;
      readonly start: number;
      readonly end: number;
      readonly contribution: ContributionId;
      readonly item: number;
      readonly pos: number;
    }
  /**
   * `position` lies in [start, end), which its owner holds in item `ownItem` from `ownPos` on, and a contribution of
   * another owner, brought independently, in `item` from `pos` on; but the claim does not show it as shared.
   */
  | {
      readonly type: 'shared';
      readonly position: number;
      readonly start: number;
      readonly end: number;
      readonly owner: ContributionId;
      readonly ownItem: number;
      readonly ownPos: number;
      readonly contribution: ContributionId;
      readonly item: number;
      readonly pos: number;
    };

/** Chunks that are not available, as a demand names them. */
export type Withheld = Demand;

/** The verdict. `unknown` means that nothing false was found in the texts that are available. */
export type Verdict<F> =
  | { readonly type: 'holds' }
  | { readonly type: 'false'; readonly finding: F }
  | { readonly type: 'unknown'; readonly withheld: readonly Withheld[] };

/** Returns the chunks that hold tokens [start, end). */
export const chunksOf = (start: number, end: number): { readonly first: number; readonly count: number } => {
  const first = Math.floor(start / CHUNK_TOKENS);
  return { first, count: Math.ceil(end / CHUNK_TOKENS) - first };
};

/** Returns the unknown chunks of a prompt or of a whole output, in pieces that one demand can name. */
export const withheldOfText = (
  text: 'output' | 'prompt',
  known: Tokens | undefined,
  tokens: number,
): readonly Withheld[] => {
  const pieces: { -readonly [K in keyof Withheld]: Withheld[K] }[] = [];
  for (let chunk = 0; chunk * CHUNK_TOKENS < tokens; chunk++) {
    const start = chunk * CHUNK_TOKENS;
    if (known !== undefined && areKnown(known, start, Math.min(start + CHUNK_TOKENS, tokens))) continue;
    const last = pieces.at(-1);
    if (last !== undefined && last.first + last.count === chunk && last.count < OPENED_CHUNKS_MAX)
      last.count += 1;
    else pieces.push({ text, contribution: 0, item: 0, first: chunk, count: 1 });
  }
  return pieces;
};
