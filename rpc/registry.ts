/** Every method there is. Its schemas are the source of the server's validation, the client's types and docs/rpc.md. */
import type { Static } from 'typebox';
import { ACCOUNT_METHODS } from './methods/account.ts';
import { NODE_METHODS } from './methods/node.ts';

export const METHODS = { ...NODE_METHODS, ...ACCOUNT_METHODS };

export type MethodName = keyof typeof METHODS;
/** What a client sends. */
export type ParamsOf<N extends MethodName> = Static<(typeof METHODS)[N]['params']>;
/** What it gets. */
export type ResultOf<N extends MethodName> = Static<(typeof METHODS)[N]['result']>;
