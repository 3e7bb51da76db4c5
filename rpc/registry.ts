/** Every method there is. Its schemas are the source of the server's validation, the client's types and docs/rpc.md. */
import type { Static } from 'typebox';
import { ACCOUNT_METHODS } from './methods/account.ts';
import { CHAIN_METHODS } from './methods/chain.ts';
import { CONTENT_METHODS } from './methods/content.ts';
import { NODE_METHODS } from './methods/node.ts';
import { TX_METHODS } from './methods/tx.ts';

export const METHODS = {
  ...NODE_METHODS,
  ...CHAIN_METHODS,
  ...TX_METHODS,
  ...ACCOUNT_METHODS,
  ...CONTENT_METHODS,
};

export type MethodName = keyof typeof METHODS;
/** What a client sends. */
export type ParamsOf<N extends MethodName> = Static<(typeof METHODS)[N]['params']>;
/** What it gets. */
export type ResultOf<N extends MethodName> = Static<(typeof METHODS)[N]['result']>;
