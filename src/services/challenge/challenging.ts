/** Builds the payloads of challenges, and finds the challenges that the chain already has. */
import type { ResultOf } from '../../../rpc/schemas/registry.ts';
import { type Witness, WitnessType } from '../../../state/attribution/witness/types.ts';
import { type ChallengeTarget, ChallengeTargetType } from '../../../state/tx/challenge-target.ts';
import { pages } from '../../client/pages.ts';
import { equal, toHex } from '../../lib/bytes.ts';
import type { FactValue } from '../run/report.ts';
import type { ServiceContext } from '../run/service.ts';
import type { AnsweredOutdone } from './sections-review.ts';

export type KnownChallenge = ResultOf<'attribution_getChallenges'>['challenges'][number];

/** Returns the chain's name for the subject of a challenge. */
export const subjectName = ({ type, value }: ChallengeTarget): string => {
  switch (type) {
    case 'receipt':
      return `${toHex(value.batch)}/${value.index}`;
    case 'calibration':
      return toHex(value.claim);
    case 'contribution':
      return value.contribution.toString();
  }
};

const sameTarget = (challenge: KnownChallenge, target: ChallengeTarget): boolean =>
  equal(ChallengeTargetType.encode(challenge.target), ChallengeTargetType.encode(target));

/** Returns all challenges of a receipt, a calibration or a contribution, in order. @param subject - its name, by {@link subjectName} */
export const challengesOfSubject = async (
  { client }: Pick<ServiceContext, 'client'>,
  subject: string,
): Promise<readonly KnownChallenge[]> => {
  const all: KnownChallenge[] = [];
  for await (const { challenges } of pages(client, 'attribution_getChallenges', { subject }))
    all.push(...challenges);
  return all;
};

/** Returns all challenges of exactly this target. */
export const challengesOn = async (
  context: Pick<ServiceContext, 'client'>,
  target: ChallengeTarget,
): Promise<readonly KnownChallenge[]> =>
  (await challengesOfSubject(context, subjectName(target))).filter((each) => sameTarget(each, target));

/** Returns the chunks that were shown against a claim, and that its attestor has answered by excuses. */
export const answeredIn = (challenges: readonly KnownChallenge[]): readonly AnsweredOutdone[] =>
  challenges.flatMap(({ id, state, outdone, excuses }) =>
    state === 'answered' && outdone !== null && excuses !== null ? [{ id, outdone, excuses }] : [],
  );

/** Returns the fields that say what a challenge is about, for people and machines. */
export const challengeFields = (
  target: ChallengeTarget,
  witness: Witness,
): Readonly<Record<string, FactValue>> => ({
  target: target.type,
  subject: subjectName(target),
  ...(target.type === 'receipt' ? { settlement: toHex(target.value.settlement) } : {}),
  ...(target.type === 'calibration' ? { step: target.value.level, draw: target.value.draw } : {}),
  witness: witness.type,
  bytes: WitnessType.encode(witness).length,
});
