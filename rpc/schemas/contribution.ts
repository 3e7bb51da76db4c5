import Type from 'typebox';
import {
  addressIn,
  addressOut,
  amountOut,
  enumOut,
  listOut,
  nullable,
  rootOut,
  strict,
  uint32In,
  uint32Out,
  uint64Out,
} from './fields.ts';
import { schema } from './method-schema.ts';
import { BY_PLACE } from './page.ts';

/** How far a contribution has come. */
export const STAGES = [
  'committed',
  'expired',
  'review',
  'accepted',
  'rejected',
  'undecided',
  'void',
] as const;

const EarningsOut = Type.Object({
  spans: amountOut('For what it owns of outputs.'),
  remainder: amountOut('Its share of what nothing explains.'),
});

const ContributionOut = Type.Object({
  contribution: uint32Out('Its place in line, over all Datanets.'),
  datanet: uint32Out(),
  owner: nullable(addressOut(), 'Null for a commons, which nobody owns.'),
  stage: enumOut([...STAGES, 'commons']),
  commitment: nullable(rootOut()),
  committedAt: nullable(uint64Out('Height.')),
  bond: amountOut('Held until the verdict; of an accepted one, until nobody may challenge for it any more.'),
  reviews: listOut(
    Type.Object({
      reviewer: addressOut(),
      quality: Type.Object({
        authenticity: uint32Out(),
        ownership: uint32Out(),
        quality: uint32Out(),
        uniqueness: uint32Out(),
      }),
      verdict: enumOut(['accept', 'reject']),
    }),
  ),
  content: nullable(
    Type.Object({
      root: rootOut('What content_get takes.'),
      items: uint32Out(),
      tokens: uint64Out('PT-1.'),
      bytes: uint64Out('UTF-8.'),
    }),
    'Null until it is revealed.',
  ),
  declared: nullable(
    Type.Object({
      digest: rootOut('Of its text.'),
      novelTokens: uint64Out('Tokens that no earlier item of its Datanet holds.'),
      novelRunsRoot: rootOut(),
      dataTokens: uint64Out('Tokens that a calibration may draw: neither copied nor in a prompt part.'),
      passagesRoot: rootOut(),
      transaction: rootOut('That revealed it: it holds what contribution_getDeclaration shows.'),
      role: enumOut(['data', 'label', 'correction', 'feedback']),
      parents: listOut(uint32Out(), 'Seqs.'),
      revealedAt: uint64Out('Height.'),
    }),
    'Null until it is revealed, and for a commons.',
  ),
  acceptance: nullable(uint32Out('Its place in the versions of its Datanet.')),
  novelTokensLeft: nullable(uint64Out('Of its novel tokens, those that no challenge has struck.')),
  voidedAt: nullable(uint64Out('Height of the challenge that has voided it.')),
  earned: nullable(EarningsOut, 'Claimed or not; null unless it is accepted.'),
  claimed: nullable(EarningsOut),
});

export const CONTRIBUTION_SCHEMAS = {
  contribution_get: schema({
    summary: 'A contribution, from its commit to what it has earned.',
    params: Type.Object({ contribution: uint32In('Of the contribution.') }, strict),
    result: ContributionOut,
    errors: ['CONTRIBUTION_NOT_FOUND'],
  }),

  contribution_list: schema({
    summary: 'The contributions of an account, in the order of their commits.',
    params: Type.Object({ owner: addressIn('Who committed them.'), ...BY_PLACE.params }, strict),
    result: Type.Object({ total: uint32Out('On all pages.'), contributions: listOut(uint32Out()) }),
    paging: BY_PLACE.paging,
  }),
};
