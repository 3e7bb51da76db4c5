/** Those who brought the same words independently, so that the words are nobody's (docs/attribution.md#rules). */
import { toHex } from '../../lib/bytes.ts';
import type { ContributionId } from '../../lib/ids.ts';
import type { CitedContribution } from './facts.ts';
import type { Searched } from './search.ts';
import type { Bringer, Names } from './tracing.ts';

/** Returns undefined for a commons, and for what was not revealed. */
export const citedBringer = (
  contribution: ContributionId,
  { owner, committedAt, revealedAt }: CitedContribution,
  names: Names,
): Bringer | undefined =>
  owner === null || committedAt === undefined || revealedAt === undefined
    ? undefined
    : {
        contribution,
        owner,
        name: names(owner) ?? null,
        committedAt: committedAt.toString(),
        revealedAt: revealedAt.toString(),
      };

/** Returns undefined for a commons, and for what was not revealed. */
export const searchedBringer = ({ contribution, brought }: Searched, names: Names): Bringer | undefined => {
  if (brought === undefined) return undefined;
  const owner = toHex(brought.owner);
  return {
    contribution,
    owner,
    name: names(owner) ?? null,
    committedAt: brought.commit.toString(),
    revealedAt: brought.reveal.toString(),
  };
};
