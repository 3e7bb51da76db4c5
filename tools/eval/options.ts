/** The arguments of `npm run eval`. */
import { fail, ok, type Result, toFault } from '../../src/lib/errors.ts';
import { parseStrictly } from '../lib/options.ts';
import { COLLECTION_NAMES, SHIPPED_NAMES } from './texts/all.ts';

/** The experiments, in the order of the report. */
export const EXPERIMENTS = [
  'planting',
  'coverage',
  'calibration',
  'templates',
  'languages',
  'people',
  'commons',
  'relevance',
  'strategies',
  'clones',
  'squatting',
  'denial',
  'timing',
  'wash',
] as const;
export type ExperimentName = (typeof EXPERIMENTS)[number];

const isExperiment = (name: string): name is ExperimentName =>
  EXPERIMENTS.some((experiment) => experiment === name);

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
  /** The experiments to run; all if there are none. If some are named, the report is only printed. */
  readonly only: readonly ExperimentName[];
  /**
   * The collections of texts to read; all if there are none. If some are named, the report is only printed.
   */
  readonly collections: readonly string[];
};

export const USAGE =
  'usage: npm run eval [-- [--quick] [--json] [--seed N] [--texts DIR] [--only NAME]… [--collection NAME]…]';

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
        only: { type: 'string', multiple: true, default: [] },
        collection: { type: 'string', multiple: true, default: [] },
      },
    });
    if (!/^[0-9]{1,9}$/.test(values.seed))
      return fail('ARGUMENT_INVALID', '--seed takes a number of up to nine digits');
    const { quick, json, seed, texts, only, collection: collections, help } = values;
    const known = only.filter(isExperiment);
    if (known.length < only.length)
      return fail('ARGUMENT_INVALID', `--only takes one of ${EXPERIMENTS.join(', ')}`);
    const unknown = collections.find((name) => !COLLECTION_NAMES.includes(name));
    if (unknown !== undefined)
      return fail(
        'ARGUMENT_INVALID',
        `there is no collection "${unknown}"; --collection takes one of ${COLLECTION_NAMES.map((name) => `"${name}"`).join(', ')}`,
      );
    const missing = quick ? collections.find((name) => !SHIPPED_NAMES.includes(name)) : undefined;
    if (missing !== undefined)
      return fail(
        'ARGUMENT_INVALID',
        `--quick reads only the collections ${SHIPPED_NAMES.join(' and ')}; leave out --quick to read "${missing}"`,
      );
    return ok({ quick, json, seed: Number(seed), texts, only: known, collections, help });
  } catch (error) {
    return fail('ARGUMENT_INVALID', toFault(error).message);
  }
};
