/** Models whose data is really there: calibrated from texts as an attestor would, and challenged out of the same texts. */

import { claimOfMeasurement } from '../../../../src/attribution/calibration-claimer.ts';
import { calibrationItems } from '../../../../src/attribution/calibration-items.ts';
import { CalibrationCorpus, measureControl } from '../../../../src/attribution/calibrator.ts';
import { declare } from '../../../../src/attribution/declaration.ts';
import { type PassagesEvidence, provePassages } from '../../../../src/attribution/evidence/declared.ts';
import { infoTable } from '../../../../src/attribution/info-table.ts';
import { DatanetIndex } from '../../../../src/attribution/novelty.ts';
import { openerFrom, witnessOf } from '../../../../src/attribution/prover/claim-witness.ts';
import type { ClaimFinding } from '../../../../src/attribution/prover/finding.ts';
import type { Root } from '../../../../src/lib/brands.ts';
import { invariant } from '../../../../src/lib/errors.ts';
import { type ContributionId, type DatanetId, type ModelId, OF_CHAIN } from '../../../../src/lib/ids.ts';
import {
  CALIBRATION_ROUNDS,
  type CalibrationRound,
  stretchOf,
} from '../../../../state/attribution/calibration.ts';
import type { CalibrationClaim, DrawClaim } from '../../../../state/attribution/calibration-claim.ts';
import { type Declaration, derivePassages } from '../../../../state/attribution/declaration.ts';
import { DEFAULT_PARAMETERS } from '../../../../state/attribution/parameters.ts';
import { RULES_DEFAULT, type RulesVersion, rulesOf } from '../../../../state/attribution/rules.ts';
import type { Tokens } from '../../../../state/attribution/tokens.ts';
import type { Witness } from '../../../../state/attribution/witness/types.ts';
import { inertPassages } from '../../../../state/modules/disputes/declarations.ts';
import { type Round, roundOf } from '../../../../state/modules/models/calibrations.ts';
import { nextModel } from '../../../../state/modules/models/models.ts';
import { getDrawOrder, getVersion } from '../../../../state/queries/models.ts';
import { attributionChallenge } from '../../../../state/tx/attribution-challenge.ts';
import type { Commons } from '../../../../state/tx/commons.ts';
import type { DatanetCreate } from '../../../../state/tx/datanet-create.ts';
import { modelCalibration } from '../../../../state/tx/model-calibration.ts';
import type { Pin } from '../../../../state/tx/model-manifest.ts';
import type { ModelRegistration } from '../../../../state/tx/model-registration.ts';
import { modelRegistration } from '../../../../state/tx/model-registration.ts';
import { contributeTexts, type TextContribution, watcher } from './dispute-scenes.ts';
import { alice, attestor, bob, createDatanet, everyone, modelTerms, owner } from './scenes.ts';
import { type Actor, type Ran, World } from './world.ts';

export const DRAWS = 32;

export type Contributed = TextContribution & {
  readonly datanet: DatanetId;
  readonly declaration: Pick<Declaration, 'shapes' | 'copied'>;
  readonly passages: PassagesEvidence;
};

/** A Datanet to which texts are contributed, each held against those before it. */
export class TextDatanet {
  readonly id: number;
  readonly contributions: Contributed[] = [];
  readonly #world: World;
  readonly #rules: RulesVersion;
  readonly #index: DatanetIndex;
  /** As the index that the contributions themselves were declared with. */
  readonly #mirror: DatanetIndex;

  constructor(world: World, change: Partial<DatanetCreate> = {}) {
    const { rules: version = RULES_DEFAULT } = change;
    this.#world = world;
    this.#rules = version;
    this.#index = new DatanetIndex(infoTable(), { ...DEFAULT_PARAMETERS, version });
    this.#mirror = new DatanetIndex(infoTable(), { ...DEFAULT_PARAMETERS, version });
    this.id = createDatanet(world, { bondPerByte: 0n, ...change });
  }

  contribute(from: Actor, ...texts: readonly string[]): Contributed {
    return this.#bring(from, texts, undefined);
  }

  /** Proposes texts as a commons, and has them accepted. */
  propose(from: Actor, ...texts: readonly string[]): Contributed {
    return this.#bring(from, texts, () => ({ role: 'commons', novelRuns: [] }));
  }

  #bring(
    from: Actor,
    texts: readonly string[],
    declares: Parameters<typeof contributeTexts>[5],
  ): Contributed {
    const made = contributeTexts(this.#world, from, this.id, texts, this.#index, declares, this.#rules);
    const items = made.items.map((tokens) => ({ tokens, promptTokens: 0 }));
    const declaration = declare(this.#mirror, made.contribution, items);
    const passages = provePassages(derivePassages(declaration).passages);
    const contributed = { ...made, datanet: this.id, declaration, passages };
    this.contributions.push(contributed);
    return contributed;
  }
}

/** Its validators propose in turn, so that the second round is drawn a block after the first one. */
export const calibrationWorld = (calibrationBond = 100n, validators = 3, commons?: Commons): World => {
  const world = new World(
    [...everyone, watcher],
    (params) => ({
      ...params,
      attribution: { ...params.attribution, calibrationDraws: DRAWS, calibrationBond },
      // Several may commit before the first of them reveals.
      contribution: { ...params.contribution, revealMax: 40 },
    }),
    validators,
    commons,
  );
  world.turn = (height) => Number(height % BigInt(validators));
  return world;
};

/** Registers a model that nobody has calibrated; returns its id. */
export const register = (
  world: World,
  manifest: readonly Pin[],
  change: Partial<ModelRegistration> = {},
): number => {
  const id = nextModel(world.view);
  world.run(owner, modelRegistration, modelTerms(manifest, change));
  return id;
};

/** A run of 15 tokens, one too few to be copied, of which some bear little: it bears 166 bits. */
export const SHARED = 'of the qzx1 and a qzx2 to in qzx3 of the qzx4 and a qzx5';
const own = (stem: string): string => Array.from({ length: 30 }, (_, i) => `${stem}${i}`).join(' ');

export type Scene = {
  readonly world: World;
  readonly datanet: TextDatanet;
  readonly contributions: readonly Contributed[];
};

/** Two contributions with a run in common: at 96 bits it explains a part of what is drawn. */
export const scene = (world = calibrationWorld()): Scene => {
  const datanet = new TextDatanet(world);
  datanet.contribute(alice, `${own('alpha')} ${SHARED}`, own('beta'));
  datanet.contribute(bob, `${SHARED} ${own('gamma')}`, `${own('alpha')} ${own('delta')}`);
  return { world, datanet, contributions: datanet.contributions };
};

export const contributionOf = (
  contributions: readonly Contributed[],
  contribution: ContributionId,
): Contributed => {
  const found = contributions.find((each) => each.contribution === contribution);
  invariant(found !== undefined, `contribution ${contribution} is one of the scene's`);
  return found;
};

/**
 * Everything that a calibration is measured on, as the chain has it after its last block.
 * @param commons - the items of the commons of the chain
 */
export const corpusOf = (
  world: World,
  contributions: readonly Contributed[],
  model: ModelId,
  version = 1,
  commons: readonly Tokens[] = [],
): CalibrationCorpus => {
  const found = getVersion(world.view, model, version);
  invariant(found !== undefined, 'the version is registered');
  const { contributions: order } = getDrawOrder(world.view, found, 0, 100);
  const standing = order.filter(({ voided }) => voided === undefined);
  return new CalibrationCorpus(
    infoTable(),
    [
      ...(commons.length === 0 ? [] : [ofChain(commons)]),
      ...standing.map(({ contribution, datanet, acceptance, brought }) => {
        const { items, declaration } = contributionOf(contributions, contribution);
        const fallen = inertPassages(world.view, contribution, world.height);
        return {
          contribution,
          datanet,
          acceptance,
          brought,
          items: calibrationItems(items, declaration, fallen),
        };
      }),
    ].sort((a, b) => a.contribution - b.contribution),
    { ...DEFAULT_PARAMETERS, version: found.rules },
    order
      .filter(({ voided }) => voided !== undefined)
      .map((each) => ({ ...each, dataTokens: Number(each.dataTokens) })),
  );
};

const ofChain = (items: readonly Tokens[]) => ({
  contribution: OF_CHAIN,
  datanet: OF_CHAIN,
  acceptance: 0,
  brought: undefined,
  items: items.map((tokens) => ({ tokens, promptTokens: 0, copied: [] })),
});

/** A round of the first version of a model, and more if it is said. */
export type RoundChoice = {
  readonly version?: number;
  readonly round?: CalibrationRound;
  /** The items of the commons of the chain, if the model draws on it. */
  readonly commons?: readonly Tokens[];
};

export const roundStanding = (
  world: World,
  model: ModelId,
  { version = 1, round = 0 }: RoundChoice = {},
): Round => roundOf(world.view, { model, version, round });

export const seedOf = (world: World, model: ModelId, choice: RoundChoice = {}): Root => {
  const { type, value } = roundStanding(world, model, choice);
  invariant(type === 'drawn' || type === 'claimed', `it is ${type}`);
  return value.seed;
};

/** The claim of an attestor who has read everything, once tokens are drawn. */
export const honestClaim = (
  world: World,
  contributions: readonly Contributed[],
  model: ModelId,
  { version = 1, round = 0, commons = [] }: RoundChoice = {},
): CalibrationClaim => {
  const corpus = corpusOf(world, contributions, model, version, commons);
  const { calibrationDraws: draws, controlTargetBps: targetBps } = world.params.attribution;
  const measured = measureControl(corpus, seedOf(world, model, { version, round }), { draws, targetBps });
  return claimOfMeasurement(measured, { model, version, round, asOf: world.height, targetBps });
};

/** Claims both rounds of a version as an attestor who has read everything, and waits until they are final. */
export const calibrateHonestly = (
  world: World,
  contributions: readonly Contributed[],
  model: ModelId,
  version = 1,
): void => {
  for (const round of CALIBRATION_ROUNDS)
    world.run(attestor, modelCalibration, honestClaim(world, contributions, model, { version, round }));
  world.until(world.height + BigInt(world.params.attribution.challengeWindow));
};

/** Sends a claim in the next block, as of the height before it. @returns the id of the claim */
export const claimNow = (world: World, claim: CalibrationClaim): Root =>
  world.run(attestor, modelCalibration, { ...claim, asOf: world.height }).id;

/** Returns the claim with its draw `k` changed. */
export const replaced = (
  claim: CalibrationClaim,
  k: number,
  change: (draw: DrawClaim) => Partial<DrawClaim>,
): CalibrationClaim => ({
  ...claim,
  draws: claim.draws.map((draw, i) => (i === k ? { ...draw, ...change(draw) } : draw)),
});

/**
 * Returns the witness of a finding in a draw, opened out of the texts.
 * @param claim - what is claimed of the draw at the step that is challenged
 */
export const drawWitness = (
  contributions: readonly Contributed[],
  draw: DrawClaim,
  finding: ClaimFinding,
  claim = draw.claim,
  version: RulesVersion = RULES_DEFAULT,
): Witness => {
  const { item, promptTokens } = draw;
  const { evidence, passages } = contributionOf(contributions, draw.contribution);
  const { start, end } = stretchOf(draw);
  const open = evidence(item).open;
  return witnessOf(
    finding,
    claim,
    { outputTokens: end - start, promptTokens },
    {
      context: rulesOf(version).context,
      output: openerFrom(open, start),
      prompt: open,
      source: (cited, of) => {
        const source = contributionOf(contributions, cited);
        return { open: source.evidence(of).open, tokens: source.items[of]?.count ?? 0 };
      },
      passages: {
        output: (from, to) => passages.over(item, start + from, start + to),
        source: (cited, of) => (from, to) => contributionOf(contributions, cited).passages.over(of, from, to),
      },
    },
  );
};

/**
 * Finds a match that is claimed at the step before the bar is met, and that a claim at the first step leaves out.
 * @returns the draw that the match is in, and the witness of the match
 */
export const leftOut = (
  contributions: readonly Contributed[],
  { before: [before], draws }: CalibrationClaim,
): { readonly draw: number; readonly witness: Witness } => {
  const [match] = before?.claim.matches ?? [];
  const draw = before && draws[before.draw];
  invariant(before !== undefined && match !== undefined && draw !== undefined, 'the step before is shown');
  const finding = { type: 'better', position: match.start, ...match } as const;
  return { draw: before.draw, witness: drawWitness(contributions, draw, finding) };
};

export type DrawPlace = { readonly claim: Root; readonly level: 'before' | 'met'; readonly draw: number };

const challengeOf = (model: ModelId, place: DrawPlace, witness: Witness) => ({
  target: { type: 'calibration', value: { model, ...place } } as const,
  witness,
});

export const challengeDraw = (world: World, model: ModelId, place: DrawPlace, witness: Witness): Ran =>
  world.run(watcher, attributionChallenge, challengeOf(model, place, witness));

export const drawRefusal = (world: World, model: ModelId, place: DrawPlace, witness: Witness): string =>
  world.refusal(watcher, attributionChallenge, challengeOf(model, place, witness));
