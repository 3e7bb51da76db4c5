/** The codes with which calls fail: known ones for each method, and what becomes of others. */
import { describe, expect, test } from 'vitest';
import { CALL_CODES } from '../../../rpc/schemas/codes.ts';
import { METHOD_SCHEMAS } from '../../../rpc/schemas/registry.ts';
import { isErrorOf, type RpcCode, toRpcFault } from '../../../src/client/codes.ts';
import { isAway } from '../../../src/client/refusals.ts';
import { CodedError, fault } from '../../../src/lib/errors.ts';
import { AREAS } from '../../../tools/errors/areas.ts';
import { stubNode } from './stub-node.ts';

describe('the code of a refusal', () => {
  test('is that of the node if the method has it', () => {
    const refused = fault('MODEL_NOT_FOUND', 'there is no model 7', { id: 7 });
    expect(toRpcFault('model_get', refused)).toEqual(refused);
    expect(toRpcFault('model_get', fault('RATE_LIMITED', 'slower'))).toEqual(fault('RATE_LIMITED', 'slower'));
  });

  test('is RPC_ERROR if the client does not know it, with the code of the node beside it', () => {
    expect(toRpcFault('model_get', fault('MODEL_RETIRED', 'it was retired', { id: 7 }))).toEqual({
      code: 'RPC_ERROR',
      message: 'it was retired',
      data: { id: 7, nodeCode: 'MODEL_RETIRED' },
    });
  });

  test('is that of the node, whatever it is, where the rules of the chain judge', () => {
    const refused = fault('TX_RULE_OF_TOMORROW', 'not yet');
    expect(toRpcFault('tx_send', refused)).toEqual(refused);
  });

  test('can be told from others by a switch that the compiler holds to be whole', () => {
    const advice = (code: Exclude<RpcCode<'model_get'>, (typeof CALL_CODES)[number]>): string => {
      switch (code) {
        case 'MODEL_NOT_FOUND':
          return 'check the id';
        case 'ARGUMENT_INVALID':
          return 'correct what the message names';
        case 'RPC_ANSWER_INVALID':
        case 'RPC_ERROR':
          return 'check the versions';
        case 'RPC_TIMEOUT':
        case 'RPC_UNREACHABLE':
          return 'try again';
      }
    };
    expect(advice('MODEL_NOT_FOUND')).toBe('check the id');
  });

  test('stands in a table of codes, whichever the schema lists', () => {
    const known = new Set(AREAS.flatMap(({ table }) => Object.keys(table)));
    const listed = Object.values(METHOD_SCHEMAS).flatMap(({ errors }): readonly string[] => errors);
    expect([...listed, ...CALL_CODES].filter((code) => !known.has(code))).toEqual([]);
  });
});

describe('an error that was thrown', () => {
  test('is narrowed to the codes of a method', () => {
    const error: unknown = new CodedError(fault('MODEL_NOT_FOUND', 'there is no model 7'));
    expect(isErrorOf('model_get', error)).toBe(true);
    expect(isErrorOf('account_get', error)).toBe(false);
    expect(isErrorOf('model_get', new Error('MODEL_NOT_FOUND'))).toBe(false);
    if (isErrorOf('model_get', error)) {
      const code: RpcCode<'model_get'> = error.code;
      expect(code).toBe('MODEL_NOT_FOUND');
    }
  });

  test('by a result that does not fit is of a node that answers: nobody waits for it', async () => {
    const client = await stubNode({ node_status: { height: 7 } });
    const error: unknown = await client.call('node_status').catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'RPC_ANSWER_INVALID',
      fault: { data: { method: 'node_status', path: 'chainId' } },
    });
    expect(isErrorOf('node_status', error)).toBe(true);
    expect(isAway(error)).toBe(false);
  });
});
