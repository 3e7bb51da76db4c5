/** Prints a payload to start from. */
import { note, printJson } from './output.ts';
import { EXAMPLE_ACCOUNTS } from './payload-examples.ts';

const textsIn = (value: unknown): readonly unknown[] =>
  typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [value];

/**
 * Prints an example as JSON. If it names accounts, which exist on a devnet only, a note on stderr says what to put in their
 * place on another chain.
 */
export const printExample = (example: unknown): void => {
  printJson(example);
  const texts = new Set(textsIn(example));
  const named = EXAMPLE_ACCOUNTS.filter((name) => texts.has(name));
  if (named.length === 0) return;
  note(
    `${named.join(' and ')} ${named.length === 1 ? 'is an account' : 'are accounts'} of a devnet, known by name with --home DIR of the devnet: on any other chain, put an address or the name of one of your keys instead`,
  );
};
