/**
 * Measures attribution in other languages: what the fixed table of information gets wrong, and what calibration
 * corrects.
 */
import { pick, type Random, randomFrom, times } from '../lib/random.ts';
import { calibrate, controlAt, prepare } from './calibrate.ts';
import { type Contribution, type Inference, tokensOf } from './collections.ts';
import { LANGUAGES, type Language } from './language-texts.ts';
import { bps, check, percent, type Section, table } from './section.ts';
import { coverageOf, createTracer, informationIn } from './tracer.ts';

const SENTENCES = 6;

const sentenceOf = ({ people, things, sentences }: Language, random: Random): string => {
  const thing = pick(random, things);
  const [a, b] = [pick(random, people), pick(random, people)];
  return pick(random, sentences)
    .replaceAll('{A}', a)
    .replaceAll('{B}', b)
    .replaceAll('{t}', thing)
    .replaceAll('{n}', String(2 + random(97)))
    .replaceAll('{m}', String(2 + random(97)))
    .replaceAll('{k}', String(2 + random(97)));
};

const textIn = (language: Language, random: Random): string =>
  times(SENTENCES, () => sentenceOf(language, random)).join(' ');

const LEVELS = [96, 192, 320] as const;

export const languages = (thin: number, seed: number, draws: number): Section => {
  const items = Math.max(60, Math.round(400 / thin));
  const rows = LANGUAGES.map((language) => {
    const random = randomFrom(seed);
    const texts = times(items, () => textIn(language, random));
    const contributions: readonly Contribution[] = texts.map((text, i) => ({
      contribution: i + 1,
      owner: `writer ${i}`,
      items: [{ tokens: tokensOf(text), promptTokens: 0 }],
    }));
    const others: readonly Inference[] = times(items >> 1, () => ({
      prompt: tokensOf(''),
      output: tokensOf(textIn(language, random)),
    }));
    const tracer = createTracer(contributions);
    const covered = (bits: number): number =>
      coverageOf(others.map((each) => tracer.trace(each, bits))).share;
    const characters = texts.reduce((sum, text) => sum + [...text.replaceAll(' ', '')].length, 0);
    const tokens = contributions.reduce((sum, each) => sum + (each.items[0]?.tokens.count ?? 0), 0);
    const bits =
      contributions.reduce((sum, each) => sum + informationIn(each.items[0]?.tokens ?? tokensOf('')), 0) /
      256;
    const calibrated = calibrate(prepare(contributions), seed, draws);
    const { rules } = calibrated;
    // The same measurement, if no text were left out as copied.
    const nothingCopied = { novel: [], copied: [] };
    const keeping = calibrate(prepare(contributions, nothingCopied), seed, draws);
    const copies = contributions.map((each) => ({
      prompt: tokensOf(''),
      output: each.items[0]?.tokens ?? tokensOf(''),
    }));
    return {
      name: language.name,
      bitsPerToken: bits / tokens,
      bitsPerCharacter: bits / characters,
      charactersOf192: (192 * characters) / bits,
      shares: LEVELS.map(covered),
      control192: controlAt(calibrated, 192),
      keeping192: controlAt(keeping, 192),
      matchBits: rules?.matchBits,
      left: rules === undefined ? 0 : covered(rules.matchBits) - rules.controlBps / 10_000,
      copied: coverageOf(copies.map((each) => tracer.trace(each, LEVELS[1]))).share,
    };
  });
  const perCharacter = rows.map(({ bitsPerCharacter }) => bitsPerCharacter);
  const spread = Math.max(...perCharacter) / Math.min(...perCharacter);
  const shortest = rows.toSorted((a, b) => a.charactersOf192 - b.charactersOf192)[0];
  return {
    name: 'languages',
    title: 'Other languages',
    text: `The table of information was counted on texts that are mostly English, and it has few buckets. So what is rare in those texts looks rare in every language. ${LANGUAGES[0]?.sentences.length} sentences of school arithmetic, the same ones in ${rows.length} languages, with names, things and numbers that vary, make ${items}
items of ${SENTENCES} sentences each; ${items >> 1} more stand for people who write so by habit, and share no author with the data. Their coverage is all coincidence:

${table(
  [
    'language',
    'bits a token',
    'bits a character',
    'characters in 192 bits',
    ...LEVELS.map((bits) => `coincidence, ${bits} bits`),
    'control, 192 bits',
    'were copies left in',
    'calibrated Imin',
    'lift left',
  ],
  rows.map((row) => [
    row.name,
    row.bitsPerToken.toFixed(1),
    row.bitsPerCharacter.toFixed(1),
    row.charactersOf192.toFixed(0),
    ...row.shares.map((share) => percent(share)),
    percent(row.control192),
    percent(row.keeping192),
    row.matchBits === undefined ? 'none' : `${row.matchBits} bits`,
    bps(row.left),
  ]),
)}

- **The same sentence bears ${spread.toFixed(1)} times as much information a character in one language as in another.** In scripts without spaces every letter is a token, and looks nearly as rare as a word: ${shortest?.charactersOf192.toFixed(0)} characters of ${shortest?.name ?? ''} make 192 bits, which is hardly a clause.
  At a fixed bar such languages are paid for idiom.
- **Calibration does not correct that here.** The last column shows how much pure coincidence it leaves, and should be near 0. Text of so few sentences is a worst case, a template like the one above. But the languages differ for a reason: a run of copyMin = 16 *tokens* that an earlier item also holds counts as copied, and is left out of
  the measurement. Sixteen tokens are a sentence in English, and three words in Thai. So where letters are tokens, the idiom itself is taken for copies, and the measurement sees only the little that is left. Compare the control with the column that leaves copies in.
- **What to do today**: a Datanet’s own floor for Imin, several times higher where letters are tokens, and a commons for what everybody writes. In a Datanet of several languages the bar follows the majority.
- Inflection breaks matches (Russian); normal forms are not folded (é as one code point and as two), nor simplified and traditional characters, hiragana and katakana.
- **Copies are seen in all of them**: of items copied whole at least ${percent(Math.min(...rows.map(({ copied }) => copied)), 2)} is covered at 192 bits.`,
    figures: {
      items,
      languages: rows.map(({ matchBits, shares, ...row }) => ({
        ...row,
        matchBits: matchBits ?? 0,
        ...Object.fromEntries(LEVELS.map((bits, i) => [`coincidence${bits}`, shares[i] ?? 0])),
      })),
    },
    checks: [
      check(
        'what is copied whole is covered to 99.9 % in every language',
        rows.every(({ copied }) => copied >= 0.999),
        `${percent(Math.min(...rows.map(({ copied }) => copied)), 2)} at least, in ${rows.length} languages`,
      ),
    ],
  };
};
