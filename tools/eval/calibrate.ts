/** Calibrates a set of contributions as an attestor would. A given seed takes the place of the hash of a block. */
import { CalibrationCorpus, type Measurement, measureControl } from '../../src/attribution/calibrator.ts';
import { infoTable } from '../../src/attribution/info-table.ts';
import type { Root } from '../../src/lib/brands.ts';
import { utf8 } from '../../src/lib/bytes.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { calibratedBits, controlBpsOf, NO_STEP } from '../../state/attribution/calibration.ts';
import { DEFAULT_PARAMETERS } from '../../state/attribution/parameters.ts';
import { type Contribution, provenanceOf } from './collections.ts';
import type { ModelRules } from './economy.ts';

const DATANET = 1;
export const TARGET_BPS = 50;

export type Calibrated = {
  readonly measurement: Measurement;
  /** The rules that calibration sets; undefined if no step meets the bar. */
  readonly rules: ModelRules | undefined;
  readonly drawable: number;
};

export const seedRoot = (seed: number): Root => sha256(utf8(`openledger evaluation ${seed}`));

/**
 * Prepares contributions for calibration.
 * @param contributions - in the order of contribution id, which is also the order of acceptance
 * @param provenance - which of their text is copied; by default what they declare
 * @param parameters - with the version of the rules by which the items were cut into tokens
 */
export const prepare = (
  contributions: readonly Contribution[],
  { copied } = provenanceOf(contributions),
  parameters = DEFAULT_PARAMETERS,
): CalibrationCorpus => {
  let at = 0;
  return new CalibrationCorpus(
    infoTable(),
    contributions.map(({ contribution, owner, items, commons }, acceptance) => ({
      contribution,
      datanet: DATANET,
      acceptance,
      commons: commons === true,
      owner,
      items: items.map((item) => ({ ...item, copied: copied[at++] ?? [] })),
    })),
    parameters,
  );
};

export const calibrate = (corpus: CalibrationCorpus, seed: number, draws: number): Calibrated => {
  const measurement = measureControl(corpus, seedRoot(seed), { draws, targetBps: TARGET_BPS });
  const met = measurement.level === NO_STEP ? undefined : measurement.steps[measurement.level];
  return {
    measurement,
    drawable: corpus.drawableTokens,
    rules:
      met === undefined
        ? undefined
        : {
            matchBits: calibratedBits(measurement.level, DEFAULT_PARAMETERS.matchBitsMin),
            controlBps: controlBpsOf(met),
          },
  };
};

/** Returns Σ S / Σ T of one step. */
export const controlAt = ({ measurement }: Calibrated, bits: number): number => {
  const step = measurement.steps.find((each) => each.bits === bits);
  return step === undefined || step.total === 0 ? 0 : step.covered / step.total;
};
