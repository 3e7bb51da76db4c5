/**
 * Denial by prompt: an attacker pastes the words of a rival into the prompt, so that the same words of the output are
 * echo and earn nothing.
 */

import { randomFrom, times } from '../../lib/random.ts';
import {
  type Contribution,
  type Inference,
  provenanceOf,
  textOf,
  tokensOf,
  wordsOf,
} from '../collections.ts';
import { assemble, filler, quote, stretchSource } from '../quoting.ts';
import { percent, type Section, table } from '../section.ts';
import { informationEach } from '../tracer.ts';
import { type AttackSetup, VICTIM } from './setup.ts';

type Denial = {
  readonly name: string;
  /** The prompt gets tokens [from, from + length) of every `every` tokens of the quote. */
  readonly every: number;
  readonly length: number;
};

const DENIALS: readonly Denial[] = [
  { name: 'no denial', every: 1, length: 0 },
  { name: 'seven words of every twenty: below promptMin', every: 20, length: 7 },
  { name: 'eight words of every forty', every: 40, length: 8 },
  { name: 'eight words of every twenty', every: 20, length: 8 },
  { name: 'twelve words of every twenty', every: 20, length: 12 },
  { name: 'all of it', every: 1, length: 1 },
];

/** Returns the pieces, each followed by a word that the quote does not have. */
const promptOf = (words: readonly string[], { every, length }: Denial): string =>
  textOf(
    words.flatMap((word, i) =>
      i % every < length ? [word, ...(i % every === length - 1 && every > 1 ? ['zqx'] : [])] : [],
    ),
  );

export const denial = ({ contributions, rules, thin, seed, makeTracer }: AttackSetup): Section => {
  const random = randomFrom(seed);
  const { novel } = provenanceOf(contributions);
  const draw = stretchSource(contributions, novel, random);
  const tracer = makeTracer(contributions);
  const ofVictim = ({ owner }: Contribution): boolean => owner === VICTIM;
  const made = times(Math.max(20, Math.round(200 / thin)), () => {
    const stretch = draw({ tokensMin: 60, tokensMax: 120, bitsMin: 480 }, ofVictim);
    const around = Array.from({ length: 20 }, (_, i) => `filler${i}`);
    return {
      stretch,
      words: wordsOf(stretch.item.tokens).slice(stretch.start, stretch.end),
      planted: assemble([filler(around), quote(stretch), filler(around)], ''),
    };
  });
  const rows = DENIALS.map((each) => {
    let credited = 0;
    let echoed = 0;
    let whole = 0;
    for (const { stretch, words, planted } of made) {
      const inference: Inference = {
        prompt: tokensOf(promptOf(words, each)),
        output: planted.inference.output,
      };
      const { scores, excluded } = tracer.trace(inference, rules.matchBits);
      const info = informationEach(inference.output);
      const at = (start: number, end: number): number =>
        info.subarray(start, end).reduce((sum, q8) => sum + q8, 0);
      credited += scores.find(({ contribution }) => contribution === stretch.contribution)?.score ?? 0;
      echoed += excluded.reduce((sum, { start, end }) => sum + at(start, end), 0);
      whole += at(20, 20 + stretch.end - stretch.start);
    }
    return {
      name: each.name,
      credited: credited / whole,
      echoed: echoed / whole,
      lost: 1 - (credited + echoed) / whole,
    };
  });
  const partial = rows.filter(({ name }) => name !== 'all of it');
  return {
    name: 'denial',
    title: 'Denial by prompt',
    text: `${made.length} outputs quote 60 to 120 tokens of one contributor. A rival gets pieces of those words into the prompt. Shares of the quotes’ information at ${rules.matchBits} bits:

${table(
  ['in the prompt', 'echo', 'still credited to the victim', 'lost beside the echo'],
  rows.map(({ name, echoed, credited, lost }) => [
    name,
    percent(echoed, 2),
    percent(credited, 2),
    percent(lost, 2),
  ]),
)}

Echoed words earn nothing, but they do not cut the match around them: eight words of every twenty cost the victim those eight. The only other loss is words between two pieces that no longer
have ${rules.matchBits} bits around them outside of the echo. If the prompt holds all of a quote, the output only repeats the prompt.`,
    figures: { rows },
    checks: [
      {
        name: 'words in the prompt cost the victim those words, and at most 5 % of the quote beside them',
        cases: partial.length,
        failures: partial.filter(({ lost }) => lost > 0.05).length,
        seen: `${percent(Math.max(...partial.map(({ lost }) => lost)), 2)} at most`,
      },
      {
        name: 'seven words are no echo, and all of a quote in the prompt is nothing but echo',
        cases: 2,
        failures:
          (rows.find(({ name }) => name.startsWith('seven'))?.echoed === 0 ? 0 : 1) +
          (rows.at(-1)?.credited === 0 ? 0 : 1),
        seen: `${percent(rows.at(-1)?.credited ?? 1, 2)} credited of what the prompt held whole`,
      },
    ],
  };
};
