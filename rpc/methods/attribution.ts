import Type, { type Static } from 'typebox';
import type { Root } from '../../src/lib/brands.ts';
import { type Hex, toHex } from '../../src/lib/bytes.ts';
import { ok, unwrap } from '../../src/lib/errors.ts';
import { type Claim, ClaimType } from '../../state/attribution/claim.ts';
import { tokenizeLocated } from '../../state/attribution/pt1.ts';
import { acceptedOf } from '../../state/modules/data/contributions.ts';
import { type AttributionInfo, getAttribution } from '../../state/queries/receipts.ts';
import { formatReceiptId } from '../../state/tx/receipt.ts';
import type { NodeBackend } from '../backend.ts';
import { fail } from '../codes.ts';
import { method } from '../method.ts';
import { addressOut, jsonForm, listOut, nullable, sszOut, strict, textOut, uint32Out } from '../schema.ts';
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
      seq: uint32Out(),
      item: uint32Out('Of the contribution.'),
      pos: uint32Out('Its token at which the match begins.'),
      text: TextOut,
    }),
    'The matches of the claim, with their text.',
  ),
  spans: listOut(
    Type.Object({
      ...RangeOut,
      seq: uint32Out(),
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

/** Cuts the text of tokens [start, end) out of an output. */
type Excerpt = (start: number, end: number) => string | null;

const excerptOf = async (
  node: NodeBackend,
  outputRoot: Root,
): Promise<{ readonly output: string | null; readonly excerpt: Excerpt }> => {
  const object = await node.getContent(outputRoot);
  if (object?.type !== 'output') return { output: null, excerpt: () => null };
  const decoder = new TextDecoder();
  const { starts, ends } = unwrap(tokenizeLocated(object.text));
  return {
    output: decoder.decode(object.text),
    excerpt: (start, end) => decoder.decode(object.text.subarray(starts[start], ends[end - 1])),
  };
};

const shown = (
  info: AttributionInfo,
  owners: ReadonlyMap<number, Hex | null>,
  { output, excerpt }: Awaited<ReturnType<typeof excerptOf>>,
): Static<typeof AttributionOut> => ({
  receipt: formatReceiptId(info.receipt.id),
  final: info.final,
  settlement: jsonForm(info.settlement),
  claim: jsonForm(info.claim),
  matches: info.claim.matches.map((match) => ({ ...match, text: excerpt(match.start, match.end) })),
  spans: info.attribution.spans.map((span) => ({
    ...span,
    owner: owners.get(span.seq) ?? null,
    text: excerpt(span.start, span.end),
  })),
  excluded: info.attribution.excluded.map(({ start, end }) => ({ start, end, text: excerpt(start, end) })),
  output,
});

export const ATTRIBUTION_METHODS = {
  attribution_get: method({
    summary: 'What a receipt’s output was traced to: the claim with the matched text, and who owns what.',
    params: Type.Object({ id: receiptIdIn }, strict),
    result: AttributionOut,
    errors: ['ATTRIBUTION_NOT_FOUND'],
    run: async (node, { id }) => {
      const found = node.read(({ view }) => {
        const info = getAttribution(view, id);
        const owners = new Map(
          (info?.attribution.spans ?? []).map(({ seq }) => {
            const accepted = acceptedOf(view, seq);
            return [seq, accepted === undefined || accepted.commons ? null : toHex(accepted.owner)] as const;
          }),
        );
        return { info, owners };
      });
      if (found.info === undefined)
        return fail('ATTRIBUTION_NOT_FOUND', 'there is no such receipt, or nobody has settled it', {
          id: formatReceiptId(id),
        });
      return ok(shown(found.info, found.owners, await excerptOf(node, found.info.receipt.body.outputRoot)));
    },
  }),
};
