/**
 * Refuses options that nobody means: one that is given twice where one value counts, because the first would have no effect
 * and nobody would notice, and one with an empty value, which a variable of a script without a value leads to.
 */
import type { Command } from 'commander';
import { CodedError } from '../lib/errors.ts';
import { fault } from './errors.ts';

/**
 * Has a command and its subcommands refuse an option with a value that is repeated. A list takes every value, and a flag says
 * the same however often it is given.
 * @throws CodedError `USAGE`, when the command is parsed
 */
export const refuseRepeated = (command: Command): void => {
  for (const option of command.options) {
    if (option.isBoolean() || option.negate || option.variadic) continue;
    let isGiven = false;
    command.on(`option:${option.name()}`, () => {
      if (isGiven)
        throw new CodedError(
          fault('USAGE', `${option.long ?? option.flags} is given twice, and takes one value: give it once`),
        );
      isGiven = true;
    });
  }
  for (const each of command.commands) refuseRepeated(each);
};

/**
 * Has a command and its subcommands refuse an empty value of an option. An empty path would be the current folder.
 * @throws CodedError `USAGE`, when the command is parsed
 */
export const refuseEmpty = (command: Command): void => {
  for (const option of command.options) {
    if (option.isBoolean() || option.negate) continue;
    command.on(`option:${option.name()}`, (value: unknown) => {
      if (value === '')
        throw new CodedError(
          fault(
            'USAGE',
            `${option.long ?? option.flags} is given an empty value: give a value, or leave it out`,
          ),
        );
    });
  }
  for (const each of command.commands) refuseEmpty(each);
};
