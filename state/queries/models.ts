/** What the chain knows of models. Pure reads over the state of one height. */
import { divFloor } from '../../src/lib/math.ts';
import { type ClosedEpoch, closedEpochOf } from '../modules/closed-epochs.ts';
import {
  debtOf,
  type EpochHistory,
  historyOf,
  type RunningEpoch,
  runningEpochOf,
} from '../modules/epochs.ts';
import { type Model, modelOf, nextModel } from '../modules/models.ts';
import { paramsOf } from '../modules/parameters.ts';
import { epochEnd } from '../modules/receipts.ts';
import { modelEarned } from '../modules/rewards.ts';
import type { ReadView } from '../view.ts';

export type ModelInfo = Model & {
  readonly id: number;
  /** Base units, for all its parties together. */
  readonly earned: bigint;
  /** Over the epochs that have closed. */
  readonly history: EpochHistory;
  /** a, over the epochs that have closed: Σ D·a over Σ D; 0 without any. */
  readonly coverageBps: number;
  /** What the coming epochs have to make up for, base units times basis points. */
  readonly debt: bigint;
  /** Undefined while the epoch has no final receipt of this model. */
  readonly running: RunningEpoch | undefined;
};

export const getModel = (view: ReadView, id: number): ModelInfo | undefined => {
  const model = modelOf(view, id);
  if (model === undefined) return undefined;
  const history = historyOf(view, id);
  return {
    ...model,
    id,
    earned: modelEarned(view, id),
    history,
    coverageBps: history.data === 0n ? 0 : Number(divFloor(history.gain, history.data)),
    debt: debtOf(view, id),
    running: runningEpochOf(view, id),
  };
};

/** Models by id, from the first after `after` on. */
export const listModels = (view: ReadView, after: number, limit: number): readonly ModelInfo[] => {
  const out: ModelInfo[] = [];
  for (let id = after + 1; id < nextModel(view) && out.length < limit; id++) {
    const model = getModel(view, id);
    if (model !== undefined) out.push(model);
  }
  return out;
};

/** The epoch that a block is in, for one model. */
export type EpochInfo = {
  /** The block at whose end it closes. */
  readonly end: bigint;
  /** Undefined while it runs, and if the model had no final receipt in it. */
  readonly closed: ClosedEpoch | undefined;
};

export const getEpoch = (view: ReadView, model: number, height: bigint): EpochInfo => {
  const end = epochEnd(height, paramsOf(view).attribution);
  return { end, closed: closedEpochOf(view, model, end) };
};
