/** Challenges: what somebody has held to be wrong, and what came of it. */
import Type, { type Static } from 'typebox';
import type { Root } from '../../src/lib/brands.ts';
import { fromHex, toHex } from '../../src/lib/bytes.ts';
import { invariant, ok } from '../../src/lib/errors.ts';
import { MAX_UINT32 } from '../../src/lib/math.ts';
import { DemandType } from '../../state/attribution/witness/types.ts';
import {
  CHALLENGE_STATES,
  type Challenge,
  type ChallengeSubject,
  challengeOf,
  challengesOf,
} from '../../state/modules/disputes/challenges.ts';
import { openDemandsOf } from '../../state/modules/disputes/demands.ts';
import { ChallengeTargetType } from '../../state/tx/challenge-target.ts';
import { parseReceiptId } from '../../state/tx/receipt.ts';
import { fail } from '../codes.ts';
import { method } from '../method.ts';
import {
  addressOut,
  amountOut,
  enumOut,
  jsonForm,
  listOut,
  nullable,
  rootIn,
  rootOut,
  sszOut,
  strict,
  textOut,
  uint32Out,
  uint64Out,
} from '../schema.ts';
import { rangeParams } from './page.ts';

const SEQ = /^[1-9][0-9]{0,9}$/;

/** `0x<batch>/<index>`, `0x<claim of a calibration>` or a seq: no two of them look alike. */
const parseSubject = (value: string): ChallengeSubject | undefined => {
  if (SEQ.test(value))
    return Number(value) <= MAX_UINT32 ? { tag: 'contribution', seq: Number(value) } : undefined;
  const receipt = parseReceiptId(value);
  if (receipt.ok) return { tag: 'receipt', ...receipt.value };
  const claim = fromHex(value, 32);
  return claim.ok ? { tag: 'calibration', claim: claim.value as Root } : undefined;
};

const subjectIn = Type.Decode(
  Type.Refine(
    Type.Unsafe<string>({
      type: 'string',
      maxLength: 71,
      description:
        'A receipt’s id; the id of the transaction that claims a calibration, 0x-hex; or a contribution’s seq, in decimal.',
    }),
    (value) => parseSubject(value) !== undefined,
    () => 'must be a receipt id, a transaction id or a seq',
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
    CHALLENGE_STATES,
    'open: a demand that waits for its answer; moot: what it was held against fell to another first.',
  ),
  code: textOut('What was shown, or why nothing was; empty for a demand.'),
  bond: amountOut('Posted with it.'),
  demand: nullable(sszOut(DemandType, 'What a demand names.')),
  answerBy: nullable(uint64Out('The last block in which a demand may be answered.')),
  cost: nullable(amountOut('What is taken of the bond of a demand that is answered.')),
});

const shownChallenge = ({
  demand,
  ...challenge
}: Challenge & { readonly id: Root }): Static<typeof ChallengeOut> => {
  const [asked] = demand;
  return {
    ...jsonForm(challenge),
    demand: asked === undefined ? null : jsonForm(asked.demand),
    answerBy: asked?.answerBy.toString() ?? null,
    cost: asked?.cost.toString() ?? null,
  };
};

export const DISPUTE_METHODS = {
  attribution_getChallenges: method({
    summary: 'The challenges of a receipt, of a calibration or of a contribution, in their order.',
    params: Type.Object({ subject: subjectIn, ...rangeParams }, strict),
    result: Type.Object({ total: uint32Out('On all pages.'), challenges: listOut(ChallengeOut) }),
    run: (node, { subject, from = 0, limit = 100 }) => {
      const { total, challenges } = node.read(({ view }) => challengesOf(view, subject, from, limit));
      return ok({ total, challenges: challenges.map(shownChallenge) });
    },
  }),

  attribution_getChallenge: method({
    summary: 'A challenge, and what came of it.',
    params: Type.Object({ id: rootIn('Of its transaction.') }, strict),
    result: ChallengeOut,
    errors: ['CHALLENGE_NOT_FOUND'],
    run: (node, { id }) => {
      const challenge = node.read(({ view }) => challengeOf(view, id));
      return challenge === undefined
        ? fail('CHALLENGE_NOT_FOUND', 'no challenge was executed under this id', { id: toHex(id) })
        : ok(shownChallenge({ id, ...challenge }));
    },
  }),

  attribution_getDemands: method({
    summary: 'The demands on a settlement, or on a claim of a calibration, that wait for their answer.',
    params: Type.Object({ claims: rootIn('The id of the transaction that made the claims.') }, strict),
    result: listOut(ChallengeOut),
    run: (node, { claims }) => ok(node.read(({ view }) => openDemandsOf(view, claims)).map(shownChallenge)),
  }),
};
