import type { Address, Root } from '../../src/lib/brands.ts';
import { ok, unwrap } from '../../src/lib/errors.ts';
import type { ContributionId } from '../../src/lib/ids.ts';
import { showUtf8 } from '../../src/lib/text.ts';
import { halfWordsOf, phraseEnd } from '../../state/attribution/phrases.ts';
import { addedBy, type Phrase, pickShares, SECTION_TOKENS } from '../../state/attribution/relevance.ts';
import { rulesOf } from '../../state/attribution/rules.ts';
import type { Span } from '../../state/attribution/scores.ts';
import { acceptedOf } from '../../state/modules/data/contributions.ts';
import { type AttributionInfo, getAttribution, settledTexts } from '../../state/queries/receipts.ts';
import { formatReceiptId } from '../../state/tx/receipt.ts';
import type { NodeBackend } from '../backend.ts';
import { fail } from '../codes.ts';
import type { Answers } from '../method.ts';
import type { ATTRIBUTION_SCHEMAS } from '../schemas/attribution.ts';

type OutputTexts = {
  readonly output: string | null;
  /** Cuts the text of tokens [start, end) out of the output. */
  readonly excerpt: (start: number, end: number) => string | null;
  /** The token after the phrase that begins at a token. Null if there is none, or no output. */
  readonly phraseEnd: (at: number) => number | null;
};

const outputTexts = async (node: NodeBackend, texts: Root): Promise<OutputTexts> => {
  const object = await node.getContent(texts);
  if (object?.type !== 'inference') return { output: null, excerpt: () => null, phraseEnd: () => null };
  const { output } = object;
  const rules = rulesOf(object.rules);
  const tokens = unwrap(rules.tokenizeLocated(output));
  const { starts, ends } = tokens;
  const halfWords = halfWordsOf(rules, tokens);
  return {
    output: showUtf8(output),
    excerpt: (start, end) => showUtf8(output.subarray(starts[start], ends[end - 1])),
    phraseEnd: (at) => phraseEnd(halfWords, at) ?? null,
  };
};

const shownPhrase = (phrase: Phrase, { excerpt, phraseEnd: endOf }: OutputTexts) => {
  const end = endOf(phrase.at);
  return { ...phrase, end, text: end === null ? null : excerpt(phrase.at, end) };
};

const shownSections = (
  { sections, receipt, attribution }: AttributionInfo,
  owners: Owners,
  texts: OutputTexts,
) =>
  sections.map((section, i) => {
    const shares = pickShares(section, attribution.total);
    return {
      start: i * SECTION_TOKENS,
      end: Math.min((i + 1) * SECTION_TOKENS, receipt.body.tokensOut),
      information: section.information,
      picks: section.picks.map((pick, j) => ({
        ...pick,
        owner: owners.get(pick.contribution),
        added: addedBy(pick),
        share: shares[j] ?? 0n,
        phrases: pick.phrases.map((phrase) => shownPhrase(phrase, texts)),
      })),
    };
  });

/** The owner of each contribution by its id; undefined for a commons. */
type Owners = ReadonlyMap<number, Address | undefined>;

/** The contributions that an attribution names. */
const named = ({ attribution, sections }: AttributionInfo): readonly ContributionId[] =>
  [...attribution.spans, ...attribution.sharedSpans, ...sections.flatMap(({ picks }) => picks)].map(
    ({ contribution }) => contribution,
  );

const shown = (info: AttributionInfo, owners: Owners, texts: OutputTexts) => {
  const { output, excerpt } = texts;
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
    sections: shownSections(info, owners, texts),
    relevance: info.settlement.outcome.relevance.map((each) => ({
      ...each,
      owner: owners.get(each.contribution),
    })),
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
        (info === undefined ? [] : named(info)).map((contribution) => {
          const accepted = acceptedOf(view, contribution);
          return [contribution, accepted?.commons === false ? accepted.owner : undefined] as const;
        }),
      );
      return { info, owners };
    });
    if (found.info === undefined)
      return fail('ATTRIBUTION_NOT_FOUND', 'there is no such receipt, or nobody has settled it', {
        id: formatReceiptId(id),
      });
    return ok(shown(found.info, found.owners, await outputTexts(node, found.info.receipt.texts)));
  },
};
