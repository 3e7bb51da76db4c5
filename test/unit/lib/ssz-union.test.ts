import { ContainerType, UintNumberType, UnionType } from '@chainsafe/ssz';
import { describe, expect, it } from 'vitest';
import type { Result } from '../../../src/lib/errors.ts';
import {
  byteList,
  container,
  list,
  uint8,
  uint16,
  uint32,
  union,
  type ValueOf,
} from '../../../src/lib/ssz.ts';

const Circle = container<{ radius: number }>({ radius: uint32 });
const Path = container<{ points: readonly number[] }>({ points: list(uint16, 4) });
const Shape = union({ circle: Circle, path: Path });
const Text = union({ bytes: byteList(4), circle: Circle });
type Shape = ValueOf<typeof Shape>;
const Drawing = container<{ first: Shape; others: readonly Shape[]; ink: number }>({
  first: Shape,
  others: list(Shape, 3),
  ink: uint8,
});

const circle: Shape = { type: 'circle', value: { radius: 7 } };
const path: Shape = { type: 'path', value: { points: [1, 2] } };
const codeOf = (result: Result<unknown>): string => (result.ok ? 'ok' : result.fault.code);

describe('a union', () => {
  it('is one byte for its variant, then the value', () => {
    expect([...Shape.encode(circle)]).toEqual([0, 7, 0, 0, 0]);
    expect([...Shape.encode(path)]).toEqual([1, 4, 0, 0, 0, 1, 0, 2, 0]);
    expect(Shape.decode(Shape.encode(circle))).toEqual({ ok: true, value: circle });
    expect(Shape.decode(Shape.encode(path))).toEqual({ ok: true, value: path });
    expect(Shape.maxBytes).toBe(1 + Path.maxBytes);
  });

  it('has the root that mixes in its variant', () => {
    const reference = new ContainerType({ radius: new UintNumberType(4) });
    const both = union({ one: Circle, two: Circle });
    expect(both.root({ type: 'two', value: { radius: 1 } })).toEqual(
      new UnionType([reference, reference]).hashTreeRoot({ selector: 1, value: { radius: 1 } }),
    );
    expect(Shape.root(circle)).not.toEqual(Circle.root({ radius: 7 }));
  });

  it('names its variant in JSON', () => {
    expect(Shape.toJson(path)).toEqual({ type: 'path', value: { points: [1, 2] } });
    expect(Shape.fromJson({ type: 'path', value: { points: [1, 2] } })).toEqual({ ok: true, value: path });
  });

  it('works within lists and containers', () => {
    const drawing = { first: path, others: [circle, path], ink: 3 };
    expect(Drawing.decode(Drawing.encode(drawing))).toEqual({ ok: true, value: drawing });
    expect(Drawing.fromJson(Drawing.toJson(drawing))).toEqual({ ok: true, value: drawing });
  });

  it('refuses a variant that there is not', () => {
    expect(codeOf(Shape.decode(Uint8Array.of(2, 7, 0, 0, 0)))).toBe('SSZ_DECODE');
    for (const json of [
      null,
      [],
      {},
      { type: 'square', value: {} },
      { type: 'circle' },
      { type: 'circle', value: { radius: 7 }, more: 1 },
      { type: 'toString', value: {} },
    ])
      expect(codeOf(Shape.fromJson(json))).toBe('JSON_INVALID');
    expect(Shape.fromJson({ type: 'circle', value: { radius: -1 } })).toMatchObject({
      fault: { code: 'JSON_INVALID', data: { path: 'value.radius' } },
    });
  });

  it('refuses a value out of range before encoding it', () => {
    const wide: Shape = { type: 'circle', value: { radius: 2 ** 32 } };
    expect(Shape.check(wide)).toMatchObject({ code: 'SSZ_RANGE', data: { path: 'value.radius' } });
    expect(() => Shape.encode(wide)).toThrow('value.radius');
    const square: string = 'square';
    expect(() => Shape.encode({ type: square as 'circle', value: { radius: 1 } })).toThrow('expected one of');
  });

  it('does not read its selector from the bytes that follow an empty encoding', () => {
    expect(codeOf(Shape.decode(new Uint8Array()))).toBe('SSZ_DECODE');
    const Note = container<{ note: ValueOf<typeof Text>; more: Uint8Array }>({
      note: Text,
      more: byteList(9),
    });
    const note = { note: { type: 'bytes', value: Uint8Array.of() }, more: Uint8Array.of(0, 5) } as const;
    const encoded = Note.encode(note);
    expect([...encoded]).toEqual([8, 0, 0, 0, 9, 0, 0, 0, 0, 0, 5]);
    expect(Note.decode(encoded)).toEqual({ ok: true, value: note });
    // The same, the two offsets leaving no byte between them.
    expect(codeOf(Note.decode(Uint8Array.of(8, 0, 0, 0, 8, 0, 0, 0, 0, 0, 5)))).toBe('SSZ_DECODE');
  });
});
