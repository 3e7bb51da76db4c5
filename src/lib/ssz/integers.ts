/** Unsigned integers and booleans. The codec of Node wraps integers that do not fit, so each is checked here first. */
import { bool, uintBigint, uintNumber } from '#platform/ssz';
import { badJson, range } from './errors.ts';
import { make, type Ssz } from './type.ts';

const smallUint = (byteLength: 1 | 2 | 4): Ssz<number> => {
  const max = 2 ** (8 * byteLength) - 1;
  const fits = (value: unknown): value is number =>
    Number.isInteger(value) && Number(value) >= 0 && Number(value) <= max;
  return make<number>(
    {
      inner: uintNumber(byteLength),
      plain: true,
      check: (value, path) => (fits(value) ? undefined : range(path, `expected an integer of 0 to ${max}`)),
      lower: (value) => value,
      raise: (value) => value as number,
      json: (value) => value,
      parse: (json, path) => (fits(json) ? json : badJson(path, `expected an integer of 0 to ${max}`)),
    },
    { type: 'integer', minimum: 0, maximum: max },
  );
};

const DECIMAL = /^(?:0|[1-9][0-9]*)$/;

const bigUint = (byteLength: 8 | 16 | 32): Ssz<bigint> => {
  const bits = 8 * byteLength;
  const max = (1n << BigInt(bits)) - 1n;
  const expected = `expected an unsigned integer below 2^${bits}, as a bigint, a decimal string or a safe number`;
  return make<bigint>(
    {
      inner: uintBigint(byteLength),
      plain: true,
      check: (value, path) =>
        typeof value === 'bigint' && value >= 0n && value <= max
          ? undefined
          : range(path, `expected a bigint of 0 to 2^${bits} - 1`),
      lower: (value) => value,
      raise: (value) => value as bigint,
      json: (value) => value.toString(),
      parse: (json, path) => {
        if (typeof json === 'bigint') return json >= 0n && json <= max ? json : badJson(path, expected);
        if (typeof json === 'number' && Number.isSafeInteger(json) && json >= 0) return BigInt(json);
        if (typeof json !== 'string' || json.length > 78 || !DECIMAL.test(json))
          return badJson(path, expected);
        const value = BigInt(json);
        return value <= max ? value : badJson(path, expected);
      },
    },
    { type: 'string', pattern: '^(0|[1-9][0-9]*)$', description: `uint${bits}` },
  );
};

export const uint8 = smallUint(1);
export const uint16 = smallUint(2);
export const uint32 = smallUint(4);
export const uint64 = bigUint(8);
export const uint128 = bigUint(16);
export const uint256 = bigUint(32);

export const boolean: Ssz<boolean> = make<boolean>(
  {
    inner: bool(),
    plain: true,
    check: (value, path) => (typeof value === 'boolean' ? undefined : range(path, 'expected true or false')),
    lower: (value) => value,
    raise: (value) => value as boolean,
    json: (value) => value,
    parse: (json, path) => (typeof json === 'boolean' ? json : badJson(path, 'expected true or false')),
  },
  { type: 'boolean' },
);
