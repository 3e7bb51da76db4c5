/**
 * Calibrates a set of contributions as an attestor would. A given seed takes the place of the hash of a
 * block.
 */
import { claimOfMeasurement } from '../../src/attribution/calibration-claimer.ts';
import { CalibrationCorpus, type Measurement, measureControl } from '../../src/attribution/calibrator.ts';
import { infoTable } from '../../src/attribution/info-table.ts';
import { type Address, nextHeight, type Root, toHeight } from '../../src/lib/brands.ts';
import { utf8 } from '../../src/lib/bytes.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { calibratedBits, controlBpsOf, NO_STEP } from '../../state/attribution/calibration.ts';
import { CalibrationClaimType } from '../../state/attribution/calibration-claim.ts';
import { DEFAULT_PARAMETERS } from '../../state/attribution/parameters.ts';
import type { Brought } from '../../state/attribution/shared.ts';
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

/** Returns the account of somebody by a name. */
const accountOf = (name: string): Address => sha256(utf8(name)).subarray(0, 20) as Address;

export const seedRoot = (seed: number): Root => sha256(utf8(`openledger evaluation ${seed}`));

/**
 * How contributions arrive. In turn: each is committed after the one before it was revealed, so nothing is
 * shared. At once: all are committed before any is revealed, so what two owners hold is shared.
 */
export type Arrival = 'in turn' | 'at once';

/**
 * Returns who brought a contribution, and in which blocks.
 * @param owner - the name of the owner
 * @param place - the place of the contribution in the order of acceptance
 */
export const broughtBy = (owner: string, place: number, arrival: Arrival): Brought => {
  const commit = toHeight(arrival === 'at once' ? 1n : BigInt(2 * place));
  return { owner: accountOf(owner), commit, reveal: nextHeight(commit) };
};

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
      brought: commons === true ? undefined : broughtBy(owner, acceptance, 'in turn'),
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

/** Returns the bytes of the claim of a round, which has to fit into a transaction. */
export const claimBytesOf = ({ measurement }: Calibrated): number =>
  CalibrationClaimType.encode(
    claimOfMeasurement(measurement, {
      model: 1,
      version: 1,
      round: 0,
      asOf: toHeight(1n),
      targetBps: TARGET_BPS,
    }),
  ).length;

/** Returns the share of all draws that is covered at one step. */
export const controlAt = ({ measurement }: Calibrated, bits: number): number => {
  const step = measurement.steps.find((each) => each.bits === bits);
  return step === undefined || step.total === 0 ? 0 : step.covered / step.total;
};
