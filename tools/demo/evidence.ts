/** Everything that the demo did, for the verdict and for the traces that are shown. */

import type { StepReporter } from '../lib/step-reporter.ts';
import type { CalibratedModel } from './calibrate.ts';
import type { Claimed } from './claim.ts';
import type { Coverage } from './control.ts';
import type { Ledger } from './ledger.ts';
import type { ServedBatch } from './serve.ts';
import type { Contributed, Datanets } from './setup.ts';

export type Evidence = {
  readonly ledger: Ledger;
  readonly reporter: StepReporter;
  readonly datanets: Datanets;
  readonly contributed: Contributed;
  readonly models: readonly CalibratedModel[];
  readonly batches: readonly ServedBatch[];
  /**
   * The coverage, measured off the chain by the rules of the first model; `raw` is at the bits before its calibration.
   */
  readonly coverage: readonly {
    readonly name: string;
    readonly raw: Coverage;
    readonly coverage: Coverage;
  }[];
  readonly claims: readonly Claimed[];
  /** When the demo began, in the milliseconds of `performance.now`. */
  readonly started: number;
};
