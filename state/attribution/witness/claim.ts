/**
 * Judges a witness against a claim: the claim of a settlement for a receipt, or that of a calibration for one draw.
 * Every fact about a text comes from an opening that is checked against a root which the chain knows, and every rule is
 * one of docs/attribution.md#rules. So no witness refutes a claim that is true of well-formed texts. Each function says
 * why its witness suffices.
 */

import { failWith, ok, unreachable } from '../../../src/lib/errors.ts';
import type { ContributionId } from '../../../src/lib/ids.ts';
import { bordersOf } from '../borders.ts';
import { CLAIM_LISTS } from '../claim.ts';
import { type Fault, fail, type Result } from '../errors.ts';
import { CHUNK_TOKENS } from '../parameters.ts';
import { judgeDraw, judgeInert, readCalibrated, uncopied } from './calibration.ts';
import {
  badWindow,
  checkInformation,
  claimedOwner,
  claimFalls,
  ineligible,
  isEchoed,
  rank,
  SPANS_OFF,
} from './claimed.ts';
import { informationIn } from './information.ts';
import { judgeExcuse } from './outdone.ts';
import { alignedTokens, holdingAt, provenText, readEvidence, readSource } from './reading.ts';
import {
  judgeAbsent,
  judgeBits,
  judgeCrowded,
  judgePrompted,
  judgeRepeated,
  judgeSection,
} from './relevance.ts';
import { judgeShared } from './shared.ts';
import type { ClaimSubject, Upheld } from './subject.ts';
import type { BetterWitness, EchoWitness, InfoWitness, InvalidWitness, Witness } from './types.ts';

const badIndex = (index: number): Result<never> =>
  fail('WITNESS_INDEX', `the claim has nothing at ${index}`, { index });

const INVALID = { match: 'INVALID_MATCH', shared: 'INVALID_SHARED' } as const;

/**
 * Judges a match, an echo or a shared run by one token. A true one agrees with its source token by token, so one token
 * that differs or does not exist is enough. Of a shared run the second contribution is shown: the first is that of a match.
 */
const judgeInvalid = (subject: ClaimSubject, witness: InvalidWitness): Result<Upheld> => {
  const { part, index, at, text, source } = witness;
  const cited = subject.claim[CLAIM_LISTS[part].name][index];
  if (cited === undefined || at >= cited.end - cited.start) return badIndex(index);
  const own = readSource(subject.output, text);
  if (!own.ok) return own;
  const position = cited.start + at;
  if ('place' in cited) {
    const prompt = readSource(subject.prompt, source);
    if (!prompt.ok) return prompt;
    const aligned = alignedTokens(own.value, prompt.value, {
      start: position,
      end: position + 1,
      place: cited.place + at,
    });
    if (aligned.ok)
      return fail('WITNESS_HOLDS', `echo ${index} agrees with the prompt at this token`, { index, at });
    return aligned.fault.code === 'WITNESS_DIFFERS' ? claimFalls('INVALID_ECHO') : aligned;
  }
  const contribution = subject.source(cited.contribution);
  if (contribution === undefined) return ineligible(cited.contribution);
  const holding = holdingAt(contribution, cited.item, source, cited.pos + at, own.value.token(position));
  if (!holding.ok) return holding;
  return holding.value === 'holds'
    ? fail('WITNESS_HOLDS', `${part} ${index} agrees with its source at this token`, { index, at })
    : claimFalls(INVALID[part === 'shared' ? part : 'match']);
};

/** Checks whether the claim is wrong about a position if a match of `contribution` covers it. */
const checkPosition = (
  subject: ClaimSubject,
  position: number,
  contribution: ContributionId,
): Fault | undefined => {
  const { claim, calibration } = subject;
  if (isEchoed(claim, position))
    return { code: 'WITNESS_ECHOED', message: `position ${position} earns nothing`, data: { position } };
  const owner = claimedOwner(subject, position);
  if (owner === undefined) {
    // At the step before the bar, a claim shows enough matches and not all.
    return calibration === undefined || calibration.complete
      ? undefined
      : {
          code: 'WITNESS_UNCLAIMED',
          message: `position ${position} need not be claimed`,
          data: { position },
        };
  }
  return rank(subject, contribution) < rank(subject, owner)
    ? undefined
    : {
        code: 'WITNESS_LATER',
        message: `position ${position} is claimed for contribution ${owner}`,
        data: { position, owner, contribution },
      };
};

/**
 * Judges a match that the claim does not have. It is a match by the rules over a position outside X, so the owner of
 * the position, whose contribution comes first of all such matches, is not the claimed one. The information is
 * counted outside of the claimed x, which is X in a true claim. If x is not X, a missing echo or a wrong run of x can
 * be shown instead.
 */
const judgeBetter = (subject: ClaimSubject, witness: BetterWitness): Result<Upheld> => {
  const { position, start, end, contribution, item, pos } = witness;
  if (subject.matchBitsMin === undefined) return SPANS_OFF;
  const { matchTokensMin, matchTokensMax } = subject.parameters;
  if (end - start < matchTokensMin || end - start > matchTokensMax)
    return badWindow(`tokens ${start} to ${end} are too few or too many for a match`, { start, end });
  if (position < start || position >= end)
    return badWindow(`position ${position} is not in the match`, { position, start, end });
  const refuted = checkPosition(subject, position, contribution);
  if (refuted !== undefined) return failWith(refuted);
  const cited = subject.source(contribution);
  const drawn = subject.calibration;
  if (cited === undefined || (drawn?.contribution === contribution && drawn.item === item))
    return ineligible(contribution);
  const output = readSource(subject.output, witness.output);
  if (!output.ok) return output;
  const source = readEvidence(cited, item, witness.source);
  if (!source.ok) return source;
  const tokens = alignedTokens(output.value, source.value, { start, end, place: pos });
  if (!tokens.ok) return tokens;
  const enough = checkInformation(subject, output.value, { start, end });
  if (enough !== undefined) return failWith(enough);
  const copied = uncopied(subject, witness, [{ source: cited, item, pos, passages: witness.sourcePassages }]);
  if (copied !== undefined) return failWith(copied);
  return claimFalls(claimedOwner(subject, position) === undefined ? 'BETTER_UNCLAIMED' : 'BETTER_EARLIER');
};

/**
 * Judges a missing echo. A run of promptMin tokens of the prompt puts all its positions into X, so one of them outside
 * of x is enough.
 */
const judgeEcho = (subject: ClaimSubject, witness: EchoWitness): Result<Upheld> => {
  const { position, start, end, place } = witness;
  if (subject.matchBitsMin === undefined) return SPANS_OFF;
  if (end - start < subject.parameters.promptMin)
    return badWindow(`tokens ${start} to ${end} are too few for an echo`, { start, end });
  if (position < start || position >= end)
    return badWindow(`position ${position} is not in the run`, { position, start, end });
  if (isEchoed(subject.claim, position))
    return fail('WITNESS_ECHOED', `position ${position} is in the claimed x`, { position });
  const output = readSource(subject.output, witness.output);
  if (!output.ok) return output;
  const prompt = readSource(subject.prompt, witness.prompt);
  if (!prompt.ok) return prompt;
  const aligned = alignedTokens(output.value, prompt.value, { start, end, place });
  return aligned.ok ? claimFalls('ECHO') : aligned;
};

/**
 * Judges a claimed sum of information. The sum before a border is the running sum that the commitment of the output has
 * for the chunk at the border, plus the tokens of that chunk before it; before the end of the output it is the total. Where
 * what a token bears depends on those before it, the end of the chunk before is opened too.
 * If these sums do not add up, the receipt itself is malformed, and nobody can have settled it honestly. Items have no
 * running sums. There the previous sum is taken as claimed and the piece between the two borders is added, so the
 * witness has to name the first wrong sum.
 */
const judgeInfo = (subject: ClaimSubject, witness: InfoWitness): Result<Upheld> => {
  const { claim, output } = subject;
  const borders = bordersOf(claim, output.tokens);
  const border = borders[witness.border];
  const claimed = claim.info[witness.border];
  if (border === undefined || claimed === undefined) return badIndex(witness.border);
  const truth =
    output.type === 'text'
      ? committedSum(subject, witness, border)
      : readCalibrated(subject, witness, {
          start: borders[witness.border - 1] ?? 0,
          end: border,
          before: claim.info[witness.border - 1] ?? 0,
        });
  if (!truth.ok) return truth;
  return truth.value === claimed
    ? fail('WITNESS_HOLDS', `the sum before position ${border} is ${claimed}`, { border, claimed })
    : claimFalls('INFO');
};

const committedSum = (subject: ClaimSubject, witness: InfoWitness, border: number): Result<number> => {
  const { output } = subject;
  if (output.type !== 'text' || witness.passages !== undefined)
    return fail('WITNESS_PASSAGES', 'a receipt has no passages');
  const read = readSource(output, witness.output);
  if (!read.ok) return read;
  const opened = provenText(output, witness.output);
  if (!opened.ok) return opened;
  const { information, first, chunks } = opened.value;
  if (border === output.tokens) return ok(information);
  const place = border >>> 6;
  const chunk = chunks[place - first];
  if (chunk === undefined)
    return fail('WITNESS_NOT_OPENED', `chunk ${place} is not opened`, { chunk: place });
  const since = informationIn(read.value, { start: place * CHUNK_TOKENS, end: border }, subject);
  return since.ok ? ok(since.value.reduce((sum, bits) => sum + bits, chunk.infoBefore)) : since;
};

/**
 * Returns what the witness refutes. Faults, all `WITNESS_…`, say why it refutes nothing: `KIND` (not one for a claim),
 * `INDEX`, `WINDOW`, `OPENING`, `ROOT`, `MALFORMED`, `NOT_OPENED`, `INELIGIBLE`, `PASSAGES`; and if the claim is right
 * about the place that the witness shows, `HOLDS`, `DIFFERS`, `ECHOED`, `UNCLAIMED`, `LATER`, `INFORMATION`, `COPIED`,
 * `DEPENDENT`, `LESS`, `PHRASE`, `HOLDERS`, `NOVEL`.
 */
export const judgeClaim = (subject: ClaimSubject, witness: Witness): Result<Upheld> => {
  switch (witness.type) {
    case 'invalid':
      return judgeInvalid(subject, witness.value);
    case 'better':
      return judgeBetter(subject, witness.value);
    case 'echo':
      return judgeEcho(subject, witness.value);
    case 'info':
      return judgeInfo(subject, witness.value);
    case 'inert':
      return judgeInert(subject, witness.value);
    case 'draw':
      return judgeDraw(subject, witness.value);
    case 'shared':
      return judgeShared(subject, witness.value);
    case 'absent':
      return judgeAbsent(subject, witness.value);
    case 'prompted':
      return judgePrompted(subject, witness.value);
    case 'repeated':
      return judgeRepeated(subject, witness.value);
    case 'crowded':
      return judgeCrowded(subject, witness.value);
    case 'bits':
      return judgeBits(subject, witness.value);
    case 'section':
      return judgeSection(subject, witness.value);
    case 'excuse':
      return judgeExcuse(subject, witness.value);
    case 'malformed':
    case 'demand':
    case 'outdone':
    case 'overlap':
    case 'harvest':
    case 'passage':
    case 'copied':
    case 'border':
      return fail('WITNESS_KIND', `a witness of type ${witness.type} cannot refute a claim`, {
        type: witness.type,
      });
    default:
      return unreachable(witness);
  }
};
