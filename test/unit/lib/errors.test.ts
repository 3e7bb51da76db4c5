import { describe, expect, it } from 'vitest';
import {
  CodedError,
  fail,
  fault,
  invariant,
  ok,
  toFault,
  toFaultOr,
  unreachable,
  unwrap,
} from '../../../src/lib/errors.ts';

describe('a coded error', () => {
  it('carries the code, the message and the fields of its fault', () => {
    const error = new CodedError(fault('FUNDS_SHORT', 'not enough', { needed: '7' }));
    expect(error).toBeInstanceOf(Error);
    expect([error.code, error.name, error.message]).toEqual(['FUNDS_SHORT', 'FUNDS_SHORT', 'not enough']);
    expect(error.fault.data).toEqual({ needed: '7' });
  });

  it('is what unwrapping a fault throws, while a value passes', () => {
    expect(unwrap(ok(5))).toBe(5);
    expect(() => unwrap(fail('A_B', 'c'))).toThrow(expect.objectContaining({ code: 'A_B' }));
  });

  it('is what a broken invariant or an unreachable arm throws', () => {
    expect(() => invariant(false, 'holds')).toThrow(expect.objectContaining({ code: 'INTERNAL_INVARIANT' }));
    expect(() => invariant(true, 'holds')).not.toThrow();
    expect(() => unreachable('x' as never)).toThrow(
      expect.objectContaining({ code: 'INTERNAL_UNREACHABLE' }),
    );
  });

  it('keeps its fault at the edge, where anything else gets the code asked for', () => {
    const carried = { code: 'A_B', message: 'c' };
    expect(toFault(new CodedError(carried))).toEqual(carried);
    expect(toFaultOr(new CodedError(carried), 'IO')).toEqual(carried);
    expect(toFaultOr(new TypeError('t'), 'IO')).toEqual({ code: 'IO', message: 't' });
    expect(toFault('text')).toEqual({ code: 'INTERNAL', message: 'text' });
  });

  it('has no data field at all when there is no data', () => {
    expect(Object.keys(fault('A_B', 'c'))).toEqual(['code', 'message']);
  });
});
