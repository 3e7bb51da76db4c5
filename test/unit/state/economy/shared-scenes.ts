/**
 * One text that several people bring, each with words of their own: what the chain pays, and what it costs them. All figures
 * come from the chain: the accounts before and after, and what the contributions have earned.
 */
import { infoTable } from '../../../../src/attribution/info-table.ts';
import { DatanetIndex } from '../../../../src/attribution/novelty.ts';
import type { ModelId } from '../../../../src/lib/ids.ts';
import type { Claim } from '../../../../state/attribution/claim.ts';
import { DEFAULT_PARAMETERS } from '../../../../state/attribution/parameters.ts';
import { RULES_DEFAULT } from '../../../../state/attribution/rules.ts';
import { totalsOf } from '../../../../state/modules/ledger/totals.ts';
import { contributeTexts, type Inference, infer, type TextContribution, wordsOf } from './dispute-scenes.ts';
import { claimByOracle, earnedBy, type OracleScene, settleOutputs } from './oracle-scenes.ts';
import { alice, bob, createDatanet, deposit, everyone, pinOf, registerModel } from './scenes.ts';
import { type Actor, actor, World } from './world.ts';

export const carol = actor('carol');
export { alice, bob };

/** The text that several bring: 60 words that stand nowhere else. */
export const TEXT = wordsOf('text', 60);

export type Rival = {
  readonly who: Actor;
  readonly texts: readonly string[];
  /** Whether it commits before the reveal of the first, in the very block of it, or in the one after. */
  readonly commits: 'before the reveal' | 'after the reveal';
};

type Bringer = {
  readonly who: Actor;
  readonly texts: readonly string[];
  readonly contribution: TextContribution;
};

export type SharedScene = OracleScene & {
  readonly model: ModelId;
  readonly first: Bringer;
  readonly rivals: readonly Bringer[];
  /** The true claim of an output, by the oracle. */
  readonly claim: (inference: Inference) => Claim;
};

/** Nobody declares novel tokens, so that all that anyone earns comes from spans. */
const notNovel = () => ({ novelRuns: [], copied: [] });

/** Alice brings `texts` first, and the rivals theirs. */
export const sharedScene = (texts: readonly string[], rivals: readonly Rival[]): SharedScene => {
  const world = new World([...everyone, carol, actor('watcher'), actor('helper')], (params) => ({
    ...params,
    contribution: { ...params.contribution, revealMax: 40 },
  }));
  const datanet = createDatanet(world, { bondPerByte: 0n });
  const bring = (
    { who, texts: own }: Pick<Rival, 'who' | 'texts'>,
    between: () => void = () => undefined,
  ): Bringer => {
    // Nobody knows of the others' texts when it declares its own.
    const index = new DatanetIndex(infoTable(), DEFAULT_PARAMETERS);
    return {
      who,
      texts: own,
      contribution: contributeTexts(world, who, datanet, own, index, notNovel, RULES_DEFAULT, between),
    };
  };
  const early: Bringer[] = [];
  const first = bring({ who: alice, texts }, () => {
    for (const rival of rivals) if (rival.commits === 'before the reveal') early.push(bring(rival));
  });
  const late = rivals.filter(({ commits }) => commits === 'after the reveal').map((rival) => bring(rival));
  const model = registerModel(world, [pinOf(world, datanet)]);
  deposit(world, 100_000_000n);
  world.until(100n);
  const all = [first, ...early, ...late];
  const brought = new Map(all.map((each) => [each.contribution.contribution, each.texts]));
  return {
    world,
    model,
    first,
    rivals: [...early, ...late],
    infer: (prompt, output) =>
      infer(
        all.map(({ contribution }) => contribution),
        prompt,
        output,
      ),
    claim: (inference) => claimByOracle(world, brought, inference),
  };
};

/** Settles one receipt of each output by the true claim, and waits until its epoch has closed. */
export const payFor = (scene: SharedScene, outputs: readonly string[]): void =>
  settleOutputs(scene, scene.model, outputs, scene.claim);

/** The data money, and who has got it. */
export const moneyOf = (scene: SharedScene) => {
  const { data, shared, remainder } = totalsOf(scene.world.view);
  return {
    spans: data,
    treasury: shared,
    remainder,
    first: earnedBy(scene.world, scene.first.contribution.contribution),
    rivals: scene.rivals.map(({ contribution }) => earnedBy(scene.world, contribution.contribution)),
  };
};
