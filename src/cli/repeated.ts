/** Refuses an option that is given twice where one value counts: the first would have no effect, and nobody would notice. */
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
