/** The codes with which calls of a node fail, as closed unions: one for each method. */
import { CALL_CODES } from '../../rpc/schemas/codes.ts';
import { METHOD_SCHEMAS, type MethodCode, type MethodName } from '../../rpc/schemas/registry.ts';
import { CodedError, type Fault } from '../lib/errors.ts';
import { type ClientCode, fault } from './errors.ts';

/** The codes of a call that cannot be made, or has no answer that this client understands. */
const NO_ANSWER = [
  'ARGUMENT_INVALID',
  'RPC_ANSWER_INVALID',
  'RPC_ERROR',
  'RPC_TIMEOUT',
  'RPC_UNREACHABLE',
] as const satisfies readonly ClientCode[];

/**
 * The codes with which a call of this method fails. The union is closed: for a code that the client does not know, which a
 * later node may send, it is `RPC_ERROR`, with the code of the node as `nodeCode` in the data of the fault. Only methods
 * that take transactions or content may fail with any other code, because the rules of the chain are not the client's.
 */
export type RpcCode<N extends MethodName = MethodName> = MethodCode<N> | (typeof NO_ANSWER)[number];

/** An error that a call of this method throws. */
export type RpcCallError<N extends MethodName = MethodName> = CodedError & {
  readonly code: RpcCode<N>;
  readonly fault: Fault<RpcCode<N>>;
};

const isCodeOf = <N extends MethodName>(method: N, code: string): code is RpcCode<N> => {
  const { errors, judges } = METHOD_SCHEMAS[method];
  const known: readonly string[] = [...errors, ...CALL_CODES, ...NO_ANSWER];
  return judges || known.includes(code);
};

/**
 * Whether an error is one that a call of this method throws. Then a `switch` over `error.code` can be exhaustive.
 *
 * @example
 * try {
 *   await client.call('model_get', { id: 7 });
 * } catch (error) {
 *   if (!isErrorOf('model_get', error) || error.code !== 'MODEL_NOT_FOUND') throw error;
 * }
 */
export const isErrorOf = <N extends MethodName>(method: N, error: unknown): error is RpcCallError<N> =>
  error instanceof CodedError && isCodeOf(method, error.code);

/** Returns a fault of the node with a code that a call of this method has: see {@link RpcCode}. */
export const toRpcFault = <N extends MethodName>(method: N, refused: Fault): Fault<RpcCode<N>> => {
  const { code, message, data } = refused;
  return isCodeOf(method, code)
    ? { ...refused, code }
    : fault('RPC_ERROR', message, { ...data, nodeCode: code });
};
