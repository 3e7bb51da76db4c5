/**
 * Challenges: what each was held against, and how it ended.
 *
 *     challenges/<transaction id>        the challenge
 *     challenged/<subject>               the challenges of one receipt, calibration or contribution (a sequence)
 *
 * `<subject>` is `receipts/<batch>/<index>`, `calibrations/<transaction id of the claim>` or `contributions/<contribution id>`.
 */

import { type Root, ZERO_ROOT } from '../../../src/lib/brands.ts';
import { equal } from '../../../src/lib/bytes.ts';
import { height64 } from '../../../src/lib/chain.ts';
import { choice } from '../../../src/lib/choice.ts';
import {
  address20,
  boolean,
  container,
  optional,
  root32,
  text,
  uint128,
  type ValueOf,
} from '../../../src/lib/ssz.ts';
import { ExcusesType, OutdoneType } from '../../attribution/excuses.ts';
import { DemandType } from '../../attribution/witness/types.ts';
import type { EventData } from '../../events.ts';
import {
  type ChallengeSubject,
  type ChallengeTarget,
  ChallengeTargetType,
  subjectOf,
} from '../../tx/challenge-target.ts';
import { bytesKey, type Key, numberKey, type ReadView, type View } from '../../view.ts';
import { sequence } from '../kit/sequence.ts';
import { load, loadKnown, save } from '../kit/stored.ts';

/**
 * `open`: a DEMAND or an `outdone` that waits for its answer. `answered`; `unanswered`: then what it was held against has fallen.
 * `moot`: what it was held against fell to another challenge first.
 */
export type ChallengeState = 'upheld' | 'refuted' | 'open' | 'answered' | 'unanswered' | 'moot';
export const CHALLENGE_STATES = ['upheld', 'refuted', 'open', 'answered', 'unanswered', 'moot'] as const;

const OpenedDemandType = container({
  demand: DemandType,
  /** The last block in which it may be answered. */
  answerBy: height64,
  /** The part of its bond that is taken if it is answered, base units. */
  cost: uint128,
});

const OpenedOutdoneType = container({
  outdone: OutdoneType,
  /** The last block in which the attestor may answer. */
  answerBy: height64,
  /** The part of its bond that is taken if it is answered and the claim becomes final, base units. */
  cost: uint128,
  /** The answer; empty until there is one. */
  excuses: ExcusesType,
  /** The attestor that gave it. */
  excuser: optional(address20),
  /** Whether an answer was shown to be false before, so that it waits again, or was answered again. */
  isReopened: boolean,
});

const ChallengeType = container({
  target: ChallengeTargetType,
  /** The type of the witness. */
  witness: text(16),
  challenger: address20,
  /** The height of the challenge's block. */
  height: height64,
  state: choice(CHALLENGE_STATES),
  /** The stable code of what was shown, or why it did not prove; none of a DEMAND. */
  code: text(64),
  /** Base units, in the pot `challengeBonds` while it is open. The price of an `outdone` stays there longer (`excused.ts`). */
  bond: uint128,
  /** The DEMAND that was opened, if the challenge is one. */
  demand: optional(OpenedDemandType),
  /** What an `outdone` has shown, if the challenge is one that proved. */
  outdone: optional(OpenedOutdoneType),
});
export type Challenge = ValueOf<typeof ChallengeType>;

const challengeKey = (id: Root): Key => `challenges/${bytesKey(id)}`;
const bySubject = sequence('challenged', root32);

const nameOf = (subject: ChallengeSubject): string => {
  switch (subject.type) {
    case 'receipt':
      return `receipts/${bytesKey(subject.batch)}/${numberKey(subject.index)}`;
    case 'calibration':
      return `calibrations/${bytesKey(subject.claim)}`;
    case 'contribution':
      return `contributions/${numberKey(subject.contribution)}`;
  }
};

export const challengeOf = (view: ReadView, id: Root): Challenge | undefined =>
  load(view, challengeKey(id), ChallengeType);

/** Returns the challenge with an id that the state itself names. */
export const knownChallenge = (view: ReadView, id: Root): Challenge =>
  loadKnown(view, challengeKey(id), ChallengeType);

export const addChallenge = (view: View, id: Root, challenge: Challenge): void => {
  save(view, challengeKey(id), ChallengeType, challenge);
  bySubject.append(view, nameOf(subjectOf(challenge.target)), id);
};

export const setChallenge = (view: View, id: Root, challenge: Challenge): void =>
  save(view, challengeKey(id), ChallengeType, challenge);

/** Returns the challenges in the order in which they came. */
export const challengesOf = (
  view: ReadView,
  subject: ChallengeSubject,
  from: number,
  limit: number,
): { readonly total: number; readonly challenges: readonly (Challenge & { readonly id: Root })[] } => {
  const name = nameOf(subject);
  return {
    total: bySubject.length(view, name),
    challenges: bySubject
      .slice(view, name, from, limit)
      .map((id) => ({ id, ...loadKnown(view, challengeKey(id), ChallengeType) })),
  };
};

/** The target of a challenge as events name it. */
type TargetFields = Pick<
  EventData<'demandOpened'>,
  'target' | 'receipt' | 'settlement' | 'model' | 'claim' | 'level' | 'draw' | 'contribution'
>;

const NO_TARGET = {
  receipt: undefined,
  settlement: undefined,
  model: undefined,
  claim: undefined,
  level: undefined,
  draw: undefined,
  contribution: undefined,
};

export const targetFields = ({ type, value }: ChallengeTarget): TargetFields => {
  switch (type) {
    case 'receipt': {
      const { batch, index, settlement } = value;
      const isItself = equal(settlement, ZERO_ROOT);
      return {
        ...NO_TARGET,
        target: type,
        receipt: { batch, index },
        settlement: isItself ? undefined : settlement,
      };
    }
    case 'calibration':
      return { ...NO_TARGET, target: type, ...value };
    case 'contribution':
      return { ...NO_TARGET, target: type, contribution: value.contribution };
  }
};
