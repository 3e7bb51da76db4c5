/**
 * The history behind the golden files: one chain on which every kind of transaction is executed and every event happens.
 * It is the same in every process: keys, salts, texts and times follow from names and heights.
 *
 * It is made of the scenes of `../economy`. A scene that comes to send something else, or in another block, changes the
 * history: write a new scene instead.
 */
import type { Params } from '../../../../state/params.ts';
import { helper, watcher } from '../economy/dispute-scenes.ts';
import { everyone } from '../economy/scenes.ts';
import { actor } from '../economy/world.ts';
import { playBacking } from './backing.ts';
import { playCalibrations } from './calibrations.ts';
import { GoldenChain, JOINER } from './chain.ts';
import { playContributions } from './contributions.ts';
import { playDeclarations } from './declarations.ts';
import { playReceipts } from './receipts.ts';
import { playRevision, playRewards, playWaiting } from './rewards.ts';
import { playTransfers } from './transfers.ts';

/**
 * Every number that money depends on, so that `genesis.json` and the scenes may choose others. Few draws; of a target that
 * leaves some coincidence, so that there is a control to pay above.
 */
const pinned = (params: Params): Params => ({
  ...params,
  fees: { initialBaseFee: 1n, minBaseFee: 1n, maxStep: 8, gasPerByte: 10, gasPerSignature: 3_000 },
  contribution: {
    revealMin: 2,
    revealMax: 10,
    minQuorum: 2,
    commitBond: 100n,
    bondPerByteMin: 0n,
    declarationWindow: 40,
    reviewBond: 20n,
  },
  attribution: {
    ...params.attribution,
    epochBlocks: 10,
    challengeWindow: 3,
    answerWindow: 10,
    settleEpochs: 2,
    lMin: 8,
    lMax: 256,
    iMin: 96,
    promptMin: 8,
    copyMin: 16,
    spanShareBps: 8_000,
    noveltyShareBps: 10_000,
    bondPerReceipt: 10n,
    lateProofWindow: 10,
    lateProofBond: 100n,
    challengeBond: 10n ** 16n,
    challengeRewardBps: 5_000,
    demandCost: 2n * 10n ** 15n,
    demandsMax: 4,
    calibrationBond: 100n,
    controlTargetBps: 780,
    calibrationDraws: 32,
    drawDelay: 2,
  },
  shares: { burnBps: 500, treasuryBps: 300, attestorBps: 200, modelBps: 2_000, stakersBps: 2_000 },
  escrow: { withdrawDelay: 30 },
});

export const playHistory = (): GoldenChain => {
  const actors = [...everyone, watcher, helper, actor('north'), actor('attestor payout'), JOINER];
  const chain = new GoldenChain(actors, pinned);
  playTransfers(chain);
  const data = playContributions(chain);
  const models = playCalibrations(chain, data);
  playReceipts(chain, data, models);
  playBacking(chain, data, models);
  playDeclarations(chain);
  playRevision(chain, data, models);
  playRewards(chain);
  playWaiting(chain);
  return chain;
};
