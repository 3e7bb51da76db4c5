/** The arguments of `npm run eval`. */
import { fail, ok, type Result, toFault } from '../../src/lib/errors.ts';
import { parseStrictly } from '../lib/options.ts';

export type Options = {
  /** Whether to print only the usage. */
  readonly help: boolean;
  /** Whether to use a quarter of the data, which takes seconds and leaves docs/evaluation.md as it is. */
  readonly quick: boolean;
  /** Whether stdout ends with all figures as one JSON object. Then progress goes to stderr. */
  readonly json: boolean;
  /** The seed of all random choices. */
  readonly seed: number;
  /** A folder in which packages of Debian are unpacked, whose texts are read beside those of the machine. */
  readonly texts: string | undefined;
};

export const USAGE = 'usage: npm run eval [-- [--quick] [--json] [--seed N] [--texts DIR]]';

/** The seed of the run in docs/evaluation.md. */
export const DEFAULT_SEED = 1;

/** Parses the arguments. Fault `ARGUMENT_INVALID`. */
export const parseOptions = (args: readonly string[]): Result<Options> => {
  try {
    const { values } = parseStrictly({
      args: [...args],
      options: {
        quick: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
        seed: { type: 'string', default: String(DEFAULT_SEED) },
        texts: { type: 'string' },
      },
    });
    if (!/^[0-9]{1,9}$/.test(values.seed))
      return fail('ARGUMENT_INVALID', '--seed takes a number of up to nine digits');
    const { quick, json, seed, texts, help } = values;
    return ok({ quick, json, seed: Number(seed), texts, help });
  } catch (error) {
    return fail('ARGUMENT_INVALID', toFault(error).message);
  }
};
