/**
 * Measures a collection by version 2 of the rules with the commons of the chain, and compares it with the
 * same without.
 */
import { OF_CHAIN } from '../../../src/lib/ids.ts';
import type { Arrival } from '../calibrate.ts';
import type { TextCollection } from '../texts/text.ts';
import type { Measured } from './measure.ts';
import { VERSION_2 } from './rules.ts';
import { type Control, type Scale, type Source, shareAt, sourcesOf, standingOf } from './standing.ts';

/** What calibration finds, and the held-out credit at that Imin, as a share. */
export type Credit = Control & { readonly people: number };

/** What people get of a collection if authors bring their texts in turn, and if they bring them at once. */
export type Credits = { readonly inTurn: Credit; readonly atOnce: Credit };

export type MeasuredCommons = {
  readonly name: string;
  readonly without: Credits;
  readonly within: Credits;
  /** The share of the copied stretches’ credit that owners keep, if they bring their texts in turn. */
  readonly kept: number;
};

/** Returns the commons of the chain as a source. */
const commonsSource = (texts: readonly string[]): Source => ({
  contribution: OF_CHAIN,
  author: '',
  commons: true,
  items: texts.map((text) => ({ tokens: VERSION_2.tokens(text), promptTokens: 0 })),
});

const creditOf = ({ imin, kappa }: Control, shares: readonly number[]): Credit => ({
  imin,
  kappa,
  people: shareAt({ imin }, shares),
});

/**
 * @param without - the measurement of the collection by version 2 without the commons
 * @param texts - the items of the commons of the chain
 * @param scale - the one of the measurement without the commons
 */
export const measureCommons = (
  collection: TextCollection,
  without: Measured,
  texts: readonly string[],
  scale: Scale,
): MeasuredCommons => {
  const rules = VERSION_2;
  const sources = [commonsSource(texts), ...sourcesOf(collection, rules)];
  const within = (arrival: Arrival) => standingOf(collection, { sources, rules, arrival }, scale);
  const inTurn = within('in turn');
  const atOnce = within('at once');
  return {
    name: collection.name,
    without: {
      inTurn: creditOf(without, without.people),
      atOnce: creditOf(without.atOnce, without.together),
    },
    within: {
      inTurn: creditOf(inTurn.control, inTurn.shares),
      atOnce: creditOf(atOnce.control, atOnce.shares),
    },
    kept: inTurn.credited / Math.max(1, without.credited),
  };
};
