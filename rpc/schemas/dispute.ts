/** The schemas of challenges: what somebody has challenged, and the outcome. */
import * as Type from 'typebox';
import { invariant } from '../../src/lib/errors.ts';
import { ExcusesType, OutdoneType } from '../../state/attribution/excuses.ts';
import { DemandType } from '../../state/attribution/witness/types.ts';
import { type ChallengeSubject, ChallengeTargetType, parseSubject } from '../../state/tx/challenge-target.ts';
import {
  addressOut,
  amountOut,
  enumOut,
  heightOut,
  listOut,
  nullable,
  rootIn,
  rootOut,
  sszOut,
  strict,
  textOut,
  uint32Out,
} from './fields.ts';
import { schema } from './method-schema.ts';
import { BY_PLACE } from './page.ts';

const subjectIn = Type.Decode(
  Type.Refine(
    Type.Unsafe<string>({
      type: 'string',
      maxLength: 71,
      description:
        'The id of a receipt; the id of the transaction that claims a calibration, 0x-hex; or a contribution, in decimal.',
    }),
    (value) => parseSubject(value) !== undefined,
    () => 'must be a receipt id, a transaction id or a contribution',
  ),
  (value): ChallengeSubject => {
    const subject = parseSubject(value);
    invariant(subject !== undefined, 'the schema accepts only what names a subject');
    return subject;
  },
);

const ChallengeOut = Type.Object({
  id: rootOut('The id of its transaction.'),
  target: sszOut(ChallengeTargetType, 'The target of the challenge.'),
  witness: textOut('The type of its witness. The transaction contains the witness.'),
  challenger: addressOut(),
  height: heightOut('The height of its block.'),
  state: enumOut(
    ['upheld', 'refuted', 'open', 'answered', 'unanswered', 'moot'],
    'open: a demand that waits for its answer; moot: what it was held against fell to another first.',
  ),
  code: textOut('The code of what was shown, or of why nothing was shown; empty for a demand.'),
  bond: amountOut('The bond of the challenger.'),
  demand: nullable(sszOut(DemandType, 'What a demand asks for; null if it is not a demand.')),
  outdone: nullable(
    sszOut(OutdoneType, 'The chunk that adds more than a pick; null if the challenge has not shown one.'),
  ),
  excuses: nullable(
    sszOut(
      ExcusesType,
      'The excuses by which the attestor has answered, empty until then; null if none are due.',
    ),
  ),
  answerBy: nullable(heightOut('The last block in which a demand, or a chunk shown, may be answered.')),
  cost: nullable(
    amountOut(
      'The part of the bond that is lost when it is answered; for a chunk shown, only if the claim becomes final.',
    ),
  ),
});

export const DISPUTE_SCHEMAS = {
  attribution_getChallenges: schema({
    summary:
      'Lists the challenges of a receipt, of a calibration or of a contribution, in the order of the chain.',
    params: Type.Object({ subject: subjectIn, ...BY_PLACE.params }, strict),
    result: Type.Object({
      total: uint32Out('The number of entries on all pages.'),
      challenges: listOut(ChallengeOut),
    }),
    paging: BY_PLACE.paging,
  }),

  attribution_getChallenge: schema({
    summary: 'Returns a challenge and its outcome.',
    params: Type.Object({ id: rootIn('The id of its transaction.') }, strict),
    result: ChallengeOut,
    errors: ['CHALLENGE_NOT_FOUND'],
  }),

  attribution_getDemands: schema({
    summary: 'Lists the open demands on a settlement, or on a claim of a calibration.',
    params: Type.Object({ claims: rootIn('The id of the transaction that made the claims.') }, strict),
    result: listOut(ChallengeOut),
  }),
};
