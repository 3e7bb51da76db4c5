/** JSON that somebody may sign means one thing. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isTooDeep, JSON_DEPTH_MAX, readJsonText } from '../../../src/lib/json.ts';

describe('a JSON text', () => {
  test('means what JSON.parse makes of it, if no key is twice', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(readJsonText(text, 'any')).toEqual({ ok: true, value: JSON.parse(text) as unknown });
      }),
    );
  });

  test.each([
    ['{"to":"a","amount":1,"to":"b"}', 'to'],
    ['{"x":[{"k":1},{"k":1,"\\u006b":2}]}', 'x[1].k'],
    ['{"terms":{"a b":1,"a b":1}}', 'terms["a b"]'],
    ['[{"__proto__":1,"__proto__":2}]', '[0].__proto__'],
    ['{"a":{"b":1},"c":{"b":1},"a":{}}', 'a'],
  ])('with a key twice is refused with its path: %s', (text, path) => {
    expect(readJsonText(text)).toMatchObject({
      fault: {
        code: 'JSON_DUPLICATE_KEY',
        message: expect.stringContaining(path) as unknown,
        data: { path },
      },
    });
  });

  test.each([
    ['{"a":"{\\"a\\":1,\\"a\\":2}","b":"\\\\"}'],
    ['[{"a":1},{"a":1}]'],
    ['{"a":{"a":{"a":1}}}'],
    ['["a","a"]'],
    ['{"":1,"\\u0000":2}'],
  ])('with the same text in different places is fine: %s', (text) => {
    expect(readJsonText(text)).toEqual({ ok: true, value: JSON.parse(text) as unknown });
  });

  test.each([
    ['{"amount":9007199254740993}', 'amount'],
    ['{"n":[1,1.00000000000000000001]}', 'n[1]'],
    ['{"n":1e400}', 'n'],
  ])('with a number that would be rounded is refused with its path: %s', (text, path) => {
    expect(readJsonText(text)).toMatchObject({ fault: { code: 'JSON_NUMBER', data: { path } } });
    expect(readJsonText(text, 'any').ok).toBe(true);
  });

  test.each(['0', '-1', '1.5', '1e3', '1.0', '9007199254740991', '0.1'])('holds the number %s', (text) => {
    expect(readJsonText(text)).toEqual({ ok: true, value: Number(text) });
  });

  test('that is none says where', () => {
    expect(readJsonText('{"a":')).toMatchObject({ fault: { code: 'JSON_SYNTAX' } });
  });

  test('may be as long and as deep as it likes', () => {
    const deep = 100_000;
    expect(readJsonText(`${'['.repeat(deep)}${']'.repeat(deep)}`).ok).toBe(true);
    expect(readJsonText(JSON.stringify('x'.repeat(2 ** 24))).ok).toBe(true);
    // Escapes take the place of what is not ASCII in what many programs write.
    const escaped = `{"a":"${'\\u4e2d'.repeat(5_000_000)}","b":"${'\\"'.repeat(5_000_000)}","a":1}`;
    expect(readJsonText(escaped)).toMatchObject({ fault: { code: 'JSON_DUPLICATE_KEY' } });
  });
});

describe('the depth of a JSON text', () => {
  const nested = (levels: number): string => `${'[{"a":'.repeat(levels / 2)}0${'}]'.repeat(levels / 2)}`;

  test('is too much from a bound on', () => {
    expect(isTooDeep(nested(JSON_DEPTH_MAX))).toBe(false);
    expect(isTooDeep(nested(JSON_DEPTH_MAX + 2))).toBe(true);
  });

  test('is that of what is open at once, and not in strings', () => {
    expect(isTooDeep(JSON.stringify(Array.from({ length: 1_000 }, () => [{}])))).toBe(false);
    expect(isTooDeep(JSON.stringify(['['.repeat(1_000), '\\"', `\\\\"${'{'.repeat(1_000)}`]))).toBe(false);
    expect(isTooDeep(`["\\\\",${'['.repeat(1_000)}`)).toBe(true);
    expect(isTooDeep(`"${'['.repeat(1_000)}`)).toBe(false);
  });
});
