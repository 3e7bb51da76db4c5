import * as Type from 'typebox';
import { type Claim, ClaimType } from '../../state/attribution/claim.ts';
import {
  addressOut,
  contributionOut,
  listOut,
  nullable,
  sszOut,
  strict,
  textOut,
  uint32Out,
} from './fields.ts';
import { schema } from './method-schema.ts';
import { receiptIdIn, SettlementOut, shareOut } from './receipt.ts';

const RangeOut = { start: uint32Out('The first token.'), end: uint32Out('The token after the last.') };
const TextOut = nullable(
  textOut(),
  'The text of these tokens of the output; null if neither this node nor its peers have the output.',
);

const ownerOut = () => nullable(addressOut(), 'The account that earns from it; null for a commons.');

const AttributionOut = Type.Object({
  receipt: textOut('The id of the receipt.'),
  final: Type.Boolean({ description: 'Whether the challenge window has closed.' }),
  settlement: SettlementOut,
  claim: sszOut<Claim>(ClaimType, 'The claim as the attestor sent it.'),
  matches: listOut(
    Type.Object({
      ...RangeOut,
      contribution: contributionOut(),
      item: uint32Out('The index of the item in the contribution.'),
      pos: uint32Out('The token of the item at which the match begins.'),
      text: TextOut,
    }),
    'The matches of the claim, with their text.',
  ),
  spans: listOut(
    Type.Object({
      ...RangeOut,
      contribution: contributionOut(),
      owner: ownerOut(),
      score: uint32Out('The score in Q8 bits.'),
      text: TextOut,
    }),
    'The longest runs of tokens of one owner.',
  ),
  shared: listOut(
    Type.Object({
      ...RangeOut,
      contribution: contributionOut('The contribution that brought it first.'),
      owner: nullable(addressOut(), 'The account that brought it first; it earns nothing from it.'),
      score: uint32Out('The information in Q8 bits.'),
      text: TextOut,
    }),
    'The runs of tokens that several owners brought independently, which belong to nobody.',
  ),
  sections: listOut(
    Type.Object({
      ...RangeOut,
      information: uint32Out('The information of all its tokens, in Q8 bits.'),
      picks: listOut(
        Type.Object({
          contribution: contributionOut(),
          owner: ownerOut(),
          item: uint32Out('The index of the item in the contribution.'),
          chunk: uint32Out('The index of the chunk of 64 tokens in the item.'),
          added: uint32Out('The bits of its phrases together, in Q8 bits.'),
          share: shareOut(),
          phrases: listOut(
            Type.Object({
              at: uint32Out('The token of the output at which it begins.'),
              end: nullable(uint32Out(), 'The token after its last; null without the output.'),
              place: uint32Out('The token of the chunk at which it begins.'),
              bits: uint32Out('The mean information of its tokens, in Q8 bits.'),
              novelRun: uint32Out('The index of a novel run of the contribution that has a token of it.'),
              text: TextOut,
            }),
            'The phrases that it adds to those of the picks before it.',
          ),
        }),
        'The chunks that share most with it, in the order in which they were picked.',
      ),
    }),
    'The output in sections of 512 tokens, each with the chunks that were picked for it.',
  ),
  relevance: listOut(
    Type.Object({ contribution: contributionOut(), owner: ownerOut(), share: shareOut() }),
    'What the picks of all sections weigh, by contribution.',
  ),
  excluded: listOut(
    Type.Object({ ...RangeOut, text: TextOut }),
    'The tokens that echo the prompt, which earn nothing.',
  ),
  output: nullable(textOut(), 'The whole output.'),
});

export const ATTRIBUTION_SCHEMAS = {
  attribution_get: schema({
    summary:
      'Returns what the output of a receipt was traced to: the claim with the matched text, the owner of each span, and the chunks that share most with it.',
    params: Type.Object({ id: receiptIdIn }, strict),
    result: AttributionOut,
    errors: ['ATTRIBUTION_NOT_FOUND', 'SERVER_BUSY'],
    awaits: true,
  }),
};
