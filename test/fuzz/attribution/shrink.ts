/** Makes a failing case small: whatever can go, while it still fails, goes. */
import type { Contribution, FuzzCase } from './cases.ts';
import type { Words } from './texts.ts';

/** The list without one stretch, the longest stretches first. */
function* without<T>(list: readonly T[]): Generator<readonly T[]> {
  for (let length = list.length; length >= 1; length = length >> 1)
    for (let start = 0; start + length <= list.length; start += length)
      yield [...list.slice(0, start), ...list.slice(start + length)];
}

function* itemsOf(contribution: Contribution): Generator<Contribution> {
  for (const items of without(contribution.items)) yield { ...contribution, items };
  for (const [i, item] of contribution.items.entries())
    for (const shorter of without(item))
      yield { ...contribution, items: contribution.items.with(i, shorter) };
}

/** The contribution without something that a challenge did to it. */
function* withoutChanges(contribution: Contribution): Generator<Contribution> {
  if (contribution.voidedAt !== null) yield { ...contribution, voidedAt: null };
  if (contribution.allStruckAt !== null) yield { ...contribution, allStruckAt: null };
  for (const strikes of without(contribution.strikes)) yield { ...contribution, strikes };
}

/** Another word for every place where one stands. */
const renamed = (given: FuzzCase, from: string, to: string): FuzzCase => {
  const rename = (words: Words): Words => words.map((word) => (word === from ? to : word));
  return {
    ...given,
    prompt: rename(given.prompt),
    output: rename(given.output),
    contributions: given.contributions.map((each) => ({ ...each, items: each.items.map(rename) })),
  };
};

/** Cases a little simpler than this one. */
function* simpler(given: FuzzCase): Generator<FuzzCase> {
  for (const contributions of without(given.contributions)) yield { ...given, contributions };
  for (const output of without(given.output)) yield { ...given, output };
  for (const prompt of without(given.prompt)) yield { ...given, prompt };
  for (const [i, contribution] of given.contributions.entries()) {
    for (const each of itemsOf(contribution))
      yield { ...given, contributions: given.contributions.with(i, each) };
    for (const later of withoutChanges(contribution))
      yield { ...given, contributions: given.contributions.with(i, later) };
  }
  if (given.asOf.length > 1)
    for (const asOf of without(given.asOf)) if (asOf.length > 0) yield { ...given, asOf };
  if (given.stepwise) yield { ...given, stepwise: false };
  if (given.sealEvery > 0) yield { ...given, stepwise: false, sealEvery: 0 };
  if (given.glue !== ' ') yield { ...given, glue: ' ' };
  const { rules } = given;
  if (rules.matchBitsMin > 0) yield { ...given, rules: { ...rules, matchBitsMin: rules.matchBitsMin >> 1 } };
  const words = [...new Set([...given.output, ...given.prompt])];
  for (const word of words.slice(1)) yield renamed(given, word, words[0] ?? word);
}

/**
 * @param fails - whether a case still shows what was found
 * @param most - how many cases may be tried
 */
export const shrink = async (
  found: FuzzCase,
  fails: (given: FuzzCase) => Promise<boolean>,
  most = 4000,
): Promise<FuzzCase> => {
  let best = found;
  let tried = 0;
  for (let better = true; better && tried < most; ) {
    better = false;
    for (const candidate of simpler(best)) {
      if (++tried > most) break;
      if (!(await fails(candidate))) continue;
      best = candidate;
      better = true;
      break;
    }
  }
  return best;
};
