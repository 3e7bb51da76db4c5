/** Measures a collection by version 2 of the rules with and without the commons of the chain. */
import { OF_CHAIN } from '../../../src/lib/ids.ts';
import { randomFrom } from '../../lib/random.ts';
import { calibrate } from '../calibrate.ts';
import type { TextCollection } from '../texts/text.ts';
import {
  answersOf,
  creditedOf,
  habitOf,
  LEVELS,
  MeasuredCorpus,
  type Scale,
  type Source,
  sourcesOf,
  stretchesOf,
  tracerOf,
} from './measure.ts';
import { VERSION_2 } from './rules.ts';

/** What people and owners get of a collection. */
export type Standing = {
  /** Imin in bits, and κ in basis points; undefined if no step meets the bar. */
  readonly imin: number | undefined;
  readonly kappa: number | undefined;
  /** The held-out credit at Imin, as a share, if authors bring their texts in turn, and if they do at once. */
  readonly people: number;
  readonly together: number;
  /** The information that is credited to somebody, of stretches that were copied from the data. */
  readonly credited: number;
};

export type MeasuredCommons = {
  readonly name: string;
  readonly without: Standing;
  readonly within: Standing;
  /** The share of the copied stretches’ credit that owners keep. */
  readonly kept: number;
};

/** What stands for Imin if no step meets the bar. */
const NO_IMIN = LEVELS.at(-1) ?? 0;

/** Returns the commons of the chain as a source. */
const commonsSource = (texts: readonly string[]): Source => ({
  contribution: OF_CHAIN,
  author: '',
  commons: true,
  items: texts.map((text) => ({ tokens: VERSION_2.tokens(text), promptTokens: 0 })),
});

const standingOf = (
  collection: TextCollection,
  sources: readonly Source[],
  { seed, draws, stretches }: Scale,
): Standing => {
  const rules = VERSION_2;
  const found = calibrate(new MeasuredCorpus(sources, rules, 'in turn'), seed, draws).rules;
  const bits = found?.matchBits ?? NO_IMIN;
  const answers = answersOf(collection);
  const inTurn = tracerOf(sources, rules, 'in turn');
  const atOnce = tracerOf(sources, rules, 'at once');
  const at = (shares: readonly number[]): number => shares[LEVELS.indexOf(bits)] ?? 0;
  return {
    imin: found?.matchBits,
    kappa: found?.controlBps,
    people: at(habitOf(answers, inTurn, { rules, sources, bits }).shares),
    together: at(habitOf(answers, atOnce, { rules, sources, bits }).shares),
    credited: creditedOf(stretchesOf(collection.data, stretches, randomFrom(seed)), inTurn, rules, bits),
  };
};

/** @param texts - the items of the commons of the chain */
export const measureCommons = (
  collection: TextCollection,
  texts: readonly string[],
  scale: Scale,
): MeasuredCommons => {
  const sources = sourcesOf(collection, VERSION_2);
  const without = standingOf(collection, sources, scale);
  const within = standingOf(collection, [commonsSource(texts), ...sources], scale);
  return {
    name: collection.name,
    without,
    within,
    kept: within.credited / Math.max(1, without.credited),
  };
};
