/**
 * One text that several people bring, each with words of their own: what the chain pays, and what it costs them. All figures
 * come from the chain: the accounts before and after, and what the contributions have earned.
 */
import { infoTable } from '../../../../src/attribution/info-table.ts';
import { DatanetIndex } from '../../../../src/attribution/novelty.ts';
import type { Root } from '../../../../src/lib/brands.ts';
import { toHex } from '../../../../src/lib/bytes.ts';
import type { ContributionId } from '../../../../src/lib/ids.ts';
import type { Claim } from '../../../../state/attribution/claim.ts';
import { DEFAULT_PARAMETERS } from '../../../../state/attribution/parameters.ts';
import { RULES_DEFAULT } from '../../../../state/attribution/rules.ts';
import { acceptedOf, broughtOf } from '../../../../state/modules/data/contributions.ts';
import { totalsOf } from '../../../../state/modules/ledger/totals.ts';
import { contributionEarned } from '../../../../state/modules/pay/rewards.ts';
import { oracleClaim } from '../../../oracle/claims.ts';
import { type OracleCase, oracleTokens, oracleTrace } from '../../../oracle/oracle.ts';
import {
  contributeTexts,
  type Inference,
  infer,
  settleAs,
  type TextContribution,
  wordsOf,
} from './dispute-scenes.ts';
import {
  alice,
  bob,
  createDatanet,
  deposit,
  everyone,
  pinOf,
  registerModel,
  sendReceipts,
} from './scenes.ts';
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

export type SharedScene = {
  readonly world: World;
  readonly model: number;
  readonly first: Bringer;
  readonly rivals: readonly Bringer[];
  /** The true claim of an output, by the oracle. */
  readonly claim: (inference: Inference) => Claim;
  readonly infer: (prompt: string, output: string) => Inference;
};

/** Nobody declares novel tokens, so that all that anyone earns comes from spans. */
const notNovel = () => ({ novelRuns: [], copied: [] });

const CASE = { version: RULES_DEFAULT, imin: DEFAULT_PARAMETERS.matchBitsMin } as const;

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
  const origins: OracleCase['origins'] = Array.from(
    { length: Math.max(...all.map(({ contribution }) => contribution.contribution)) + 1 },
    (_, contribution) => {
      const brought = broughtOf(world.view, contribution);
      return (
        brought && {
          owner: toHex(brought.owner),
          commit: Number(brought.commit),
          reveal: Number(brought.reveal),
        }
      );
    },
  );
  const corpus = origins.map((_, id) => {
    const found = all.find(({ contribution }) => contribution.contribution === id);
    return (found?.texts ?? []).map((text) => oracleTokens(text, RULES_DEFAULT));
  });
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
    claim: ({ prompt, output }) => {
      const given: OracleCase = {
        ...CASE,
        output: oracleTokens(output, RULES_DEFAULT),
        prompt: oracleTokens(prompt, RULES_DEFAULT),
        corpus,
        origins,
      };
      return oracleClaim(given, oracleTrace(given));
    },
  };
};

export const earnedBy = ({ world }: SharedScene, contribution: ContributionId): bigint => {
  const accepted = acceptedOf(world.view, contribution);
  return accepted === undefined ? 0n : contributionEarned(world.view, contribution, accepted).spans;
};

/** Settles one receipt of each output by the true claim, and waits until its epoch has closed. */
export const payFor = (scene: SharedScene, outputs: readonly string[]): Root => {
  const { world, model } = scene;
  const inferences = outputs.map((output) => scene.infer('what', output));
  const batch = sendReceipts(
    world,
    model,
    inferences.map(({ body }, i) => ({ ...body, compute: BigInt(i) })),
  );
  settleAs(
    world,
    batch,
    inferences.map((inference, i) => [i, scene.claim(inference)] as const),
  );
  world.until(world.height + 20n);
  return batch;
};

/** The data money, and who has got it. */
export const moneyOf = (scene: SharedScene) => {
  const { data, shared, remainder } = totalsOf(scene.world.view);
  return {
    spans: data,
    treasury: shared,
    remainder,
    first: earnedBy(scene, scene.first.contribution.contribution),
    rivals: scene.rivals.map(({ contribution }) => earnedBy(scene, contribution.contribution)),
  };
};
