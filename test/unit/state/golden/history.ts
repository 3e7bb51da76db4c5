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
import { playCalibrations } from './calibrations.ts';
import { GoldenChain } from './chain.ts';
import { playContributions } from './contributions.ts';
import { playDeclarations } from './declarations.ts';
import { playReceipts } from './receipts.ts';
import { playRevision, playRewards } from './rewards.ts';
import { playTransfers } from './transfers.ts';

/** Few draws; of a target that leaves some coincidence, so that there is a control to pay above. */
const params = (params: Params): Params => ({
  ...params,
  attribution: { ...params.attribution, calibrationDraws: 32, controlTargetBps: 300, calibrationBond: 100n },
});

export const playHistory = (): GoldenChain => {
  const actors = [...everyone, watcher, helper, actor('north'), actor('attestor payout')];
  const chain = new GoldenChain(actors, params);
  playTransfers(chain);
  const data = playContributions(chain);
  const models = playCalibrations(chain, data);
  playReceipts(chain, data, models);
  playDeclarations(chain);
  playRevision(chain, data, models);
  playRewards(chain);
  return chain;
};
