/** Facts of a receipt, made from texts by the real engine. */

import { traceInference } from '../../../../src/attribution/attestor.ts';
import { corpusOf } from '../../../../src/attribution/corpus.ts';
import { infoTable } from '../../../../src/attribution/info-table.ts';
import { explain } from '../../../../src/cli/explain/explain.ts';
import type { CalibrationStanding, ReceiptStatus } from '../../../../src/cli/explain/explanation.ts';
import type { CitedContribution, Facts, SettlementFacts } from '../../../../src/cli/explain/facts.ts';
import { type HeldRun, RunFinder } from '../../../../src/cli/explain/held-runs.ts';
import { judge } from '../../../../src/cli/explain/judgement.ts';
import type { Search, Searched } from '../../../../src/cli/explain/search.ts';
import type { Standing } from '../../../../src/cli/explain/standing.ts';
import type { ShownText } from '../../../../src/cli/explain/texts.ts';
import type { Names } from '../../../../src/cli/explain/tracing.ts';
import { type Address, toHeight } from '../../../../src/lib/brands.ts';
import { fromHex } from '../../../../src/lib/bytes.ts';
import { fail, ok, type Result, unwrap } from '../../../../src/lib/errors.ts';
import { sumBig } from '../../../../src/lib/math.ts';
import { bordersOf } from '../../../../state/attribution/borders.ts';
import type { Claim } from '../../../../state/attribution/claim.ts';
import {
  addReceipt,
  closeEpoch,
  NO_SUMS,
  receiptWeights,
  relevanceWeights,
  sharedData,
} from '../../../../state/attribution/epoch.ts';
import { splitFee } from '../../../../state/attribution/fees.ts';
import { DEFAULT_PARAMETERS } from '../../../../state/attribution/parameters.ts';
import { relevanceShares } from '../../../../state/attribution/relevance.ts';
import { type RulesVersion, rulesOf } from '../../../../state/attribution/rules.ts';
import { attributeClaim } from '../../../../state/attribution/settlement.ts';
import type { Brought } from '../../../../state/attribution/shared.ts';

/** Words that are rare enough for ten of them to be a match. */
export const words = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, i) => `w${(from + i) * 7919}x`).join(' ');

const hex = (n: number, bytes: number): string => `0x${n.toString(16).padStart(2 * bytes, '0')}`;
export const address = (n: number): string => hex(n, 20);

/** Other matches and shared runs; the sums follow from the answer, unless they are given. */
type Altered = Pick<Claim, 'matches' | 'shared'> & Partial<Pick<Claim, 'info'>>;

export type Scene = {
  /** The version of the rules, of which all texts are. The newest unless the scene says otherwise. */
  readonly version?: RulesVersion;
  readonly output?: string;
  readonly prompt?: string;
  /** The items of the contribution of contribution id 1, of contribution id 2, and so on. */
  readonly contributions?: readonly (readonly string[])[];
  readonly commons?: readonly number[];
  /** The heights of the reveals that are not before the next commit, by contribution id. See {@link broughtOf}. */
  readonly reveals?: Readonly<Record<number, bigint>>;
  /** The number of the owner of a contribution, if it is not its id. */
  readonly owners?: Readonly<Record<number, number>>;
  /** The number of the owner of the model, and what that one has a part in. */
  readonly modelOwner?: number;
  readonly own?: Facts['model']['own'];
  readonly status?: ReceiptStatus;
  /** What the node has not got. */
  readonly missing?: 'output' | 'sources';
  readonly controlBps?: number;
  readonly epoch?: 'closed' | 'running' | 'ahead' | 'waiting';
  readonly names?: string;
  readonly standing?: CalibrationStanding;
  /** Whether all text of the contributions is declared novel, so that phrases of it count. */
  readonly novel?: true;
  /** The part of what no track pays that goes by novel tokens; none if left out. */
  readonly noveltyBps?: number;
  /** What is claimed in place of what the tracer has found. */
  readonly claimed?: (claim: Claim) => Altered;
};

/** Each contribution is committed at height 2·id, and revealed in the next block unless the scene says otherwise. */
const broughtOf = ({ commons = [], reveals = {}, owners = {} }: Scene, id: number): Brought | undefined =>
  commons.includes(id)
    ? undefined
    : {
        owner: unwrap(fromHex(address(owners[id] ?? id), 20)) as Address,
        commit: toHeight(BigInt(2 * id)),
        reveal: toHeight(reveals[id] ?? BigInt(2 * id + 1)),
      };

const versionOf = ({ version = DEFAULT_PARAMETERS.version }: Scene): RulesVersion => version;

const alteredClaim = (
  claim: Claim,
  { matches, shared, info: claimed }: Altered,
  output: string,
  version: RulesVersion,
): Claim => {
  const { tokenizeText, informationOf } = rulesOf(version);
  const info = informationOf(infoTable(), unwrap(tokenizeText(output)));
  const sums = [0];
  for (const each of info) sums.push((sums.at(-1) ?? 0) + each);
  const runs = { x: claim.x, matches, shared };
  return { ...runs, info: claimed ?? bordersOf(runs, info.length).map((border) => sums[border] ?? 0) };
};

const SHARES = { burnBps: 500, treasuryBps: 300, attestorBps: 200, modelBps: 2000, stakersBps: 2000 };
const FEE = 1_000_003n;
export const SPLIT = splitFee(FEE, SHARES);
export const SPAN_BPS = 8000;

export const FINAL: ReceiptStatus = { type: 'final', finalAt: '25' };

const NOWHERE: Result<never> = fail('CONTENT_NOT_FOUND', 'neither this node nor its peers have it');

/** A text as a node has it. */
export const shown = (text: string, version: RulesVersion = DEFAULT_PARAMETERS.version): Result<ShownText> =>
  ok({ text, rules: version });

export const factsOf = (scene: Scene = {}): Facts => {
  const {
    output = `${words(0, 30)} and then ${words(100, 120)} again`,
    prompt = 'what is it',
    contributions = [[`before ${words(0, 30)} after`], ['something else', words(100, 120)]],
    commons = [],
    status = FINAL,
    missing,
    controlBps = 0,
    epoch = 'closed',
    names = 'a name',
  } = scene;
  const version = versionOf(scene);
  const { tokenizeText, commonsFirst } = rulesOf(version);
  const rules = { ...DEFAULT_PARAMETERS, version, matchBitsMin: 96 };
  const corpus = corpusOf(
    contributions.map((texts, i) => {
      const items = texts.map((text) => unwrap(tokenizeText(text)));
      return {
        contribution: i + 1,
        items,
        brought: broughtOf(scene, i + 1),
        novelRuns: scene.novel ? items.map(({ count: end }, item) => ({ item, start: 0, end })) : [],
      };
    }),
    new Set(commons),
    rules,
  );
  const falsified = (altered: Altered) => {
    const claim = alteredClaim(traced.claim, altered, output, version);
    const tokens = unwrap(tokenizeText(output)).count;
    return {
      claim,
      attribution: attributeClaim(claim, tokens, { commons: new Set(commons), commonsFirst }),
    };
  };
  const traced = traceInference(corpus, { prompt, output }, rules);
  const { claim, attribution } =
    scene.claimed === undefined ? traced : falsified(scene.claimed(traced.claim));
  const sums = addReceipt(
    NO_SUMS,
    SPLIT.data,
    attribution.coverageBps,
    controlBps,
    sharedData(SPLIT.data, attribution),
  );
  const weights = receiptWeights(SPLIT.data, attribution);
  const { sections } = traced;
  const relevance = relevanceShares(sections, attribution.total);
  const close = closeEpoch(sums, 0n, weights, relevanceWeights(SPLIT.data, relevance), SPAN_BPS);
  const noveltyBps = scene.noveltyBps ?? 0;
  const settlement: SettlementFacts = {
    id: hex(50, 32),
    attestor: address(5),
    height: toHeight(20n),
    finalAt: toHeight(25n),
    claim,
    sections,
    outcome: { ...attribution, relevance },
    epoch: {
      end: 40n,
      closed:
        epoch === 'closed'
          ? {
              sums,
              settled: 1n,
              spans: close.spanPool,
              weight: sumBig(weights.map(({ weight }) => weight)),
              relevance: close.relevancePaid,
              remainder: close.remainder,
              remainderToTreasury: close.remainder - (close.remainder * BigInt(noveltyBps)) / 10_000n,
            }
          : undefined,
    },
  };
  const cited = (texts: readonly string[], i: number): readonly [number, CitedContribution] => [
    i + 1,
    {
      owner: commons.includes(i + 1) ? null : address(scene.owners?.[i + 1] ?? i + 1),
      datanet: { id: 4, name: names, licence: 'MIT' },
      root: hex(200 + i, 32),
      committedAt: broughtOf(scene, i + 1)?.commit ?? toHeight(1n),
      revealedAt: broughtOf(scene, i + 1)?.reveal,
      revealedBy: hex(300 + i, 32),
      totals: commons.includes(i + 1) ? undefined : { earned: 77n, claimed: 60n },
      items: new Map(
        texts.map((text, item) => [item, missing === 'sources' ? NOWHERE : shown(text, version)]),
      ),
    },
  ];
  return {
    asOf: { height: toHeight(epoch === 'closed' || epoch === 'waiting' ? 60n : 30n), stateRoot: hex(99, 32) },
    receipt: {
      id: `${hex(40, 32)}/3`,
      payer: address(6),
      provider: address(7),
      height: toHeight(15n),
      deadline: toHeight(215n),
      manifest: hex(41, 32),
      promptRoot: hex(42, 32),
      outputRoot: hex(43, 32),
      textRoot: hex(45, 32),
      tokensIn: unwrap(tokenizeText(prompt)).count,
      tokensOut: unwrap(tokenizeText(output)).count,
      rules: rules.version,
      compute: 777n,
      fee: FEE,
      split: SPLIT,
    },
    status,
    model: {
      id: 8,
      name: names,
      height: toHeight(10n),
      debt: 0n,
      running: epoch === 'running' ? sums : undefined,
      owner: address(scene.modelOwner ?? 99),
      own: scene.own ?? { datanets: [], paid: { contributions: 0n, datanets: 0n, bps: 0 } },
    },
    calibration: {
      version: 2,
      standing: scene.standing ?? { type: 'final', matchBits: 96, controlBps, isOfOneAccount: false },
      matchBitsLeast: 96,
      rounds: [
        {
          drawnAt: toHeight(12n),
          claim: { id: hex(44, 32), attestor: address(5), height: toHeight(13n), finalAt: toHeight(14n) },
        },
      ],
      figures: undefined,
    },
    challenges: [],
    revertedClaims: [],
    spanBps: SPAN_BPS,
    noveltyBps,
    settlement: status.type === 'settled' || status.type === 'final' ? settlement : undefined,
    output: missing === 'output' ? NOWHERE : shown(output, version),
    prompt: missing === 'output' ? NOWHERE : shown(prompt, version),
    rules: { ...DEFAULT_PARAMETERS, version },
    contributions: new Map(contributions.map(cited)),
  };
};

export type SearchScene = {
  /** Why the model does not draw on a contribution, by contribution id. The model draws on all others. */
  readonly standings?: Readonly<Record<number, Standing>>;
  /** The contribution that is asked about. */
  readonly asked?: number;
  /** The contributions whose texts the node lacks. */
  readonly missing?: readonly number[];
  /** The number of contributions that the search left out to stay within its limits. */
  readonly unread?: number;
  /** The items of contributions that come after those of the scene, with the next contribution ids. */
  readonly later?: readonly (readonly string[])[];
};

const RUN_TOKENS_MIN = 5;

/** What a search finds in the texts of the contributions of a scene. */
export const searchOf = (
  facts: Facts,
  scene: Scene,
  { standings = {}, asked, missing = [], unread = 0, later = [] }: SearchScene = {},
): Search => {
  const { contributions = [] } = scene;
  const { tokenizeText } = rulesOf(versionOf(scene));
  const tokensOf = (text: Result<ShownText>) => unwrap(tokenizeText(unwrap(text).text));
  const finder = facts.output.ok ? new RunFinder(tokensOf(facts.output)) : undefined;
  const searched = [...contributions, ...later].map((texts, i): Searched => {
    const contribution = i + 1;
    const items = texts.map((text) => unwrap(tokenizeText(text)));
    const cited = facts.contributions.get(contribution);
    const isMissing = missing.includes(contribution);
    return {
      contribution,
      datanet: { id: 4, name: cited?.datanet.name ?? 'a name' },
      owner: cited === undefined ? address(contribution) : cited.owner,
      brought: broughtOf(scene, contribution),
      root: undefined,
      standing: standings[contribution] ?? { type: 'eligible' },
      runs: isMissing ? undefined : finder?.runsIn(items, contribution === asked ? 1 : RUN_TOKENS_MIN),
    };
  });
  const isHeld = ({ start, end }: HeldRun): boolean => end - start >= RUN_TOKENS_MIN;
  return {
    asked: searched.find(({ contribution }) => contribution === asked),
    found:
      facts.output.ok && facts.prompt.ok
        ? {
            output: tokensOf(facts.output),
            prompt: tokensOf(facts.prompt),
            runTokensMin: RUN_TOKENS_MIN,
            holders: searched
              .map((each) => ({ ...each, runs: each.runs?.filter(isHeld) ?? [] }))
              .filter(({ runs }) => runs.length > 0),
            read: { ofModel: contributions.length, others: later.length },
            missing,
            unread,
          }
        : undefined,
  };
};

/** An explanation of a scene whose texts were searched. */
export const searched = (scene: Scene, search: SearchScene = {}, names: Names = () => undefined) => {
  const facts = factsOf(scene);
  const contributions = scene.contributions ?? [];
  const judgement = judge(facts, searchOf(facts, scene, search), names);
  const around = (contribution: number, item: number): Result<ShownText> =>
    shown([...contributions, ...(search.later ?? [])][contribution - 1]?.[item] ?? '', versionOf(scene));
  return explain(facts, { names, judgement, around });
};
