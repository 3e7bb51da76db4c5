import type { Address, Root } from '../../src/lib/brands.ts';
import { ok, unwrap } from '../../src/lib/errors.ts';
import { showUtf8 } from '../../src/lib/text.ts';
import { rulesOf } from '../../state/attribution/rules.ts';
import type { Span } from '../../state/attribution/scores.ts';
import { acceptedOf } from '../../state/modules/data/contributions.ts';
import { type AttributionInfo, getAttribution, settledTexts } from '../../state/queries/receipts.ts';
import { formatReceiptId } from '../../state/tx/receipt.ts';
import type { NodeBackend } from '../backend.ts';
import { fail } from '../codes.ts';
import type { Answers } from '../method.ts';
import type { ATTRIBUTION_SCHEMAS } from '../schemas/attribution.ts';

/** Cuts the text of tokens [start, end) out of an output. */
type Excerpt = (start: number, end: number) => string | null;

const excerptOf = async (
  node: NodeBackend,
  texts: Root,
): Promise<{ readonly output: string | null; readonly excerpt: Excerpt }> => {
  const object = await node.getContent(texts);
  if (object?.type !== 'inference') return { output: null, excerpt: () => null };
  const { output, rules } = object;
  const { starts, ends } = unwrap(rulesOf(rules).tokenizeLocated(output));
  return {
    output: showUtf8(output),
    excerpt: (start, end) => showUtf8(output.subarray(starts[start], ends[end - 1])),
  };
};

const shown = (
  info: AttributionInfo,
  owners: ReadonlyMap<number, Address | undefined>,
  { output, excerpt }: Awaited<ReturnType<typeof excerptOf>>,
) => {
  const shownSpan = (span: Span) => ({
    ...span,
    owner: owners.get(span.contribution),
    text: excerpt(span.start, span.end),
  });
  return {
    receipt: formatReceiptId(info.receipt.id),
    final: info.final,
    settlement: info.settlement,
    claim: info.claim,
    matches: info.claim.matches.map((match) => ({ ...match, text: excerpt(match.start, match.end) })),
    spans: info.attribution.spans.map(shownSpan),
    shared: info.attribution.sharedSpans.map(shownSpan),
    excluded: info.attribution.excluded.map(({ start, end }) => ({ start, end, text: excerpt(start, end) })),
    output,
  };
};

export const ATTRIBUTION_METHODS: Answers<typeof ATTRIBUTION_SCHEMAS> = {
  attribution_get: async (node, { id }, { work }) => {
    const sought = node.read(({ view }) => settledTexts(view, id));
    if (sought !== undefined) await node.seekContent(sought);
    const working = await work();
    if (!working.ok) return fail('SERVER_BUSY', working.fault.message);
    const found = node.read(({ view }) => {
      const info = getAttribution(view, id);
      const owners = new Map(
        [...(info?.attribution.spans ?? []), ...(info?.attribution.sharedSpans ?? [])].map(
          ({ contribution }) => {
            const accepted = acceptedOf(view, contribution);
            return [contribution, accepted?.commons === false ? accepted.owner : undefined] as const;
          },
        ),
      );
      return { info, owners };
    });
    if (found.info === undefined)
      return fail('ATTRIBUTION_NOT_FOUND', 'there is no such receipt, or nobody has settled it', {
        id: formatReceiptId(id),
      });
    return ok(shown(found.info, found.owners, await excerptOf(node, found.info.receipt.texts)));
  },
};
