/**
 * Reads the results of methods. The schema of a method says which values its result has and how they stand in JSON:
 * amounts and heights become bigints, and 0x-hex becomes bytes.
 */
import { formOf } from '../../rpc/schemas/form.ts';
import { METHOD_SCHEMAS, type MethodName, type ResultOf } from '../../rpc/schemas/registry.ts';
import { check, type Must } from '../lib/arguments.ts';
import { CodedError, ok, type Result } from '../lib/errors.ts';
import type { Json } from '../lib/ssz.ts';
import { fail } from './errors.ts';

export const METHOD: Must = {
  be: 'the name of a method of docs/rpc.md',
  is: (value) => typeof value === 'string' && Object.hasOwn(METHOD_SCHEMAS, value),
};

/**
 * Reads the result of a method. Fields that this version does not know are left out. Fault `RPC_ANSWER_INVALID`, which
 * names the method, the path of the field, and what the field must be.
 */
export const decodeResult = <N extends MethodName>(
  method: N,
  json: unknown,
): Result<ResultOf<N>, 'RPC_ANSWER_INVALID'> => {
  try {
    return ok(formOf(METHOD_SCHEMAS[method].result).read(json, '') as ResultOf<N>);
  } catch (error) {
    if (!(error instanceof CodedError) || error.code !== 'JSON_INVALID') throw error;
    const { message, data } = error.fault;
    return fail('RPC_ANSWER_INVALID', `the node answered ${method} with a wrong result: ${message}`, {
      method,
      path: data?.path ?? '',
    });
  }
};

/** Writes a result as the node sent it: bigints as decimal strings, bytes as 0x-hex, and what is absent as null. */
export const encodeResult = <N extends MethodName>(method: N, result: ResultOf<N>): Json => {
  check('method', method, METHOD);
  return formOf(METHOD_SCHEMAS[method].result).write(result);
};
