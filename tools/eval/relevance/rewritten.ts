/** How much of the data money goes to the author of a row that an answer rewrites, with three words in ten changed. */
import { pick, randomFrom, times } from '../../lib/random.ts';
import { type Contribution, textOf, tokensOf, wordsOf } from '../collections.ts';
import { close, novelTokensOf, settle } from '../economy.ts';
import { ratio } from '../section.ts';
import { createTracer } from '../tracer.ts';
import { answerWeights, commonsOf } from './tracks.ts';
import type { World } from './world.ts';

const ROWS = 200;
/** The most tokens of a row that are rewritten, and the percentage of them that is changed. */
const ROW_TOKENS_MAX = 150;
const CHANGED = 30;

export type Rewritten = {
  /** The share of D that goes to the author, by spans and by novel tokens, and now by spans and relevance. */
  readonly before: number;
  readonly now: number;
};

type Rewriting = { readonly author: Contribution; readonly text: string };

const rewritings = ({ contributions }: World, seed: number): readonly Rewriting[] => {
  const random = randomFrom(seed);
  const rows = contributions
    .filter(({ commons }) => commons !== true)
    .flatMap((author) => author.items.map(({ tokens }) => ({ author, words: wordsOf(tokens) })))
    .filter(({ words }) => words.length > 0);
  return times(ROWS, () => {
    const { author, words } = pick(random, rows);
    const from = random(Math.max(1, words.length - ROW_TOKENS_MAX));
    const changed = words
      .slice(from, from + ROW_TOKENS_MAX)
      .map((word) => (random(100) < CHANGED ? pick(random, pick(random, rows).words) : word));
    return { author, text: textOf(changed) };
  });
};

export const rewrittenRows = (world: World, seed: number): Rewritten => {
  const { contributions, rules, index, words, novel } = world;
  const made = rewritings(world, seed);
  const inferences = made.map(({ text }) => ({ prompt: tokensOf(''), output: tokensOf(text) }));
  const settled = settle(createTracer(contributions), inferences, rules.matchBits);
  const novelTokens = novelTokensOf(contributions, { novel });
  const allNovel = novelTokens.reduce((sum, each) => sum + each, 0n);
  const commons = commonsOf(contributions);
  let data = 0n;
  let before = 0n;
  let now = 0n;
  for (const [i, receipt] of settled.entries()) {
    const { author } = made[i] ?? {};
    const inference = inferences[i];
    if (author === undefined || inference === undefined) continue;
    // Each receipt is an epoch of its own, so that no author is paid for the rows of another.
    const { shares, remainder } = close([receipt], rules.controlBps);
    const spans = shares.find(({ contribution }) => contribution === author.contribution)?.amount ?? 0n;
    const own = novelTokens[contributions.indexOf(author)] ?? 0n;
    const weight =
      answerWeights(inference, receipt, { index, words, commons }).get(author.contribution) ?? 0n;
    data += receipt.data;
    before += spans + (remainder * own) / (allNovel === 0n ? 1n : allNovel);
    now += spans + (receipt.data === 0n ? 0n : ((remainder * weight) >> 32n) / receipt.data);
  }
  return { before: ratio(before, data), now: ratio(now, data) };
};
