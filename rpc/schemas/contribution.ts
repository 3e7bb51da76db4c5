import * as Type from 'typebox';
import { CONTRIBUTION_ROLES } from '../../state/tx/data-contribution.ts';
import {
  addressIn,
  addressOut,
  amountOut,
  contributionIn,
  contributionOut,
  datanetOut,
  enumOut,
  heightOut,
  listOut,
  nullable,
  rootOut,
  strict,
  uint32Out,
  uint64Out,
} from './fields.ts';
import { schema } from './method-schema.ts';
import { BY_PLACE } from './page.ts';

/** The stages of a contribution. */
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
  spans: amountOut('The earnings from spans of outputs that it owns.'),
  relevance: amountOut('The earnings from phrases that outputs share with it.'),
  remainder: amountOut(
    'Its share of the part of the remainder that goes by novel tokens. 0 unless a genesis sets noveltyShareBps.',
  ),
});

const ContributionOut = Type.Object({
  contribution: contributionOut(
    'The id of the contribution. Ids count through all Datanets; 0 is the commons of the chain.',
  ),
  datanet: datanetOut('Its Datanet; 0 for the commons of the chain.'),
  owner: nullable(
    addressOut(),
    'The account that committed it; null for the commons of the chain and for one that a Datanet was created with.',
  ),
  commons: Type.Boolean({
    description:
      'Whether it is a commons, whose words nobody owns: the genesis names it, its Datanet was created with it, or it was proposed and accepted.',
  }),
  stage: enumOut([...STAGES, 'commons']),
  commitment: nullable(rootOut()),
  committedAt: nullable(heightOut('A height.')),
  bond: amountOut(
    'The bond. It is locked until the verdict and, if the contribution is accepted, until the last challenge is possible.',
  ),
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
      bond: amountOut(
        'The bond of the review that is locked: 0 if it rejects, and once it is returned or slashed.',
      ),
    }),
  ),
  content: nullable(
    Type.Object({
      root: rootOut('The root to give to content_get.'),
      items: uint32Out(),
      tokens: uint64Out('The number of tokens.'),
      bytes: uint64Out('The number of UTF-8 bytes.'),
    }),
    'Null until it is revealed.',
  ),
  declared: nullable(
    Type.Object({
      digest: rootOut('The digest of its text.'),
      novelTokens: uint64Out('The number of tokens that no earlier item of its Datanet contains.'),
      novelRunsRoot: rootOut(),
      dataTokens: uint64Out(
        'The number of tokens that a calibration may draw: neither copied nor in a prompt part.',
      ),
      passagesRoot: rootOut(),
      transaction: rootOut(
        'The id of the transaction that revealed it. It contains what contribution_getDeclaration returns.',
      ),
      role: enumOut(CONTRIBUTION_ROLES, 'What it is to its Datanet; `commons` if it proposes to be one.'),
      parents: listOut(contributionOut(), 'The contributions that it is derived from.'),
      revealedAt: heightOut('A height.'),
    }),
    'Null until it is revealed, and for the commons that a Datanet was created with.',
  ),
  acceptance: nullable(uint32Out('Its index among the accepted contributions of its Datanet.')),
  novelTokensLeft: nullable(uint64Out('The number of its novel tokens that no challenge has struck.')),
  voidedAt: nullable(heightOut('The height of the challenge that voided it.')),
  earned: nullable(
    EarningsOut,
    'Its earnings, claimed or not; null unless it is accepted, and for a commons.',
  ),
  claimed: nullable(EarningsOut),
});

export const CONTRIBUTION_SCHEMAS = {
  contribution_get: schema({
    summary: 'Returns a contribution, from its commit to its earnings.',
    params: Type.Object({ contribution: contributionIn('The contribution.') }, strict),
    result: ContributionOut,
    errors: ['CONTRIBUTION_NOT_FOUND'],
  }),

  contribution_list: schema({
    summary: 'Lists the contributions of an account in the order of their commits.',
    params: Type.Object({ owner: addressIn('The account that committed them.'), ...BY_PLACE.params }, strict),
    result: Type.Object({
      total: uint32Out('The number of entries on all pages.'),
      contributions: listOut(contributionOut()),
    }),
    paging: BY_PLACE.paging,
  }),
};
