/** Measures planted provenance: how many of the words that were planted in an output are credited, and to whom. */
import { type Random, randomFrom, times } from '../lib/random.ts';
import { answersOf, type Contribution, HUMAN, provenanceOf, swc, textOf, wordsOf } from './collections.ts';
import { assemble, filler, type Part, type Planted, quote, stretchSource } from './quoting.ts';
import { check, percent, type Section, table } from './section.ts';
import { createTracer, type MakeTracer, ownersOf, type Tracer } from './tracer.ts';

type Draw = ReturnType<typeof stretchSource>;

type Kit = {
  readonly draw: Draw;
  readonly random: Random;
  /** Returns words of a text that the contributions do not hold. */
  readonly words: (count: number) => readonly string[];
};

/** Stretches well above the highest bar that is tried, 192 bits. */
const LONG = { tokensMin: 40, tokensMax: 120, bitsMin: 240 };
const SHORT = { tokensMin: 24, tokensMax: 40, bitsMin: 240 };

/** Puts filler on both sides of a quote. */
const between = ({ words }: Kit, parts: readonly Part[]): readonly Part[] => [
  filler(words(30)),
  ...parts.flatMap((part) => [part, filler(words(12))]),
];

const edit = (part: Part, share: number, { random, words }: Kit): Part => {
  if (part.type === 'filler') return part;
  const edited = part.words.map(() => random(1000) < 1000 * share);
  const other = words(part.words.length);
  return {
    ...part,
    edited,
    words: part.words.map((word, i) => (edited[i] && other[i] !== word ? (other[i] ?? word) : word)),
  };
};

const MARKS = /^[.,;:!?'"()-]$/;

/** Replaces every punctuation mark by another, as somebody who rewrites would. */
const repunctuated = (part: Part): Part =>
  part.type === 'filler'
    ? part
    : {
        ...part,
        words: part.words.map((word) => (MARKS.test(word) ? (word === ';' ? '.' : ';') : word)),
        edited: part.words.map((word) => MARKS.test(word)),
      };

/** Returns a text with typographic quotes, dashes and full-width letters, which PT-1 folds. */
const typographic = (words: readonly string[]): string =>
  textOf(words)
    .replaceAll("'", '\u2019')
    .replaceAll('"', '\u201d')
    .replaceAll('-', '\u2013')
    .replace(/[a-z]/g, (letter) => String.fromCodePoint((letter.codePointAt(0) ?? 0) + 0xfee0));

type Kind = {
  readonly name: string;
  readonly description: string;
  /** Whether all planted words have to be found: words were moved or written in another form, but none was replaced. */
  readonly verbatim: boolean;
  readonly make: (kit: Kit) => Planted;
};

const one = (kit: Kit, rules = LONG): Part => quote(kit.draw(rules));

const KINDS: readonly Kind[] = [
  {
    name: 'copy',
    description: 'a stretch of 40 to 120 tokens, as it is',
    verbatim: true,
    make: (kit) => assemble(between(kit, [one(kit)]), ''),
  },
  {
    name: 'trim',
    description: 'cut at both ends to 24 to 40 tokens',
    verbatim: true,
    make: (kit) => assemble(between(kit, [one(kit, SHORT)]), ''),
  },
  {
    name: 'interleave',
    description: 'four short stretches of four contributions in turn, with twelve other words between',
    verbatim: true,
    make: (kit) =>
      assemble(
        between(
          kit,
          times(4, () => one(kit, SHORT)),
        ),
        '',
      ),
  },
  {
    name: 'back to back',
    description: 'four short stretches with nothing between',
    verbatim: true,
    make: (kit) =>
      assemble([filler(kit.words(20)), ...times(4, () => one(kit, SHORT)), filler(kit.words(20))], ''),
  },
  {
    name: 'capitals',
    description: 'in capital letters',
    verbatim: true,
    make: (kit) => assemble(between(kit, [one(kit)]), '', (words) => textOf(words).toUpperCase()),
  },
  {
    name: 'typography',
    description: 'curly quotes, long dashes, full-width letters',
    verbatim: true,
    make: (kit) => assemble(between(kit, [one(kit)]), '', typographic),
  },
  {
    name: 'punctuation',
    description: 'every punctuation mark replaced by another',
    verbatim: false,
    make: (kit) => assemble(between(kit, [repunctuated(one(kit))]), ''),
  },
  ...[10, 30, 50].map(
    (share): Kind => ({
      name: `${share} % of words`,
      description: `each word replaced by another with probability ${share} %`,
      verbatim: false,
      make: (kit) => assemble(between(kit, [edit(one(kit), share / 100, kit)]), ''),
    }),
  ),
];

/**
 * Numbers of tokens. `planted` counts the words of quotes, changed ones too, and `found` those of them that are
 * credited to the right contribution. `credited` counts all tokens that are credited, and `right` those credited
 * rightly. `right` includes words beside a quote that happen to continue it as its source does.
 */
type Score = { planted: number; found: number; credited: number; right: number };

const score = (tracer: Tracer, made: readonly Planted[], bits: number): Score => {
  const sum: Score = { planted: 0, found: 0, credited: 0, right: 0 };
  for (const { inference, truth, quoted } of made) {
    const owners = ownersOf(tracer.trace(inference, bits), inference.output.count);
    for (const [i, owner] of owners.entries()) {
      const right = owner !== undefined && owner === truth[i];
      if (quoted[i]) sum.planted += 1;
      if (quoted[i] && right) sum.found += 1;
      if (owner !== undefined) sum.credited += 1;
      if (right) sum.right += 1;
    }
  }
  return sum;
};

const ratioOf = (part: number, whole: number): number => (whole === 0 ? 1 : part / whole);

const LEVELS = [96, 192] as const;

const rowOf = (name: string, description: string, tracer: Tracer, made: readonly Planted[]) => {
  const scores = LEVELS.map((bits) => score(tracer, made, bits));
  const cells = scores.flatMap(({ planted, found, credited, right }) => [
    percent(ratioOf(found, planted), 2),
    percent(ratioOf(right, credited), 2),
  ]);
  return { row: [`${name}: ${description}`, String(scores[0]?.planted ?? 0), ...cells], scores };
};

const HEAD = [
  'what was done to the words',
  'tokens planted',
  'recall, 96 bits',
  'precision',
  'recall, 192 bits',
  'precision',
];

/**
 * Returns what words of the same domain around the quotes do to precision at 96 bits.
 * @param apart - the precision between words of another domain
 * @param amongIdiom - the precision between words of the same domain
 */
export const idiomText = (apart: number, amongIdiom: number): string => {
  const [before, after] = [percent(apart, 2), percent(amongIdiom, 2)];
  return before !== after && amongIdiom < apart
    ? `**Precision falls where the words around are of the same domain** (last row), from ${before} to ${after} at 96 bits, because the idiom itself is credited. Calibration corrects that.`
    : `**Words of the same domain around the quotes cost no precision here** (last row): it is ${after} at 96 bits.`;
};

/** The prompt holds the same words, so their owner must not be paid for them. */
const echoed = (kit: Kit): Planted => {
  const part = one(kit);
  return assemble(between(kit, [part]), textOf(part.type === 'quote' ? part.words : []));
};

export const planting = (
  contributions: readonly Contribution[],
  { thin, seed }: { readonly thin: number; readonly seed: number },
  makeTracer: MakeTracer = createTracer,
): Section => {
  const random = randomFrom(seed);
  const tracer = makeTracer(contributions);
  const { novel } = provenanceOf(contributions);
  const foreign = swc().flatMap(({ items }) => items.flatMap(({ tokens }) => wordsOf(tokens)));
  const idiom = answersOf(HUMAN, thin).flatMap(({ output }) => wordsOf(output));
  const kitWith = (source: readonly string[]): Kit => ({
    draw: stretchSource(contributions, novel, random),
    random,
    words: (count) => {
      const from = random(source.length - count);
      return source.slice(from, from + count);
    },
  });
  const outputs = Math.max(40, Math.round(400 / thin));
  const clean = kitWith(foreign);
  const rows = KINDS.map((kind) => ({
    kind,
    ...rowOf(
      kind.name,
      kind.description,
      tracer,
      times(outputs, () => kind.make(clean)),
    ),
  }));
  const domain = kitWith(idiom);
  const amongIdiom = rowOf(
    'copy',
    'between words that people wrote of the same domain',
    tracer,
    times(outputs, () => assemble(between(domain, [one(domain)]), '')),
  );
  const echo = times(outputs, () => echoed(clean));
  const echoScore = score(tracer, echo, 96);

  const verbatim = rows.filter(({ kind }) => kind.verbatim);
  const worst = (of: (each: Score) => number): number =>
    Math.min(...verbatim.flatMap(({ scores }) => scores.map(of)));
  const recall = worst(({ found, planted }) => ratioOf(found, planted));
  const precision = worst(({ right, credited }) => ratioOf(right, credited));
  const precisionAt96 = ([first]: readonly Score[]): number =>
    first === undefined ? 1 : ratioOf(first.right, first.credited);
  const copies = rows.find(({ kind }) => kind.name === 'copy')?.scores ?? [];
  const recallAt = (name: string, level: number): number => {
    const found = rows.find(({ kind }) => kind.name === name)?.scores[level];
    return found === undefined ? 0 : ratioOf(found.found, found.planted);
  };
  const figures = Object.fromEntries(
    [
      ...rows.map(({ kind, scores }) => [kind.name, scores] as const),
      ['among idiom', amongIdiom.scores] as const,
    ].map(([name, scores]) => [
      name,
      Object.fromEntries(
        LEVELS.map((bits, i) => [
          `${bits} bits`,
          { ...(scores[i] ?? { planted: 0, found: 0, credited: 0, right: 0 }) },
        ]),
      ),
    ]),
  );
  return {
    name: 'planting',
    title: 'Planted provenance',
    text: `${outputs} outputs a row. Stretches of GSM8K, of at least 240 bits each, are planted into words of another domain (the SWC registry). Each stretch is one that its contribution was the first to hold. Recall is the share of the planted tokens that are credited to
the contribution they were taken from. Precision is the share of the credited tokens that were taken from the credited contribution.

${table(
  HEAD,
  [...rows, amongIdiom].map(({ row }) => row),
)}

- **What PT-2 folds or leaves out costs nothing**: capitals, typographic marks, full-width letters, punctuation between words.
- **What is rewritten is not seen.** With one word in ten changed, ${percent(recallAt('10 % of words', 1))} of the tokens are still credited at 192 bits; with three in ten ${percent(recallAt('30 % of words', 1))}; with half of them
  ${percent(recallAt('50 % of words', 1))}. A paraphrase is not seen at all, because matching proves the match, not the cause. What matches leave of the data money goes by the phrases that are still shared (*What each track pays*).
- ${idiomText(precisionAt96(copies), precisionAt96(amongIdiom.scores))}
- **Prompt echo.** The same quotes with the quoted words in the prompt: ${echoScore.credited} of ${echoScore.planted} tokens credited.`,
    figures: { outputs, ...figures, echoCredited: echoScore.credited, echoPlanted: echoScore.planted },
    checks: [
      {
        name: 'verbatim planting: recall of at least 99.9 %',
        cases: verbatim.length * LEVELS.length,
        failures: recall >= 0.999 ? 0 : 1,
        seen: `${percent(recall, 3)} at worst`,
      },
      {
        name: 'verbatim planting: precision of at least 99.9 %',
        cases: verbatim.length * LEVELS.length,
        failures: precision >= 0.999 ? 0 : 1,
        seen: `${percent(precision, 3)} at worst`,
      },
      check(
        'what echoes the prompt is credited nothing',
        echoScore.credited === 0 && echoScore.planted > 0,
        `${echoScore.credited} of ${echoScore.planted} tokens`,
      ),
    ],
  };
};
