import { describe, expect, it } from 'vitest';
import { choice } from '../../../src/lib/choice.ts';
import type { Result } from '../../../src/lib/errors.ts';
import { container, list, uint8, type ValueOf } from '../../../src/lib/ssz.ts';

const Fruit = choice(['apple', 'pear', 'fig']);
type Fruit = ValueOf<typeof Fruit>;
const Basket = container<{ fruit: Fruit; more: readonly Fruit[] }>({ fruit: Fruit, more: list(Fruit, 3) });

const codeOf = (result: Result<unknown>): string => (result.ok ? 'ok' : result.fault.code);

describe('a choice', () => {
  it('is one byte on the wire, its place in the list, and a name in JSON', () => {
    expect([...Fruit.encode('fig')]).toEqual([2]);
    expect(Fruit.decode(Uint8Array.of(1))).toEqual({ ok: true, value: 'pear' });
    expect(Fruit.root('fig')).toEqual(uint8.root(2));
    expect(Fruit.toJson('apple')).toBe('apple');
    expect(Fruit.fromJson('apple')).toEqual({ ok: true, value: 'apple' });
  });

  it('works within lists and containers', () => {
    const basket = { fruit: 'pear', more: ['fig', 'apple'] } as const;
    expect(Basket.decode(Basket.encode(basket))).toEqual({ ok: true, value: basket });
    expect(Basket.fromJson(Basket.toJson(basket))).toEqual({ ok: true, value: basket });
  });

  it('refuses what is none of its names', () => {
    expect(codeOf(Fruit.decode(Uint8Array.of(3)))).toBe('SSZ_DECODE');
    expect(codeOf(Fruit.decode(new Uint8Array()))).toBe('SSZ_DECODE');
    for (const json of ['plum', 0, null, '']) expect(codeOf(Fruit.fromJson(json))).toBe('JSON_INVALID');
    const encoded = Basket.encode({ fruit: 'apple', more: [] });
    expect(codeOf(Basket.decode(encoded.with(0, 9)))).toBe('SSZ_DECODE');
    expect(Basket.fromJson({ fruit: 'plum', more: [] })).toMatchObject({
      ok: false,
      fault: { code: 'JSON_INVALID', data: { path: 'fruit' } },
    });
  });

  it('does not encode a name it does not have', () => {
    const plum: string = 'plum';
    expect(Fruit.check(plum as Fruit)?.code).toBe('SSZ_RANGE');
    expect(() => Fruit.encode(plum as Fruit)).toThrow('expected one of apple, pear, fig');
    expect(() => Basket.encode({ fruit: 'fig', more: [plum as Fruit] })).toThrow('expected one of');
  });
});
