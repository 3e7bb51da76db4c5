/** The arguments of `npm run bench:attribution`. */
import { fail, ok, type Result, toFault } from '../../../src/lib/errors.ts';
import { parseStrictly } from '../../../tools/lib/options.ts';

/** Where the text comes from: files of the caller's, or the real data; grown to so many bytes, if there is a size. */
export type Source =
  | {
      readonly kind: 'files';
      readonly corpus: string;
      readonly outputs: string | undefined;
      readonly field: string | undefined;
      readonly bytes: number | undefined;
    }
  | { readonly kind: 'grown'; readonly bytes: number }
  /** So many phrases in random order. */
  | { readonly kind: 'permuted'; readonly phrases: number; readonly bytes: number };

export const SUBJECTS = ['engine', 'baseline'] as const;
export type Subject = (typeof SUBJECTS)[number];

export type Options = {
  readonly sources: readonly Source[];
  readonly subjects: readonly Subject[];
  /** Whether this process measures, one subject on one source, and says nothing else. */
  readonly alone: boolean;
  readonly queries: number;
  readonly imin: number;
  readonly seed: number;
  /** That answer, of the engine as a node runs it; undefined for its index alone, on one core and in memory. */
  readonly threads: number | undefined;
  /** The number of accounts that bring the contributions, in turn. If it is 0, nobody owns them. */
  readonly owners: number;
  /** So many contributions, the first ones, are void. */
  readonly voided: number;
  readonly json: boolean;
  /** Whether only the usage is wanted. */
  readonly help: boolean;
};

export const USAGE =
  'usage: npm run bench:attribution -- [--corpus FILE.jsonl [--field NAME] [--outputs FILE.jsonl] | --permuted PHRASES]\n' +
  '         [--size 10MB|100MB|1GB ...] [--baseline] [--threads N] [--owners N] [--voided N] [--queries N] [--imin BITS]\n' +
  '         [--seed N] [--json]';

/** Unless told otherwise: as many as make the search for a second holder dear. */
const OWNERS = '7';

const UNITS = { KB: 1e3, MB: 1e6, GB: 1e9 } as const;

/** Returns the bytes of a size such as 10MB. Fault `ARGUMENT_INVALID`. */
export const sizeOf = (text: string): Result<number> => {
  const found = /^([1-9]\d{0,6})(KB|MB|GB)$/i.exec(text);
  const unit = found?.[2]?.toUpperCase();
  if (unit !== 'KB' && unit !== 'MB' && unit !== 'GB')
    return fail('ARGUMENT_INVALID', `--size takes sizes like 10MB or 1GB, not ${JSON.stringify(text)}`);
  return ok(Number(found?.[1]) * UNITS[unit]);
};

const wholeOf = (name: string, text: string, least: number, most: number): Result<number> => {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  return value >= least && value <= most
    ? ok(value)
    : fail('ARGUMENT_INVALID', `${name} takes a whole number from ${least} to ${most}`);
};

const parsed = (args: readonly string[]) =>
  parseStrictly({
    args: [...args],
    allowPositionals: true,
    options: {
      corpus: { type: 'string' },
      field: { type: 'string' },
      outputs: { type: 'string' },
      permuted: { type: 'string' },
      size: { type: 'string', multiple: true },
      only: { type: 'string' },
      baseline: { type: 'boolean', default: false },
      threads: { type: 'string' },
      owners: { type: 'string' },
      voided: { type: 'string', default: '0' },
      queries: { type: 'string', default: '400' },
      imin: { type: 'string', default: '96' },
      seed: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
type Parsed = ReturnType<typeof parsed>;

const bytesOf = (sizes: readonly string[]): Result<readonly number[]> => {
  const all: number[] = [];
  for (const text of sizes) {
    const bytes = sizeOf(text);
    if (!bytes.ok) return bytes;
    all.push(bytes.value);
  }
  return ok(all);
};

const sourcesOf = ({ values, positionals }: Parsed): Result<readonly Source[]> => {
  const { corpus, outputs, field, permuted } = values;
  const sizes = [...(values.size ?? []), ...positionals].flatMap((text) => text.split(','));
  if (corpus !== undefined) {
    if (permuted !== undefined) return fail('ARGUMENT_INVALID', '--permuted and --corpus are two texts');
    const files = { kind: 'files', corpus, outputs, field } as const;
    if (sizes.length === 0) return ok([{ ...files, bytes: undefined }]);
    const grown = bytesOf(sizes);
    return grown.ok ? ok(grown.value.map((bytes) => ({ ...files, bytes }))) : grown;
  }
  if (outputs !== undefined || field !== undefined)
    return fail('ARGUMENT_INVALID', '--outputs and --field go with --corpus');
  const grown = bytesOf(sizes.length > 0 ? sizes : ['10MB', '100MB']);
  if (!grown.ok) return grown;
  if (permuted === undefined) return ok(grown.value.map((bytes) => ({ kind: 'grown', bytes })));
  const phrases = wholeOf('--permuted', permuted, 1, 7473);
  return phrases.ok
    ? ok(grown.value.map((bytes) => ({ kind: 'permuted', phrases: phrases.value, bytes })))
    : phrases;
};

/** Fault `ARGUMENT_INVALID`. */
export const parseOptions = (args: readonly string[]): Result<Options> => {
  let given: Parsed;
  try {
    given = parsed(args);
  } catch (error) {
    return fail('ARGUMENT_INVALID', toFault(error).message);
  }
  const sources = sourcesOf(given);
  if (!sources.ok) return sources;
  const { values } = given;
  const only = SUBJECTS.find((each) => each === values.only);
  if (values.only !== undefined && only === undefined)
    return fail('ARGUMENT_INVALID', `--only takes ${SUBJECTS.join(' or ')}`);
  const queries = wholeOf('--queries', values.queries, 1, 100_000);
  if (!queries.ok) return queries;
  const imin = wholeOf('--imin', values.imin, 0, 65_535);
  if (!imin.ok) return imin;
  const seed = wholeOf('--seed', values.seed, 0, 2 ** 32 - 1);
  if (!seed.ok) return seed;
  const threads = values.threads === undefined ? ok(undefined) : wholeOf('--threads', values.threads, 1, 256);
  if (!threads.ok) return threads;
  const all: readonly Subject[] = values.baseline ? SUBJECTS : ['engine'];
  const subjects = only === undefined ? all : [only];
  const owners = wholeOf(
    '--owners',
    values.owners ?? (subjects.includes('baseline') ? '0' : OWNERS),
    0,
    1000,
  );
  if (!owners.ok) return owners;
  if (owners.value > 0 && subjects.includes('baseline'))
    return fail('ARGUMENT_INVALID', 'the baseline knows no owners, so --owners does not go with --baseline');
  const voided = wholeOf('--voided', values.voided, 0, 1_000_000);
  if (!voided.ok) return voided;
  return ok({
    sources: sources.value,
    subjects,
    alone: only !== undefined,
    queries: queries.value,
    imin: imin.value,
    seed: seed.value,
    threads: threads.value,
    owners: owners.value,
    voided: voided.value,
    json: values.json,
    help: values.help,
  });
};

/** The arguments with which a process measures one subject on one source. */
export const argumentsOf = (source: Source, subject: Subject, options: Options): readonly string[] => {
  const named: readonly (readonly [name: string, value: string | number | undefined])[] = [
    ...(source.kind === 'files'
      ? (['corpus', 'outputs', 'field'] as const).map((name) => [name, source[name]] as const)
      : []),
    ['permuted', source.kind === 'permuted' ? source.phrases : undefined],
    ['size', source.bytes === undefined ? undefined : `${Math.ceil(source.bytes / UNITS.KB)}KB`],
    ['only', subject],
    // The baseline knows one thread, and no owners.
    ['threads', subject === 'engine' ? options.threads : undefined],
    ['owners', subject === 'engine' ? options.owners : undefined],
    ['voided', options.voided],
    ['queries', options.queries],
    ['imin', options.imin],
    ['seed', options.seed],
  ];
  // With an equals sign even a value that looks like a flag is one.
  return named.flatMap(([name, value]) => (value === undefined ? [] : [`--${name}=${value}`]));
};
