/** The target of a challenge: a receipt, one draw of a calibration, or a contribution. */

import type { Root } from '../../src/lib/brands.ts';
import { fromHex } from '../../src/lib/bytes.ts';
import { choice } from '../../src/lib/choice.ts';
import { type ContributionId, contributionId, modelId } from '../../src/lib/ids.ts';
import { MAX_UINT32 } from '../../src/lib/math.ts';
import { container, root32, uint16, union, type ValueOf } from '../../src/lib/ssz.ts';
import { parseReceiptId } from './receipt.ts';

const ReceiptTargetType = container({
  /** The id of the transaction that carried the receipt. */
  batch: root32,
  /** The place of the receipt in its batch, from 0. */
  index: uint16,
  /** The settlement that is challenged; zero if the witness is against the receipt itself (`malformed`). */
  settlement: root32,
});
/** A receipt and its settlement. */
export type ReceiptTarget = ValueOf<typeof ReceiptTargetType>;

const CalibrationTargetType = container({
  /** The model whose calibration is challenged. */
  model: modelId,
  /** The id of the transaction that claimed the calibration. */
  claim: root32,
  /** The step that meets the bar, or the step before it. */
  level: choice(['before', 'met']),
  /** The index of the draw, from 0. */
  draw: uint16,
});
/** One draw of a calibration. */
export type CalibrationTarget = ValueOf<typeof CalibrationTargetType>;

const ContributionTargetType = container({
  /** The contribution whose declaration is challenged. */
  contribution: contributionId,
});
/** The declaration of a contribution. */
export type ContributionTarget = ValueOf<typeof ContributionTargetType>;

export const ChallengeTargetType = union({
  receipt: ReceiptTargetType,
  calibration: CalibrationTargetType,
  contribution: ContributionTargetType,
});
export type ChallengeTarget = ValueOf<typeof ChallengeTargetType>;

/**
 * The subject of a challenge, without the settlement, the step or the draw. The challenges of one subject are stored
 * together.
 */
export type ChallengeSubject =
  | { readonly type: 'receipt'; readonly batch: Root; readonly index: number }
  | { readonly type: 'calibration'; readonly claim: Root }
  | { readonly type: 'contribution'; readonly contribution: ContributionId };

export const subjectOf = ({ type, value }: ChallengeTarget): ChallengeSubject => {
  switch (type) {
    case 'receipt':
      return { type: 'receipt', batch: value.batch, index: value.index };
    case 'calibration':
      return { type: 'calibration', claim: value.claim };
    case 'contribution':
      return { type: 'contribution', contribution: value.contribution };
  }
};

const CONTRIBUTION_ID = /^(0|[1-9][0-9]{0,9})$/;

/** Reads `0x<batch>/<index>`, `0x<claim of a calibration>` or a contribution id. The three forms cannot be confused. */
export const parseSubject = (value: string): ChallengeSubject | undefined => {
  if (CONTRIBUTION_ID.test(value))
    return Number(value) <= MAX_UINT32 ? { type: 'contribution', contribution: Number(value) } : undefined;
  const receipt = parseReceiptId(value);
  if (receipt.ok) return { type: 'receipt', ...receipt.value };
  const claim = fromHex(value, 32);
  return claim.ok ? { type: 'calibration', claim: claim.value as Root } : undefined;
};
