/** Reviews one claim of a settlement: whether it is false, and by which witness; or which texts have to be demanded first. */

import { CITING_PARTS, type CitingPart, CLAIM_LISTS, type Claim } from '../../../state/attribution/claim.ts';
import { inferenceRoot } from '../../../state/attribution/commitment.ts';
import type { Opening } from '../../../state/attribution/openings.ts';
import { precedenceOf } from '../../../state/attribution/owners.ts';
import { nobodysOf } from '../../../state/attribution/relevance.ts';
import { type RulesVersion, rulesOf } from '../../../state/attribution/rules.ts';
import { attributeClaim } from '../../../state/attribution/settlement.ts';
import type { Demand, Witness } from '../../../state/attribution/witness/types.ts';
import type { ReceiptClaim } from '../../../state/tx/attribution-settlement.ts';
import { outputOf, promptOf, type ReceiptBody } from '../../../state/tx/receipt.ts';
import { proveText, type TextEvidence } from '../../attribution/evidence/chunks.ts';
import { infoTable } from '../../attribution/info-table.ts';
import { answeredText } from '../../attribution/prover/answered-text.ts';
import { type ClaimTruth, refuteClaim } from '../../attribution/prover/claim-prover.ts';
import { openedItems, witnessOf } from '../../attribution/prover/claim-witness.ts';
import { type Withheld, withheldOfText } from '../../attribution/prover/finding.ts';
import { invariant, unwrap } from '../../lib/errors.ts';
import type { ContributionId, ModelId } from '../../lib/ids.ts';
import { itemEvidence, ofRules, type ServiceTextCache, type TextCache } from '../corpus/text-cache.ts';
import { modelOwner } from '../corpus/text-requests.ts';
import type { ModelTracer, Tracers } from '../corpus/tracers.ts';
import { type AnsweredOutdone, type KnownText, phrasesAt, reviewSections } from './sections-review.ts';

/** The part of a text that an answer has shown. */
export type Shown = { readonly demand: Demand; readonly opening: Opening };

export type ReviewedReceipt = {
  readonly model: ModelId;
  readonly version: number;
  readonly body: ReceiptBody;
};

/**
 * The result of a review. `refuted` says what the witness refutes: the claim, or the receipt itself whatever a claim says
 * about it. `unknown` means that nothing can be proven false by the texts that are available: `withheld` are the chunks that
 * have to be demanded before there can be a verdict. `missing` are the contributions that the output may be traced to and
 * whose texts are missing, and those whose texts a witness would have to open.
 */
export type Review =
  | { readonly type: 'holds' }
  | { readonly type: 'false'; readonly refuted: 'claim' | 'receipt'; readonly witness: Witness }
  | {
      readonly type: 'false';
      readonly refuted: 'contribution';
      readonly contribution: ContributionId;
      readonly witness: Witness;
    }
  | UnknownReview;

export type UnknownReview = {
  readonly type: 'unknown';
  readonly withheld: readonly Withheld[];
  readonly missing: readonly ContributionId[];
};

const unknown = (withheld: readonly Withheld[], missing: readonly ContributionId[] = []): UnknownReview => ({
  type: 'unknown',
  withheld,
  missing,
});

type Text = KnownText | { readonly malformed: Opening } | undefined;

const isKnown = (text: Text): text is KnownText => text !== undefined && 'tokens' in text;

/** Returns a text of a receipt, from the text cache or from the answers on the chain. */
const receiptText = async (
  textCache: TextCache,
  name: 'output' | 'prompt',
  { body }: ReviewedReceipt,
  shown: readonly Shown[],
): Promise<Text> => {
  const committed = name === 'output' ? outputOf(body) : promptOf(body);
  const rules = rulesOf(body.rules);
  const table = infoTable();
  const [inference] = await textCache.inferences([inferenceRoot(body)], 'usual', modelOwner(body.model));
  const text = ofRules(inference, body.rules)?.[name];
  if (text !== undefined) {
    const { tokens, source } = text;
    const evidence = (): TextEvidence =>
      proveText(text, rules.informationOf(table, tokens), committed.tokensMax);
    return tokens.count === committed.tokens && source.length === committed.bytes
      ? { tokens, evidence }
      : { malformed: evidence().openChunks(0, 0) };
  }
  const openings = shown.filter(({ demand }) => demand.text === name).map(({ opening }) => opening);
  if (openings.length === 0) return undefined;
  const answered = unwrap(
    answeredText(openings, { root: committed.root, text: committed }, { rules, table }),
  );
  if (answered.type === 'malformed') return { malformed: answered.opening };
  return { tokens: answered.tokens, evidence: () => answered.evidence };
};

const malformedReceipt = (text: 'output' | 'prompt', opening: Opening): Review => ({
  type: 'false',
  refuted: 'receipt',
  witness: { type: 'malformed', value: { text, opening } },
});

/** Checks whether a receipt itself is malformed, as far as its texts are available. */
export const reviewReceipt = async (
  textCache: TextCache,
  receipt: ReviewedReceipt,
  shown: readonly Shown[] = [],
): Promise<Review> => {
  const withheld: Withheld[] = [];
  for (const name of ['output', 'prompt'] as const) {
    const text = await receiptText(textCache, name, receipt, shown);
    if (text !== undefined && 'malformed' in text) return malformedReceipt(name, text.malformed);
    const tokens = name === 'output' ? receipt.body.tokensOut : receipt.body.tokensIn;
    if (text === undefined) withheld.push(...withheldOfText(name, undefined, tokens));
  }
  return withheld.length === 0 ? { type: 'holds' } : unknown(withheld);
};

/** Returns the text of a cited item, from the text cache or from the answers on the chain. */
const sourceText = async (
  { tracers, rules }: { readonly tracers: Tracers; readonly rules: RulesVersion },
  contribution: ContributionId,
  item: number,
  shown: readonly Shown[],
): Promise<Text> => {
  const known = ofRules(await tracers.item(contribution, item), rules);
  if (known !== undefined) return { tokens: known.text.tokens, evidence: () => itemEvidence(known, item) };
  const openings = shown
    .filter(
      ({ demand }) =>
        demand.text === 'source' && demand.contribution === contribution && demand.item === item,
    )
    .map(({ opening }) => opening);
  const commitment = openings.length === 0 ? undefined : await tracers.commitment(contribution);
  if (commitment === undefined) return undefined;
  const { root, items } = commitment;
  const answered = unwrap(
    answeredText(openings, { root, item: { item, items } }, { rules: rulesOf(rules), table: infoTable() }),
  );
  if (answered.type === 'malformed') return { malformed: answered.opening };
  return { tokens: answered.tokens, evidence: () => answered.evidence };
};

type Sources = {
  readonly known: (contribution: ContributionId, item: number) => KnownText | undefined;
  /** The first match or shared run, if any, that cites a malformed item: nobody can have found it in such a text. */
  readonly unreadable:
    | { readonly part: CitingPart; readonly index: number; readonly opening: Opening }
    | undefined;
};

/** Reads every item that the claims cite. */
const sourcesOf = async (
  claims: readonly Claim[],
  from: { readonly tracers: Tracers; readonly rules: RulesVersion },
  shown: readonly Shown[],
): Promise<Sources> => {
  const cited = new Map<string, Text>();
  let unreadable: Sources['unreadable'];
  const lists = claims.flatMap((claim) =>
    CITING_PARTS.map((part) => ({ part, runs: claim[CLAIM_LISTS[part].name] })),
  );
  for (const { part, runs } of lists)
    for (const [index, { contribution, item }] of runs.entries()) {
      const key = `${contribution}/${item}`;
      if (cited.has(key)) continue;
      const text = await sourceText(from, contribution, item, shown);
      cited.set(key, text);
      if (text !== undefined && !isKnown(text)) unreadable ??= { part, index, opening: text.malformed };
    }
  const known = (contribution: ContributionId, item: number): KnownText | undefined => {
    const text = cited.get(`${contribution}/${item}`);
    return isKnown(text) ? text : undefined;
  };
  return { known, unreadable };
};

export type Reviewers = { readonly textCache: TextCache; readonly tracers: Tracers };
/** Those of a service, which wait for no text. */
export type ServiceReviewers = { readonly textCache: ServiceTextCache; readonly tracers: Tracers };

/** The text that a demand names: an item of a contribution, or a text of a receipt. `rules` are those of the model. */
export type NamedText = { readonly rules: RulesVersion } & (
  | { readonly contribution: ContributionId; readonly item: number }
  | { readonly body: ReceiptBody }
);

/** Returns the text that a demand against the claim for a receipt names. */
export const namedText = ({ text, contribution, item }: Demand, { body }: ReviewedReceipt): NamedText =>
  text === 'source' ? { rules: body.rules, contribution, item } : { rules: body.rules, body };

/**
 * Looks once more for a text that was missing, before it is demanded: it may have been on its way. It takes several calls: it
 * is `pending` until the node has looked for it. A text that was cut into tokens by other rules counts as missing.
 */
export const lookAgain = async (
  { textCache, tracers }: ServiceReviewers,
  named: NamedText,
): Promise<'here' | 'pending' | 'missing'> => {
  if ('body' in named) {
    const root = inferenceRoot(named.body);
    const [known] = await textCache.inferences([root], 'again', modelOwner(named.body.model));
    if (known !== undefined) return known.rules === named.rules ? 'here' : 'missing';
    return textCache.isPending(root) ? 'pending' : 'missing';
  }
  const known = await tracers.item(named.contribution, named.item, 'again');
  if (known !== undefined) return known.rules === named.rules ? 'here' : 'missing';
  return (await tracers.isPending(named.contribution)) ? 'pending' : 'missing';
};

/**
 * Returns the contributions before another whose texts the tracer lacks and whose chunks an honest attestor may name in
 * excuses: their texts are on their way, or they became void since, so that nobody has to keep them.
 */
const mayExcuse = (tracer: ModelTracer, shown: ContributionId): readonly ContributionId[] => {
  const earlier = new Set(tracer.withheld.filter((each) => each < shown));
  const missing = new Set(tracer.missing());
  return tracer.sources
    .filter(({ contribution, isVoid }) => earlier.has(contribution) && (isVoid || !missing.has(contribution)))
    .map(({ contribution }) => contribution);
};

/**
 * Reviews a claim.
 * @param tracer - the tracer of the version of the model that the receipt names, as of the settlement of the claim
 */
export const reviewClaim = async (
  { textCache, tracers }: Reviewers,
  tracer: ModelTracer,
  receipt: ReviewedReceipt,
  { claim, sections }: Pick<ReceiptClaim, 'claim' | 'sections'>,
  shown: readonly Shown[] = [],
  answered: readonly AnsweredOutdone[] = [],
): Promise<Review> => {
  const output = await receiptText(textCache, 'output', receipt, shown);
  const prompt = await receiptText(textCache, 'prompt', receipt, shown);
  if (output !== undefined && !isKnown(output)) return malformedReceipt('output', output.malformed);
  if (prompt !== undefined && !isKnown(prompt)) return malformedReceipt('prompt', prompt.malformed);
  const { tokensOut, tokensIn } = receipt.body;
  const rules = rulesOf(receipt.body.rules);
  if (output === undefined) return unknown(withheldOfText('output', undefined, tokensOut));
  // The review compares the claim with an honest trace of the available texts, and reads all items that either cites.
  const isWhole = prompt !== undefined && withheldOfText('prompt', prompt.tokens, tokensIn).length === 0;
  const positions = phrasesAt(sections);
  const traced = !isWhole
    ? undefined
    : await tracer.trace({ output: output.tokens, prompt: prompt.tokens, chunksAt: positions });
  const honest = traced?.claim;
  const from = { tracers, rules: receipt.body.rules };
  const sources = await sourcesOf(honest === undefined ? [claim] : [claim, honest], from, shown);
  if (sources.unreadable !== undefined) {
    const { part, index, opening } = sources.unreadable;
    const start = claim[CLAIM_LISTS[part].name][index]?.start ?? 0;
    const text = output.evidence().open(start, start + 1);
    const value = { part, index, at: 0, text, source: opening } as const;
    return { type: 'false', refuted: 'claim', witness: { type: 'invalid', value } };
  }
  const truth: ClaimTruth = {
    output: output.tokens,
    prompt: prompt?.tokens,
    promptTokens: tokensIn,
    info: rules.informationOf(infoTable(), output.tokens),
    source: (contribution, item) => sources.known(contribution, item)?.tokens,
    // Without spans the claim has no runs, and the chain has checked that.
    rules: { ...tracer.rules, matchBitsMin: tracer.rules.matchBitsMin ?? 0 },
    commons: new Set(
      tracer.sources.filter((source) => source.commons).map(({ contribution }) => contribution),
    ),
    honest: () => {
      invariant(honest !== undefined, 'an honest claim is requested only if the whole prompt is known');
      return honest;
    },
    complete: true,
  };
  const verdict = refuteClaim(claim, truth);
  if (verdict.type === 'unknown') return unknown(verdict.withheld, tracer.withheld);
  if (verdict.type === 'holds') {
    invariant(prompt !== undefined && traced !== undefined, 'spans hold only if the whole prompt is known');
    const { commons } = truth;
    const spans = attributeClaim(claim, tokensOut, precedenceOf(rules, commons));
    const reviewed = await reviewSections({
      sections,
      answered,
      rules,
      output,
      prompt,
      nobodys: nobodysOf(spans, commons, tokensOut),
      honest: traced.sections,
      firstChunks: new Map(positions.map((at, i) => [at, traced.firstChunks?.[i] ?? []])),
      item: (contribution, item) => sourceText(from, contribution, item, shown),
      novelRuns: tracers.novelRuns,
    });
    if (reviewed.type === 'false') {
      const { witness } = reviewed;
      const unsure = witness.type === 'outdone' ? mayExcuse(tracer, witness.value.contribution) : [];
      return unsure.length > 0 ? unknown([], unsure) : { type: 'false', refuted: 'claim', witness };
    }
    const missing = [...new Set([...tracer.withheld, ...reviewed.unread])];
    // The earliest owner of a word may be in a text that is missing, so nobody can say that the claim holds.
    return reviewed.withheld.length === 0 && missing.length === 0
      ? verdict
      : unknown(reviewed.withheld, missing);
  }
  // The index knows all that it has read. The cache may have no text of it: after a start, or once others took its room.
  const unread = openedItems(verdict.finding).filter(
    ({ contribution, item }) => sources.known(contribution, item) === undefined,
  );
  if (unread.length > 0) {
    const rest = refuteClaim(claim, { ...truth, honest: () => claim });
    const missing = new Set([...tracer.withheld, ...unread.map(({ contribution }) => contribution)]);
    return unknown(rest.type === 'unknown' ? rest.withheld : [], [...missing]);
  }
  const witness = witnessOf(
    verdict.finding,
    claim,
    { outputTokens: tokensOut, promptTokens: tokensIn },
    {
      context: rules.context,
      output: output.evidence().open,
      prompt: (start, end) => {
        invariant(prompt !== undefined, 'only a prompt whose text is known is opened');
        return prompt.evidence().open(start, end);
      },
      source: (contribution, item) => {
        const text = sources.known(contribution, item);
        invariant(text !== undefined, 'only items whose text is known are opened');
        return { open: text.evidence().open, tokens: text.tokens.count };
      },
    },
  );
  return { type: 'false', refuted: 'claim', witness };
};
