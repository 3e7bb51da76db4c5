/** Holds an engine against the oracle on one case: its result, and the claim that is to prove it. */
import { isDeepStrictEqual } from 'node:util';
import { COMMONS, isCommonsPlace } from '../../../src/attribution/engine/segment.ts';
import { infoTable } from '../../../src/attribution/info-table.ts';
import type { SpanTrace, TraceRules } from '../../../src/attribution/tracer.ts';
import { type Address, toHeight } from '../../../src/lib/brands.ts';
import { utf8 } from '../../../src/lib/bytes.ts';
import { rulesOf } from '../../../state/attribution/rules.ts';
import { settleClaim } from '../../../state/attribution/settlement.ts';
import type { Brought } from '../../../state/attribution/shared.ts';
import { listTokens } from '../../../state/attribution/tokens.ts';
import type { Engine, OpenEngine, Scope } from '../../bench/attribution/engine.ts';
import {
  type OracleAnswer,
  type OracleOrigin,
  oracleInfo,
  oracleTokens,
  oracleTrace,
} from '../../oracle/oracle.ts';
import { type OracleSection, oracleRelevance } from '../../oracle/relevance.ts';
import { type Contribution, eligibleOf, type FuzzCase } from './cases.ts';
import type { Words } from './texts.ts';

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
] as const;
export type Feature = (typeof FEATURES)[number];

export type Verdict =
  | { readonly ok: true; readonly features: readonly Feature[] }
  | { readonly ok: false; readonly why: string };

const informationByToken = new Map<string, number>();
const information = (token: string): number => {
  const known = informationByToken.get(token);
  if (known !== undefined) return known;
  const bits = oracleInfo(token);
  informationByToken.set(token, bits);
  return bits;
};

type Prepared = {
  readonly rules: TraceRules;
  readonly output: readonly string[];
  readonly prompt: readonly string[];
  /** By contribution id; what is not eligible, or not yet added, is empty. */
  readonly corpus: readonly (readonly (readonly string[])[])[];
  readonly commons: ReadonlySet<number>;
  /** By contribution id, of those that are no commons. */
  readonly origins: readonly (OracleOrigin | undefined)[];
};

const prepare = (given: FuzzCase, added: readonly Contribution[]): Prepared => {
  const textOf = (words: Words): readonly string[] =>
    oracleTokens(words.join(given.glue), given.rules.version);
  const corpus: (readonly (readonly string[])[])[] = [];
  const origins: (OracleOrigin | undefined)[] = [];
  for (const { contribution, items, brought } of added) {
    while (corpus.length < contribution) corpus.push([]);
    corpus.push(items.map(textOf));
    origins[contribution] = brought ?? undefined;
  }
  return {
    rules: given.rules,
    output: textOf(given.output),
    prompt: textOf(given.prompt),
    corpus,
    origins,
    commons: new Set(
      added.filter(({ index }) => isCommonsPlace(index)).map(({ contribution }) => contribution),
    ),
  };
};

const answerOf = ({ rules, output, prompt, corpus, commons, origins }: Prepared): OracleAnswer =>
  oracleTrace({
    version: rules.version,
    output,
    prompt,
    corpus,
    commons,
    origins,
    imin: rules.matchBitsMin,
    lmin: rules.matchTokensMin,
    lmax: rules.matchTokensMax,
    promptMin: rules.promptMin,
    info: information,
  });

const sameResult = (expected: OracleAnswer, { attribution }: SpanTrace): boolean => {
  const { tokens: _tokens, owners: _owners, seconds: _seconds, excluded, ...rest } = expected;
  return isDeepStrictEqual(attribution, {
    ...rest,
    excluded: excluded.map(([start, end]) => ({ start, end })),
  });
};

const standsIn = (
  output: readonly string[],
  start: number,
  end: number,
  source: readonly string[],
  from: number,
): boolean => {
  if (end > output.length || from + end - start > source.length) return false;
  for (let i = start; i < end; i++) if (output[i] !== source[from + i - start]) return false;
  return true;
};

/** Why the claim does not prove the result; undefined if it does. */
const claimFault = (
  { rules, output, prompt, corpus, commons, origins }: Prepared,
  traced: SpanTrace,
): string | undefined => {
  const { claim, attribution } = traced;
  const settled = settleClaim(claim, {
    outputTokens: output.length,
    promptTokens: prompt.length,
    matchBitsMin: rules.matchBitsMin,
    parameters: rules,
    commons,
    rules: rulesOf(rules.version),
  });
  if (!settled.ok) return `the chain refuses the claim: ${settled.fault.code}`;
  if (!isDeepStrictEqual(settled.value, attribution)) return 'the chain makes something else of the claim';
  for (const { start, end, place } of claim.x)
    if (!standsIn(output, start, end, prompt, place)) return `the echo at ${start} is none`;
  for (const { start, end, contribution, item, pos } of claim.matches)
    if (!standsIn(output, start, end, corpus[contribution]?.[item] ?? [], pos))
      return `the match at ${start} is none`;
  for (const { match, start, end, contribution, item, pos } of claim.shared) {
    if (!standsIn(output, start, end, corpus[contribution]?.[item] ?? [], pos))
      return `the shared run at ${start} is none`;
    const [own, other] = [origins[claim.matches[match]?.contribution ?? -1], origins[contribution]];
    if (own === undefined || other === undefined || own.owner === other.owner || other.commit > own.reveal)
      return `the shared run at ${start} is not of two independent owners`;
  }
  const sharedPositions = attribution.sharedSpans.reduce((sum, { start, end }) => sum + end - start, 0);
  return claim.shared.length > sharedPositions ? 'the claim has more shared runs than positions' : undefined;
};

const featuresOf = (
  given: FuzzCase,
  prepared: Prepared,
  answer: OracleAnswer,
  sections: readonly OracleSection[],
): readonly Feature[] => {
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
  };
  return FEATURES.filter((feature) => present[feature]);
};

const holds = (items: readonly (readonly string[])[], item: readonly string[]): boolean =>
  items.some((each) => isDeepStrictEqual(each, item));

const show = (value: unknown): string => JSON.stringify(value);

/** What the oracle picks, if the spans give nothing to nobody. */
const sectionsOf = (
  { rules, output, prompt, corpus }: Prepared,
  added: readonly Contribution[],
): readonly OracleSection[] => {
  const list = listTokens(output.map(utf8));
  return oracleRelevance({
    output,
    info: [...rulesOf(rules.version).informationOf(infoTable(), list)],
    prompt,
    contributions: added
      .filter(({ brought }) => brought !== null)
      .map(({ contribution, novelRuns, struck }) => ({
        contribution,
        items: corpus[contribution] ?? [],
        novelRuns,
        struck: new Set(struck),
      })),
  }).sections;
};

/** The case as it stands when `added` were added. */
const judgeStep = async (
  engine: Engine,
  given: FuzzCase,
  added: readonly Contribution[],
): Promise<Verdict> => {
  const prepared = prepare(given, added);
  const expected = answerOf(prepared);
  const texts = { output: given.output.join(given.glue), prompt: given.prompt.join(given.glue) };
  const traced = await engine.trace(texts, given.rules, prepared.commons);
  if (!sameResult(expected, traced)) {
    const { spans, excluded } = traced.attribution;
    return {
      ok: false,
      why: `the result differs after ${added.length} contributions\n  oracle: X ${show(expected.excluded)}, spans ${show(expected.spans)}\n  engine: X ${show(excluded.map(({ start, end }) => [start, end]))}, spans ${show(spans)}`,
    };
  }
  const sections = sectionsOf(prepared, added);
  const found = engine.sections === undefined ? sections : await engine.sections(texts, given.rules);
  if (!isDeepStrictEqual(found, sections))
    return {
      ok: false,
      why: `the picks differ after ${added.length} contributions\n  oracle: ${show(sections)}\n  engine: ${show(found)}`,
    };
  const fault = claimFault(prepared, traced);
  return fault === undefined
    ? { ok: true, features: featuresOf(given, prepared, expected, sections) }
    : { ok: false, why: `${fault}: ${show(traced.claim)}` };
};

const broughtOf = (origin: OracleOrigin | null): Brought | undefined =>
  origin === null
    ? undefined
    : {
        owner: new Uint8Array(20).fill(Number(origin.owner)) as Address,
        commit: toHeight(BigInt(origin.commit)),
        reveal: toHeight(BigInt(origin.reveal)),
      };

const scopeOf = ({ pins, contributions }: FuzzCase): Scope => ({
  datanets: new Map(pins.flatMap((pinned, i) => (pinned === null ? [] : [[i, pinned] as const]))),
  voided: new Set(contributions.filter(({ voided }) => voided).map(({ contribution }) => contribution)),
  struck: new Map(contributions.map(({ contribution, struck }) => [contribution, new Set(struck)])),
});

const opened = (given: FuzzCase, open: OpenEngine): Promise<Engine> =>
  open({
    gram: given.rules.matchTokensMin,
    scope: scopeOf(given),
    expectedBytes: 1 << 12,
    key: { start: 1, multiplier: given.multiplier },
    patience: given.patience,
  });

export const judge = async (given: FuzzCase, open: OpenEngine): Promise<Verdict> => {
  const eligible = eligibleOf(given);
  try {
    const engine = await opened(given, open);
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
        const verdict = await judgeStep(engine, given, eligible.slice(0, i + 1));
        if (!verdict.ok) return verdict;
      }
      await engine.seal();
      return await judgeStep(engine, given, eligible);
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
