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
import { receiptIdIn, SettlementOut } from './receipt.ts';

const RangeOut = { start: uint32Out('The first token.'), end: uint32Out('The token after the last.') };
const TextOut = nullable(
  textOut(),
  'The text of these tokens of the output; null if neither this node nor its peers have the output.',
);

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
      owner: nullable(addressOut(), 'The account that earns from it; null for a commons.'),
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
  excluded: listOut(
    Type.Object({ ...RangeOut, text: TextOut }),
    'The tokens that echo the prompt, which earn nothing.',
  ),
  output: nullable(textOut(), 'The whole output.'),
});

export const ATTRIBUTION_SCHEMAS = {
  attribution_get: schema({
    summary:
      'Returns what the output of a receipt was traced to: the claim with the matched text, and the owner of each span.',
    params: Type.Object({ id: receiptIdIn }, strict),
    result: AttributionOut,
    errors: ['ATTRIBUTION_NOT_FOUND', 'SERVER_BUSY'],
    awaits: true,
  }),
};
