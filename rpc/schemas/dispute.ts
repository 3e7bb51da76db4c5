/** Challenges: what somebody has held to be wrong, and what came of it. */
import Type from 'typebox';
import { invariant } from '../../src/lib/errors.ts';
import { DemandType } from '../../state/attribution/witness/types.ts';
import { type ChallengeSubject, ChallengeTargetType, parseSubject } from '../../state/tx/challenge-target.ts';
import {
  addressOut,
  amountOut,
  enumOut,
  listOut,
  nullable,
  rootIn,
  rootOut,
  sszOut,
  strict,
  textOut,
  uint32Out,
  uint64Out,
} from './fields.ts';
import { schema } from './method-schema.ts';
import { BY_PLACE } from './page.ts';

const subjectIn = Type.Decode(
  Type.Refine(
    Type.Unsafe<string>({
      type: 'string',
      maxLength: 71,
      description:
        'A receipt’s id; the id of the transaction that claims a calibration, 0x-hex; or a contribution’s contribution, in decimal.',
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
  id: rootOut('Of its transaction.'),
  target: sszOut(ChallengeTargetType, 'What it is held against.'),
  kind: textOut('Of its witness, which stands in the transaction.'),
  challenger: addressOut(),
  height: uint64Out('Of its block.'),
  state: enumOut(
    ['upheld', 'refuted', 'open', 'answered', 'unanswered', 'moot'],
    'open: a demand that waits for its answer; moot: what it was held against fell to another first.',
  ),
  code: textOut('What was shown, or why nothing was; empty for a demand.'),
  bond: amountOut('Posted with it.'),
  demand: nullable(sszOut(DemandType, 'What a demand names.')),
  answerBy: nullable(uint64Out('The last block in which a demand may be answered.')),
  cost: nullable(amountOut('What is taken of the bond of a demand that is answered.')),
});

export const DISPUTE_SCHEMAS = {
  attribution_getChallenges: schema({
    summary: 'The challenges of a receipt, of a calibration or of a contribution, in their order.',
    params: Type.Object({ subject: subjectIn, ...BY_PLACE.params }, strict),
    result: Type.Object({ total: uint32Out('On all pages.'), challenges: listOut(ChallengeOut) }),
    paging: BY_PLACE.paging,
  }),

  attribution_getChallenge: schema({
    summary: 'A challenge, and what came of it.',
    params: Type.Object({ id: rootIn('Of its transaction.') }, strict),
    result: ChallengeOut,
    errors: ['CHALLENGE_NOT_FOUND'],
  }),

  attribution_getDemands: schema({
    summary: 'The demands on a settlement, or on a claim of a calibration, that wait for their answer.',
    params: Type.Object({ claims: rootIn('The id of the transaction that made the claims.') }, strict),
    result: listOut(ChallengeOut),
  }),
};
