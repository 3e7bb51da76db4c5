/**
 * Hostile cases for attribution: few distinct tokens, so that everything repeats; outputs stitched from pieces of the
 * corpus and of the prompt; clones, clones with a word appended, empty items, scripts without spaces. A case is grown
 * from a seed, as generators of nested lists favour the short ones, in which nothing matches.
 */
import fc from 'fast-check';
import type { RulesVersion } from '../../../state/attribution/rules.ts';
import { randomFrom } from '../../../tools/lib/random.ts';
import type { OracleOrigin } from '../../oracle/oracle.ts';

export type TextCase = {
  readonly corpus: readonly (readonly string[])[];
  readonly prompt: string;
  readonly output: string;
  readonly imin: number;
  readonly version: RulesVersion;
};

/** Words of about 5 to 24 bits, tokens that fold, and tokens that need no space between them. */
const ALPHABETS: readonly (readonly string[])[] = [
  ['a'],
  ['a', ','],
  ['the', 'of', 'zygote'],
  ['Ab', 'aB', '“', '"', '.', '-'],
  ['字', '语', 'ก', '🙂', '漢'],
  ['the', 'cat', 'sat', 'on', 'mat', '.', 'quux', 'plugh', '字', '0', '1', '+'],
  ['the', 'cat', 'sat', 'on', 'a', 'mat', 'quux', 'plugh', 'zygote', '字'],
  Array.from({ length: 60 }, (_, i) => `word${i}`),
];

const many = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

const grow = (seed: number, size: number): TextCase => {
  const random = randomFrom(seed);
  const alphabet = ALPHABETS[random(ALPHABETS.length)] ?? [];
  const letter = (): string => alphabet[random(alphabet.length)] ?? '';
  const text = (): string[] => {
    const length = random(5) === 0 ? random(size + 1) : (size >> 1) + random((size >> 1) + 1);
    if (random(4) > 0) return many(length, letter);
    // Periods: the same few tokens over and over.
    const period = many(1 + random(4), letter);
    return Array.from({ length }, (_, i) => period[i % period.length] ?? '');
  };
  const piece = (items: readonly (readonly string[])[]): readonly string[] => {
    const item = items[random(Math.max(1, items.length))] ?? [];
    const start = random(2) === 0 ? 0 : random(item.length + 1);
    return item.slice(start, start + 1 + random(size));
  };
  const noise = (): string[] => many(random(4), letter);

  const corpus = many(random(12) === 0 ? 0 : 1 + random(5), () =>
    many(random(8) === 0 ? 0 : 1 + random(3), text),
  );
  if (corpus.length > 0 && random(2) === 0) {
    const clone = (corpus[random(corpus.length)] ?? []).map((item) => [...item, ...noise()]);
    if (random(2) === 0) corpus.push(clone);
    else corpus.unshift(clone);
  }
  const items = corpus.flat();
  const prompt = [...(random(2) === 0 ? text() : []), ...many(random(3), () => piece(items)).flat()];
  const output = many(random(12) === 0 ? 0 : 1 + random(6), () => [
    ...noise(),
    ...piece(random(5) === 0 ? [prompt] : items),
  ]).flat();
  const imin = random(3) === 0 ? random(121) : ([0, 1, 16, 40, 64, 96, 256, 1300][random(8)] ?? 96);
  return {
    corpus: corpus.map((contribution) => contribution.map((item) => item.join(' '))),
    prompt: prompt.join(' '),
    output: output.join(' '),
    imin,
    version: random(3) === 0 ? 1 : 2,
  };
};

/** @param size - about the longest text that a case is made of, in words */
export const textCase = (size: number): fc.Arbitrary<TextCase> =>
  fc
    .tuple(fc.noBias(fc.nat(0x7fff_ffff)), fc.noBias(fc.integer({ min: size >> 1, max: size })))
    .map(([seed, longest]) => grow(seed, longest));

/** So many random numbers up to `max`, such as one for each contribution of a case. */
export const manyNumbers = (count: number, max: number): fc.Arbitrary<number[]> =>
  fc.array(fc.nat(max), { minLength: count, maxLength: count });

/** The patience of an index: never the lists; the lists and then, in the middle, the automaton; the lists as far as they go. */
export const anyPatience: fc.Arbitrary<number> = fc.constantFrom(-1, 0, 0.2, 4, Number.POSITIVE_INFINITY);

/** The postings that a list of a segment may have without being long: from none, so that all lists are, to many. */
export const anyLongList: fc.Arbitrary<number> = fc.constantFrom(0, 1, 2, 5, 4096);

/** A case with commons, and with who brought the other contributions, and when. */
export type SharedCase = TextCase & {
  readonly commons: ReadonlySet<number>;
  /** By contribution id; undefined for a commons. */
  readonly origins: readonly (OracleOrigin | undefined)[];
};

const OWNERS = ['alice', 'bob', 'carol'];

const withOrigins = (given: TextCase, seed: number): SharedCase => {
  const random = randomFrom(seed);
  const commons = new Set(given.corpus.flatMap((_, i) => (random(8) === 0 ? [i] : [])));
  let commit = 1;
  const origins = given.corpus.map((_, i): OracleOrigin | undefined => {
    commit += random(3);
    return commons.has(i)
      ? undefined
      : { owner: OWNERS[random(OWNERS.length)] ?? '', commit, reveal: commit + 1 + random(8) };
  });
  // With a text of an earlier one, as a copier or a second owner of it would bring it.
  const corpus = given.corpus.map((items, i) => {
    const [theirs = ''] = given.corpus[random(i + 1)] ?? [];
    return commons.has(i) || random(3) === 0 ? items : [...items, theirs];
  });
  // Few bits, as most words repeat and bear nothing.
  const imin = random(4) === 0 ? given.imin : ([0, 8, 16, 30][random(4)] ?? 0);
  return { ...given, imin, corpus, commons, origins };
};

/** Mostly of version 2, which knows what is shared. */
export const sharedCase = (size: number): fc.Arbitrary<SharedCase> =>
  fc
    .tuple(textCase(size), fc.noBias(fc.nat(0x7fff_ffff)))
    .map(([given, seed]) => withOrigins({ ...given, version: seed % 8 === 0 ? 1 : 2 }, seed));
