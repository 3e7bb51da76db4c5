/** Parses the arguments of a tool as the command parses its own: no option with one value is given twice. */
import { type ParseArgsConfig, parseArgs } from 'node:util';

/** The option with one value that is given more than once, if there is one: only the last value would count, unnoticed. */
const repeatedIn = (config: ParseArgsConfig): string | undefined => {
  const { tokens = [] } = parseArgs<ParseArgsConfig>({ ...config, strict: false, tokens: true });
  const given = new Set<string>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const option = config.options?.[token.name];
    // A list takes every value, and a flag says the same however often it is given.
    if (option?.type !== 'string' || option.multiple === true) continue;
    if (given.has(token.name)) return token.name;
    given.add(token.name);
  }
  return undefined;
};

/** @throws Error as `parseArgs`, and if an option with one value is given twice */
export const parseStrictly = <T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> => {
  const parsed = parseArgs(config);
  const repeated = repeatedIn(config);
  if (repeated !== undefined)
    throw new Error(`--${repeated} is given twice, and takes one value: give it once`);
  return parsed;
};
