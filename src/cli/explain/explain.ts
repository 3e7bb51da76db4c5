/**
 * Turns what a node reports about a receipt into an explanation. It is pure, so that the views can be tested with
 * values.
 */
import { bordersOf } from '../../../state/attribution/borders.ts';
import { rulesOf } from '../../../state/attribution/rules.ts';
import type { Attribution } from '../../../state/attribution/scores.ts';
import { attributeClaim } from '../../../state/attribution/settlement.ts';
import { showUtf8 } from '../../lib/text.ts';
import { chainFactsOf } from './chain-facts.ts';
import type {
  CalibrationView,
  Contributor,
  Coverage,
  Explanation,
  OutputText,
  OwnedSpan,
  Piece,
} from './explanation.ts';
import type { Facts, SettlementFacts } from './facts.ts';
import { count } from './figures.ts';
import { controlOf, moneyOf } from './money.ts';
import { type LocatedText, locate, sourcesOf } from './sources.ts';

const contributorsOf = (
  { contributions }: Facts,
  { spans }: Pick<Attribution, 'spans'>,
): readonly Contributor[] => {
  const scores = new Map<number, number>();
  for (const { contribution, score } of spans)
    scores.set(contribution, (scores.get(contribution) ?? 0) + score);
  return [...scores]
    .sort(([a], [b]) => a - b)
    .map(([contribution, score], i) => {
      const cited = contributions.get(contribution);
      return {
        number: i + 1,
        contribution,
        owner: cited?.owner ?? null,
        datanet: cited?.datanet,
        root: cited?.root,
        committedAt: cited?.committedAt?.toString(),
        score,
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
  const sums = new Map([[0, 0]]);
  for (const [i, border] of bordersOf(claim, tokens).entries()) sums.set(border, claim.info[i] ?? 0);
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

const piecesOf = (
  { bytes, tokens }: LocatedText,
  spans: readonly OwnedSpan[],
  echoes: Coverage['echoes'],
): readonly Piece[] => {
  const marked = [
    ...spans.map(({ start, end }, span) => ({ start, end, type: 'span', span }) as const),
    ...echoes.map(({ start, end }) => ({ start, end, type: 'echo' }) as const),
  ].sort((a, b) => a.start - b.start);
  const pieces: Piece[] = [];
  let shown = 0;
  const text = (to: number): string => {
    const out = showUtf8(bytes.subarray(shown, to));
    shown = to;
    return out;
  };
  for (const mark of marked) {
    const plain = text(tokens.starts[mark.start] ?? bytes.length);
    if (plain !== '') pieces.push({ type: 'plain', text: plain });
    const own = text(tokens.ends[mark.end - 1] ?? bytes.length);
    pieces.push(
      mark.type === 'span' ? { type: 'span', text: own, span: mark.span } : { type: 'echo', text: own },
    );
  }
  const rest = text(bytes.length);
  if (rest !== '') pieces.push({ type: 'plain', text: rest });
  return pieces;
};

const outputOf = (facts: Facts, spans: readonly OwnedSpan[], coverage: Coverage | undefined): OutputText =>
  facts.output.ok
    ? { available: true, pieces: piecesOf(locate(facts.output.value), spans, coverage?.echoes ?? []) }
    : { available: false, reason: facts.output.fault.message };

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
  spans: readonly OwnedSpan[],
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

/** The chain's own arithmetic over the claim, so that the figures need not be believed. */
const attributionOf = ({ settlement, receipt, contributions }: Facts): Attribution | undefined => {
  if (settlement === undefined) return undefined;
  const commons = [...contributions]
    .filter(([, { owner }]) => owner === null)
    .map(([contribution]) => contribution);
  const { commonsFirst } = rulesOf(receipt.rules);
  return attributeClaim(settlement.claim, receipt.tokensOut, { commons: new Set(commons), commonsFirst });
};

export const explain = (facts: Facts): Explanation => {
  const { receipt, model, asOf, settlement } = facts;
  const output = facts.output.ok ? locate(facts.output.value) : undefined;
  const attribution = attributionOf(facts);
  const contributors = attribution === undefined ? [] : contributorsOf(facts, attribution);
  const places = new Map(contributors.map(({ contribution }, i) => [contribution, i]));
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
    }),
  );
  const coverage =
    attribution === undefined || settlement === undefined
      ? undefined
      : coverageOf(settlement, receipt.tokensOut, attribution);
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
    status: facts.status,
    output: outputOf(facts, spans, coverage),
    contributors,
    spans,
    coverage,
    calibration: calibrationOf(facts),
    money: moneyOf(facts, contributors),
    chain: chainFactsOf(facts, contributors),
    gaps: gapsOf(facts, spans, attribution),
  };
};
