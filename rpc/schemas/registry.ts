/** The schemas of all methods: the source of the server's validation, the client's types and docs/rpc.md. */

import type { Static } from 'typebox';
import { ACCOUNT_SCHEMAS } from './account.ts';
import { ATTESTOR_SCHEMAS } from './attestor.ts';
import { ATTRIBUTION_SCHEMAS } from './attribution.ts';
import { CALIBRATION_SCHEMAS } from './calibration.ts';
import { CHAIN_SCHEMAS } from './chain.ts';
import { CONTENT_SCHEMAS } from './content.ts';
import { CONTRIBUTION_SCHEMAS } from './contribution.ts';
import { DATANET_SCHEMAS } from './datanet.ts';
import { DECLARATION_SCHEMAS } from './declaration.ts';
import { DISPUTE_SCHEMAS } from './dispute.ts';
import { ESCROW_SCHEMAS } from './escrow.ts';
import { HISTORY_SCHEMAS } from './history.ts';
import type { CodeOf } from './method-schema.ts';
import { MODEL_SCHEMAS } from './model.ts';
import { NODE_SCHEMAS } from './node.ts';
import { RECEIPT_SCHEMAS } from './receipt.ts';
import { REVIEW_SCHEMAS } from './review.ts';
import { REWARDS_SCHEMAS } from './rewards.ts';
import { TX_SCHEMAS } from './tx.ts';

/** In the order of docs/rpc.md. */
export const METHOD_SCHEMAS = {
  ...NODE_SCHEMAS,
  ...CHAIN_SCHEMAS,
  ...TX_SCHEMAS,
  ...HISTORY_SCHEMAS,
  ...ACCOUNT_SCHEMAS,
  ...DATANET_SCHEMAS,
  ...CONTRIBUTION_SCHEMAS,
  ...DECLARATION_SCHEMAS,
  ...REVIEW_SCHEMAS,
  ...CONTENT_SCHEMAS,
  ...MODEL_SCHEMAS,
  ...CALIBRATION_SCHEMAS,
  ...ESCROW_SCHEMAS,
  ...ATTESTOR_SCHEMAS,
  ...RECEIPT_SCHEMAS,
  ...ATTRIBUTION_SCHEMAS,
  ...DISPUTE_SCHEMAS,
  ...REWARDS_SCHEMAS,
};

export type MethodSchemas = typeof METHOD_SCHEMAS;
export type MethodName = keyof MethodSchemas;
/** The parameters that a client sends. */
export type ParamsOf<N extends MethodName> = Static<MethodSchemas[N]['params']>;
/** The result that it gets. */
export type ResultOf<N extends MethodName> = Static<MethodSchemas[N]['result']>;
/** The codes with which a node may refuse a call of this method. */
export type MethodCode<N extends MethodName> = CodeOf<MethodSchemas[N]>;
/** The methods whose results come a page at a time. */
export type PagedMethod = {
  [N in MethodName]: MethodSchemas[N]['paging'] extends undefined ? never : N;
}[MethodName];
