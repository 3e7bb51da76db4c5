/** Text, as a list of the bytes of its UTF-8. */
import { byteList } from '#platform/ssz';
import { fromUtf8, utf8 } from '../bytes.ts';
import { badBytes, badJson, range } from './errors.ts';
import { make, type Ssz } from './type.ts';

/**
 * A string of at most `limit` bytes of UTF-8. A lone surrogate has no UTF-8 and is out of range. Bytes that are not UTF-8
 * do not decode.
 */
export const text = (limit: number): Ssz<string> => {
  const fits = (value: unknown): value is string =>
    typeof value === 'string' &&
    value.length <= limit &&
    value.isWellFormed() &&
    // A UTF-16 unit takes at most three bytes of UTF-8, so short text is measured without encoding it.
    (3 * value.length <= limit || utf8(value).length <= limit);
  const expected = `expected well-formed text of at most ${limit} bytes of UTF-8`;
  return make<string>(
    {
      inner: byteList(limit),
      plain: false,
      check: (value, path) => (fits(value) ? undefined : range(path, expected)),
      lower: (value) => utf8(value),
      raise: (value, path) => {
        const decoded = fromUtf8(value as Uint8Array);
        return decoded.ok ? decoded.value : badBytes(path, decoded.fault.message);
      },
      json: (value) => value,
      parse: (json, path) => (fits(json) ? json : badJson(path, expected)),
    },
    { type: 'string', maxLength: limit },
  );
};
