/** Everything that the demo did, for the verdict and for the traces that are shown. */

import type { StepReporter } from '../lib/step-reporter.ts';
import type { Actors } from './actors.ts';
import type { Claimed } from './claim.ts';
import type { Contribution } from './contribute.ts';
import type { ControlRow } from './control.ts';
import type { Copies } from './copies.ts';
import type { Ledger } from './ledger.ts';
import type { FallenLie } from './lie.ts';
import type { ServedBatch } from './serve.ts';
import type { CalibratedModel, Reviewable, Reviewed } from './services.ts';
import type { Datanets } from './setup.ts';

export type Evidence = {
  readonly ledger: Ledger;
  readonly reporter: StepReporter;
  readonly datanets: Datanets;
  /** All accepted contributions. */
  readonly accepted: readonly Contribution[];
  readonly copies: Copies;
  readonly models: readonly CalibratedModel[];
  readonly batches: readonly ServedBatch[];
  /** The coverage, measured off the chain by the rules of the first model. */
  readonly coverage: readonly ControlRow[];
  readonly reviewable: Reviewable;
  readonly reviewed: Reviewed;
  /** The lie that was told and refuted; undefined without `--lie`. */
  readonly lie: FallenLie | undefined;
  readonly actors: Actors;
  readonly claims: readonly Claimed[];
  /** When the demo began, in the milliseconds of `performance.now`. */
  readonly started: number;
};
