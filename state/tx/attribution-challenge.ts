/** A challenge: one witness, held against what somebody has claimed or declared (docs/disputes.md). */
import { toHex } from '../../src/lib/bytes.ts';
import { container, type ValueOf } from '../../src/lib/ssz.ts';
import { checkWitness, WitnessType } from '../attribution/witness/types.ts';
import { type ChallengeTarget, ChallengeTargetType } from './challenge-target.ts';
import { type Kind, noAccounts, noContent } from './kind.ts';

const AttributionChallengeType = container({
  target: ChallengeTargetType,
  witness: WitnessType,
});
export type AttributionChallenge = ValueOf<typeof AttributionChallengeType>;

/** What is attacked, in words. */
const described = ({ type, value }: ChallengeTarget): string => {
  switch (type) {
    case 'receipt':
      return `receipt ${value.index} of batch ${toHex(value.batch)}`;
    case 'calibration':
      return `draw ${value.draw} of calibration ${toHex(value.claim)} of model ${value.model}`;
    case 'contribution':
      return `contribution ${value.contribution}`;
  }
};

/**
 * To judge a witness takes as long as some fifteen signatures, at most: to hash 16 KiB and to read a claim. A DEMAND is
 * not judged, but its claim is read likewise, and one that fails costs nothing but its fee.
 */
const CHALLENGE_GAS = 50_000n;

export const attributionChallenge: Kind<AttributionChallenge> = {
  id: 14,
  version: 1,
  name: 'attributionChallenge',
  payload: AttributionChallengeType,
  action: ({ target, witness }) => `challenge ${described(target)} by a witness of kind ${witness.type}`,
  check: ({ witness }) => checkWitness(witness),
  gas: () => CHALLENGE_GAS,
  accounts: noAccounts,
  contentRoots: noContent,
};
