/**
 * Calibrates every model, as the attestor: measures what coincidence alone would pay for texts like those of its data,
 * on tokens that the hash of a later block has drawn from them. Nothing can be settled before that.
 */

import { claimOfMeasurement } from '../../src/attribution/calibration-claimer.ts';
import { measureControl } from '../../src/attribution/calibrator.ts';
import type { RpcClient } from '../../src/client/rpc-client.ts';
import { waitUntil } from '../../src/client/wait.ts';
import { ZERO_ROOT } from '../../src/lib/brands.ts';
import { CodedError, fault } from '../../src/lib/errors.ts';
import { calibrationFacts, readCalibrationData } from '../../src/services/corpus/calibration-data.ts';
import { openTextCache } from '../../src/services/corpus/text-cache.ts';
import { eligibleOf } from '../../src/services/corpus/tracers.ts';
import type { CalibrationClaim } from '../../state/attribution/calibration-claim.ts';
import type { Params } from '../../state/params.ts';
import { modelCalibration } from '../../state/tx/model-calibration.ts';
import type { Actor } from './actors.ts';
import { intent, type Ledger } from './ledger.ts';
import type { RegisteredModel } from './models.ts';

/** Every model of the demo has one version. */
const VERSION = 1;
const TIMEOUT_MS = 120_000;

export type CalibratedModel = RegisteredModel & {
  /** The parameter Imin. */
  readonly matchBits: number;
  /** The parameter κ, in basis points. */
  readonly controlBps: number;
  /** The steps, from the lowest on: the bits, and Σ S and Σ T of the draws, where Σ S is what coincidence explains. */
  readonly steps: readonly { readonly bits: number; readonly covered: number; readonly total: number }[];
};

type Measured = { readonly claim: CalibrationClaim; readonly steps: CalibratedModel['steps'] };

const measure = async (node: RpcClient, { attribution: params }: Params, id: number): Promise<Measured> => {
  const draw = await waitUntil(
    `the draw for model ${id}`,
    async () => (await node.call('model_getCalibration', { id, version: VERSION })).draw ?? undefined,
    { timeoutMs: TIMEOUT_MS },
  );
  const textCache = openTextCache(node);
  const sources = await eligibleOf(node, id, VERSION);
  const roots = new Map(sources.map(({ contribution, root }) => [contribution, root]));
  // The node may still be fetching the texts. A text that is missing here would count as void.
  await waitUntil(
    `the texts that model ${id} may be traced to`,
    async () => {
      const known = await textCache.contributions([...roots.values()]);
      return known.every((each) => each !== undefined) ? known : undefined;
    },
    { timeoutMs: TIMEOUT_MS },
  );
  const facts = await calibrationFacts(node, { model: id, version: VERSION }, sources);
  const asOf = (await node.call('node_status')).height;
  const data = await readCalibrationData(facts, asOf, params, textCache, async (contribution) => {
    const [known] = await textCache.contributions([roots.get(contribution) ?? ZERO_ROOT]);
    return known;
  });
  if (data === undefined)
    throw new CodedError(fault('DEMO_CONTENT', `the data of model ${id} is not available`));
  const targetBps = params.controlTargetBps;
  const seed = draw.seed;
  const measured = measureControl(data.corpus, seed, { draws: params.calibrationDraws, targetBps });
  // Nothing is struck or void in the demo, so the data that was read still stands at this height.
  const now = (await node.call('node_status')).height;
  return {
    claim: claimOfMeasurement(measured, { model: id, version: VERSION, asOf: now, targetBps }),
    steps: measured.steps.map(({ bits, covered, total }) => ({ bits, covered, total })),
  };
};

/** Claims the calibrations one after the other, because the height that a claim names must be recent. */
export const claimCalibrations = async (
  ledger: Ledger,
  attestor: Actor,
  models: readonly RegisteredModel[],
  progress: (text: string) => void,
): Promise<readonly CalibratedModel['steps'][]> => {
  const steps: CalibratedModel['steps'][] = [];
  for (const { id, name } of models) {
    progress(`${name} is calibrated`);
    const measured = await measure(ledger.attestor, ledger.params, id);
    await ledger.submit([intent(attestor, modelCalibration, measured.claim)]);
    steps.push(measured.steps);
  }
  return steps;
};

/** Waits until each claim is final, and returns the models with their calibrated numbers. */
export const calibratedModels = (
  ledger: Ledger,
  models: readonly RegisteredModel[],
  steps: readonly CalibratedModel['steps'][],
): Promise<readonly CalibratedModel[]> =>
  Promise.all(
    models.map(async (model, i) => {
      const control = await waitUntil(
        `the calibration of ${model.name}`,
        async () => {
          const { matchBits, controlBps } = await ledger.attestor.call('model_getCalibration', {
            id: model.id,
            version: VERSION,
          });
          return matchBits === null || controlBps === null ? undefined : { matchBits, controlBps };
        },
        { timeoutMs: TIMEOUT_MS },
      );
      return { ...model, ...control, steps: steps[i] ?? [] };
    }),
  );
