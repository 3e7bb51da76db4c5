/** Values that may be absent. */
import { optional as optionalCodec } from '#platform/ssz';
import { make, type Ssz } from './type.ts';

/**
 * A value or `undefined` (EIP-6475 Optional): no bytes if it is absent, else the byte 1 and the value. Its root is that
 * of a list of zero or one values. JSON: the value, or null if it is absent.
 *
 * An optional of an optional does not compile: `undefined` could not say which of the two is absent.
 */
export const optional = <T extends NonNullable<unknown>>(type: Ssz<T>): Ssz<T | undefined> => {
  const { core } = type;
  return make<T | undefined>(
    {
      inner: optionalCodec(core.inner),
      plain: false,
      check: (value, path) => (value === undefined ? undefined : core.check(value, path)),
      lower: (value) => (value === undefined ? null : core.lower(value)),
      raise: (value, path) => (value === null ? undefined : core.raise(value, path)),
      json: (value) => (value === undefined ? null : core.json(value)),
      parse: (json, path, unknown) =>
        json === null || json === undefined ? undefined : core.parse(json, path, unknown),
    },
    { anyOf: [type.schema, { type: 'null' }] },
  );
};
