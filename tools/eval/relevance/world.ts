/** Collections as what a model draws on: contributions by author, and the answers that are paid for. */

import { sliceTokens } from '../../../src/attribution/prover/partial-tokens.ts';
import type { ContributionId } from '../../../src/lib/ids.ts';
import { OUTPUT_TOKENS_MAX } from '../../../state/attribution/parameters.ts';
import { calibrate, prepare } from '../calibrate.ts';
import {
  answersOf,
  type Contribution,
  HUMAN,
  type Inference,
  type Provenance,
  provenanceOf,
  SOLVER_NAMES,
  type Solver,
  tokensOf,
} from '../collections.ts';
import type { ModelRules } from '../economy.ts';
import { fullText } from '../people/standing.ts';
import type { Text, TextCollection } from '../texts/text.ts';
import { PhraseIndex } from './phrase-index.ts';
import { Words } from './words.ts';

/** The contribution ids of the data. There is room for others before and after them. */
const DATA_FROM: ContributionId = 1_000;
/** An author of a collection in which nobody is held out: one in so many answers. */
const HELD_OUT_EVERY = 4;
/** A model that no step of calibration suits pays nothing by spans. */
export const NO_SPANS: ModelRules = { matchBits: 512, controlBps: 0 };

export type World = {
  readonly name: string;
  /** The bytes of the data. */
  readonly bytes: number;
  readonly contributions: readonly Contribution[];
  /** The novel and the copied runs of each item, in the order of the contributions. */
  readonly novel: Provenance['novel'];
  readonly copied: Provenance['copied'];
  readonly rules: ModelRules;
  /** The answers by who gave them. */
  readonly answers: readonly { readonly from: string; readonly inferences: readonly Inference[] }[];
  readonly words: Words;
  readonly index: PhraseIndex;
};

const contributionsOf = (data: readonly Text[], notice: string | undefined): readonly Contribution[] => {
  const commons: readonly Contribution[] =
    notice === undefined
      ? []
      : [
          {
            contribution: DATA_FROM,
            owner: 'nobody',
            commons: true,
            items: [{ tokens: tokensOf(notice), promptTokens: 0 }],
          },
        ];
  const authors = [...Map.groupBy(data, ({ author }) => author)];
  return [
    ...commons,
    ...authors.map(([owner, texts], i) => ({
      contribution: DATA_FROM + 1 + i,
      owner,
      items: texts.map((each) => ({
        tokens: tokensOf(fullText(each)),
        promptTokens: each.prompt === '' ? 0 : tokensOf(each.prompt).count,
      })),
    })),
  ];
};

/** Returns texts as answers. A longer one than a receipt may have is several. */
const inferencesOf = (texts: readonly Text[]): readonly Inference[] =>
  texts.flatMap(({ prompt, text }) => {
    const tokens = tokensOf(text);
    return Array.from({ length: Math.ceil(tokens.count / OUTPUT_TOKENS_MAX) }, (_, i) => ({
      prompt: tokensOf(prompt),
      output: sliceTokens(tokens, i * OUTPUT_TOKENS_MAX, Math.min(tokens.count, (i + 1) * OUTPUT_TOKENS_MAX)),
    }));
  });

/** Returns who is in the data, and who answers. */
const divided = ({
  data,
  people,
}: TextCollection): { readonly data: readonly Text[]; readonly people: readonly Text[] } => {
  if (people !== 'each author in turn') return { data, people };
  const authors = [...new Set(data.map(({ author }) => author))];
  const out = new Set(authors.filter((_, i) => i % HELD_OUT_EVERY === HELD_OUT_EVERY - 1));
  return {
    data: data.filter(({ author }) => !out.has(author)),
    people: data.filter(({ author }) => out.has(author)),
  };
};

/** The collection whose questions models have answered, too. */
export const ANSWERED_BY_MODELS = 'GSM8K';

export type WorldScale = { readonly thin: number; readonly seed: number; readonly draws: number };

export const worldOf = (collection: TextCollection, { thin, seed, draws }: WorldScale): World => {
  const { data, people } = divided(collection);
  const contributions = contributionsOf(data, collection.notice);
  const provenance = provenanceOf(contributions);
  const words = new Words();
  const solvers: readonly Solver[] = [HUMAN, ...SOLVER_NAMES];
  return {
    name: collection.name,
    bytes: data.reduce((sum, each) => sum + Buffer.byteLength(fullText(each)), 0),
    contributions,
    novel: provenance.novel,
    copied: provenance.copied,
    rules: calibrate(prepare(contributions, provenance), seed, draws).rules ?? NO_SPANS,
    answers:
      collection.name === ANSWERED_BY_MODELS
        ? solvers.map((from) => ({ from, inferences: answersOf(from, thin) }))
        : [{ from: 'people', inferences: inferencesOf(people) }],
    words,
    index: new PhraseIndex(words).addAll(contributions, provenance.novel),
  };
};

export const allAnswers = ({ answers }: World): readonly Inference[] =>
  answers.flatMap(({ inferences }) => inferences);

/** Returns the world with so many answers at most, evenly chosen of all who answer. */
export const sampled = (world: World, count: number): World => {
  const every = Math.max(1, Math.ceil(allAnswers(world).length / count));
  return {
    ...world,
    answers: world.answers.map(({ from, inferences }) => ({
      from,
      inferences: inferences.filter((_, i) => i % every === 0),
    })),
  };
};
