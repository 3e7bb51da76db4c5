/** Challenges and demands. Pure reads over the state of one height. */
import type { Root } from '../../src/lib/brands.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { ok } from '../../src/lib/errors.ts';
import { type Challenge, challengeOf, challengesOf } from '../modules/disputes/challenges.ts';
import { openDemandsOf } from '../modules/disputes/demands.ts';
import type { ChallengeSubject } from '../tx/challenge-target.ts';
import { fail } from './errors.ts';
import { type CommittedState, type Page, pageOf } from './query.ts';

const shownChallenge = ({ demand, outdone, ...challenge }: Challenge & { readonly id: Root }) => {
  const opened = demand ?? outdone;
  return {
    ...challenge,
    demand: demand?.demand,
    outdone: outdone?.outdone,
    excuses: outdone?.excuses,
    answerBy: opened?.answerBy,
    cost: opened?.cost,
  };
};

export const DISPUTE_QUERIES = {
  attribution_getChallenges: (
    { view }: CommittedState,
    { subject, ...page }: { readonly subject: ChallengeSubject } & Partial<Page>,
  ) => {
    const { from, limit } = pageOf(page);
    const { total, challenges } = challengesOf(view, subject, from, limit);
    return ok({ total, challenges: challenges.map(shownChallenge) });
  },

  attribution_getChallenge: ({ view }: CommittedState, { id }: { readonly id: Root }) => {
    const challenge = challengeOf(view, id);
    return challenge === undefined
      ? fail('CHALLENGE_NOT_FOUND', 'no challenge was executed under this id', { id: toHex(id) })
      : ok(shownChallenge({ id, ...challenge }));
  },

  attribution_getDemands: ({ view }: CommittedState, { claims }: { readonly claims: Root }) =>
    ok(openDemandsOf(view, claims).map(shownChallenge)),
};
