/** Events of rewards: what epochs, models and stakers were credited, and what was claimed. */
import { height64 } from '../../src/lib/chain.ts';
import { contributionId, datanetId, modelId } from '../../src/lib/ids.ts';
import { address20, boolean, container, list, uint32, uint64, uint128, uint256 } from '../../src/lib/ssz.ts';
import { receiptSet } from './fields.ts';

export const PAY_EVENTS = {
  /** A model was credited its part of the fees of receipts that ended. */
  modelPaid: container({
    model: modelId,
    /** The models that were used, if this one was paid as an ancestor of them; else none. */
    descendants: list(modelId, 1000),
    /** The receipts whose fees it is a part of. */
    receipts: receiptSet,
    amount: uint128,
    /** All that the model has earned by now, for all its parties. */
    earned: uint128,
    /**
     * The amount that the credit adds to the part of its owner and of each account with a share of it,
     * rounding included.
     */
    parties: list(container({ account: address20, amount: uint128 }), 64),
  }),
  /** All stakers together were credited their part of the fees of receipts that ended. */
  stakersPaid: container({
    receipts: receiptSet,
    amount: uint128,
    /** All that stakers have earned by now. */
    earned: uint128,
  }),
  /** The span track of an epoch credited a contribution for what it is found in. */
  spansPaid: container({
    contribution: contributionId,
    datanet: datanetId,
    owner: address20,
    model: modelId,
    /** The last block of the epoch. */
    epoch: height64,
    amount: uint128,
  }),
  /** The relevance track of an epoch credited a contribution for the phrases that outputs share with it. */
  relevancePaid: container({
    contribution: contributionId,
    datanet: datanetId,
    owner: address20,
    model: modelId,
    /** The last block of the epoch. */
    epoch: height64,
    amount: uint128,
  }),
  /**
   * The part of the remainder that goes by novel tokens was credited to the contributions of a Datanet that a version holds, by their
   * novel tokens.
   */
  remainderPaid: container({
    datanet: datanetId,
    model: modelId,
    /** The last block of the epoch. */
    epoch: height64,
    version: uint32,
    /** It was credited to the first `count` accepted contributions of the Datanet. */
    count: uint32,
    /** The novel tokens that they hold together. */
    novelTokens: uint64,
    amount: uint128,
    /** Credited for each novel token, base units times 2^96, rounded down. */
    perToken: uint256,
  }),
  /** An epoch of a model closed, and its data money was divided. */
  epochClosed: container({
    model: modelId,
    /** The last block of the epoch: this one, or one before it if much had to be paid. */
    epoch: height64,
    /** The number of receipts that were settled. */
    settled: uint64,
    /** ΣD of them, base units. */
    data: uint128,
    /** Σ D·a, base units times basis points. */
    gain: uint256,
    /** Σ D·κ, base units times basis points. */
    expected: uint256,
    /** The part of it for what several owners brought, base units: to the treasury. */
    shared: uint128,
    /** D of the receipts that nobody settled in time or that are void, base units. */
    unsettled: uint128,
    /** Negative excess of earlier epochs that this one had to make up for, base units times basis points. */
    debt: uint256,
    /** Negative excess that the next epochs have to make up for, base units times basis points. */
    debtLeft: uint256,
    /** Σ A_c: what the span pool is shared by. */
    weight: uint256,
    /** Paid to contributions by spans. */
    spans: uint128,
    /** Paid to contributions by relevance. */
    relevance: uint128,
    /** The rest of the data money, which no track pays. */
    remainder: uint128,
    /** The part of the remainder that does not go by novel tokens, or that no Datanet could take: to the treasury. */
    remainderToTreasury: uint128,
  }),
  /** An account turned credits into balance. */
  rewardsClaimed: container({
    account: address20,
    /** The contributions that it claimed for. */
    contributions: list(contributionId, 256),
    /** The models that it claimed for. */
    models: list(modelId, 64),
    /** Whether it claimed for its validators' stake. */
    stake: boolean,
    amount: uint128,
    /** The amount by where it comes from, base units. */
    sources: container({
      spans: uint128,
      relevance: uint128,
      remainder: uint128,
      models: uint128,
      stake: uint128,
    }),
  }),
};
