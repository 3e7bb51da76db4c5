/**
 * Turns what a node reports about a receipt into an explanation. It is pure, so that the views can be tested with
 * values.
 */
import { sumsByBorder } from '../../../state/attribution/borders.ts';
import { precedenceOf } from '../../../state/attribution/owners.ts';
import { relevanceShares } from '../../../state/attribution/relevance.ts';
import { rulesOf } from '../../../state/attribution/rules.ts';
import type { Attribution } from '../../../state/attribution/scores.ts';
import { attributeClaim } from '../../../state/attribution/settlement.ts';
import { askedOf } from './asked.ts';
import { chainFactsOf } from './chain-facts.ts';
import type {
  CalibrationView,
  Contributor,
  Coverage,
  Explanation,
  OutputText,
  OwnedSpan,
} from './explanation.ts';
import type { Facts, SettlementFacts } from './facts.ts';
import { count, listOf } from './figures.ts';
import { type Around, type Judgement, NOTHING_READ } from './judgement.ts';
import { controlOf, moneyOf, restOf } from './money.ts';
import { ownPartOf, ownSideOf } from './own-side.ts';
import { type Marks, piecesOf } from './pieces.ts';
import { sharedPhrasesOf } from './relevance.ts';
import type { SharedPhrases } from './shared-phrases.ts';
import { sharedWordsOf } from './shared-runs.ts';
import { type LocatedText, locate, sourcesOf } from './sources.ts';
import { tracingOf } from './trace-view.ts';
import type { Names, Tracing } from './tracing.ts';
import { alsoHolding } from './uncredited.ts';

const contributorsOf = (
  facts: Facts,
  { spans }: Pick<Attribution, 'spans'>,
  names: Names,
): readonly Contributor[] => {
  const scores = new Map<number, number>();
  for (const { contribution, score } of spans)
    scores.set(contribution, (scores.get(contribution) ?? 0) + score);
  return [...scores]
    .sort(([a], [b]) => a - b)
    .map(([contribution, score], i) => {
      const cited = facts.contributions.get(contribution);
      const owner = cited?.owner ?? null;
      return {
        number: i + 1,
        contribution,
        owner,
        name: owner === null ? null : (names(owner) ?? null),
        datanet: cited?.datanet,
        root: cited?.root,
        committedAt: cited?.committedAt?.toString(),
        score,
        own: ownPartOf(facts, owner, cited?.datanet.id),
        totals: cited?.totals,
      };
    });
};

const coverageOf = (
  { claim, outcome }: SettlementFacts,
  tokens: number,
  attribution: Attribution,
): Coverage => {
  const { total, covered, shared, coverageBps } = outcome;
  // Every end of an echoed run is a border of the claim, so its sum is there.
  const sums = sumsByBorder(claim, tokens);
  const { excluded, spans } = attribution;
  const echoed = excluded.reduce(
    (sum, { start, end }) => sum + (sums.get(end) ?? 0) - (sums.get(start) ?? 0),
    0,
  );
  const owned = spans.reduce((sum, { score }) => sum + score, 0);
  return {
    total,
    covered,
    commons: owned - covered,
    shared,
    echoed,
    unexplained: Math.max(0, total - owned - shared - echoed),
    bps: coverageBps,
    echoes: excluded,
  };
};

const outputOf = ({ output }: Facts, located: LocatedText | undefined, marks: Marks): OutputText =>
  located !== undefined
    ? { available: true, pieces: piecesOf(located, marks) }
    : { available: false, reason: output.ok ? '' : output.fault.message };

/** Runs of the positions that are echo. */
const echoRuns = (echoed: Uint8Array): Coverage['echoes'] => {
  const runs: { start: number; end: number }[] = [];
  for (const [t, each] of echoed.entries()) {
    const last = runs.at(-1);
    if (each === 0) continue;
    if (last?.end === t) last.end = t + 1;
    else runs.push({ start: t, end: t + 1 });
  }
  return runs;
};

/** The names of all accounts that an explanation names. */
const namesOf = (
  { receipt, model, settlement, calibration, challenges, revertedClaims }: Facts,
  owners: readonly (string | null)[],
  names: Names,
): Readonly<Record<string, string>> => {
  const addresses = [
    ...owners,
    receipt.payer,
    receipt.provider,
    model.owner,
    settlement?.attestor,
    ...calibration.rounds.map(({ claim }) => claim?.attestor),
    ...challenges.map(({ challenger }) => challenger),
    ...revertedClaims.map(({ made }) => made?.attestor),
  ];
  return Object.fromEntries(
    addresses.flatMap((address) => {
      const name = typeof address === 'string' ? names(address) : undefined;
      return typeof address === 'string' && name !== undefined ? [[address, name] as const] : [];
    }),
  );
};

const calibrationOf = ({ calibration, settlement }: Facts): CalibrationView => {
  const { version, standing, matchBitsLeast, figures } = calibration;
  return {
    version,
    standing,
    matchBitsLeast,
    liftBps: settlement === undefined ? undefined : settlement.outcome.coverageBps - controlOf(calibration),
    model: figures,
  };
};

/** Returns one sentence for each thing that is missing or inconsistent. */
const gapsOf = (
  { output, settlement }: Facts,
  spans: readonly Pick<OwnedSpan, 'sources'>[],
  attribution: Attribution | undefined,
): readonly string[] => {
  const gaps: string[] = [];
  if (!output.ok)
    gaps.push(
      `The answer cannot be shown: ${output.fault.message}. What the chain holds is shown without it.`,
    );
  const sources = spans.flatMap((span) => span.sources);
  const missing = sources.filter(({ excerpt }) => !excerpt.available).length;
  if (missing > 0)
    gaps.push(`${missing} of ${count(sources.length, 'source')} cannot be shown: the text is not available.`);
  const wrong = sources.filter(({ excerpt }) => excerpt.available && excerpt.same === false).length;
  if (wrong > 0)
    gaps.push(
      `${wrong} of ${count(sources.length, 'source')} ${wrong === 1 ? 'differs' : 'differ'} from what is claimed of them. While its challenge window ` +
        'is open, such a settlement falls to "openledger challenge".',
    );
  if (attribution !== undefined && attribution.covered !== settlement?.outcome.covered)
    gaps.push('The figures of this node do not follow from the claim that it gave: ask another one.');
  return gaps;
};

/** Returns one sentence for each thing that is missing or wrong of the phrases. */
const phraseGaps = ({ settlement }: Facts, phrases: SharedPhrases | undefined): readonly string[] => {
  if (phrases === undefined || settlement === undefined) return [];
  const gaps: string[] = [];
  const { picks } = phrases;
  const missing = picks.filter(({ text }) => !text.available).length;
  if (missing > 0)
    gaps.push(
      `${missing} of ${count(picks.length, 'picked chunk')} cannot be shown: the text is not available.`,
    );
  const wrong = picks.flatMap((pick) => pick.phrases).filter(({ same }) => same === false).length;
  if (wrong > 0)
    gaps.push(
      `${count(wrong, 'phrase')} of picked chunks ${wrong === 1 ? 'differs' : 'differ'} from the answer. While its challenge window is open, such a settlement falls to "openledger challenge".`,
    );
  const shares = relevanceShares(settlement.sections, settlement.outcome.total);
  if (JSON.stringify(shares, asText) !== JSON.stringify(settlement.outcome.relevance, asText))
    gaps.push('The shares of this node do not follow from the picks that it gave: ask another one.');
  return gaps;
};

const asText = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);

const tracingGaps = (tracing: Tracing | undefined): readonly string[] => {
  if (tracing?.available !== true) return [];
  const { missing, unread, disagreements } = tracing;
  const gaps: string[] = [];
  if (disagreements.includes('information'))
    gaps.push(
      'The claim says that words of this answer bear more or less information than they do, so its scores and its coverage are wrong. While its challenge window is open, such a settlement falls to "openledger challenge".',
    );
  if (disagreements.includes('owners'))
    gaps.push(
      'The claim does not give each word to whom the texts say. While its challenge window is open, such a settlement falls to "openledger challenge".',
    );
  if (missing.length > 0)
    gaps.push(
      `The node lacks the texts of ${count(missing.length, 'contribution')} of the model (${listOf(missing)}): words of this answer may stand there too.`,
    );
  if (unread > 0)
    gaps.push(
      `${count(unread, 'contribution')} of the model ${unread === 1 ? 'was' : 'were'} not searched, because that would be too much text: words of this answer may stand there too.`,
    );
  return gaps;
};

/** The chain's own arithmetic over the claim, so that the figures need not be believed. */
const attributionOf = ({ settlement, receipt, contributions }: Facts): Attribution | undefined => {
  if (settlement === undefined) return undefined;
  const commons = [...contributions]
    .filter(([, { owner }]) => owner === null)
    .map(([contribution]) => contribution);
  const precedence = precedenceOf(rulesOf(receipt.rules), new Set(commons));
  return attributeClaim(settlement.claim, receipt.tokensOut, precedence);
};

/** What an explanation has beside the facts of the chain. */
export type Beside = {
  readonly names: Names;
  /** Undefined if the texts were not searched. */
  readonly judgement: Judgement | undefined;
  readonly around: Around;
};

const NOTHING_BESIDE: Beside = { names: () => undefined, judgement: undefined, around: NOTHING_READ };

export const explain = (facts: Facts, { names, judgement, around }: Beside = NOTHING_BESIDE): Explanation => {
  const { receipt, model, asOf, settlement, status } = facts;
  const output = facts.output.ok ? locate(facts.output.value) : undefined;
  const attribution = attributionOf(facts);
  const contributors = attribution === undefined ? [] : contributorsOf(facts, attribution, names);
  const places = new Map(contributors.map(({ contribution }, i) => [contribution, i]));
  const holders = judgement?.search.found?.holders;
  const grounds = judgement?.judged?.grounds;
  const spans = (attribution?.spans ?? []).map(
    (span): OwnedSpan => ({
      start: span.start,
      end: span.end,
      score: span.score,
      contributor: places.get(span.contribution) ?? 0,
      sources: sourcesOf(
        span,
        settlement?.claim.matches ?? [],
        facts.contributions.get(span.contribution),
        output,
      ),
      also:
        holders === undefined || grounds === undefined
          ? undefined
          : alsoHolding(holders, span, grounds, names),
    }),
  );
  const shared = attribution === undefined ? [] : sharedWordsOf(facts, attribution, names, output);
  const coverage =
    attribution === undefined || settlement === undefined
      ? undefined
      : coverageOf(settlement, receipt.tokensOut, attribution);
  const money = moneyOf(facts, contributors);
  const phrases =
    settlement === undefined
      ? undefined
      : sharedPhrasesOf(facts, settlement.sections, restOf(facts, settlement), output, names);
  const reason = facts.output.ok ? '' : facts.output.fault.message;
  const tracing =
    judgement === undefined ? undefined : tracingOf(judgement, { coverage, reason }, output, around);
  const uncredited = tracing?.available === true ? tracing.uncredited : [];
  const contributor = places.get(judgement?.search.asked?.contribution ?? Number.NaN);
  const asked =
    judgement === undefined
      ? undefined
      : askedOf(
          {
            status,
            contributor: contributor === undefined ? undefined : contributors[contributor],
            payment: money.payments.find((each) => each.contributor === contributor),
            phrases,
            judgement,
          },
          names,
          output,
          around,
        );
  const bringers = shared.flatMap(({ first, second }) => [first, second]);
  const owners = [
    ...contributors,
    ...bringers,
    ...(phrases?.sharers ?? []),
    ...(holders ?? []),
    ...(asked === undefined ? [] : [asked]),
  ].map(({ owner }) => owner);
  return {
    receipt: {
      id: receipt.id,
      model: { id: model.id, name: model.name },
      payer: receipt.payer,
      provider: receipt.provider,
      tokensIn: receipt.tokensIn,
      tokensOut: receipt.tokensOut,
      asOf: { height: asOf.height.toString(), stateRoot: asOf.stateRoot },
    },
    status,
    output: outputOf(facts, output, {
      spans,
      shared,
      echoes: coverage?.echoes ?? echoRuns(judgement?.judged?.grounds.echoed ?? new Uint8Array()),
      uncredited: uncredited.map(({ marked }) => marked),
    }),
    contributors,
    spans,
    shared,
    phrases,
    coverage,
    tracing,
    asked,
    names: namesOf(facts, owners, names),
    calibration: calibrationOf(facts),
    money,
    own: ownSideOf(facts, names),
    chain: chainFactsOf(facts, contributors, shared, phrases),
    gaps: [
      ...gapsOf(facts, [...spans, ...bringers], attribution),
      ...phraseGaps(facts, phrases),
      ...tracingGaps(tracing),
    ],
  };
};
