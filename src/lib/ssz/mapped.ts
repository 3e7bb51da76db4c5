/** Values of another TypeScript type in the encoding of an existing SSZ type. */

import type { Result } from '../errors.ts';
import { badBytes, badJson, range } from './errors.ts';
import { type Json, type JsonSchema, make, type Ssz } from './type.ts';

/**
 * How a value of type T stands for a value of type `Encoded`. Both directions must be inverse to each other: for every
 * `encoded` that `to` accepts, `from(to(encoded))` is `encoded`. Otherwise a value would have two encodings.
 */
export type Mapping<Encoded, T> = {
  /**
   * Makes the value, or refuses what maps to no value. The type replaces the fault's code by the one that fits the
   * direction (`SSZ_DECODE`, `SSZ_RANGE` or `JSON_INVALID`) and keeps its message. `to` must not throw: it is also
   * called with what `from` makes of a value out of range.
   */
  readonly to: (encoded: Encoded) => Result<T>;
  /** Returns what is encoded for the value. */
  readonly from: (value: T) => Encoded;
};

/** The JSON form of a mapped type, where it is not that of the encoded value. */
export type JsonForm<T> = {
  readonly schema: JsonSchema;
  readonly toJson: (value: T) => Json;
  readonly fromJson: (json: unknown) => Result<T>;
};

/** A type whose values are those of `type` under a mapping. Encoding, root and size limit are those of `type`. */
export const mapped = <Encoded, T>(
  type: Ssz<Encoded>,
  { to, from }: Mapping<Encoded, T>,
  form?: JsonForm<T>,
): Ssz<T> => {
  const { core } = type;
  return make<T>(
    {
      inner: core.inner,
      plain: false,
      check: (value, path) => {
        const encoded = from(value);
        const back = to(encoded);
        return back.ok ? core.check(encoded, path) : range(path, back.fault.message);
      },
      lower: (value) => core.lower(from(value)),
      raise: (lowered, path) => {
        const value = to(core.raise(lowered, path));
        return value.ok ? value.value : badBytes(path, value.fault.message);
      },
      json: (value) => (form === undefined ? core.json(from(value)) : form.toJson(value)),
      parse: (json, path, unknown) => {
        const value = form === undefined ? to(core.parse(json, path, unknown)) : form.fromJson(json);
        return value.ok ? value.value : badJson(path, value.fault.message);
      },
    },
    form?.schema ?? type.schema,
  );
};
