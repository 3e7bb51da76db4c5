/**
 * Measures what people and owners get of a collection: where calibration puts the bar, and how much is credited
 * at that bar of the texts of people who are in no data, and of stretches that were copied from the data.
 */
import { CalibrationCorpus } from '../../../src/attribution/calibrator.ts';
import { CorpusIndex } from '../../../src/attribution/corpus-index.ts';
import { findEchoes } from '../../../src/attribution/echo-finder.ts';
import { infoTable } from '../../../src/attribution/info-table.ts';
import { DatanetIndex } from '../../../src/attribution/novelty.ts';
import { sliceTokens } from '../../../src/attribution/prover/partial-tokens.ts';
import { traceQuery } from '../../../src/attribution/tracer.ts';
import { OF_CHAIN } from '../../../src/lib/ids.ts';
import { CALIBRATION_STEPS } from '../../../state/attribution/calibration.ts';
import { DEFAULT_PARAMETERS, OUTPUT_TOKENS_MAX } from '../../../state/attribution/parameters.ts';
import { rulesOf } from '../../../state/attribution/rules.ts';
import type { Attribution } from '../../../state/attribution/scores.ts';
import type { Brought } from '../../../state/attribution/shared.ts';
import type { Tokens } from '../../../state/attribution/tokens.ts';
import { pick, type Random, randomFrom, times } from '../../lib/random.ts';
import { type Arrival, broughtBy, type Calibrated, calibrate } from '../calibrate.ts';
import type { Text, TextCollection } from '../texts/text.ts';
import { WORDS } from './changes.ts';
import type { Rules } from './rules.ts';

/** The numbers of bits at which people are measured. */
export const LEVELS: readonly number[] = [...CALIBRATION_STEPS, 512];

/** What calibration finds: Imin in bits and κ in basis points, both undefined if no step meets the bar. */
export type Control = { readonly imin: number | undefined; readonly kappa: number | undefined };

export type Scale = { readonly seed: number; readonly draws: number; readonly stretches: number };

/** How much of all people's text one of them shares with one author of the data. */
export type Pair = { readonly person: string; readonly source: string; readonly share: number };

type Item = { readonly tokens: Tokens; readonly promptTokens: number };
export type Source = {
  readonly contribution: number;
  readonly author: string;
  readonly commons: boolean;
  readonly items: readonly Item[];
};

const DATANET = 1;

export const fullText = ({ prompt, text }: Text): string => (prompt === '' ? text : `${prompt}\n${text}`);

/** Returns the data as contributions, one for each author, after the commons. */
export const sourcesOf = ({ data, notice }: TextCollection, rules: Rules): readonly Source[] => {
  const byAuthor = Map.groupBy(data, ({ author }) => author);
  const commons = notice === undefined ? [] : [{ author: '', prompt: '', text: notice }];
  return [...(commons.length > 0 ? [commons] : []), ...byAuthor.values()].map((texts, i) => ({
    contribution: i + 1,
    author: texts[0]?.author ?? '',
    commons: texts === commons,
    items: texts.map((each) => ({
      tokens: rules.tokens(fullText(each)),
      promptTokens: each.prompt === '' ? 0 : rules.tokens(each.prompt).count,
    })),
  }));
};

/** Returns the same texts, each contributed by an account of its own. */
export const eachText = (sources: readonly Source[]): readonly Source[] =>
  sources
    .flatMap((source) =>
      source.commons ? [source] : source.items.map((item) => ({ ...source, items: [item] })),
    )
    .map((source, i) => ({ ...source, contribution: i + 1 }));

/** Returns who brought a contribution, and in which blocks. Each contribution is of an account of its own. */
const broughtOf = ({ contribution, commons }: Source, arrival: Arrival): Brought | undefined =>
  commons ? undefined : broughtBy(`${contribution}`, contribution, arrival);

/** The corpus of a calibration, in which tokens bear what the rules say. */
export class MeasuredCorpus extends CalibrationCorpus {
  readonly #rules: Rules;

  constructor(sources: readonly Source[], rules: Rules, arrival: Arrival) {
    const seen = new DatanetIndex(infoTable());
    super(
      infoTable(),
      sources.map((source) => ({
        contribution: source.contribution,
        datanet: DATANET,
        acceptance: source.contribution,
        brought: broughtOf(source, arrival),
        items: source.items.map((item, i) => {
          // Declarations cite what is in the Datanet, and so not the commons of the chain.
          if (source.contribution === OF_CHAIN) return { ...item, copied: [] };
          const copied = seen.copiedRuns(item.tokens);
          seen.add(source.contribution, i, item.tokens);
          return { ...item, copied };
        }),
      })),
      { ...DEFAULT_PARAMETERS, version: rules.version },
    );
    this.#rules = rules;
  }

  protected override informationOf(output: Tokens): Uint16Array {
    return this.#rules.information(output);
  }
}

export type Tracer = {
  readonly trace: (output: Tokens, prompt: Tokens, bits: readonly number[]) => readonly Attribution[];
  /** Takes one contribution out of the data, until the returned function is called. */
  readonly without: (contribution: number) => () => void;
};

const tracerOf = (sources: readonly Source[], rules: Rules, arrival: Arrival): Tracer => {
  const total = sources.flatMap(({ items }) => items).reduce((sum, { tokens }) => sum + tokens.count + 1, 0);
  const index = new CorpusIndex(DEFAULT_PARAMETERS.matchTokensMin, total);
  const places = new Map(
    sources.map((source) => {
      const { contribution, items } = source;
      const brought = broughtOf(source, arrival);
      return [
        contribution,
        items.map(({ tokens }, i) => ({
          first: index.append(contribution, i, tokens, brought),
          count: tokens.count,
        })),
      ];
    }),
  );
  const commons = new Set(sources.filter((each) => each.commons).map(({ contribution }) => contribution));
  const without = (contribution: number): (() => void) => {
    const restore = (places.get(contribution) ?? []).map(({ first, count }) => index.mask(first, 0, count));
    return () => {
      for (const each of restore) each();
    };
  };
  const { commonsFirst, sharedTokensMax } = rulesOf(rules.version);
  const trace: Tracer['trace'] = (output, prompt, bits) => {
    const query = index.prepare(output);
    const info = rules.information(output);
    const x = findEchoes(output, prompt, DEFAULT_PARAMETERS.promptMin);
    let last: Attribution | undefined;
    return bits.map((matchBitsMin) => {
      // Where nothing matches, nothing matches at more bits.
      if (last !== undefined && last.spans.length === 0) return last;
      last = traceQuery(
        index,
        { query, info, x },
        { ...DEFAULT_PARAMETERS, commonsFirst, sharedTokensMax, matchBitsMin },
        commons,
      ).attribution;
      return last;
    });
  };
  return { trace, without };
};

/** The output of a person: an answer, and whose contribution to leave out, if any. */
type Answer = { readonly text: Text; readonly author?: number };

const answersOf = ({ data, people, notice }: TextCollection): readonly Answer[] => {
  if (people !== 'each author in turn') return people.map((text) => ({ text }));
  const authors = [...new Set(data.map(({ author }) => author))];
  const first = notice === undefined ? 1 : 2;
  return data.map((text) => ({ text, author: first + authors.indexOf(text.author) }));
};

type Habit = {
  /** The share of people's texts that is covered, at each level. */
  readonly shares: readonly number[];
  /**
   * The two authors who share most, and their share of all, at one level; undefined if nobody shares
   * anything.
   */
  readonly pair: Pair | undefined;
};

/** Measures what of people's texts is covered, and at `bits` by whose text. */
const habitOf = (
  answers: readonly Answer[],
  { trace, without }: Tracer,
  {
    rules,
    sources,
    bits,
  }: { readonly rules: Rules; readonly sources: readonly Source[]; readonly bits: number },
): Habit => {
  const covered = LEVELS.map(() => 0);
  const pairs = new Map<string, Pair>();
  let total = 0;
  for (const { text, author } of answers) {
    const tokens = rules.tokens(text.text);
    const question = rules.tokens(text.prompt);
    const restore = author === undefined ? undefined : without(author);
    for (let from = 0; from < tokens.count; from += OUTPUT_TOKENS_MAX) {
      const output = sliceTokens(tokens, from, Math.min(tokens.count, from + OUTPUT_TOKENS_MAX));
      const attributions = trace(output, question, LEVELS);
      for (const [level, each] of attributions.entries())
        covered[level] = (covered[level] ?? 0) + each.covered;
      total += attributions[0]?.total ?? 0;
      for (const { contribution, score } of attributions[LEVELS.indexOf(bits)]?.scores ?? []) {
        const source = sources.find((each) => each.contribution === contribution)?.author ?? '';
        const key = `${text.author}\0${source}`;
        pairs.set(key, { person: text.author, source, share: (pairs.get(key)?.share ?? 0) + score });
      }
    }
    restore?.();
  }
  const most = [...pairs.values()].toSorted((a, b) => b.share - a.share)[0];
  const all = Math.max(1, total);
  return {
    shares: covered.map((each) => each / all),
    pair: most === undefined ? undefined : { ...most, share: most.share / all },
  };
};

/** About this many bytes of a text are copied. */
const STRETCH_BYTES = 500;

/** Draws stretches of the data, so that texts are drawn by their size; each begins and ends between words. */
export const stretchesOf = (data: readonly Text[], count: number, random: Random): readonly string[] => {
  const whole = data.map(({ text }) => text).join('\n');
  const perCharacter = Buffer.byteLength(whole) / whole.length;
  const length = Math.round(STRETCH_BYTES / perCharacter);
  return times(count, () => {
    for (;;) {
      const { text } = pick(random, data);
      if (text.length <= length) return text;
      const from = random(text.length - length);
      const words = [...text.matchAll(WORDS)];
      const start = words.find(({ index }) => index >= from)?.index ?? text.length;
      const end = words.findLast(({ index }) => index <= start + length)?.index ?? start;
      if (end - start > length >> 1) return text.slice(start, end);
    }
  });
};

/** Returns how much of the stretches a tracer credits at so many bits, in Q8 bits. */
const creditedOf = (stretches: readonly string[], { trace }: Tracer, rules: Rules, bits: number): number =>
  stretches.reduce(
    (sum, stretch) => sum + (trace(rules.tokens(stretch), rules.tokens(''), [bits])[0]?.covered ?? 0),
    0,
  );

export const controlOf = ({ rules }: Calibrated): Control => ({
  imin: rules?.matchBits,
  kappa: rules?.controlBps,
});

/** Returns the Imin that a calibration has found, or the last level if no step meets the bar. */
export const bitsOf = ({ imin }: Pick<Control, 'imin'>): number => imin ?? LEVELS.at(-1) ?? 0;

/**
 * Returns the share at Imin, or at the last level if no step meets the bar.
 * @param shares - one for each level
 */
export const shareAt = (control: Pick<Control, 'imin'>, shares: readonly number[]): number =>
  shares[LEVELS.indexOf(bitsOf(control))] ?? 0;

/**
 * What people and owners get of contributions that arrive in one way, at the Imin that calibration finds
 * then.
 */
export type Standing = Habit & {
  readonly calibrated: Calibrated;
  readonly control: Control;
  readonly tracer: Tracer;
  /** The information that is credited of stretches that were copied from the data, in Q8 bits. */
  readonly credited: number;
};

/**
 * Calibrates contributions, and measures at that Imin what is credited of people's texts and of copied
 * stretches.
 */
export const standingOf = (
  collection: TextCollection,
  {
    sources,
    rules,
    arrival,
  }: { readonly sources: readonly Source[]; readonly rules: Rules; readonly arrival: Arrival },
  { seed, draws, stretches }: Scale,
): Standing => {
  const calibrated = calibrate(new MeasuredCorpus(sources, rules, arrival), seed, draws);
  const control = controlOf(calibrated);
  const bits = bitsOf(control);
  const tracer = tracerOf(sources, rules, arrival);
  const copied = stretchesOf(collection.data, stretches, randomFrom(seed));
  return {
    calibrated,
    control,
    tracer,
    ...habitOf(answersOf(collection), tracer, { rules, sources, bits }),
    credited: creditedOf(copied, tracer, rules, bits),
  };
};
