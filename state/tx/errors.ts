/** The codes of the checks of a transaction that need no state. */

import type { ErrorTable } from '../../src/lib/errors.ts';
import * as errors from '../../src/lib/errors.ts';
import type { LibCode } from '../../src/lib/lib-errors.ts';
import type { AttributionCode } from '../attribution/errors.ts';

export const TRANSACTION_ERRORS = {
  TX_TOO_LARGE: {
    means: 'The transaction is larger than a transaction may be.',
    action: 'Put less into the transaction, for example fewer receipts or claims.',
  },
  TX_DECODE: {
    means: 'The bytes are not an encoded transaction.',
    action: 'Encode the transaction with the client of this version.',
  },
  TX_KIND_UNKNOWN: {
    means: 'There is no kind of transaction with this number or name.',
    action: 'Use one of the kinds that docs/rpc.md lists under `tx_prepare`.',
  },
  TX_VERSION_UNKNOWN: {
    means: 'The kind of transaction has no such version.',
    action: 'Encode the transaction with the client of this version.',
  },
  TX_PAYLOAD: {
    means: 'The payload does not fit the kind of the transaction.',
    action: 'Check the fields of the payload against the schema of the kind.',
  },
  TX_SCHEME_UNKNOWN: {
    means: 'There is no signature scheme with this number.',
    action: 'Sign with EIP-712, the scheme of this version.',
  },
  TX_TIP: {
    means: 'The tip is higher than `maxFee`.',
    action: 'Sign with a tip of at most `maxFee`.',
  },
  TX_GAS: {
    means: 'The transaction needs more gas than a block has.',
    action: 'Put less into the transaction.',
  },
  SIGNATURE_SIGNER: {
    means: 'Another account than the sender signed the transaction.',
    action: 'Sign with the key of the account in `from`, for this chain.',
  },
  TRANSFER_ZERO: {
    means: 'A transfer moves nothing.',
    action: 'Transfer at least one base unit.',
  },
  BACKING_ZERO: {
    means: 'A transaction that backs a claim locks nothing.',
    action: 'Lock at least one base unit.',
  },
  ESCROW_ZERO: {
    means: 'A deposit or a withdrawal is of nothing.',
    action: 'Give an amount of at least one base unit.',
  },
  DATANET_NAME: {
    means: 'The Datanet has no name, no domain or no licence.',
    action: 'Fill in all three.',
  },
  DATANET_SCHEMA: {
    means:
      'The fields of an item are missing, empty or named twice, or more fields are prompt than there are.',
    action: 'Name at least one field, each once.',
  },
  DATANET_COMMONS: {
    means: 'The commons of the Datanet is outside the limits of a contribution.',
    action: 'Check its numbers of items, tokens and bytes.',
  },
  DATANET_MATCH_BITS: {
    means: 'The least information of a match is above its limit.',
    action: 'Choose a lower number of bits.',
  },
  DATANET_CONTRIBUTORS: {
    means: 'Contributors are named for an open Datanet, missing for a permissioned one, or named twice.',
    action: 'Name contributors only for a permissioned Datanet, each once.',
  },
  DATANET_REVIEWERS: {
    means: 'A reviewer is named twice.',
    action: 'Name each reviewer once.',
  },
  DATANET_QUORUM: {
    means: 'The quorum is below the least quorum of the chain, or above the number of reviewers.',
    action: 'Choose a quorum between the two.',
  },
  DATANET_BOND: {
    means: 'The bond per byte is below the least of the chain.',
    action: 'Choose at least the amount in the data of the error.',
  },
  CONTRIBUTION_ITEMS: {
    means: 'The contribution has no items, or more than it may have.',
    action: 'Split the contribution.',
  },
  CONTRIBUTION_TOKENS: {
    means: 'The contribution has more tokens than its number of items may have.',
    action: 'Check the number of tokens, or split the items.',
  },
  CONTRIBUTION_BYTES: {
    means: 'The number of bytes does not fit the number of tokens or of items.',
    action: 'Give the size of the text in bytes.',
  },
  CONTRIBUTION_PARENTS: {
    means: 'The parents are not earlier contributions in ascending order.',
    action: 'Name each parent once, in ascending order.',
  },
  CONTRIBUTION_SKETCH: {
    means: 'The sketch has another number of bins than a sketch has.',
    action: 'Compute the sketch with the client of this version.',
  },
  CONTRIBUTION_COMMONS_RULES: {
    means: 'A commons is proposed in a Datanet of version 1 of the rules, where it would not come first.',
    action: 'Propose it in a Datanet of version 2.',
  },
  CONTRIBUTION_COMMONS_NOVEL: {
    means: 'A commons that is proposed declares novel runs.',
    action: 'Declare none: what is common stands in the Datanet already.',
  },
  CONTRIBUTION_COMMONS_COPIED: {
    means:
      'Words of a commons that is proposed lie in no declared run of 16 or more that an earlier contribution holds.',
    action: 'Leave out what stands nowhere else in the Datanet, and items that are shorter than such a run.',
  },
  REVIEW_QUALITY: {
    means: 'A part of the quality is above 100.',
    action: 'Give each part as a number from 0 to 100.',
  },
  MODEL_NAME: {
    means: 'The model has no name.',
    action: 'Give the model a name.',
  },
  MODEL_BASE: {
    means: 'A base model names a model that it was made from.',
    action: 'Leave `base` empty, or choose another kind of model.',
  },
  MODEL_SHARES: {
    means: 'A share is zero, or the shares are above 10000 basis points together.',
    action: 'Give each account at least 1 basis point, and all of them at most 10000 together.',
  },
  MODEL_ATTRIBUTION: {
    means: 'The model gives commitments that its attribution does not use.',
    action: 'Leave `commitments` empty.',
  },
  MODEL_MANIFEST_ORDER: {
    means: 'The manifest does not pin each Datanet once, in ascending order.',
    action: 'Sort the pins by the id of their Datanet.',
  },
  MODEL_MANIFEST_EMPTY: {
    means: 'A pin of the manifest is of a version without contributions.',
    action: 'Leave the pin out, or pin a version with contributions.',
  },
  RECEIPT_NONE: {
    means: 'A batch or a group of it holds no receipt.',
    action: 'Send at least one receipt in each group.',
  },
  RECEIPT_BATCH: {
    means: 'The batch holds more receipts than it may.',
    action: 'Send the receipts in several batches.',
  },
  RECEIPT_GROUP: {
    means: 'Two groups of a batch have the same payer and lane.',
    action: 'Put the receipts of one payer and one lane into one group.',
  },
  RECEIPT_TOKENS: {
    means: 'A receipt has more tokens or bytes than a prompt or an output may have.',
    action: 'Leave the receipt out. It cannot be recorded.',
  },
  RECEIPT_BYTES: {
    means: 'A receipt has a text of fewer bytes than tokens.',
    action: 'Count the bytes of the text in UTF-8. The data of the error has the numbers.',
  },
  RECEIPT_APP: {
    means: 'A receipt has a price of an app, but names no app.',
    action: 'Name the account of the app, or set the price to 0.',
  },
  SETTLEMENT_NONE: {
    means: 'A settlement holds no claim.',
    action: 'Settle at least one receipt.',
  },
  SETTLEMENT_ORDER: {
    means: 'The claims of a settlement are not in the order of their receipts, one for each.',
    action: 'Sort the claims by index, and name each receipt once.',
  },
  REWARD_ORDER: {
    means: 'Contributions or models of a reward claim are out of order or named twice.',
    action: 'Name each once, in ascending order.',
  },
} as const satisfies ErrorTable;

export type TransactionCode = keyof typeof TRANSACTION_ERRORS | AttributionCode | LibCode;

export type Fault = errors.Fault<TransactionCode>;
export type Result<T> = errors.Result<T, TransactionCode>;
export const fault: errors.FaultOf<TransactionCode> = errors.fault;
export const fail: errors.FailOf<TransactionCode> = errors.fail;
