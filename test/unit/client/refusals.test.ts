/** Every code of a refusal is told apart: those that pass, and verdicts. */
import { describe, expect, test } from 'vitest';
import { MEMPOOL_ERRORS } from '../../../node/mempool/errors.ts';
import { CALL_CODES, MEMPOOL_CODES } from '../../../rpc/schemas/codes.ts';
import { METHOD_SCHEMAS } from '../../../rpc/schemas/registry.ts';
import {
  isAway,
  isForLater,
  isPassing,
  isUnanswered,
  isVerdict,
  namedCode,
  REFUSALS,
  refusalOf,
  staleFactOf,
} from '../../../src/client/refusals.ts';
import { CodedError, fault } from '../../../src/lib/errors.ts';
import { AREAS } from '../../../tools/errors/areas.ts';

/** The areas whose codes a node may refuse with, or a client may find. */
const MET_BY_CLIENTS = new Set([
  'Executing transactions',
  'Challenges and demands',
  'The rules of attribution',
  'Checks of transactions',
  'The mempool',
  'The client',
  'Content',
  'Reads of the state',
]);

const of = (code: string, data = {}) => fault(code, 'no', data);

describe('the list of refusals', () => {
  test('has every code that a client may meet', () => {
    const codes = AREAS.filter(({ name }) => MET_BY_CLIENTS.has(name)).flatMap(({ table }) =>
      Object.keys(table),
    );
    const listed = Object.values(METHOD_SCHEMAS).flatMap(({ errors }): readonly string[] => errors);
    const all = new Set([...codes, ...listed, ...CALL_CODES]);
    expect(all.size).toBeGreaterThan(200);
    expect([...all].filter((code) => refusalOf(of(code)) === undefined)).toEqual([]);
  });

  test('has no code that no table declares, and knows all of the mempool', () => {
    const declared = new Set(AREAS.flatMap(({ table }) => Object.keys(table)));
    expect(Object.keys(REFUSALS).filter((code) => !declared.has(code))).toEqual([]);
    expect([...MEMPOOL_CODES].toSorted()).toEqual(Object.keys(MEMPOOL_ERRORS).toSorted());
  });

  test.each([
    ['MEMPOOL_NONCE_TAKEN', 'nonce'],
    ['NONCE_TOO_LOW', 'nonce'],
    ['TX_REPLACED', 'elsewhere'],
    ['MEMPOOL_FULL', 'later'],
    ['RATE_LIMITED', 'later'],
    ['MAX_FEE_TOO_LOW', 'fee'],
    ['TX_EXPIRED', 'validUntil'],
    ['BALANCE_TOO_LOW', 'funds'],
    ['CONTENT_NOT_FOUND', 'missing'],
    ['RPC_UNREACHABLE', 'away'],
    ['INTERNAL', 'verdict'],
    ['CONTRIBUTION_EXPIRED', 'verdict'],
    ['WITNESS_HOLDS', 'verdict'],
    ['WITNESS_STRUCK', 'payload'],
    ['DECLARATION_STRUCK', 'payload'],
    ['DEMAND_REPEATED', 'payload'],
    ['SETTLEMENT_TAKEN', 'payload'],
    ['CALIBRATION_TAKEN', 'payload'],
    ['TX_PAYLOAD', 'verdict'],
    ['CODE_OF_TOMORROW', undefined],
  ])('says of %s: %s', (code, refusal) => {
    expect(refusalOf(of(code))).toBe(refusal);
    expect(isVerdict(of(code))).toBe(refusal === 'verdict');
  });

  test('tells what passes by waiting from what needs new facts', () => {
    expect(isForLater(of('MEMPOOL_FULL'))).toBe(true);
    expect(isForLater(of('MEMPOOL_NONCE_TAKEN'))).toBe(false);
    expect(staleFactOf(of('MEMPOOL_NONCE_TAKEN'))).toBe('nonce');
    expect(staleFactOf(of('MEMPOOL_FULL'))).toBeUndefined();
  });

  test('tells trouble of a node from a refusal with a code that is not known', () => {
    expect(refusalOf(of('ANYTHING', { rpcCode: -32603 }))).toBe('trouble');
    expect(refusalOf(of('INTERNAL', { rpcCode: -32000 }))).toBe('trouble');
    expect(refusalOf(of('RPC_ERROR'))).toBe('trouble');
    expect(refusalOf(of('RPC_ERROR', { nodeCode: 'MODEL_RETIRED' }))).toBeUndefined();
  });

  test('takes no code that it does not know, and no limit of a proxy, for word of what the call did', () => {
    expect(isUnanswered(of('CODE_OF_TOMORROW', { rpcCode: -32000 }))).toBe(true);
    expect(isUnanswered(of('RATE_LIMITED'))).toBe(true);
    expect(isUnanswered(of('RATE_LIMITED', { rpcCode: -32005 }))).toBe(false);
    expect(isUnanswered(of('BALANCE_TOO_LOW', { rpcCode: -32000 }))).toBe(false);
  });

  test('lets nobody wait for an answer that never fits, which still says nothing of what the call did', () => {
    const wrong = of('RPC_ANSWER_INVALID', { method: 'tx_send' });
    expect([isAway(new CodedError(wrong)), isForLater(wrong), isUnanswered(wrong)]).toEqual([
      false,
      false,
      true,
    ]);
  });
});

describe('a fault of a read that was answered before', () => {
  const gateway = of('RPC_ERROR', { nodeCode: 'GATEWAY_TIMEOUT', rpcCode: -32099 });
  test.each([
    ['a node that is away', of('RPC_UNREACHABLE')],
    ['a node that is in trouble', of('INTERNAL', { rpcCode: -32603 })],
    ['a gateway with a code of its own', gateway],
    ['a gateway that refuses a whole batch', of('GATEWAY_TIMEOUT', { rpcCode: -32099 })],
    ['a gateway that gives no code', of('RPC_ERROR', { rpcCode: -32005 })],
    ['a result that does not fit', of('RPC_ANSWER_INVALID', { method: 'contribution_get' })],
    ['a proxy that does not let the call through', of('HOST_NOT_ALLOWED')],
    ['a node that is behind', of('DATANET_NOT_FOUND')],
  ])('passes if it comes from %s', (_, fault) => {
    expect(isPassing(fault)).toBe(true);
  });

  test.each([
    'CHAIN_CHANGED',
    'CONTRIBUTION_EXPIRED',
    'CONTENT_ROOT',
    // Of this program.
    'INTERNAL',
    'INTERNAL_INVARIANT',
    'FILE_UNWRITABLE',
    'IN_USE',
  ])('does not pass if it is %s', (code) => {
    expect(isPassing(of(code))).toBe(false);
  });

  test('names the code of whatever answered', () => {
    expect(namedCode(gateway)).toBe('RPC_ERROR (GATEWAY_TIMEOUT)');
    expect(namedCode(of('HOST_NOT_ALLOWED'))).toBe('HOST_NOT_ALLOWED');
  });
});
