/**
 * A text that somebody has registered and that becomes a commons by proposal: what models are paid that were registered
 * before it, and those registered after it. All figures come from the chain.
 */
import { infoTable } from '../../../../src/attribution/info-table.ts';
import { DatanetIndex } from '../../../../src/attribution/novelty.ts';
import type { ContributionId, DatanetId, ModelId } from '../../../../src/lib/ids.ts';
import type { Claim } from '../../../../state/attribution/claim.ts';
import { acceptedOf } from '../../../../state/modules/data/contributions.ts';
import { totalsOf } from '../../../../state/modules/ledger/totals.ts';
import {
  contributeTexts,
  type Inference,
  infer,
  type TextContribution,
  watcher,
  wordsOf,
} from './dispute-scenes.ts';
import { claimByOracle, earnedBy, type OracleScene, settleOutputs } from './oracle-scenes.ts';
import { alice, bob, createDatanet, deposit, everyone, pinOf, registerModel } from './scenes.ts';
import { type Actor, actor, World } from './world.ts';

/** A licence that alice has registered, with words of her own; and what bob brought. As long as the texts of shared-scenes.ts. */
export const LICENCE = wordsOf('text', 60);
export const ALICES = wordsOf('alone', 30);
export const BOBS = wordsOf('bobs', 30);

/** As somebody declares who proposes it. */
export const proposed = () => ({ role: 'commons' as const, novelRuns: [] });

export type CommonsScene = OracleScene & {
  readonly datanet: DatanetId;
  readonly index: DatanetIndex;
  readonly alices: TextContribution;
  readonly bobs: TextContribution;
  /** Proposes texts as a commons, and has them accepted. */
  readonly propose: (from: Actor, ...texts: readonly string[]) => TextContribution;
  /** The true claim of an output by a model, as the oracle makes it of what the model pins. */
  readonly claim: (model: ModelId, inference: Inference) => Claim;
  /** Registers a model of everything that is accepted now. */
  readonly register: () => ModelId;
};

export const commonsScene = (): CommonsScene => {
  const world = new World([...everyone, watcher, actor('carol'), actor('helper'), actor('north')]);
  const datanet = createDatanet(world, { bondPerByte: 0n });
  const index = new DatanetIndex(infoTable());
  const texts = new Map<ContributionId, readonly string[]>();
  const made: TextContribution[] = [];
  const pins = new Map<ModelId, ReadonlySet<ContributionId>>();
  const bring = (from: Actor, own: readonly string[], isProposal: boolean): TextContribution => {
    const notNovel = () => ({ novelRuns: [] });
    const contribution = contributeTexts(world, from, datanet, own, index, isProposal ? proposed : notNovel);
    texts.set(contribution.contribution, own);
    made.push(contribution);
    return contribution;
  };
  const alices = bring(alice, [LICENCE, ALICES], false);
  const bobs = bring(bob, [BOBS], false);
  deposit(world, 100_000_000n);
  return {
    world,
    datanet,
    index,
    alices,
    bobs,
    propose: (from, ...own) => bring(from, own, true),
    register: () => {
      const model = registerModel(world, [pinOf(world, datanet)]);
      pins.set(model, new Set(texts.keys()));
      return model;
    },
    infer: (prompt, output) => infer(made, prompt, output),
    claim: (model, inference) => {
      const pinned = pins.get(model) ?? new Set();
      const isEligible = (id: ContributionId) =>
        pinned.has(id) && acceptedOf(world.view, id)?.voided === undefined;
      const eligible = new Map([...texts].filter(([id]) => isEligible(id)));
      return claimByOracle(world, eligible, inference);
    },
  };
};

/** Settles one receipt of each output by the true claim, and waits until its epoch has closed. Returns who got how much. */
export const payFor = (scene: CommonsScene, model: ModelId, outputs: readonly string[]) => {
  const before = moneyOf(scene);
  settleOutputs(scene, model, outputs, (inference) => scene.claim(model, inference));
  const after = moneyOf(scene);
  return {
    alice: after.alice - before.alice,
    bob: after.bob - before.bob,
    treasury: after.treasury - before.treasury,
    remainder: after.remainder - before.remainder,
  };
};

const moneyOf = (scene: CommonsScene) => {
  const { shared, remainder } = totalsOf(scene.world.view);
  return {
    alice: earnedBy(scene.world, scene.alices.contribution),
    bob: earnedBy(scene.world, scene.bobs.contribution),
    treasury: shared,
    remainder,
  };
};
