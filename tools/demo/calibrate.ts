/**
 * The attestor calibrates every model: what coincidence alone would pay for texts like those of its data, measured on
 * tokens that a later block has drawn from them. Nothing is settled before.
 */

import { claimOfMeasurement } from '../../src/attribution/calibration-claimer.ts';
import { measureControl } from '../../src/attribution/calibrator.ts';
import type { RpcClient } from '../../src/client/rpc-client.ts';
import { waitUntil } from '../../src/client/wait.ts';
import type { Root } from '../../src/lib/brands.ts';
import { fromHex } from '../../src/lib/bytes.ts';
import { CodedError, fault, unwrap } from '../../src/lib/errors.ts';
import { calibrationFacts, studyCalibration } from '../../src/services/corpus/calibration-study.ts';
import { openLibrary } from '../../src/services/corpus/library.ts';
import { eligibleOf } from '../../src/services/corpus/studies.ts';
import type { CalibrationClaim } from '../../state/attribution/calibration-claim.ts';
import type { Params } from '../../state/params.ts';
import { modelCalibration } from '../../state/tx/model-calibration.ts';
import type { Actor } from './cast.ts';
import { intent, type Ledger } from './ledger.ts';
import type { RegisteredModel } from './models.ts';

/** Models of the demo have one version. */
const VERSION = 1;
const TIMEOUT_MS = 120_000;

export type CalibratedModel = RegisteredModel & {
  /** Imin. */
  readonly matchBits: number;
  /** κ. */
  readonly controlBps: number;
  /** By step, from the lowest on: bits, and how much of the draws coincidence explains there, Σ S and Σ T. */
  readonly steps: readonly { readonly bits: number; readonly covered: number; readonly total: number }[];
};

type Measured = { readonly claim: CalibrationClaim; readonly steps: CalibratedModel['steps'] };

const measure = async (node: RpcClient, { attribution: params }: Params, id: number): Promise<Measured> => {
  const draw = await waitUntil(
    `the draw for model ${id}`,
    async () => (await node.call('model_getCalibration', { id, version: VERSION })).draw ?? undefined,
    { timeoutMs: TIMEOUT_MS },
  );
  const library = openLibrary(node);
  const sources = await eligibleOf(node, id, VERSION);
  const roots = new Map(sources.map(({ contribution, root }) => [contribution, root]));
  // The node may still be fetching them: what is missing would count as void.
  await waitUntil(
    `the texts that model ${id} may be traced to`,
    async () => {
      const known = await library.contributions([...roots.values()]);
      return known.every((each) => each !== undefined) ? known : undefined;
    },
    { timeoutMs: TIMEOUT_MS },
  );
  const facts = await calibrationFacts(node, { model: id, version: VERSION }, sources);
  const asOf = BigInt((await node.call('node_status')).height);
  const study = await studyCalibration(facts, asOf, params, library, async (contribution) => {
    const [known] = await library.contributions([roots.get(contribution) ?? '']);
    return known;
  });
  if (study === undefined)
    throw new CodedError(fault('DEMO_CONTENT', `the data of model ${id} is not to be had`));
  const targetBps = params.controlTargetBps;
  const seed = unwrap(fromHex(draw.seed, 32)) as Root;
  const measured = measureControl(study.corpus, seed, { draws: params.calibrationDraws, targetBps });
  // Nothing falls in the demo: what was read stands as of now too.
  const now = BigInt((await node.call('node_status')).height);
  return {
    claim: claimOfMeasurement(measured, { model: id, version: VERSION, asOf: now, targetBps }),
    steps: measured.steps.map(({ bits, covered, total }) => ({ bits, covered, total })),
  };
};

/** Claims the calibration of each, one after the other: what a claim is as of must not be long ago. */
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

/** The numbers that hold for each, once its claim is final. */
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
