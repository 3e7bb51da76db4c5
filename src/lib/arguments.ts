/**
 * Checks what programs hand over to the functions of the package. JavaScript lets any type through, and an error that
 * names the argument helps more than one from deep inside. Each message says what an argument must be.
 */
import { CodedError } from './errors.ts';
import { fault } from './lib-errors.ts';
import { listProblems } from './problems.ts';

/** What an argument must be, as words and as a test. */
export type Must = { readonly be: string; readonly is: (value: unknown) => boolean };

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

export const TEXT: Must = { be: 'a string', is: (value) => typeof value === 'string' };
/** A string that has UTF-8. Half of a surrogate pair has none, and encoders write the same sign for every half. */
export const WELL_FORMED: Must = {
  be: 'a string without half of a surrogate pair',
  is: (value) => typeof value === 'string' && value.isWellFormed(),
};
export const BYTES: Must = { be: 'a Uint8Array', is: (value) => value instanceof Uint8Array };
export const OBJECT: Must = { be: 'an object', is: isObject };
export const LIST: Must = { be: 'an array', is: Array.isArray };
export const FUNCTION: Must = { be: 'a function', is: (value) => typeof value === 'function' };
export const MILLISECONDS: Must = {
  be: 'a number of milliseconds above 0',
  is: (value) => typeof value === 'number' && value > 0,
};
export const SIGNAL: Must = { be: 'an AbortSignal', is: (value) => value instanceof AbortSignal };
export const WHOLE_NUMBER: Must = {
  be: 'a whole number, 0 or more',
  is: (value) => Number.isSafeInteger(value) && Number(value) >= 0,
};

export const bytesOf = (length: number): Must => ({
  be: `a Uint8Array of ${length} bytes`,
  is: (value) => value instanceof Uint8Array && value.length === length,
});
export const ADDRESS: Must = bytesOf(20);
export const ROOT: Must = bytesOf(32);

export const bigintTo = (limit: bigint): Must => ({
  be: `a bigint of 0 to ${limit}`,
  is: (value) => typeof value === 'bigint' && value >= 0n && value <= limit,
});

export const oneOf = (names: readonly (string | number)[]): Must => ({
  be: `one of ${names.join(', ')}`,
  is: (value) => names.some((name) => name === value),
});

/** The table of INFO-1, which has an entry of 16 bits for each bucket. */
export const INFO_TABLE: Must = {
  be: 'the table that loadInfoTable loads',
  is: (value) => value instanceof Uint16Array && value.length === 65_536,
};

/** Something with these methods. */
export const withMethods = (be: string, ...methods: readonly string[]): Must => ({
  be,
  is: (value) => isObject(value) && methods.every((name) => typeof Reflect.get(value, name) === 'function'),
});

export const optional = ({ be, is }: Must): Must => ({
  be,
  is: (value) => value === undefined || is(value),
});

/** Says what a value is, without the content of texts and bytes, which may be secret. */
export const kindOf = (value: unknown): string => {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'number' || typeof value === 'bigint') return `${typeof value} ${value}`;
  if (value instanceof Uint8Array) return `a Uint8Array of ${value.length} bytes`;
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
};

export const problemOf = (name: string, value: unknown, { be, is }: Must): readonly string[] =>
  is(value) ? [] : [`${name}: must be ${be}, not ${kindOf(value)}`];

/** Returns what is wrong with the fields of an object. `name` stands before theirs, unless it is empty. */
export const problemsOf = (
  name: string,
  value: unknown,
  fields: Readonly<Record<string, Must>>,
): readonly string[] => {
  if (!isObject(value)) return problemOf(name === '' ? 'options' : name, value, OBJECT);
  const before = name === '' ? '' : `${name}.`;
  return Object.entries(fields).flatMap(([field, must]) =>
    problemOf(before + field, Reflect.get(value, field), must),
  );
};

/** @throws CodedError `ARGUMENT_INVALID`, which lists all that is wrong in `problems` */
export const refuse = (problems: readonly string[]): void => {
  if (problems.length > 0)
    throw new CodedError(fault('ARGUMENT_INVALID', listProblems(problems), { problems }));
};

/** Checks an argument. @throws CodedError as {@link refuse} */
export const check = (name: string, value: unknown, must: Must): void => refuse(problemOf(name, value, must));

/** Checks an object with its fields. @throws CodedError as {@link refuse} */
export const checkFields = (name: string, value: unknown, fields: Readonly<Record<string, Must>>): void =>
  refuse(problemsOf(name, value, fields));

/** The fields of a chain identity. */
export const CHAIN = { chainId: bigintTo(2n ** 64n - 1n), genesisHash: ROOT };
