/** Tagged unions: values of one of several types. */
import { union as unionCodec } from '#platform/ssz';
import { type TypesOf, typesByName } from './container.ts';
import { badBytes, badJson, range, SszError } from './errors.ts';
import { at, make, type Ssz } from './type.ts';

/** The value of a union: the name of a variant and the variant's value. */
type Variant<T> = { readonly [K in keyof T]: { readonly type: K; readonly value: T[K] } }[keyof T];

/**
 * An SSZ Union: one byte with the index of the variant, then its value. New variants go to the end, because an index
 * must keep its meaning. JSON: `{"type": name, "value": …}`.
 */
export const union = <T extends object>(variants: TypesOf<T>): Ssz<Variant<T>> => {
  const entries = typesByName(variants);
  const names = entries.map(([name]) => name);
  const expected = `expected one of ${names.join(', ')}`;
  type Loose = { readonly type: unknown; readonly value: unknown };
  /** The index and the type of the variant with this name. */
  const variantOf = (name: unknown): readonly [number, Ssz<unknown>] | undefined => {
    const place = typeof name === 'string' ? names.indexOf(name) : -1;
    const entry = entries[place];
    return entry === undefined ? undefined : [place, entry[1]];
  };
  const known = (value: Variant<T>, path: string): readonly [number, Ssz<unknown>] => {
    const variant = variantOf((value as Loose).type);
    if (variant === undefined) throw new SszError(range(at(path, 'type'), expected));
    return variant;
  };
  return make<Variant<T>>(
    {
      inner: unionCodec(entries.map(([, type]) => type.core.inner)),
      plain: false,
      check: (value, path) => {
        if (typeof value !== 'object' || value === null) return range(path, 'expected an object');
        const variant = variantOf((value as Loose).type);
        if (variant === undefined) return range(at(path, 'type'), expected);
        return variant[1].core.check((value as Loose).value, at(path, 'value'));
      },
      lower: (value) => {
        const [selector, type] = known(value, '');
        return { selector, value: type.core.lower((value as Loose).value) };
      },
      raise: (lowered, path) => {
        const { selector, value } = lowered as { readonly selector: number; readonly value: unknown };
        const entry = entries[selector];
        if (entry === undefined) return badBytes(path, expected);
        const [type, variant] = entry;
        return { type, value: variant.core.raise(value, at(path, 'value')) } as Variant<T>;
      },
      json: (value) => ({
        type: String((value as Loose).type),
        value: known(value, '')[1].core.json((value as Loose).value),
      }),
      parse: (json, path, unknown) => {
        if (typeof json !== 'object' || json === null || Array.isArray(json))
          return badJson(path, 'expected an object');
        for (const key of Object.keys(json))
          if (unknown === 'refused' && key !== 'type' && key !== 'value')
            return badJson(at(path, key.slice(0, 80)), 'unknown field; the fields are type, value');
        const record = json as { readonly [key: string]: unknown };
        const variant = variantOf(record.type);
        if (variant === undefined) return badJson(at(path, 'type'), expected);
        if (!Object.hasOwn(record, 'value')) return badJson(at(path, 'value'), 'missing field');
        return {
          type: record.type,
          value: variant[1].core.parse(record.value, at(path, 'value'), unknown),
        } as Variant<T>;
      },
    },
    {
      oneOf: entries.map(([name, type]) => ({
        type: 'object',
        properties: { type: { const: name }, value: type.schema },
        required: ['type', 'value'],
        additionalProperties: false,
      })),
    },
  );
};
