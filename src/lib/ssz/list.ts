/** Lists of elements, and lists of bits. The codec of Node checks their limits on decoding only. */
import { bitList, bitsOf, booleansOf, list as listCodec } from '#platform/ssz';
import { badJson, Problems, range } from './errors.ts';
import { at, make, type Ssz } from './type.ts';

/** A list of at most `limit` elements of one type. */
export const list = <T>(element: Ssz<T>, limit: number): Ssz<readonly T[]> => {
  const item = element.core;
  return make<readonly T[]>(
    {
      inner: listCodec(item.inner, limit),
      plain: item.plain,
      check: (value, path) => {
        if (!Array.isArray(value)) return range(path, 'expected a list');
        if (value.length > limit)
          return range(path, `expected at most ${limit} elements, got ${value.length}`);
        for (let i = 0; i < value.length; i++) {
          const bad = item.check(value[i] as T, path);
          if (bad !== undefined) return item.check(value[i] as T, at(path, i));
        }
        return undefined;
      },
      lower: (value) => value.map((each) => item.lower(each)),
      raise: (value, path) => (value as unknown[]).map((each, i) => item.raise(each, at(path, i))),
      json: (value) => value.map((each) => item.json(each)),
      parse: (json, path, unknown) => {
        if (!Array.isArray(json)) return badJson(path, 'expected a list');
        if (json.length > limit)
          return badJson(path, `expected at most ${limit} elements, got ${json.length}`);
        const problems = new Problems();
        const parsed = json.map((each: unknown, i) =>
          problems.attempt(() => item.parse(each, at(path, i), unknown)),
        );
        problems.end();
        return parsed as readonly T[];
      },
    },
    { type: 'array', items: element.schema, maxItems: limit },
  );
};

/** A list of at most `limit` bits, each of them a boolean. */
export const bitlist = (limit: number): Ssz<readonly boolean[]> =>
  make<readonly boolean[]>(
    {
      inner: bitList(limit),
      plain: false,
      check: (value, path) =>
        Array.isArray(value) && value.length <= limit && value.every((bit) => typeof bit === 'boolean')
          ? undefined
          : range(path, `expected at most ${limit} bits`),
      lower: (value) => bitsOf(value),
      raise: (value) => booleansOf(value),
      json: (value) => [...value],
      parse: (json, path) =>
        Array.isArray(json) && json.length <= limit && json.every((bit) => typeof bit === 'boolean')
          ? json
          : badJson(path, `expected at most ${limit} booleans`),
    },
    { type: 'array', items: { type: 'boolean' }, maxItems: limit },
  );
