/** A challenge: one witness against a claim or a declaration (docs/disputes.md). */
import { toHex } from '../../src/lib/bytes.ts';
import { container, type ValueOf } from '../../src/lib/ssz.ts';
import { checkWitness, WitnessType } from '../attribution/witness/types.ts';
import { type ChallengeTarget, ChallengeTargetType } from './challenge-target.ts';
import { type Kind, noAccounts, noContent } from './kind.ts';

const AttributionChallengeType = container({
  /** What is challenged: a receipt, a draw of a calibration, or a contribution. */
  target: ChallengeTargetType,
  witness: WitnessType,
});
export type AttributionChallenge = ValueOf<typeof AttributionChallengeType>;

/** Returns the subject of the challenge in words. */
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
 * Judging a witness takes at most as long as about fifteen signatures: it hashes 16 KiB and reads a claim. A DEMAND is
 * not judged, but it reads the claim too, and a DEMAND that fails costs only its fee.
 */
const CHALLENGE_GAS = 50_000n;

export const attributionChallenge: Kind<AttributionChallenge> = {
  id: 14,
  version: 2,
  name: 'attributionChallenge',
  payload: AttributionChallengeType,
  action: ({ target, witness }) => `challenge ${described(target)} by a witness of kind ${witness.type}`,
  check: ({ witness }) => checkWitness(witness),
  gas: () => CHALLENGE_GAS,
  accounts: noAccounts,
  content: noContent,
};
