import { describe, expect, expectTypeOf, it } from 'vitest';
import type { Brand } from '../../../src/lib/brands.ts';
import { fail, ok, type Result } from '../../../src/lib/errors.ts';
import { container, list, mapped, uint8, uint16, type ValueOf } from '../../../src/lib/ssz.ts';

type Even = Brand<number, 'Even'>;

/** An even number, encoded as its half. */
const Even = mapped<number, Even>(uint8, {
  to: (half) => ok((2 * half) as Even),
  from: (even) => even / 2,
});

/** A day of the week, encoded as 1 to 3; no other number is a day. */
const Day = mapped<number, 'mon' | 'tue' | 'wed'>(uint16, {
  to: (number) => {
    const day = (['mon', 'tue', 'wed'] as const)[number - 1];
    return day === undefined ? fail('DAY_UNKNOWN', `${number} is not a day`) : ok(day);
  },
  from: (day) => ['mon', 'tue', 'wed'].indexOf(day) + 1,
});

const Plan = container({ first: Day, others: list(Day, 2), even: Even });
type Plan = ValueOf<typeof Plan>;
const plan: Plan = { first: 'tue', others: ['mon'], even: 8 as Even };

const codeOf = (result: Result<unknown>): string => (result.ok ? 'ok' : result.fault.code);

describe('a mapped type', () => {
  it('has the encoding, root and size of the type below it', () => {
    expect(Day.encode('wed')).toEqual(uint16.encode(3));
    expect(Day.root('wed')).toEqual(uint16.root(3));
    expect(Day.maxBytes).toBe(uint16.maxBytes);
    expect(Day.decode(uint16.encode(1))).toEqual({ ok: true, value: 'mon' });
  });

  it('has the JSON form and the schema of the type below it, unless told otherwise', () => {
    expect(Day.toJson('tue')).toBe(2);
    expect(Day.fromJson(2)).toEqual({ ok: true, value: 'tue' });
    expect(Day.schema).toEqual(uint16.schema);
    const named = mapped<number, 'mon' | 'tue'>(
      uint8,
      { to: (number) => ok(number === 1 ? 'tue' : 'mon'), from: (day) => (day === 'tue' ? 1 : 0) },
      {
        schema: { enum: ['mon', 'tue'] },
        toJson: (day) => day,
        fromJson: (json) => (json === 'mon' || json === 'tue' ? ok(json) : fail('DAY_UNKNOWN', 'not a day')),
      },
    );
    expect(named.toJson('tue')).toBe('tue');
    expect(named.fromJson('tue')).toEqual({ ok: true, value: 'tue' });
    expect(named.fromJson(1)).toMatchObject({ fault: { code: 'JSON_INVALID', message: 'value: not a day' } });
    expect(named.schema).toEqual({ enum: ['mon', 'tue'] });
  });

  it('works within lists and containers', () => {
    expect(Plan.decode(Plan.encode(plan))).toEqual({ ok: true, value: plan });
    expect(Plan.fromJson(Plan.toJson(plan))).toEqual({ ok: true, value: plan });
    expect([...Plan.encode(plan)]).toEqual([2, 0, 7, 0, 0, 0, 4, 1, 0]);
  });

  it('refuses bytes and JSON that map to no value, naming the field', () => {
    expect(codeOf(Day.decode(uint16.encode(4)))).toBe('SSZ_DECODE');
    expect(Plan.decode(Plan.encode(plan).with(7, 0))).toMatchObject({
      fault: { code: 'SSZ_DECODE', message: 'others[0]: 0 is not a day', data: { path: 'others[0]' } },
    });
    expect(Plan.fromJson({ first: 9, others: [], even: 1 })).toMatchObject({
      fault: { code: 'JSON_INVALID', message: 'first: 9 is not a day', data: { path: 'first' } },
    });
  });

  it('refuses to encode a value that has no encoding, whichever of its two types says so', () => {
    const sunday: string = 'sun';
    expect(Day.check(sunday as 'mon')).toMatchObject({ code: 'SSZ_RANGE', message: 'value: 0 is not a day' });
    expect(() => Plan.encode({ ...plan, others: [sunday as 'mon'] })).toThrow('others[0]: 0 is not a day');
    expect(Even.check(512 as Even)?.code).toBe('SSZ_RANGE');
    expect(() => Plan.root({ ...plan, even: 3 as Even })).toThrow('even: expected an integer');
  });

  it('gives a struct the type of its values, readonly', () => {
    expectTypeOf<Plan>().toEqualTypeOf<{
      readonly first: 'mon' | 'tue' | 'wed';
      readonly others: readonly ('mon' | 'tue' | 'wed')[];
      readonly even: Even;
    }>();
  });
});
