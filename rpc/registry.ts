/** Every method there is. Its schemas are the source of the server's validation, the client's types and docs/rpc.md. */
import type { Static } from 'typebox';
import { ACCOUNT_METHODS } from './methods/account.ts';
import { ATTRIBUTION_METHODS } from './methods/attribution.ts';
import { CALIBRATION_METHODS } from './methods/calibration.ts';
import { CHAIN_METHODS } from './methods/chain.ts';
import { CONTENT_METHODS } from './methods/content.ts';
import { CONTRIBUTION_METHODS } from './methods/contribution.ts';
import { DATANET_METHODS } from './methods/datanet.ts';
import { DECLARATION_METHODS } from './methods/declaration.ts';
import { DISPUTE_METHODS } from './methods/dispute.ts';
import { ESCROW_METHODS } from './methods/escrow.ts';
import { MODEL_METHODS } from './methods/model.ts';
import { NODE_METHODS } from './methods/node.ts';
import { RECEIPT_METHODS } from './methods/receipt.ts';
import { REWARDS_METHODS } from './methods/rewards.ts';
import { TX_METHODS } from './methods/tx.ts';

export const METHODS = {
  ...NODE_METHODS,
  ...CHAIN_METHODS,
  ...TX_METHODS,
  ...ACCOUNT_METHODS,
  ...DATANET_METHODS,
  ...CONTRIBUTION_METHODS,
  ...DECLARATION_METHODS,
  ...CONTENT_METHODS,
  ...MODEL_METHODS,
  ...CALIBRATION_METHODS,
  ...ESCROW_METHODS,
  ...RECEIPT_METHODS,
  ...ATTRIBUTION_METHODS,
  ...DISPUTE_METHODS,
  ...REWARDS_METHODS,
};

export type MethodName = keyof typeof METHODS;
/** What a client sends. */
export type ParamsOf<N extends MethodName> = Static<(typeof METHODS)[N]['params']>;
/** What it gets. */
export type ResultOf<N extends MethodName> = Static<(typeof METHODS)[N]['result']>;
