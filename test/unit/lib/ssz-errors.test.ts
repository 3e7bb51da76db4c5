import { describe, expect, expectTypeOf, it } from 'vitest';
import { type Fault, fail, type Result } from '../../../src/lib/errors.ts';
import type { SszCode } from '../../../src/lib/ssz/errors.ts';
import { container, list, text, uint8 } from '../../../src/lib/ssz.ts';

const Names = container({ names: list(text(4), 2), age: uint8 });

describe('the codes of SSZ', () => {
  it('are a closed union, and every fault of a type has one of them', () => {
    expectTypeOf<SszCode>().toEqualTypeOf<'SSZ_RANGE' | 'SSZ_DECODE' | 'JSON_INVALID'>();
    expectTypeOf(Names.decode(new Uint8Array())).toEqualTypeOf<
      Result<{ readonly names: readonly string[]; readonly age: number }, SszCode>
    >();
    expectTypeOf(Names.check({ names: [], age: 1 })).toEqualTypeOf<Fault<SszCode> | undefined>();
  });

  it('refuse to compile when a function gives a code that is not of its area', () => {
    // @ts-expect-error The code is misspelled.
    const misspelled = (): Result<number, SszCode> => fail('SSZ_DECODED', 'no');
    const known = (): Result<number, SszCode> => fail('SSZ_DECODE', 'no');
    // A caller that does not care for the area still takes the result.
    expectTypeOf(known()).toExtend<Result<number>>();
    expect([misspelled().ok, known().ok]).toEqual([false, false]);
  });

  it('name the direction: SSZ_DECODE for bytes, whatever is wrong with them', () => {
    const notUtf8 = Names.encode({ names: ['a'], age: 1 }).with(-1, 0xff);
    expect(Names.decode(notUtf8)).toMatchObject({
      fault: { code: 'SSZ_DECODE', data: { path: 'names[0]' } },
    });
  });
});
