/** `openledger query`: any method of the RPC, by its name. */
import type { Command } from 'commander';
import { METHOD_SCHEMAS } from '../../rpc/schemas/registry.ts';
import { toHex } from '../lib/bytes.ts';
import { CodedError, unwrap } from '../lib/errors.ts';
import { isTooDeep, readJsonText, TOO_DEEP } from '../lib/json.ts';
import { type ConnectionOptions, connect, withConnection } from './connection.ts';
import { fault } from './errors.ts';
import { type NameOptions, openAddressBook } from './names.ts';
import { printJson, printJsonLine } from './output.ts';
import { readNodeState } from './reading.ts';

const methodList = (): string => {
  const names = Object.keys(METHOD_SCHEMAS);
  const width = Math.max(...names.map((name) => name.length));
  return Object.entries(METHOD_SCHEMAS)
    .map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary.split(/(?<=\.) /)[0] ?? ''}`)
    .join('\n');
};

export const registerQuery = (program: Command): void => {
  withConnection(
    program
      .command('query')
      .description('call a method of the RPC and print its result')
      .argument('<method>', 'its name')
      .argument('[params...]', 'one JSON object or array, or name=value pairs'),
  )
    .option('--compact', 'JSON on one line')
    .option('--json', 'has no effect: it is JSON')
    .addHelpText(
      'after',
      () => `\nMethods:\n${methodList()}\n\nExample: openledger query chain_getHeader height=5`,
    )
    .action(
      async (
        method: string,
        words: readonly string[],
        options: ConnectionOptions & NameOptions & { readonly compact?: true },
      ) => {
        const params = parseParams(words);
        const named = await withAddresses(method, params, options);
        const client = await connect(options);
        await readNodeState(client);
        const result = unwrap(await client.request(method, named));
        if (options.compact) printJsonLine(result);
        else printJson(result);
      },
    );
};

/** A parameter that is an address, or a list of them. The address of a validator is not that of an account. */
const takesAccount = (name: string, schema: unknown): boolean => {
  if (name === 'validator' || !isObject(schema)) return false;
  if (Array.isArray(schema.anyOf)) return schema.anyOf.some((each) => takesAccount(name, each));
  if (schema.type === 'array') return takesAccount(name, schema.items);
  return schema.type === 'string' && schema.minLength === 42 && schema.maxLength === 42;
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Replaces the names of accounts by their addresses. @throws CodedError `ACCOUNT_UNKNOWN` */
const withAddresses = async (method: string, params: unknown, options: NameOptions): Promise<unknown> => {
  const schema = new Map<string, { readonly params: { readonly properties: object } }>(
    Object.entries(METHOD_SCHEMAS),
  ).get(method);
  if (schema === undefined || !isObject(params)) return params;
  const types = new Map<string, unknown>(Object.entries(schema.params.properties));
  const named = Object.entries(params).filter(([name]) => takesAccount(name, types.get(name)));
  if (named.length === 0) return params;
  const book = await openAddressBook(options);
  // What looks like an address is checked by the node, as in all parameters.
  const addressOf = (value: unknown): unknown =>
    typeof value === 'string' && !value.startsWith('0x') ? toHex(unwrap(book.find(value))) : value;
  return {
    ...params,
    ...Object.fromEntries(
      named.map(([name, value]) => [name, Array.isArray(value) ? value.map(addressOf) : addressOf(value)]),
    ),
  };
};

const usage = (message: string): CodedError => new CodedError(fault('QUERY_PARAMS', message));

/** @throws CodedError `QUERY_PARAMS` */
export const parseParams = (words: readonly string[]): unknown => {
  const [first] = words;
  if (words.some(isTooDeep)) throw usage(`not read: ${TOO_DEEP}`);
  if (words.length === 1 && first !== undefined && /^\s*[[{]/.test(first)) {
    const json = readJsonText(first);
    if (json.ok) return json.value;
    throw usage(json.fault.code === 'JSON_SYNTAX' ? `not JSON: ${first.slice(0, 200)}` : json.fault.message);
  }
  const pairs = words.map(parsePair);
  const names = new Set<string>();
  for (const [name] of pairs) {
    if (names.has(name)) throw usage(`${name.slice(0, 80)} is given twice; leave one of the two out`);
    names.add(name);
  }
  return Object.fromEntries(pairs);
};

const parsePair = (word: string): readonly [string, unknown] => {
  const at = word.indexOf('=');
  if (at < 1) throw usage(`expected name=value or JSON, not ${word.slice(0, 200)}`);
  const name = word.slice(0, at);
  return [name, parseValue(name, word.slice(at + 1))];
};

/** Reads JSON as JSON, except a number by itself that it would round. What is no JSON is a string. */
const parseValue = (name: string, text: string): unknown => {
  const json = readJsonText(text);
  if (json.ok) return typeof json.value === 'number' && !Number.isSafeInteger(json.value) ? text : json.value;
  if (json.fault.code === 'JSON_SYNTAX' || !/^\s*[[{]/.test(text)) return text;
  throw usage(`${name.slice(0, 80)}: ${json.fault.message}`);
};
