/**
 * Payloads as people write them. Beside the JSON of a kind, a file may have names of accounts for addresses, `1.5 OPEN`
 * for base units, and `file:weights.bin` for the sha256 of a file.
 */
import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseAmount } from '../lib/amount.ts';
import { toHex } from '../lib/bytes.ts';
import { CodedError, type Fault, ok, type Result, toFault } from '../lib/errors.ts';
import type { Json, JsonSchema } from '../lib/ssz.ts';
import { fail, fault } from './errors.ts';
import { readJsonFile } from './input.ts';
import type { AddressBook } from './names.ts';
import { fieldsOf, isSchema, itemsOf, presentOf, scalarOf, variantsOf } from './schema.ts';

/** What a text in a payload may refer to. */
export type Surroundings = {
  readonly book: AddressBook;
  /** The folder in which `file:` looks. */
  readonly folder: string;
};

/** The message of a problem names the field. */
export type Translated = { readonly json: Json; readonly problems: readonly Fault[] };

/** A value that fits the schema stands in for one with a problem, so that the problem is reported once. */
const ZEROS = { address: `0x${'00'.repeat(20)}`, root: `0x${'00'.repeat(32)}`, amount: '0' } as const;

/** Whoever a payload names gets something, unless the text is what stands there if the field is left out. */
const addressIn = (text: string, schema: JsonSchema, { book }: Surroundings): Result<string> => {
  const found = text === schema.default ? book.find(text) : book.recipient(text);
  return found.ok ? ok(toHex(found.value)) : found;
};

const FILE_PREFIX = 'file:';

const PIECE_BYTES = 1 << 20;

/** Returns the sha256 of a file of any size, which is read a piece at a time. @throws the error of the system */
const hashOfFile = (path: string): string => {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!fstatSync(file).isFile()) throw new Error('it is not a regular file');
    const hash = createHash('sha256');
    const piece = new Uint8Array(PIECE_BYTES);
    for (let read = readSync(file, piece); read > 0; read = readSync(file, piece))
      hash.update(piece.subarray(0, read));
    return `0x${hash.digest('hex')}`;
  } finally {
    closeSync(file);
  }
};

const rootIn = (text: string, { folder }: Surroundings): Result<string> => {
  if (!text.startsWith(FILE_PREFIX)) return ok(text);
  const path = resolve(folder, text.slice(FILE_PREFIX.length));
  try {
    return ok(hashOfFile(path));
  } catch (error) {
    return fail('FILE_UNREADABLE', `${path} cannot be read: ${toFault(error).message}`);
  }
};

/** Without a unit only base units are an amount, as in the JSON of the RPC: 1 could be meant as either. */
const amountIn = (value: Json, path: string): Result<Json> => {
  if (typeof value === 'string' && /^[0-9]+$/.test(value)) return ok(value);
  if (typeof value === 'number' && Number.isSafeInteger(value)) return ok(value);
  const shown = JSON.stringify(value).slice(0, 80);
  if (typeof value !== 'string' || !/(OPEN|base)$/.test(value))
    return fail(
      'AMOUNT_INVALID',
      `${path}: not an amount: ${shown}; write "1.5 OPEN", or base units as "1500"`,
    );
  const amount = parseAmount(value, path);
  return amount.ok ? ok(amount.value.toString()) : amount;
};

const isObject = (json: Json | undefined): json is { readonly [key: string]: Json } =>
  typeof json === 'object' && json !== null && !Array.isArray(json);

/** Translates a payload into the JSON of its kind. What does not fit the schema is left for its own check. */
export const translatePayload = (given: Json, payload: JsonSchema, around: Surroundings): Translated => {
  const problems: Fault[] = [];

  const settle = (path: string, value: Result<Json>, zero: Json): Json => {
    if (value.ok) return value.value;
    const { message } = value.fault;
    // A fault of an amount names its field already.
    problems.push(
      message.startsWith(`${path}: `) ? value.fault : { ...value.fault, message: `${path}: ${message}` },
    );
    return zero;
  };

  const scalar = (json: Json, schema: JsonSchema, path: string): Json => {
    switch (scalarOf(schema)) {
      case 'address':
        return typeof json === 'string' ? settle(path, addressIn(json, schema, around), ZEROS.address) : json;
      case 'root':
        return typeof json === 'string' ? settle(path, rootIn(json, around), ZEROS.root) : json;
      case 'amount':
        return settle(path, amountIn(json, path), ZEROS.amount);
      default:
        return json;
    }
  };

  const object = (json: Json, schema: JsonSchema, path: string): Json => {
    if (!isObject(json)) return json;
    const types = new Map(fieldsOf(schema));
    return Object.fromEntries(
      Object.entries(json).map(([name, value]) => {
        const type = types.get(name);
        return [name, type === undefined ? value : walk(value, type, path === '' ? name : `${path}.${name}`)];
      }),
    );
  };

  const walk = (json: Json, schema: JsonSchema, path: string): Json => {
    const present = presentOf(schema);
    if (present !== undefined) return json === null ? null : walk(json, present, path);
    const variants = variantsOf(schema);
    if (variants !== undefined) {
      const type = isObject(json) ? json.type : undefined;
      const variant = variants.find(
        (each) =>
          isSchema(each.properties) && isSchema(each.properties.type) && each.properties.type.const === type,
      );
      return variant === undefined ? json : object(json, variant, path);
    }
    if (schema.type === 'object') return object(json, schema, path);
    if (schema.type !== 'array') return scalar(json, schema, path);
    return Array.isArray(json)
      ? json.map((each: Json, i) => walk(each, itemsOf(schema), `${path}[${i}]`))
      : json;
  };

  return { json: walk(given, payload, ''), problems };
};

/** Returns all problems of a fault of a payload. */
const problemsOf = (found: Fault): readonly Fault[] => {
  const listed: unknown = found.data === undefined ? undefined : Reflect.get(found.data, 'problems');
  return Array.isArray(listed) && listed.length > 0
    ? listed.map((each) => ({ ...found, message: String(each) }))
    : [found];
};

/** @throws CodedError `PAYLOAD_INVALID` with all problems, `ADDRESS_ZERO` if nothing else is wrong */
const refuse = (what: string, faults: readonly Fault[]): never => {
  const problems = faults.map(({ message }) => message);
  const [first = ''] = problems;
  const message = `${what}: ${problems.length === 1 ? first : `${problems.length} problems`}`;
  const isZeroOnly = faults.every(({ code }) => code === 'ADDRESS_ZERO');
  throw new CodedError(fault(isZeroOnly ? 'ADDRESS_ZERO' : 'PAYLOAD_INVALID', message, { problems }));
};

/** The type of a payload: of a kind, or of a voucher. */
type PayloadType<T> = {
  readonly schema: JsonSchema;
  readonly fromJson: (json: Json) => Result<T>;
};

/**
 * Reads what a person wrote as a value of a type.
 * @param what - names the file and what it is read as, for the message
 * @throws CodedError `PAYLOAD_INVALID`, `ADDRESS_ZERO`
 */
export const readPayload = <T>(json: Json, type: PayloadType<T>, around: Surroundings, what: string): T => {
  const translated = translatePayload(json, type.schema, around);
  const value = type.fromJson(translated.json);
  if (value.ok && translated.problems.length === 0) return value.value;
  return refuse(what, [...translated.problems, ...(value.ok ? [] : problemsOf(value.fault))]);
};

/** Returns where the names and files of a payload are looked up. */
export const aroundFile = (file: string, book: AddressBook): Surroundings => ({
  book,
  folder: file === '-' ? process.cwd() : dirname(resolve(file)),
});

/**
 * Reads a payload from a file, or from stdin for `-`.
 * @param name - the name of the kind, for the message
 * @throws CodedError `PAYLOAD_INVALID`, `ADDRESS_ZERO`, those of reading
 */
export const readPayloadFile = async <T>(
  file: string,
  name: string,
  type: PayloadType<T>,
  book: AddressBook,
): Promise<T> =>
  readPayload(
    await readJsonFile(file),
    type,
    aroundFile(file, book),
    `${file === '-' ? 'stdin' : file} is not a payload of ${name}`,
  );
