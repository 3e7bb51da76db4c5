/** The arguments of `npm run demo`. */
import { fail, ok, type Result, toFault } from '../../src/lib/errors.ts';
import { parseStrictly } from '../lib/options.ts';

export type Options = {
  /** Whether to print only the usage. */
  readonly help: boolean;
  /** Whether stdout ends with the summary as one JSON object. Then progress goes to stderr. */
  readonly json: boolean;
  /** Whether an attestor lies about one answer. */
  readonly lie: boolean;
  /** The directory of the chain; undefined for a new one in the directory for temporary files. */
  readonly home: string | undefined;
};

export const USAGE = `usage: npm run demo [-- [--lie] [--home DIR] [--json]]

  --lie       have an attestor settle one more answer falsely, and show how the lie falls
  --home DIR  where the chain and the files of the demo are kept; DIR must be absent or empty
              (default: a new folder for temporary files, which is named at the end)
  --json      print one JSON object on stdout, and the rest on stderr; without --home nothing is kept
  -h, --help  print this`;

/** Parses the arguments. Fault `ARGUMENT_INVALID`. */
export const parseOptions = (args: readonly string[]): Result<Options> => {
  try {
    const { values } = parseStrictly({
      args: [...args],
      options: {
        lie: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        home: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.home === '') return fail('ARGUMENT_INVALID', '--home takes a directory');
    return ok({ lie: values.lie, json: values.json, home: values.home, help: values.help });
  } catch (error) {
    return fail('ARGUMENT_INVALID', toFault(error).message);
  }
};
