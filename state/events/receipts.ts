/** Events of receipts: from their batch to the end of each one. */

import { height64 } from '../../src/lib/chain.ts';
import { modelId } from '../../src/lib/ids.ts';
import { address20, container, list, optional, root32, uint16, uint32, uint128 } from '../../src/lib/ssz.ts';
import { claimBackers, receiptId, receiptMoney, receiptSet } from './fields.ts';

const receipt = {
  receipt: receiptId,
  model: modelId,
  version: uint32,
  payer: address20,
  provider: address20,
};

export const RECEIPT_EVENTS = {
  /** A provider recorded a batch of paid inferences. Their money is held until each receipt ends. */
  receiptsRecorded: container({
    /** The id of the transaction: it names the batch. */
    batch: root32,
    provider: address20,
    /** The groups in the order of the receipts. */
    groups: list(
      container({
        payer: address20,
        lane: uint32,
        /** Receipts in the group. */
        count: uint16,
        /** Taken from the payer's escrow, base units. */
        charged: uint128,
      }),
      1000,
    ),
    /** The versions of models that made the outputs, in the order in which receipts first name them. */
    models: list(
      container({
        model: modelId,
        version: uint32,
        /** Receipts that name it. */
        count: uint16,
      }),
      1000,
    ),
    /**
     * The last height at which the receipts may be settled. For receipts of a version that is not calibrated yet, the time
     * to settle begins with the end of its calibration.
     */
    deadline: height64,
  }),
  /** An attestor settled receipts of one batch, and their challenge window began. */
  receiptsSettled: container({
    /** The id of the transaction: it names the settlement. */
    settlement: root32,
    receipts: receiptSet,
    attestor: address20,
    /** Locked of the attestor's bond for all of them, base units. */
    bond: uint128,
    /** What other attestors have to lock before the claim, which is the only one then, can become final, base units. */
    missing: uint128,
    /** The height at whose end they become final, unless a DEMAND extends it; null while something is missing. */
    finalAt: optional(height64),
  }),
  /** An attestor added to what is locked behind the claim of another. With what was missing, the challenge window begins. */
  claimBacked: container({
    settlement: root32,
    receipt: receiptId,
    attestor: address20,
    /** Locked of its bond, base units. */
    bond: uint128,
    /** What is still missing, base units. */
    missing: uint128,
    /** The height at whose end the claim becomes final, unless a DEMAND extends it; null while something is missing. */
    finalAt: optional(height64),
  }),
  /** What was missing behind a claim was not added in time: it is dropped, and its receipt expires. */
  claimDropped: container({
    settlement: root32,
    receipt: receiptId,
    attestor: address20,
    /** What was missing, base units. */
    missing: uint128,
  }),
  /** An excuse that one of several backers gave was false: it backs the claim no longer, and the others may answer. */
  backerSlashed: container({
    /** The id of the `outdone` that the others may answer now. */
    challenge: root32,
    settlement: root32,
    receipt: receiptId,
    /** Whose answer has fallen. */
    attestor: address20,
    challenger: address20,
    /** The part of what it had locked that the challenger got, base units. 0 if it had lost that before. */
    reward: uint128,
    /** The part that was burned, base units. */
    burned: uint128,
  }),
  /** The settlement of a receipt became final, and its money was paid out. */
  receiptFinalized: container({
    ...receipt,
    settlement: root32,
    attestor: address20,
    /** a, what the spans found cover of the output, basis points. */
    coverageBps: uint16,
    paid: receiptMoney,
  }),
  /** What an attestor earned by what it settled in an epoch vested: no late proof can take it any more. */
  attestorVested: container({
    attestor: address20,
    /** The last block of the epoch. */
    epoch: height64,
    /** The account that got it. */
    payout: address20,
    /** The attestor's parts of the receipts, base units. */
    amount: uint128,
    /** What is free of its bond again, base units. */
    bond: uint128,
  }),
  /** A late proof showed that a final claim is false: what its attestor earned in that epoch and has not vested is lost. */
  attestorForfeited: container({
    attestor: address20,
    /** The last block of the epoch. */
    epoch: height64,
    settlement: root32,
    receipt: receiptId,
    challenger: address20,
    /** Of what it earned, base units. */
    earned: uint128,
    /** Of its bond, base units. */
    bond: uint128,
    /** The part of both that the challenger got, base units. */
    reward: uint128,
    /** The part of both that was burned, base units. */
    burned: uint128,
  }),
  /** Nobody settled a receipt in time, so it was paid out without attribution. */
  receiptExpired: container({ ...receipt, paid: receiptMoney }),
  /** A challenge showed that a receipt is malformed. Its compute went back to the payer. */
  receiptVoided: container({
    ...receipt,
    /** The settlement that it had. */
    settlement: optional(root32),
    challenger: address20,
    paid: receiptMoney,
  }),
  /** A challenge reverted the settlement of a receipt: the next attestor may settle it. */
  receiptReopened: container({
    ...receipt,
    settlement: root32,
    attestor: address20,
    challenger: address20,
    /** What was locked behind the claim, by attestor, and is lost. */
    backers: claimBackers,
    /** The part of that that the challenger got, base units. */
    reward: uint128,
    /** The part of that that was burned, base units. */
    burned: uint128,
    /** The last height at which the receipt may be settled now. */
    deadline: height64,
  }),
};
