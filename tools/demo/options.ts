/** The arguments of `npm run demo`. */
import { parseArgs } from 'node:util';
import { fail, ok, type Result, toFault } from '../../src/lib/errors.ts';

export type Options = {
  /** Whether to print only the usage. */
  readonly help: boolean;
  /** Whether stdout ends with the summary as one JSON object. Then progress goes to stderr. */
  readonly json: boolean;
  /** The directory of the chain; undefined for a temporary directory that is removed at the end. */
  readonly home: string | undefined;
};

export const USAGE = 'usage: npm run demo [-- [--json] [--home DIR]]';

/** Parses the arguments. Fault `ARGUMENT_INVALID`. */
export const parseOptions = (args: readonly string[]): Result<Options> => {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        json: { type: 'boolean', default: false },
        home: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.home === '') return fail('ARGUMENT_INVALID', '--home takes a directory');
    return ok({ json: values.json, home: values.home, help: values.help });
  } catch (error) {
    return fail('ARGUMENT_INVALID', toFault(error).message);
  }
};
