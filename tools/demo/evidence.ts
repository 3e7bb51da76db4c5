/** Everything that the demo did, handed from its story to the verdict and to the traces that are shown. */
import type { CalibratedModel } from './calibrate.ts';
import type { Claimed } from './claim.ts';
import type { Coverage } from './control.ts';
import type { Contributed, Datanets } from './found.ts';
import type { Ledger } from './ledger.ts';
import type { Narrator } from './narrator.ts';
import type { ServedBatch } from './serve.ts';

export type Evidence = {
  readonly ledger: Ledger;
  readonly narrator: Narrator;
  readonly datanets: Datanets;
  readonly contributed: Contributed;
  readonly models: readonly CalibratedModel[];
  readonly batches: readonly ServedBatch[];
  /** Off the chain, by the rules of the first model; `raw` at the bits of before its calibration. */
  readonly coverage: readonly {
    readonly name: string;
    readonly raw: Coverage;
    readonly coverage: Coverage;
  }[];
  readonly claims: readonly Claimed[];
  /** When the demo began, as `performance.now` has it. */
  readonly started: number;
};
