/** Judges a witness against what a claim shows of what several owners brought. */
import { failWith } from '../../../src/lib/errors.ts';
import type { ContributionId } from '../../../src/lib/ids.ts';
import type { Claim } from '../claim.ts';
import { fail, type Result } from '../errors.ts';
import { notIndependent } from '../shared.ts';
import { uncopied } from './calibration.ts';
import {
  badWindow,
  checkInformation,
  claimedOwner,
  claimFalls,
  ineligible,
  isEchoed,
  SPANS_OFF,
} from './claimed.ts';
import { alignedTokens, readEvidence, readSource } from './reading.ts';
import type { ClaimSubject, Upheld } from './subject.ts';
import type { SharedWitness } from './types.ts';

/** Checks whether the claim shows a position as shared. @param owner - the claimed owner of the position */
const isShared = ({ matches, shared }: Claim, position: number, owner: ContributionId): boolean =>
  shared.some(
    ({ match, start, end }) => start <= position && position < end && matches[match]?.contribution === owner,
  );

/**
 * Judges a position that is not shown as shared. Its claimed owner holds a run over it that bears enough outside of X, and
 * so does a contribution of another owner that was brought independently. If the claimed owner is the true one, the
 * position is nobody's; if it is not, the claim is false anyway.
 */
export const judgeShared = (subject: ClaimSubject, witness: SharedWitness): Result<Upheld> => {
  const { position, start, end, contribution } = witness;
  const { claim, parameters, rules } = subject;
  if (rules.sharedTokensMax === 0)
    return fail('WITNESS_KIND', 'no run is shared by version 1 of the rules', { type: 'shared' });
  if (subject.matchBitsMin === undefined) return SPANS_OFF;
  const tokens = end - start;
  const most = Math.min(parameters.matchTokensMax, rules.sharedTokensMax);
  if (tokens < parameters.matchTokensMin || tokens > most)
    return badWindow(`tokens ${start} to ${end} are too few or too many for a shared run`, { start, end });
  if (position < start || position >= end)
    return badWindow(`position ${position} is not in the run`, { position, start, end });
  if (isEchoed(claim, position))
    return fail('WITNESS_ECHOED', `position ${position} earns nothing`, { position });
  const owner = claimedOwner(subject, position);
  if (owner === undefined)
    return fail('WITNESS_UNCLAIMED', `position ${position} is claimed for nobody`, { position });
  if (isShared(claim, position, owner))
    return fail('WITNESS_HOLDS', `position ${position} is shown as shared`, { position });
  const own = subject.source(owner);
  const second = subject.source(contribution);
  if (own === undefined) return ineligible(owner);
  if (second === undefined) return ineligible(contribution);
  const dependent = notIndependent(subject.brought(owner), subject.brought(contribution));
  if (dependent !== undefined)
    return fail('WITNESS_DEPENDENT', dependent.message, { owner, contribution, reason: dependent.code });
  const output = readSource(subject.output, witness.output);
  if (!output.ok) return output;
  const sources = [
    {
      source: own,
      item: witness.ownItem,
      pos: witness.ownPos,
      opening: witness.own,
      passages: witness.ownPassages,
    },
    {
      source: second,
      item: witness.item,
      pos: witness.pos,
      opening: witness.source,
      passages: witness.sourcePassages,
    },
  ];
  for (const { source, item, pos, opening } of sources) {
    const read = readEvidence(source, item, opening);
    if (!read.ok) return read;
    const aligned = alignedTokens(output.value, read.value, { start, end, place: pos });
    if (!aligned.ok) return aligned;
  }
  const wrong =
    checkInformation(subject, output.value, { start, end }) ?? uncopied(subject, witness, sources);
  return wrong === undefined ? claimFalls('SHARED') : failWith(wrong);
};
