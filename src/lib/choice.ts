import { CodedError, type Fault, fail, fault, ok } from './errors.ts';
import { type Json, type Ssz, uint8 } from './ssz.ts';

/**
 * One of `names`, in the encoding one byte: its place in the list, so names are only ever added at the end. In JSON it
 * is the name itself.
 */
export const choice = <const Names extends readonly string[]>(names: Names): Ssz<Names[number]> => {
  type Name = Names[number];
  const expected = `expected one of ${names.join(', ')}`;
  const indexOf = (value: Json | undefined): number =>
    typeof value === 'string' ? names.indexOf(value) : -1;
  const check = (value: Name, path: string): Fault | undefined =>
    indexOf(value) < 0 ? fault('SSZ_RANGE', `${path || 'value'}: ${expected}`, { path }) : undefined;
  const lower = (value: Name): number => {
    const bad = check(value, '');
    if (bad !== undefined) throw new CodedError(bad);
    return indexOf(value);
  };
  const badName = (path: string): Fault => fault('JSON_INVALID', `${path || 'value'}: ${expected}`, { path });
  return {
    core: {
      inner: uint8.core.inner,
      plain: false,
      check,
      lower,
      raise: (value, path) => {
        const name = typeof value === 'number' ? names[value] : undefined;
        if (name === undefined) throw new CodedError(fault('SSZ_DECODE', `${path}: ${expected}`, { path }));
        return name;
      },
      json: (value) => value,
      parse: (json, path) => {
        const name = names[indexOf(json)];
        if (name === undefined) throw new CodedError(badName(path));
        return name;
      },
    },
    schema: { type: 'string', enum: names },
    maxBytes: uint8.maxBytes,
    encode: (value) => uint8.encode(lower(value)),
    decode: (bytes) => {
      const place = uint8.decode(bytes);
      if (!place.ok) return place;
      const name = names[place.value];
      return name === undefined ? fail('SSZ_DECODE', expected) : ok(name);
    },
    root: (value) => uint8.root(lower(value)),
    toJson: (value) => value,
    fromJson: (json, path = '') => {
      const name = names[indexOf(json)];
      return name === undefined ? { ok: false, fault: badName(path) } : ok(name);
    },
    check: (value) => check(value, ''),
  };
};
