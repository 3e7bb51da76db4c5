/** What a claim says about a position, and what a window bears outside of its echoes: the parts of several judges. */
import { ok } from '../../../src/lib/errors.ts';
import type { ContributionId } from '../../../src/lib/ids.ts';
import type { Claim } from '../claim.ts';
import { type Fault, fail, fault, type Result } from '../errors.ts';
import { precedenceOf, rankOf } from '../owners.ts';
import { Q8 } from '../parameters.ts';
import { informationIn } from './information.ts';
import type { Reading } from './reading.ts';
import type { ClaimSubject, Upheld } from './subject.ts';

export const claimFalls = (reason: string): Result<Upheld> => ok({ type: 'claim', reason });

export const badWindow = (message: string, fields: Readonly<Record<string, number>>): Result<never> =>
  fail('WITNESS_WINDOW', message, fields);

/** Where spans are paid nothing, a claim names no runs, so none can be missing. */
export const SPANS_OFF = fail('WITNESS_KIND', 'spans are paid nothing for this version of the model');

export const ineligible = (contribution: ContributionId) =>
  fail('WITNESS_INELIGIBLE', `the claim may not draw on contribution ${contribution}`, { contribution });

/** Checks whether a position is in the claimed x. */
export const isEchoed = ({ x }: Claim, position: number): boolean =>
  x.some(({ start, end }) => start <= position && position < end);

/** Returns the rank of a contribution, as the rules of the claim order them. */
export const rank = ({ rules, commons }: ClaimSubject, contribution: ContributionId): number =>
  rankOf(contribution, precedenceOf(rules, commons));

/** Returns the contribution that comes first of those claimed over a position; undefined if none is. */
export const claimedOwner = (subject: ClaimSubject, position: number): ContributionId | undefined => {
  let owner: ContributionId | undefined;
  for (const { start, end, contribution } of subject.claim.matches)
    if (
      start <= position &&
      position < end &&
      (owner === undefined || rank(subject, contribution) < rank(subject, owner))
    )
      owner = contribution;
  return owner;
};

/** Returns the information of the tokens of [start, end) outside of the claimed x, in Q8 bits. */
const freeInformation = (
  subject: ClaimSubject,
  output: Reading,
  { start, end }: { readonly start: number; readonly end: number },
): Result<number> => {
  const all = informationIn(output, { start, end }, subject);
  if (!all.ok) return all;
  const free = all.value.slice();
  for (const echo of subject.claim.x)
    free.fill(0, Math.max(0, echo.start - start), Math.max(0, Math.min(free.length, echo.end - start)));
  return ok(free.reduce((sum, bits) => sum + bits, 0));
};

/** Checks that [start, end) bears Imin outside of the claimed x. Faults: `WITNESS_NOT_OPENED`, `WITNESS_INFORMATION`. */
export const checkInformation = (
  subject: ClaimSubject,
  output: Reading,
  window: { readonly start: number; readonly end: number },
): Fault | undefined => {
  const { matchBitsMin } = subject;
  if (matchBitsMin === undefined) return SPANS_OFF.fault;
  const information = freeInformation(subject, output, window);
  if (!information.ok) return information.fault;
  return information.value < Q8 * matchBitsMin
    ? fault('WITNESS_INFORMATION', `fewer than ${matchBitsMin} bits outside of the echo`, {
        information: information.value,
      })
    : undefined;
};
