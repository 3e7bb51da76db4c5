/** A revision with receipts of both versions, and what everyone claims in the end. */
import { ZERO_ROOT } from '../../../../src/lib/brands.ts';
import { getRewards } from '../../../../state/queries/rewards.ts';
import { inferenceReceipt } from '../../../../state/tx/inference-receipt.ts';
import { type ModelRevision, modelRevision } from '../../../../state/tx/model-revision.ts';
import { rewardClaim } from '../../../../state/tx/reward-claim.ts';
import { register } from '../economy/calibration-scenes.ts';
import { OUTPUT, PROMPT, settleAs, wordsOf } from '../economy/dispute-scenes.ts';
import {
  alice,
  bob,
  creator,
  owner,
  pinOf,
  provider,
  receiptBody,
  receiptGroup,
  reviewers,
  trainer,
} from '../economy/scenes.ts';
import { type Actor, actor, bytes32, intent } from '../economy/world.ts';
import { claimRounds, type Models } from './calibrations.ts';
import type { GoldenChain } from './chain.ts';
import type { Data } from './contributions.ts';
import { sceneOf } from './receipts.ts';

export const playRevision = (chain: GoldenChain, data: Data, models: Models): void => {
  const { texts } = data;
  const { base } = models;
  texts.contribute(reviewers[2], wordsOf('iota', 45));
  const revision: ModelRevision = {
    model: base,
    manifest: [pinOf(chain, texts.id)],
    rules: 2,
    weights: bytes32('new weights'),
    recipe: bytes32('new recipe'),
    transcript: ZERO_ROOT,
    evaluationRoot: ZERO_ROOT,
    template: ZERO_ROOT,
    evaluation: [{ measure: 'accuracy', thousandths: 640 }],
  };
  const scene = sceneOf(chain, data, models);
  const honest = scene.infer(PROMPT, OUTPUT);
  const first = receiptGroup(chain, base, [honest.body]);
  // So far one validator has proposed all blocks. Now they take turns, so the second round is drawn one block after the first.
  chain.turn = (height) => Number(height % 3n);
  const old = chain.run(provider, inferenceReceipt, { groups: [first] }).id;
  chain.block(
    intent(trainer, modelRevision, revision),
    intent(owner, modelRevision, revision),
    intent(owner, modelRevision, revision),
  );
  const younger = scene.infer(PROMPT, `${wordsOf('iota', 30, 3)} ${OUTPUT}`);
  const second = receiptGroup(chain, base, [younger.body, honest.body]);
  const batch = chain.run(provider, inferenceReceipt, { groups: [second] }).id;
  chain.until(chain.height + 2n);
  claimRounds(chain, texts.contributions, base, 2);
  settleAs(chain, old, [[0, honest.claim]]);
  chain.until(chain.height + 4n);
  settleAs(chain, batch, [
    [0, younger.claim],
    [1, honest.claim],
  ]);
  chain.until(chain.height + 15n);
};

/** Claims all that an account could claim, or what it cannot. */
const claimAll = (chain: GoldenChain, who: Actor) => {
  const { contributions, models, stake } = getRewards(chain.view, who.address, { from: 0, limit: 64 });
  return intent(who, rewardClaim, {
    contributions: contributions.map(({ contribution }) => contribution),
    models: models.map(({ model }) => model),
    stake: stake.length > 0,
  });
};

export const playRewards = (chain: GoldenChain): void => {
  const everyone = [alice, bob, trainer, owner, reviewers[2], actor('north'), actor('south')];
  // Whose contributions these are, and who has nothing to claim.
  chain.block(
    intent(creator, rewardClaim, { contributions: [1], models: [], stake: false }),
    intent(creator, rewardClaim, { contributions: [], models: [1], stake: false }),
    claimAll(chain, creator),
    claimAll(chain, alice),
  );
  chain.block(...everyone.map((who) => claimAll(chain, who)));
  chain.until(chain.height + 2n);
};

/** Receipts that nobody settles, recorded while their version waits for its calibration: they expire so long after its end. */
export const playWaiting = (chain: GoldenChain): void => {
  const model = register(chain, []);
  const group = receiptGroup(chain, model, [receiptBody('waits'), receiptBody('waits too')]);
  chain.run(provider, inferenceReceipt, { groups: [group] });
  chain.until(chain.height + 22n);
};
