/** The corpora of real text that are not shipped: what they are made of, and how they become rows. */
import { utf8 } from '../../src/lib/bytes.ts';
import { fail, ok, type Result, toFault } from '../../src/lib/errors.ts';
import { MACHINE_SOURCES } from '../../tools/eval/texts/machine.ts';
import { parseStrictly } from '../../tools/lib/options.ts';
import { sizeOf } from './attribution/options.ts';

type Kind = {
  /** The collection of the evaluation that the texts are of. */
  readonly collection: string;
  /** What is kept of a text. */
  readonly keep: (text: string) => string;
  /** What to do if this machine has no such texts. */
  readonly remedy: string;
};

/** The first code point of the scripts of East Asia, their marks included. */
const EAST_ASIAN = 0x2e80;
/** A shorter line of a manual is a heading, a name or an option. */
const LINE_LETTERS_MIN = 10;

/** Whether most of a line of a manual is translated. */
const isJapanese = (line: string): boolean => {
  const letters = Array.from(line);
  const own = letters.filter((letter) => (letter.codePointAt(0) ?? 0) >= EAST_ASIAN).length;
  return letters.length > LINE_LETTERS_MIN && own > 0.6 * letters.length;
};

const KINDS = {
  code: {
    collection: 'JavaScript',
    keep: (text) => text,
    remedy: 'install the packages with npm ci; a node_modules that is a link is not read',
  },
  japanese: {
    collection: 'manuals, Japanese',
    keep: (text) => text.split('\n').filter(isJapanese).join('\n'),
    remedy:
      'install the Debian package manpages-ja, or unpack it (apt-get download manpages-ja && dpkg -x manpages-ja_*.deb DIR) and name the folder with --texts DIR',
  },
} as const satisfies Readonly<Record<string, Kind>>;
export type CorpusKind = keyof typeof KINDS;

const isKind = (name: string | undefined): name is CorpusKind =>
  name !== undefined && Object.hasOwn(KINDS, name);

export type Options = {
  readonly kind: CorpusKind;
  /** The most bytes of text. */
  readonly bytes: number;
  readonly out: string;
  /** A folder in which packages of Debian are unpacked. */
  readonly texts: string | undefined;
};

export const USAGE =
  'usage: npm run bench:corpus -- code|japanese --out FILE.jsonl [--size 30MB] [--texts DIR]';

/** Parses the arguments. Fault `ARGUMENT_INVALID`. */
export const parseOptions = (args: readonly string[]): Result<Options | 'help'> => {
  try {
    const { values, positionals } = parseStrictly({
      args: [...args],
      allowPositionals: true,
      options: {
        size: { type: 'string', default: '30MB' },
        out: { type: 'string' },
        texts: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return ok('help');
    const [kind, ...more] = positionals;
    if (!isKind(kind) || more.length > 0)
      return fail('ARGUMENT_INVALID', `one corpus is made: ${Object.keys(KINDS).join(' or ')}`);
    const bytes = sizeOf(values.size);
    if (!bytes.ok) return bytes;
    if (values.out === undefined) return fail('ARGUMENT_INVALID', '--out names the file that is written');
    return ok({ kind, bytes: bytes.value, out: values.out, texts: values.texts });
  } catch (error) {
    return fail('ARGUMENT_INVALID', toFault(error).message);
  }
};

/** A shorter text bears too little. */
const TEXT_BYTES_MIN = 200;

/**
 * Returns the rows of a corpus, in the order of the texts: whole ones, each once, while there is room. Fault `CORPUS_MISSING`
 * if there is none.
 * @param bytes - the most bytes of all of them
 */
export const rowsOf = (
  kind: CorpusKind,
  texts: Iterable<string>,
  bytes: number,
): Result<{ readonly rows: readonly string[]; readonly bytes: number }> => {
  const { keep, collection, remedy } = KINDS[kind];
  const rows = new Set<string>();
  let total = 0;
  for (const each of texts) {
    const text = keep(each);
    const { length } = utf8(text);
    if (length < TEXT_BYTES_MIN || total + length > bytes || rows.has(text)) continue;
    rows.add(text);
    total += length;
  }
  if (rows.size === 0)
    return fail('CORPUS_MISSING', `no text of the collection "${collection}" was found; ${remedy}`);
  return ok({ rows: [...rows], bytes: total });
};

/** Returns the texts of a corpus that are on this machine, in an order that depends on their paths only. */
export const textsOf = (kind: CorpusKind, folder: string | undefined): readonly string[] => {
  const source = MACHINE_SOURCES.find(({ name }) => name === KINDS[kind].collection);
  return source?.collect(['/', ...(folder === undefined ? [] : [folder])]).map(({ text }) => text) ?? [];
};
