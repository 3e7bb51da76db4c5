/**
 * Measures rules on one collection, by each way in which authors bring their texts, and how much of what was
 * copied is still found after a change.
 */
import { CALIBRATION_STEPS } from '../../../state/attribution/calibration.ts';
import { randomFrom } from '../../lib/random.ts';
import { calibrate, claimBytesOf, controlAt } from '../calibrate.ts';
import { junkWords } from '../rewriting.ts';
import type { TextCollection } from '../texts/text.ts';
import { CHANGES, type Language, languageOf } from './changes.ts';
import type { Rules } from './rules.ts';
import {
  bitsOf,
  type Control,
  controlOf,
  eachText,
  fullText,
  MeasuredCorpus,
  type Pair,
  type Scale,
  sourcesOf,
  standingOf,
  stretchesOf,
  type Tracer,
} from './standing.ts';

export type Measured = {
  readonly name: string;
  readonly rules: string;
  readonly version: number;
  /** Undefined if no step meets the bar: then spans pay nothing. */
  readonly imin: number | undefined;
  readonly kappa: number | undefined;
  /** The share of the control at each step. */
  readonly control: readonly number[];
  /** The share of people's text that is covered, at each level. */
  readonly people: readonly number[];
  /**
   * The same shares if all authors brought their texts at once, so that what two of them hold is nobody's.
   */
  readonly together: readonly number[];
  /** The information that is credited of unchanged stretches at Imin, in Q8 bits. */
  readonly credited: number;
  /**
   * What is credited of unchanged stretches if all authors brought their texts at once, as a share of what is
   * credited if they brought them in turn. Each is measured at the Imin that calibration finds then.
   */
  readonly kept: number;
  /** What calibration finds if all authors brought their texts at once. */
  readonly atOnce: Control;
  /** The bytes of the claim of a round if all authors brought their texts at once. */
  readonly claimBytes: number;
  /** What calibration finds if each text was contributed by an account of its own, in turn. */
  readonly split: Control;
  /** The two authors who share most at Imin. */
  readonly pair: Pair | undefined;
  /** By change: the share of the letters and digits of a changed stretch that is credited to somebody. */
  readonly recall: Readonly<Record<string, number>>;
  readonly tokens: number;
  readonly bytes: number;
  readonly bitsPerToken: number;
};

const lettersIn = (text: string): number => (text.match(/[\p{L}\p{M}\p{N}]/gv) ?? []).length;

/** The words before and after a stretch. Nobody else uses them. */
const FILLER_WORDS = 20;

const recallOf = (
  stretches: readonly string[],
  language: Language,
  {
    trace,
    rules,
    bits,
    seed,
  }: { readonly trace: Tracer['trace']; readonly rules: Rules; readonly bits: number; readonly seed: number },
): Readonly<Record<string, number>> => {
  const nothing = rules.tokens('');
  return Object.fromEntries(
    CHANGES.map(({ name, make }) => {
      const random = randomFrom(seed);
      let planted = 0;
      let found = 0;
      for (const stretch of stretches) {
        const changed = make(stretch, language, random);
        const before = `${junkWords(FILLER_WORDS, random).join(' ')} `;
        const text = `${before}${changed} ${junkWords(FILLER_WORDS, random).join(' ')}`;
        const output = rules.tokens(text);
        const [attribution] = trace(output, nothing, [bits]);
        planted += lettersIn(changed);
        for (const { start, end } of attribution?.spans ?? [])
          found += lettersIn(text.slice(output.starts[start] ?? 0, output.ends[end - 1] ?? 0));
      }
      return [name, planted === 0 ? 0 : found / planted];
    }),
  );
};

export const measure = (collection: TextCollection, rules: Rules, scale: Scale): Measured => {
  const { seed, draws, stretches } = scale;
  const sources = sourcesOf(collection, rules);
  const inTurn = standingOf(collection, { sources, rules, arrival: 'in turn' }, scale);
  const atOnce = standingOf(collection, { sources, rules, arrival: 'at once' }, scale);
  const { control } = inTurn;
  // By version 1 a draw leaves out its item alone, so it does not matter whose the other texts are.
  const split =
    rules.version === 1
      ? control
      : controlOf(calibrate(new MeasuredCorpus(eachText(sources), rules, 'in turn'), seed, draws));
  const all = sources.flatMap(({ items }) => items).map(({ tokens }) => tokens);
  const tokens = all.reduce((sum, { count }) => sum + count, 0);
  const information = all.reduce(
    (sum, each) => sum + rules.information(each).reduce((part, info) => part + info, 0),
    0,
  );
  const copied = stretchesOf(collection.data, stretches, randomFrom(seed));
  const language = languageOf(collection.data.map(({ text }) => text));
  return {
    name: collection.name,
    rules: rules.name,
    version: rules.version,
    ...control,
    control: CALIBRATION_STEPS.map((step) => controlAt(inTurn.calibrated, step)),
    atOnce: atOnce.control,
    claimBytes: claimBytesOf(atOnce.calibrated),
    split,
    people: inTurn.shares,
    together: atOnce.shares,
    pair: inTurn.pair,
    recall: recallOf(copied, language, { trace: inTurn.tracer.trace, rules, bits: bitsOf(control), seed }),
    credited: inTurn.credited,
    kept: atOnce.credited / Math.max(1, inTurn.credited),
    tokens,
    bytes: collection.data.reduce((sum, each) => sum + Buffer.byteLength(fullText(each)), 0),
    bitsPerToken: tokens === 0 ? 0 : information / 256 / tokens,
  };
};

/** Measures a collection by rules, at a scale that is fixed. */
export type Measure = (collection: TextCollection, rules: Rules) => Measured;

/**
 * Returns a function that measures at this scale. It measures each collection once by each version and
 * remembers it.
 */
export const measurerAt = (scale: Scale): Measure => {
  const known = new Map<TextCollection, Map<Rules, Measured>>();
  return (collection, rules) => {
    const byRules = known.get(collection) ?? new Map<Rules, Measured>();
    const measured = byRules.get(rules) ?? measure(collection, rules, scale);
    known.set(collection, byRules.set(rules, measured));
    return measured;
  };
};
