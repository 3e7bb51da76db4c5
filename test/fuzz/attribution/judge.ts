/** Holds an engine against the oracle on one case, as of each of its heights: its result, and the claim that is to prove it. */
import { isDeepStrictEqual } from 'node:util';
import { COMMONS, isCommonsPlace } from '../../../src/attribution/engine/segment.ts';
import { infoTable } from '../../../src/attribution/info-table.ts';
import type { SpanTrace } from '../../../src/attribution/tracer.ts';
import { type Address, toHeight } from '../../../src/lib/brands.ts';
import { utf8 } from '../../../src/lib/bytes.ts';
import { rulesOf } from '../../../state/attribution/rules.ts';
import type { Brought } from '../../../state/attribution/shared.ts';
import { listTokens } from '../../../state/attribution/tokens.ts';
import type { View } from '../../../state/view.ts';
import type { Engine, OpenEngine } from '../../bench/attribution/engine.ts';
import type { OracleAnswer, OracleOrigin } from '../../oracle/oracle.ts';
import { type OracleSection, oracleRelevance } from '../../oracle/relevance.ts';
import { type Contribution, eligibleOf, type FuzzCase, struckOf } from './cases.ts';
import { claimFault } from './claim-fault.ts';
import { chainFault, scopeAt, stateOf } from './heights.ts';
import { answerOf, type Prepared, prepare } from './prepared.ts';

/** What a run of cases had in it, so that one in which nothing ever matches is seen for what it is. */
export const FEATURES = [
  'matched',
  'severalOwners',
  'echoed',
  'matchedAcrossEcho',
  'ownedByCommons',
  'ownedByProposed',
  'shared',
  'picked',
  'pickedByThree',
  'beyondLongestMatch',
  'clonesOfOwners',
  'severalSegments',
  'stepwise',
  'changedByHeight',
] as const;
export type Feature = (typeof FEATURES)[number];

export type Verdict =
  | { readonly ok: true; readonly features: readonly Feature[] }
  | { readonly ok: false; readonly why: string };

const sameResult = (expected: OracleAnswer, { attribution }: SpanTrace): boolean => {
  const { tokens: _tokens, owners: _owners, seconds: _seconds, excluded, ...rest } = expected;
  return isDeepStrictEqual(attribution, {
    ...rest,
    excluded: excluded.map(([start, end]) => ({ start, end })),
  });
};

const featuresOf = (
  given: FuzzCase,
  prepared: Prepared,
  answer: OracleAnswer,
  sections: readonly OracleSection[],
): ReadonlySet<Feature> => {
  const { owners, spans, excluded, scores } = answer;
  const owned = new Set(spans.map(({ contribution }) => contribution));
  const present: Readonly<Record<Feature, boolean>> = {
    matched: spans.length > 0,
    severalOwners: owned.size > 1,
    echoed: excluded.length > 0,
    matchedAcrossEcho: excluded.some(
      ([start, end]) => typeof owners[start - 1] === 'number' && owners[start - 1] === owners[end],
    ),
    ownedByCommons: owned.size > scores.length,
    ownedByProposed: given.contributions.some(
      ({ contribution, index }) => owned.has(contribution) && isCommonsPlace(index) && index !== COMMONS,
    ),
    shared: answer.shared > 0,
    picked: sections.some(({ picks }) => picks.length > 0),
    pickedByThree: sections.some(({ picks }) => picks.length > 2),
    beyondLongestMatch: spans.some(({ start, end }) => end - start > prepared.rules.matchTokensMax),
    clonesOfOwners: prepared.corpus.some(
      (items, contribution) =>
        !owned.has(contribution) &&
        items.some(
          (item) => item.length > 0 && prepared.corpus.findIndex((each) => holds(each, item)) < contribution,
        ),
    ),
    severalSegments: given.sealEvery > 0,
    stepwise: given.stepwise,
    // Seen from the answers of several heights together.
    changedByHeight: false,
  };
  return new Set(FEATURES.filter((feature) => present[feature]));
};

const holds = (items: readonly (readonly string[])[], item: readonly string[]): boolean =>
  items.some((each) => isDeepStrictEqual(each, item));

const show = (value: unknown): string => JSON.stringify(value);

/** What the oracle picks as of a height, if the spans give nothing to nobody. */
const sectionsOf = (
  { rules, output, prompt, corpus }: Prepared,
  added: readonly Contribution[],
  asOf: number,
): readonly OracleSection[] => {
  const list = listTokens(output.map(utf8));
  return oracleRelevance({
    output,
    info: [...rulesOf(rules.version).informationOf(infoTable(), list)],
    prompt,
    contributions: added
      .filter(({ brought }) => brought !== null)
      .map((each) => ({
        contribution: each.contribution,
        items: corpus[each.contribution] ?? [],
        novelRuns: each.novelRuns,
        struck: struckOf(each, asOf),
      })),
  }).sections;
};

/** What was found as of one height: what the case had in it, and what the oracle answers. */
type Judged =
  | { readonly ok: true; readonly features: ReadonlySet<Feature>; readonly answer: string }
  | { readonly ok: false; readonly why: string };

/** The case as it stands as of a height when the first `count` contributions were added. */
const judgeAt = async (engine: Engine, given: FuzzCase, count: number, asOf: number): Promise<Judged> => {
  const added = eligibleOf(given, asOf).slice(0, count);
  const when = `as of ${asOf} after ${count} contributions`;
  const prepared = prepare(given, added);
  const expected = answerOf(prepared);
  const texts = { output: given.output.join(given.glue), prompt: given.prompt.join(given.glue) };
  const traced = await engine.trace(texts, given.rules, prepared.commons);
  if (!sameResult(expected, traced)) {
    const { spans, excluded } = traced.attribution;
    return {
      ok: false,
      why: `the result differs ${when}\n  oracle: X ${show(expected.excluded)}, spans ${show(expected.spans)}\n  engine: X ${show(excluded.map(({ start, end }) => [start, end]))}, spans ${show(spans)}`,
    };
  }
  const sections = sectionsOf(prepared, added, asOf);
  const found = engine.sections === undefined ? sections : await engine.sections(texts, given.rules);
  if (!isDeepStrictEqual(found, sections))
    return {
      ok: false,
      why: `the picks differ ${when}\n  oracle: ${show(sections)}\n  engine: ${show(found)}`,
    };
  const fault = claimFault(prepared, traced);
  return fault === undefined
    ? {
        ok: true,
        features: featuresOf(given, prepared, expected, sections),
        answer: show([expected, sections]),
      }
    : { ok: false, why: `${fault} ${when}: ${show(traced.claim)}` };
};

/** The case as of each of its heights, when the first `count` contributions were added. */
const judgeStep = async (engine: Engine, given: FuzzCase, state: View, count: number): Promise<Verdict> => {
  const features = new Set<Feature>();
  const answers = new Set<string>();
  const heights = engine.rescope === undefined ? given.asOf.slice(0, 1) : given.asOf;
  for (const asOf of heights) {
    engine.rescope?.(scopeAt(given, state, asOf));
    const judged = await judgeAt(engine, given, count, asOf);
    if (!judged.ok) return judged;
    for (const feature of judged.features) features.add(feature);
    answers.add(judged.answer);
  }
  if (answers.size > 1) features.add('changedByHeight');
  return { ok: true, features: FEATURES.filter((feature) => features.has(feature)) };
};

const broughtOf = (origin: OracleOrigin | null): Brought | undefined =>
  origin === null
    ? undefined
    : {
        owner: new Uint8Array(20).fill(Number(origin.owner)) as Address,
        commit: toHeight(BigInt(origin.commit)),
        reveal: toHeight(BigInt(origin.reveal)),
      };

const opened = (given: FuzzCase, state: View, open: OpenEngine): Promise<Engine> =>
  open({
    gram: given.rules.matchTokensMin,
    scope: scopeAt(given, state, given.asOf[0] ?? 0),
    expectedBytes: 1 << 12,
    key: { start: 1, multiplier: given.multiplier },
    patience: given.patience,
  });

export const judge = async (given: FuzzCase, open: OpenEngine): Promise<Verdict> => {
  try {
    const state = stateOf(given);
    for (const asOf of given.asOf) {
      const why = chainFault(given, state, asOf);
      if (why !== undefined) return { ok: false, why };
    }
    const engine = await opened(given, state, open);
    try {
      for (const [i, each] of given.contributions.entries()) {
        const { contribution, datanet, index, brought, items, novelRuns } = each;
        const texts = items.map((words) => utf8(words.join(given.glue)));
        await engine.add([
          {
            contribution,
            datanet,
            index,
            rules: given.rules.version,
            brought: broughtOf(brought),
            novelRuns,
            items: texts,
          },
        ]);
        if (given.sealEvery === 0 || (i + 1) % given.sealEvery !== 0) continue;
        await engine.seal();
        if (!given.stepwise) continue;
        const verdict = await judgeStep(engine, given, state, i + 1);
        if (!verdict.ok) return verdict;
      }
      await engine.seal();
      return await judgeStep(engine, given, state, given.contributions.length);
    } finally {
      await engine.close();
    }
  } catch (error) {
    return {
      ok: false,
      why: `it throws ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    };
  }
};
