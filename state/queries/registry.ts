/** Every RPC method that the state alone answers, by its name. */
import { ACCOUNT_QUERIES } from './accounts.ts';
import { CHAIN_QUERIES } from './chain.ts';
import { CONTRIBUTION_QUERIES } from './contributions.ts';
import { DATANET_QUERIES } from './datanets.ts';
import { DISPUTE_QUERIES } from './disputes.ts';
import { ECONOMY_QUERIES } from './economy.ts';
import { MODEL_QUERIES } from './model-queries.ts';
import { RECEIPT_QUERIES } from './receipts.ts';
import { REWARDS_QUERIES } from './rewards.ts';

export const QUERIES = {
  ...ACCOUNT_QUERIES,
  ...CHAIN_QUERIES,
  ...CONTRIBUTION_QUERIES,
  ...DATANET_QUERIES,
  ...DISPUTE_QUERIES,
  ...ECONOMY_QUERIES,
  ...MODEL_QUERIES,
  ...RECEIPT_QUERIES,
  ...REWARDS_QUERIES,
};
