/** `openledger query`: any method of the RPC, by its name. */
import type { Command } from 'commander';
import { METHOD_SCHEMAS } from '../../rpc/schemas/registry.ts';
import { CodedError, unwrap } from '../lib/errors.ts';
import { type ConnectionOptions, connect, withConnection } from './connection.ts';
import { fault } from './errors.ts';
import { print, printJson } from './output.ts';

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
    .addHelpText(
      'after',
      () => `\nMethods:\n${methodList()}\n\nExample: openledger query chain_getHeader height=5`,
    )
    .action(
      async (
        method: string,
        words: readonly string[],
        options: ConnectionOptions & { readonly compact?: true },
      ) => {
        const params = parseParams(words);
        const result = unwrap(await (await connect(options)).request(method, params));
        if (options.compact) print(JSON.stringify(result));
        else printJson(result);
      },
    );
};

const usage = (message: string): CodedError => new CodedError(fault('QUERY_PARAMS', message));

/** @throws CodedError `QUERY_PARAMS` */
export const parseParams = (words: readonly string[]): unknown => {
  const [first] = words;
  if (words.length === 1 && first !== undefined && /^\s*[[{]/.test(first)) {
    try {
      return JSON.parse(first) as unknown;
    } catch {
      throw usage(`not JSON: ${first.slice(0, 200)}`);
    }
  }
  return Object.fromEntries(words.map(parsePair));
};

const parsePair = (word: string): readonly [string, unknown] => {
  const at = word.indexOf('=');
  if (at < 1) throw usage(`expected name=value or JSON, not ${word.slice(0, 200)}`);
  return [word.slice(0, at), parseValue(word.slice(at + 1))];
};

/** Reads JSON as JSON, except integers that it would round. Everything else is a string. */
const parseValue = (text: string): unknown => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'number' && !Number.isSafeInteger(value) ? text : value;
  } catch {
    return text;
  }
};
