/** The strategies: what somebody registers to be paid for the use of others' data, without having written anything. */

import { sliceTokens } from '../../../src/attribution/prover/partial-tokens.ts';
import { OUTPUT_TOKENS_MAX } from '../../../state/attribution/parameters.ts';
import { type Inference, SOLVER_NAMES, tokensOf, wordsOf } from '../collections.ts';
import type { World } from '../relevance/world.ts';
import { ANSWERED_BY_MODELS, allAnswers, sampled } from '../relevance/world.ts';
import { bagOfCommonWords, bagOfWords } from './bags.ts';
import { chains } from './chains.ts';
import { denseClones, plainClones } from './clones.ts';
import { condensed } from './condensed.ts';
import { randomSigns, rowsOf } from './foreign.ts';
import { markov } from './markov.ts';
import type { Material, Row } from './rows.ts';
import { prompted, systemPrompt } from './system-prompt.ts';

export type Attempt = {
  readonly rows: readonly Row[];
  /** The answers that are paid for. */
  readonly inferences: readonly Inference[];
};

export type Strategy = {
  readonly name: string;
  /** What it may take of D, last in line and with at most 100 KB; undefined if there is no limit. */
  readonly limitBps: number | undefined;
  /** Whether attestors settle the answers. If they do not, what is measured is the gain by that. */
  readonly isSettled: boolean;
  /** Undefined if the strategy does not apply to the collection. */
  readonly make: (world: World, material: Material, bytes: number) => Attempt | undefined;
};

/** What a program makes of the data's own words takes at most this much of D, and what is of another domain this much. */
export const MADE_MAX_BPS = 200;
export const FOREIGN_MAX_BPS = 100;
/** Nobody gains by it that nothing is settled. */
export const UNSETTLED_MAX_BPS = 0;

/** The answers that a strategy is played with, at most. */
export const ANSWERS_MAX = 1_000;

const paidAnswers = (world: World): readonly Inference[] => allAnswers(sampled(world, ANSWERS_MAX));

/** Returns answers that repeat texts of the data, so that spans pay as much as they can. */
const repeated = ({ contributions }: World): readonly Inference[] => {
  const texts = contributions
    .filter(({ commons }) => commons !== true)
    .flatMap(({ items }) => items.map(({ tokens }) => tokens));
  const every = Math.max(1, Math.ceil(texts.length / ANSWERS_MAX));
  return texts
    .filter((_, i) => i % every === 0)
    .map((text) => ({
      prompt: tokensOf(''),
      output: sliceTokens(text, 0, Math.min(text.count, OUTPUT_TOKENS_MAX)),
    }));
};

const made = (
  name: string,
  generate: (material: Material, bytes: number) => readonly Row[],
  limitBps: number | undefined = MADE_MAX_BPS,
): Strategy => ({
  name,
  limitBps,
  isSettled: true,
  make: (world, material, bytes) => ({ rows: generate(material, bytes), inferences: paidAnswers(world) }),
});

const answersBy = ({ answers }: World, solver: string): readonly Inference[] =>
  answers.find(({ from }) => from === solver)?.inferences ?? [];

const [harvested, paid] = [SOLVER_NAMES[0], SOLVER_NAMES[3]];

/** @param others - the rows of the other collections, by the name of the one that is attacked */
export const strategiesWith = (others: (collection: string) => Iterable<Row>): readonly Strategy[] => [
  made('bag of the words of the data', bagOfWords),
  made('bag of its 3,000 commonest words', bagOfCommonWords),
  made('chains of frequent phrases', chains),
  made('Markov text of order 2', markov),
  made('condensed rows', condensed),
  made('dense clones, a new word after every sixth', denseClones),
  made('rows of the data as they are', plainClones),
  {
    name: 'a registered system prompt',
    limitBps: MADE_MAX_BPS,
    isSettled: true,
    make: (world, material) => {
      const rows = systemPrompt(material);
      return { rows, inferences: prompted(paidAnswers(world), rows, material.random) };
    },
  },
  made('random marks', randomSigns, FOREIGN_MAX_BPS),
  {
    name: 'off-topic text, of another collection',
    limitBps: FOREIGN_MAX_BPS,
    isSettled: true,
    make: (world, material, bytes) => {
      const rows = rowsOf(others(world.name))(material, bytes);
      return rows.length === 0 ? undefined : { rows, inferences: paidAnswers(world) };
    },
  },
  {
    name: 'answers of another model to the same questions',
    limitBps: undefined,
    isSettled: true,
    make: (world, material, bytes) =>
      world.name === ANSWERED_BY_MODELS
        ? {
            rows: rowsOf(answersBy(world, harvested).map(({ output }) => wordsOf(output)))(material, bytes),
            inferences: answersBy(sampled(world, ANSWERS_MAX), paid),
          }
        : undefined,
  },
  {
    name: 'attestors settle nothing, to the gain of who has random marks',
    limitBps: UNSETTLED_MAX_BPS,
    isSettled: false,
    make: (world, material, bytes) => ({ rows: randomSigns(material, bytes), inferences: repeated(world) }),
  },
];
