/** What the answers of nodes, and of gateways before them, say. */
import { describe, expect, test } from 'vitest';
import { faultIn, outcomeOf } from '../../../src/client/answers.ts';

const URL = 'http://127.0.0.1:1';
const read = (answer: unknown) => outcomeOf(answer, URL, (text) => text);

describe('an error of null', () => {
  const answer = { jsonrpc: '2.0', id: 1, error: null, result: { height: '7' } };

  test('is none beside a result', () => {
    expect(read(answer)).toEqual({ ok: true, value: { height: '7' } });
    expect(faultIn([answer, answer], () => true)).toBeUndefined();
  });

  test('without a result is no answer of a node', () => {
    expect(read({ jsonrpc: '2.0', id: 1, error: null })).toMatchObject({
      ok: false,
      fault: { code: 'RPC_ANSWER_INVALID' },
    });
  });
});
