import Type from 'typebox';
import { type Claim, ClaimType } from '../../state/attribution/claim.ts';
import { addressOut, listOut, nullable, sszOut, strict, textOut, uint32Out } from './fields.ts';
import { schema } from './method-schema.ts';
import { receiptIdIn, SettlementOut } from './receipt.ts';

const RangeOut = { start: uint32Out('Token.'), end: uint32Out('The token after the last.') };
const TextOut = nullable(textOut(), 'Of the output; null where this node and its peers do not have it.');

const AttributionOut = Type.Object({
  receipt: textOut('Its id.'),
  final: Type.Boolean({ description: 'Whether the challenge window has closed.' }),
  settlement: SettlementOut,
  claim: sszOut<Claim>(ClaimType, 'As the attestor sent it.'),
  matches: listOut(
    Type.Object({
      ...RangeOut,
      contribution: uint32Out(),
      item: uint32Out('Of the contribution.'),
      pos: uint32Out('Its token at which the match begins.'),
      text: TextOut,
    }),
    'The matches of the claim, with their text.',
  ),
  spans: listOut(
    Type.Object({
      ...RangeOut,
      contribution: uint32Out(),
      owner: nullable(addressOut(), 'Who earns by it; null for a commons.'),
      score: uint32Out('Q8 bits.'),
      text: TextOut,
    }),
    'The longest runs of one owner.',
  ),
  excluded: listOut(
    Type.Object({ ...RangeOut, text: TextOut }),
    'What echoes the prompt, and earns nothing.',
  ),
  output: nullable(textOut(), 'The whole of it.'),
});

export const ATTRIBUTION_SCHEMAS = {
  attribution_get: schema({
    summary: 'What a receipt’s output was traced to: the claim with the matched text, and who owns what.',
    params: Type.Object({ id: receiptIdIn }, strict),
    result: AttributionOut,
    errors: ['ATTRIBUTION_NOT_FOUND'],
  }),
};
