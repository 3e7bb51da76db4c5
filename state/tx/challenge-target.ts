/** What a challenge is held against: a receipt, one draw of a calibration, or a contribution. */
import type { Root } from '../../src/lib/brands.ts';
import { choice } from '../../src/lib/choice.ts';
import { container, root32, type Ssz, uint16, uint32, union, type Variant } from '../../src/lib/ssz.ts';

/** A receipt, and the settlement that it has. */
export type ReceiptTarget = {
  readonly batch: Root;
  readonly index: number;
  /** Zero for what concerns the receipt and not its settlement: `malformed`. */
  readonly settlement: Root;
};

/** One draw of a calibration. */
export type CalibrationTarget = {
  readonly model: number;
  /** The id of the claim's transaction. */
  readonly claim: Root;
  /** Of the step that meets the bar, or of the one before. */
  readonly level: 'before' | 'met';
  readonly draw: number;
};

/** What a contribution declares of itself. */
export type ContributionTarget = { readonly seq: number };

type Targets = {
  receipt: ReceiptTarget;
  calibration: CalibrationTarget;
  contribution: ContributionTarget;
};

export type ChallengeTarget = Variant<Targets>;

export const ChallengeTargetType: Ssz<ChallengeTarget> = union<Targets>({
  receipt: container<ReceiptTarget>({ batch: root32, index: uint16, settlement: root32 }),
  calibration: container<CalibrationTarget>({
    model: uint32,
    claim: root32,
    level: choice(['before', 'met']),
    draw: uint16,
  }),
  contribution: container<ContributionTarget>({ seq: uint32 }),
});
