/** The codes that the results of a block may hold: those of executing a transaction, of disputes and of attribution. */

import type { NumberedErrorTable } from '../../src/lib/errors.ts';
import * as errors from '../../src/lib/errors.ts';
import type { AttributionCode } from '../attribution/errors.ts';
import type { DISPUTE_ERRORS } from './disputes.ts';

export const EXECUTION_ERRORS = {
  NONCE_TOO_LOW: {
    number: 1,
    means: 'The nonce of the transaction was used before by this sender.',
    action: 'Read the next nonce with `account_get`, and sign the transaction again with it.',
  },
  NONCE_TOO_HIGH: {
    number: 2,
    means: 'The nonce of the transaction is above the next nonce of the sender.',
    action: 'Send the transactions with the missing nonces first, or sign again with the next nonce.',
  },
  TX_EXPIRED: {
    number: 3,
    means: 'The height is above `validUntil` of the transaction.',
    action: 'Sign the transaction again with a later `validUntil`.',
  },
  BALANCE_BELOW_MAX_FEE: {
    number: 4,
    means: 'The balance of the sender does not cover `maxFee`.',
    action: 'Add money to the account, or sign again with a lower `maxFee`.',
  },
  MAX_FEE_TOO_LOW: {
    number: 5,
    means: '`maxFee` does not pay for the gas of the transaction at the current base fee.',
    action: 'Estimate the fee again, and sign with a higher `maxFee`.',
  },
  BALANCE_TOO_LOW: {
    number: 6,
    means:
      'After the fee, the balance does not cover the amount, the bond or the deposit that the transaction needs.',
    action: 'Add money to the account. The data of the error has the balance and the amount needed.',
  },
  ESCROW_TOO_LOW: {
    number: 7,
    means: 'The withdrawal is larger than the part of the deposit that is not being withdrawn yet.',
    action: 'Withdraw at most the amount in the data of the error.',
  },
  ESCROW_WITHDRAWALS: {
    number: 8,
    means: 'The escrow channel has the largest number of withdrawals that may wait at one time.',
    action: 'Wait until one of them is paid out, then send the withdrawal again.',
  },
  ESCROW_OVERDRAWN: {
    number: 9,
    means: 'The receipts of a batch charge more than the payer has deposited with the provider.',
    action: 'Ask the payer to deposit more, or send a batch with fewer receipts.',
  },
  VOUCHER_COUNT: {
    number: 10,
    means: 'The voucher covers another number of receipts than the channel has after this batch.',
    action: 'Send the batch with the voucher that the payer signed for its last receipt.',
  },
  VOUCHER_ACCUMULATOR: {
    number: 11,
    means: 'The payer signed the voucher for other receipts than those of the batch.',
    action: 'Send exactly the receipts that the voucher covers, in their order.',
  },
  VOUCHER_SIGNATURE: {
    number: 12,
    means: 'The signature of the voucher is invalid, or another account than the payer made it.',
    action: 'Ask the payer for a voucher that is signed with the key of the payer.',
  },
  VOUCHER_OVERDRAWN: {
    number: 13,
    means: 'The receipts charge more than the voucher has left.',
    action: 'Ask the payer for a voucher of a higher amount.',
  },
  RECEIPT_FEE: {
    number: 14,
    means: 'The fee of a receipt is not what the prices of the model give for its tokens.',
    action: 'Compute the fee from the prices of the model. The data of the error has the right fee.',
  },
  RECEIPT_RULES: {
    number: 62,
    means: 'The receipt names another version of the rules of attribution than its model has.',
    action: 'Make the receipt by the rules of the model. The data of the error has their version.',
  },
  RECEIPT_MANIFEST: {
    number: 15,
    means: 'No version of the model has the manifest that the receipts name.',
    action: 'Read the versions of the model, and name the manifest of the version that was used.',
  },
  BATCH_UNKNOWN: {
    number: 16,
    means: 'There is no batch of receipts with this id.',
    action: 'Check the id: it is the id of the transaction that recorded the receipts.',
  },
  MODEL_UNKNOWN: {
    number: 17,
    means: 'There is no model, or no version of it, with this id.',
    action: 'Check the id of the model and the number of the version.',
  },
  MODEL_NOT_OWNER: {
    number: 18,
    means: 'The sender does not own the model.',
    action: 'Send the transaction from the account that registered the model.',
  },
  MODEL_DEPTH: {
    number: 19,
    means: 'The base of the model already has the largest number of ancestors.',
    action: 'Choose a base with fewer ancestors.',
  },
  MODEL_VERSIONS: {
    number: 20,
    means: 'The model has as many versions as a model may have.',
    action: 'Register a new model that names this one as its base.',
  },
  MODEL_REVISION_PINS: {
    number: 21,
    means: 'The revision leaves out contributions that the version before it names.',
    action: 'Pin every Datanet of the version before, each with at least as many contributions.',
  },
  MODEL_REVISION_SAME: {
    number: 22,
    means: 'A version of this model has the same manifest already.',
    action: 'Use that version, or pin newer versions of the Datanets.',
  },
  MODEL_PRICE: {
    number: 23,
    means: 'The prices of the model are below the least price that one of its Datanets asks.',
    action:
      'Register the model with at least the prices in the data of the error, or leave that Datanet out.',
  },
  MODEL_RULES: {
    number: 63,
    means:
      'A Datanet of the manifest, or the base, has another version of the rules of attribution than the model.',
    action: 'Register the model with the version of its data. Data of two versions cannot be in one model.',
  },
  MODEL_PIN_COUNT: {
    number: 24,
    means: 'The Datanet has no version with that number of contributions.',
    action: 'Read the versions of the Datanet, and pin one of them.',
  },
  MODEL_PIN_ROOT: {
    number: 25,
    means: 'The version of the Datanet has another root than the manifest says.',
    action: 'Pin the root in the data of the error.',
  },
  SETTLEMENT_AS_OF: {
    number: 68,
    means: 'The height that the settlement names is not before its block, or too long ago.',
    action: 'Trace the outputs again, and name the height of the state that you have traced by.',
  },
  MODEL_UNCALIBRATED: {
    number: 26,
    means: 'The calibration of the version of the model is not final, so its receipts cannot be settled yet.',
    action: 'Wait for the calibration, then settle again.',
  },
  DATANET_UNKNOWN: {
    number: 28,
    means: 'There is no Datanet with this id.',
    action: 'Check the id of the Datanet.',
  },
  DATANET_NOT_CONTRIBUTOR: {
    number: 29,
    means: 'The Datanet is permissioned, and the sender is not among its contributors.',
    action: 'Send from a permitted account, or choose an open Datanet.',
  },
  DATANET_FULL: {
    number: 30,
    means: 'The Datanet holds as many contributions as a Datanet may hold.',
    action: 'Contribute to another Datanet.',
  },
  CONTRIBUTION_UNKNOWN: {
    number: 31,
    means: 'Nobody committed a contribution with this number.',
    action: 'Check the number. A commit gives it when it is executed.',
  },
  CONTRIBUTION_NOT_OWNER: {
    number: 32,
    means: 'Another account committed the contribution.',
    action: 'Reveal it from the account that committed it.',
  },
  CONTRIBUTION_DATANET: {
    number: 33,
    means: 'The contribution was committed to another Datanet.',
    action: 'Reveal it with the Datanet in the data of the error.',
  },
  CONTRIBUTION_EXPIRED: {
    number: 34,
    means: 'The contribution was not revealed in time, so its commit has expired.',
    action: 'Commit it again, and reveal it before the deadline.',
  },
  CONTRIBUTION_REVEALED: {
    number: 35,
    means: 'The contribution was revealed before.',
    action: 'Do nothing: the first reveal counts.',
  },
  CONTRIBUTION_EARLY: {
    number: 36,
    means: 'The contribution cannot be revealed yet.',
    action: 'Send the reveal again at the height in the data of the error.',
  },
  CONTRIBUTION_COMMITMENT: {
    number: 37,
    means: 'The root and the salt are not those that were committed to.',
    action: 'Reveal with the root, the salt and the account that made the commitment.',
  },
  CONTRIBUTION_LICENCE: {
    number: 38,
    means: 'The reveal names another licence than the Datanet has.',
    action: 'Reveal with the licence of the Datanet.',
  },
  CONTRIBUTION_RULES: {
    number: 64,
    means: 'The reveal names another version of the rules of attribution than the Datanet has.',
    action: 'Make the contribution by the rules of the Datanet. The data of the error has their version.',
  },
  CONTRIBUTION_PARENT_UNKNOWN: {
    number: 39,
    means: 'A parent of the contribution is not an accepted contribution, or is void.',
    action: 'Leave that parent out.',
  },
  CONTRIBUTION_DUPLICATE: {
    number: 40,
    means: 'An earlier contribution of the Datanet has exactly the same text.',
    action: 'Contribute a text that the Datanet does not hold.',
  },
  CONTRIBUTION_COPIED_SOURCE: {
    number: 41,
    means: 'A source of a declared copied run does not exist, is too short, or belongs to another Datanet.',
    action: 'Run the contributor again, so that it declares what the Datanet holds now.',
  },
  CONTRIBUTION_OPEN_SOURCES: {
    number: 42,
    means: 'The contribution declares too many sources that are not accepted yet.',
    action: 'Wait until more of the sources are accepted, then reveal.',
  },
  CONTRIBUTION_SOURCE_OPEN: {
    number: 43,
    means: 'A source of the contribution is still under review, so the contribution cannot be accepted yet.',
    action: 'Review the source first, or send the review again later.',
  },
  REVIEW_NOT_REVIEWER: {
    number: 44,
    means: 'The sender is not a reviewer of the Datanet.',
    action: 'Send the review from an account that the Datanet names as a reviewer.',
  },
  REVIEW_OWN: {
    number: 45,
    means: 'The sender owns the contribution that it reviews.',
    action: 'Leave the review to another reviewer.',
  },
  REVIEW_TWICE: {
    number: 46,
    means: 'The sender has reviewed this contribution before.',
    action:
      'Do nothing: the first review counts. It can be withdrawn as long as the contribution is under review.',
  },
  REVIEW_STAGE: {
    number: 47,
    means: 'The contribution is not under review.',
    action: 'Review only contributions in stage `review`. The data of the error has the stage.',
  },
  REVIEW_NONE: {
    number: 67,
    means: 'The sender has no review of this contribution that could be withdrawn.',
    action: 'Do nothing: it was withdrawn before, or never sent.',
  },
  ATTESTOR_UNKNOWN: {
    number: 48,
    means: 'The sender is not an attestor of this chain.',
    action: 'Send from the account of an attestor. The genesis file names them.',
  },
  ATTESTOR_BOND: {
    number: 49,
    means: 'The bond of the attestor does not cover the bonds that would be locked.',
    action:
      'Wait until earlier claims are final, or make fewer claims at a time. If a receipt holds more data money than any attestor has free, settle it alone: others can join.',
  },
  SETTLEMENT_INDEX: {
    number: 50,
    means: 'The batch has no receipt at that index.',
    action: 'Settle only receipts that the batch holds.',
  },
  SETTLEMENT_LATE: {
    number: 51,
    means: 'The deadline for settling the receipt has passed.',
    action: 'Leave the receipt out: it expires, and its payer gets the money back.',
  },
  SETTLEMENT_TAKEN: {
    number: 52,
    means: 'The receipt is settled already.',
    action: 'Leave the receipt out, or challenge the settlement if it is wrong.',
  },
  SETTLEMENT_PRIVATE: {
    number: 65,
    means: 'The texts of the receipt are private, so nobody could check a claim about them.',
    action: 'Leave the receipt out. Its data money is divided without attribution.',
  },
  CLAIM_INELIGIBLE: {
    number: 53,
    means: 'The claim names a contribution on which the version of the model may not draw.',
    action: 'Claim only contributions that the manifest of the version makes eligible.',
  },
  CLAIM_ITEM: {
    number: 54,
    means: 'A match of the claim names an item or tokens that the contribution does not have.',
    action: 'Compute the claim again from the text of the contribution.',
  },
  CALIBRATION_UNDRAWN: {
    number: 55,
    means: 'The tokens of the calibration are not drawn yet.',
    action: 'Send the claim after the height in the data of the error.',
  },
  CALIBRATION_TAKEN: {
    number: 56,
    means: 'The calibration was claimed before, or nothing is left to claim.',
    action: 'Do nothing, or challenge the claim if it is wrong.',
  },
  CALIBRATION_AS_OF: {
    number: 57,
    means: '`asOf` of the claim is before the draw, in the future, or more than an epoch ago.',
    action: 'Compute the claim again as of a recent height.',
  },
  CALIBRATION_OWN_OWNER: {
    number: 66,
    means:
      'By version 2 of the rules, a match or a shared run of a draw is with what the owner of the drawn item has contributed.',
    action: 'Leave that run out: a drawn item is traced to commons and to contributions of other owners.',
  },
  REWARD_NOTHING: {
    number: 58,
    means: 'There is nothing to claim.',
    action: 'Wait until the account has earned something. `rewards_get` shows what is unclaimed.',
  },
  REWARD_NOT_OWNER: {
    number: 59,
    means: 'The contribution is not an accepted contribution of the sender.',
    action: 'Claim only for own accepted contributions.',
  },
  REWARD_NOT_PARTY: {
    number: 60,
    means: 'The sender has no share in the model.',
    action: 'Claim only for models in which the account has a share.',
  },
  BACKING_UNKNOWN: {
    number: 71,
    means: 'There is no settlement with this id whose claim several attestors back.',
    action: 'Check the id. It is the id of the transaction of a settlement whose claim is short.',
  },
  BACKING_WHOLE: {
    number: 72,
    means: 'Nothing is missing behind the claim, or it does not stand any more.',
    action: 'Do nothing. `receipt_get` shows what is locked behind the claim of a receipt.',
  },
  BACKING_SMALL: {
    number: 69,
    means: 'An attestor locks at least a sixteenth of what a claim needs, or all that is missing.',
    action: 'Lock at least the amount in the data of the error.',
  },
  ATTESTOR_FORFEITED: {
    number: 70,
    means: 'A late proof was upheld against what the attestor settled in this epoch.',
    action: 'Settle again in the next epoch, after finding out why the claim was false.',
  },
  REWARD_OVERCLAIMED: {
    number: 61,
    means: 'More was claimed for the contribution than it has earned. The chain should not allow this.',
    action: 'Report it as a bug, with the height and the id of the transaction.',
  },
} as const satisfies NumberedErrorTable;

export type ExecutionCode = keyof typeof EXECUTION_ERRORS | keyof typeof DISPUTE_ERRORS | AttributionCode;

export type Fault = errors.Fault<ExecutionCode>;
export type Result<T> = errors.Result<T, ExecutionCode>;
export const fault: errors.FaultOf<ExecutionCode> = errors.fault;
export const fail: errors.FailOf<ExecutionCode> = errors.fail;
