import Type, { type Static } from 'typebox';
import { toHex } from '../../src/lib/bytes.ts';
import { ok } from '../../src/lib/errors.ts';
import { type Content, STAGES } from '../../state/modules/data/contributions.ts';
import {
  type ContributionInfo,
  contributionsOf,
  getContribution,
} from '../../state/queries/contributions.ts';
import { fail } from '../codes.ts';
import { method } from '../method.ts';
import {
  addressIn,
  addressOut,
  amountOut,
  enumOut,
  jsonForm,
  listOut,
  nullable,
  rootOut,
  strict,
  uint32In,
  uint32Out,
  uint64Out,
} from '../schema.ts';
import { rangeParams } from './page.ts';

const EarningsOut = Type.Object({
  spans: amountOut('For what it owns of outputs.'),
  remainder: amountOut('Its share of what nothing explains.'),
});

const ContributionOut = Type.Object({
  seq: uint32Out('Its place in line, over all Datanets.'),
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

type Out = Static<typeof ContributionOut>;

const revealed = (content: Content | undefined): Pick<Out, 'content' | 'declared'> => {
  if (content === undefined) return { content: null, declared: null };
  const { root, items, tokens, bytes, height, ...declared } = content;
  return {
    content: jsonForm({ root, items, tokens, bytes }),
    declared: jsonForm({ ...declared, revealedAt: height }),
  };
};

const shown = (info: ContributionInfo): Out => {
  if (info.type === 'commons')
    return {
      seq: info.seq,
      datanet: info.datanet,
      owner: null,
      stage: 'commons',
      commitment: null,
      committedAt: null,
      bond: '0',
      reviews: [],
      content: jsonForm(info.content),
      declared: null,
      acceptance: null,
      novelTokensLeft: null,
      voidedAt: info.voided[0]?.toString() ?? null,
      earned: null,
      claimed: null,
    };
  const { seq, origin, standing, content, accepted } = info;
  return {
    seq,
    datanet: origin.datanet,
    owner: toHex(origin.owner),
    stage: standing.stage,
    commitment: toHex(origin.commitment),
    committedAt: origin.height.toString(),
    bond: standing.bond.toString(),
    reviews: standing.reviews.map(jsonForm),
    ...revealed(content),
    acceptance: accepted?.acceptance ?? null,
    novelTokensLeft: accepted?.novelTokensLeft.toString() ?? null,
    voidedAt: accepted?.voided[0]?.toString() ?? null,
    earned: accepted === undefined ? null : jsonForm(accepted.earned),
    claimed: accepted === undefined ? null : jsonForm(accepted.claimed),
  };
};

export const CONTRIBUTION_METHODS = {
  contribution_get: method({
    summary: 'A contribution, from its commit to what it has earned.',
    params: Type.Object({ seq: uint32In('Of the contribution.') }, strict),
    result: ContributionOut,
    errors: ['CONTRIBUTION_NOT_FOUND'],
    run: (node, { seq }) => {
      const info = node.read(({ view }) => getContribution(view, seq));
      return info === undefined
        ? fail('CONTRIBUTION_NOT_FOUND', `there is no contribution ${seq}`, { seq })
        : ok(shown(info));
    },
  }),

  contribution_list: method({
    summary: 'The contributions of an account, in the order of their commits.',
    params: Type.Object({ owner: addressIn('Who committed them.'), ...rangeParams }, strict),
    result: Type.Object({ total: uint32Out('On all pages.'), seqs: listOut(uint32Out()) }),
    run: (node, { owner, from = 0, limit = 100 }) => {
      const { total, seqs } = node.read(({ view }) => contributionsOf(view, owner, from, limit));
      return ok({ total, seqs: [...seqs] });
    },
  }),
};
