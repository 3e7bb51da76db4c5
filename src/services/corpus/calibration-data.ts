/** The data that a calibration is measured on, as of a height: read from the chain and from the text cache. */

import type { RulesVersion } from '../../../state/attribution/rules.ts';
import type { AttributionParams } from '../../../state/params.ts';
import { calibrationItems } from '../../attribution/calibration-items.ts';
import { CalibrationCorpus, type TextlessContribution } from '../../attribution/calibrator.ts';
import { infoTable } from '../../attribution/info-table.ts';
import { type RpcClient, toWire } from '../../client/rpc-client.ts';
import { type Height, toHeight } from '../../lib/brands.ts';
import type { ContributionId, ModelId } from '../../lib/ids.ts';
import { fetchDeclarations, type KnownDeclaration } from './declarations.ts';
import { type Drawn, drawOrderOf } from './draw-order.ts';
import { type KnownContribution, ofRules, type TextCache } from './text-cache.ts';
import { datanetOwner } from './text-requests.ts';
import { type Source, type Tracers, unacceptedOf } from './tracers.ts';

/** The data of a calibration. A claim is made from complete data only; a claim of others is checked against what is there. */
export type CalibrationData = {
  /** The version of the rules of the model. */
  readonly rules: RulesVersion;
  /** If texts are missing, its corpus draws only what is known, and cannot be measured. */
  readonly corpus: CalibrationCorpus;
  readonly contributions: ReadonlyMap<number, KnownContribution>;
  /** The declarations by contribution id. Those of commons are left out: what they hold is not copied. */
  readonly declarations: ReadonlyMap<number, KnownDeclaration>;
  /** The contributions in the order of the draw, each with the number of drawable tokens before it. Commons have none. */
  readonly order: readonly (Drawn & { readonly before: bigint })[];
  readonly asOf: Height;
  /** The contributions without texts of which nobody knows yet whether they are missing. */
  readonly pending: ReadonlySet<ContributionId>;
} & Completeness;

/** Whether all texts are there that something follows from, or which contributions lack theirs. */
export type Completeness =
  | { readonly type: 'complete' }
  | { readonly type: 'missing'; readonly missing: readonly ContributionId[] };

export const completeness = (missing: readonly ContributionId[]): Completeness =>
  missing.length === 0 ? { type: 'complete' } : { type: 'missing', missing };

export type CalibrationFacts = {
  /** The version of the rules of the model. */
  readonly rules: RulesVersion;
  readonly sources: readonly Source[];
  readonly order: readonly Drawn[];
  readonly declarations: ReadonlyMap<number, KnownDeclaration>;
  /** A summary that changes when a part of this data is struck or becomes void. */
  readonly standing: string;
};

/** Reads from the chain which data of a version stands now, and at which heights the rest became void. */
export const calibrationFacts = async (
  client: RpcClient,
  { model, version }: { readonly model: ModelId; readonly version: number },
  sources: readonly Source[],
): Promise<CalibrationFacts> => {
  const { rules } = await client.call('model_getVersion', { id: model, version });
  const order = await drawOrderOf(client, model, version);
  const declarations = await fetchDeclarations(
    client,
    order.filter(({ brought }) => brought !== null).map(({ contribution }) => contribution),
  );
  const standing = JSON.stringify(
    [
      sources.map(({ contribution }) => contribution),
      order.map(({ contribution, voidedAt }) => [contribution, voidedAt]),
      [...declarations.values()].map((each) => each.standing),
    ],
    toWire,
  );
  return { rules, sources, order, declarations, standing };
};

const textless = ({ contribution, datanet, acceptance, dataTokens }: Drawn): TextlessContribution => ({
  contribution,
  datanet,
  acceptance,
  dataTokens: Number(dataTokens),
});

const isVoid = ({ voidedAt }: Drawn, asOf: Height): boolean => voidedAt !== null && voidedAt <= asOf;

/**
 * Reads the texts of a calibration as of a height. Commons without a place in the draw order, which are the founding commons
 * and that of the chain, are those that stand now: one that became void after the height is left out.
 * @param tracers - read a contribution by its id, void ones included
 */
export const readCalibrationData = async (
  { rules, sources, order, declarations }: CalibrationFacts,
  asOf: Height,
  params: AttributionParams,
  textCache: TextCache,
  tracers: Pick<Tracers, 'contribution' | 'isPending'>,
): Promise<CalibrationData> => {
  const standing = order.filter((each) => !isVoid(each, asOf));
  const drawn = standing.flatMap(({ brought, ...each }) => (brought === null ? [] : [{ ...each, brought }]));
  const commons = [...unacceptedOf(sources, order), ...standing.filter(({ brought }) => brought === null)];
  // Contributions that stand are read all at once; those that became void since are read one by one.
  const texts = await textCache.contributions(
    sources.map(({ root }) => root),
    'usual',
    (at) => datanetOwner(sources[at]?.datanet ?? 0),
  );
  const stood = new Map(sources.map(({ contribution }, i) => [contribution, texts[i]]));
  const contributions = new Map<number, KnownContribution>();
  const pending = new Set<ContributionId>();
  for (const { contribution } of [...commons, ...drawn]) {
    const read = stood.has(contribution) ? stood.get(contribution) : await tracers.contribution(contribution);
    if (read === undefined && (await tracers.isPending(contribution))) pending.add(contribution);
    const text = ofRules(read, rules);
    if (text !== undefined) contributions.set(contribution, text);
  }
  const isKnown = ({ contribution }: { readonly contribution: ContributionId }): boolean =>
    contributions.has(contribution);
  const noDeclaration = { shapes: [], copied: [], novelRuns: [] };
  const corpus = new CalibrationCorpus(
    infoTable(),
    [
      ...commons.map(({ contribution }) => ({
        contribution,
        datanet: 0,
        acceptance: 0,
        brought: undefined,
      })),
      ...drawn.map(({ contribution, datanet, acceptance, brought }) => ({
        contribution,
        datanet,
        acceptance,
        brought,
      })),
    ]
      .filter(isKnown)
      .sort((a, b) => a.contribution - b.contribution)
      .map((each) => ({
        ...each,
        items: calibrationItems(
          contributions.get(each.contribution)?.items.map(({ tokens }) => tokens) ?? [],
          declarations.get(each.contribution)?.declaration ?? noDeclaration,
          declarations.get(each.contribution)?.struckPassages(toHeight(asOf)) ?? { struck: new Set() },
        ),
      })),
    {
      version: rules,
      matchTokensMin: params.lMin,
      matchTokensMax: params.lMax,
      promptMin: params.promptMin,
    },
    order.filter((each) => isVoid(each, asOf)).map(textless),
    drawn.filter((each) => !isKnown(each)).map(textless),
  );
  let before = 0n;
  const placed = order.map((each) => {
    const at = before;
    before += each.dataTokens;
    return { ...each, before: at };
  });
  const missing = [...commons, ...drawn]
    .filter((each) => !isKnown(each))
    .map(({ contribution }) => contribution);
  return {
    rules,
    corpus,
    contributions,
    declarations,
    order: placed,
    asOf,
    pending,
    ...completeness(missing),
  };
};
