/** Parses the arguments of a tool as the command parses its own: no option with one value is given twice. */
import { type ParseArgsConfig, parseArgs } from 'node:util';

/** What this file reads of a token of `parseArgs`. */
type Token =
  | { readonly kind: 'option'; readonly name: string }
  | { readonly kind: 'positional' | 'option-terminator' };

/**
 * Returns the name of an option with one value that is given more than once, if there is one. Only its last
 * value would count, and nobody would notice.
 */
const repeatedIn = (
  tokens: readonly Token[],
  options: ParseArgsConfig['options'] = {},
): string | undefined => {
  const given = new Set<string>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const option = options[token.name];
    // A list takes every value, and a flag says the same however often it is given.
    if (option?.type !== 'string' || option.multiple === true) continue;
    if (given.has(token.name)) return token.name;
    given.add(token.name);
  }
  return undefined;
};

/** @throws Error as `parseArgs`, and if an option with one value is given twice */
export const parseStrictly = <T extends ParseArgsConfig>(
  config: T,
): ReturnType<typeof parseArgs<T & { tokens: true }>> => {
  const parsed = parseArgs({ ...config, tokens: true as const });
  const repeated = repeatedIn(parsed.tokens ?? [], config.options);
  if (repeated !== undefined)
    throw new Error(`--${repeated} is given twice, and takes one value: give it once`);
  return parsed;
};
