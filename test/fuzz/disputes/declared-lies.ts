/** Witnesses against a declaration, whether what they are of is false or not. */

import type { ContributionOpeners } from '../../../src/attribution/prover/contribution-witness.ts';
import type { ContributionId } from '../../../src/lib/ids.ts';
import { derivePassages } from '../../../state/attribution/declaration.ts';
import type { Opening } from '../../../state/attribution/openings.ts';
import type { Witness } from '../../../state/attribution/witness/types.ts';
import { pick, type Random } from '../../../tools/lib/random.ts';
import type { Item } from './cases.ts';
import type { DeclaredCase } from './declared-cases.ts';
import { mutated } from './lies.ts';

/** What a liar knows: the case, and how to open every text of it. */
type DisputedCase = { readonly given: DeclaredCase; readonly openers: ContributionOpeners };

type Liar = (world: DisputedCase, random: Random) => Witness | undefined;

type Aligned = { readonly item: number; readonly start: number; readonly end: number; readonly pos: number };

/** A run of an item of the contribution that stands in the source, at random. */
const foundRun = ({ given }: DisputedCase, source: Item, random: Random): Aligned | undefined => {
  const item = random(Math.max(1, given.own.items.length));
  const words = given.own.items[item]?.words ?? [];
  let start = random(Math.max(1, words.length));
  const places = source.words.flatMap((word, at) => (word === words[start] ? [at] : []));
  if (places.length === 0) return undefined;
  let pos = pick(random, places);
  let end = start;
  while (end < words.length && words[end] === source.words[pos + end - start]) end += 1;
  while (start > 0 && pos > 0 && words[start - 1] === source.words[pos - 1]) {
    start -= 1;
    pos -= 1;
  }
  return { item, start, end, pos };
};

/** Some of a run that stands in the source, if not a token more; rather of one that is long enough to be something. */
const alignedRun = (world: DisputedCase, source: Item, random: Random): Aligned | undefined => {
  const { rules } = world.given;
  const least = Math.min(rules.matchTokensMin, rules.copyMin) - 1;
  let run = foundRun(world, source, random);
  for (let tries = 0; tries < 6 && (run === undefined || run.end - run.start < least); tries++)
    run = foundRun(world, source, random) ?? run;
  if (run === undefined) return undefined;
  const whole = run.end - run.start;
  const length = pick(random, [
    whole,
    whole,
    whole,
    whole + 1,
    rules.copyMin,
    rules.copyMin - 1,
    rules.matchTokensMin,
  ]);
  return { ...run, end: run.start + length };
};

const openWithin = (
  open: (start: number, end: number) => Opening,
  tokens: number,
  start: number,
  end: number,
): Opening => open(Math.min(start, tokens), Math.min(Math.max(start, end), tokens));

const openOf = (
  { openers }: DisputedCase,
  contribution: ContributionId,
  item: number,
  start: number,
  end: number,
): Opening => {
  const { open, tokens } = openers.item(contribution, item);
  return openWithin(open, tokens, start, end);
};

const held: Liar = (world, random) => {
  const { given, openers } = world;
  const { contribution, items } = pick(random, given.contributions);
  const sourceItem = random(Math.max(1, items.length));
  const source = items[sourceItem];
  const run = source && alignedRun(world, source, random);
  if (run === undefined) return undefined;
  const { item, start, end, pos } = run;
  const shown = {
    start,
    end,
    own: openOf(world, given.own.contribution, item, start, end),
    contribution,
    item: sourceItem,
    pos,
    source: openOf(world, contribution, sourceItem, pos, pos + end - start),
  };
  const { novelRuns } = given.declaration;
  const { passages } = derivePassages(given.declaration);
  const meeting = (all: readonly { item: number; start: number; end: number }[]): number => {
    const near = all.flatMap((each, i) =>
      each.item === item && each.start < end && start < each.end ? [i] : [],
    );
    return near.length > 0 && random(6) > 0 ? pick(random, near) : random(Math.max(1, all.length));
  };
  if (random(2) === 0 && novelRuns.length > 0)
    return { type: 'overlap', value: { run: openers.novelRun(meeting(novelRuns)), ...shown } };
  return passages.length === 0
    ? undefined
    : { type: 'passage', value: { passages: openers.passages(meeting(passages), 1), ...shown } };
};

const harvest: Liar = (world, random) => {
  const { given, openers } = world;
  const { novelRuns } = given.declaration;
  if (given.outputs.length === 0 || novelRuns.length === 0) return undefined;
  const { batch, index, output } = pick(random, given.outputs);
  const run = alignedRun(world, output, random);
  if (run === undefined) return undefined;
  const { item, start, end, pos } = run;
  return {
    type: 'harvest',
    value: {
      run: openers.novelRun(random(novelRuns.length)),
      start,
      end,
      own: openOf(world, given.own.contribution, item, start, end),
      batch,
      index,
      at: pos,
      output: openWithin(openers.output(batch, index), output.tokens.count, pos, pos + end - start),
    },
  };
};

const copied: Liar = (world, random) => {
  const { given, openers } = world;
  const { passages } = derivePassages(given.declaration);
  const index = random(Math.max(1, passages.length));
  const passage = passages[index];
  if (passage === undefined || given.own.items[passage.item] === undefined) return undefined;
  const at = random(passage.end - passage.start + 1);
  const { contribution, sourceItem, sourcePos, item, start } = passage;
  return {
    type: 'copied',
    value: {
      passages: openers.passages(index, 1),
      at,
      own: openOf(world, given.own.contribution, item, start + at, start + at + 1),
      source: openOf(
        world,
        contribution === 0 ? given.own.contribution : contribution,
        sourceItem,
        sourcePos + at,
        sourcePos + at + 1,
      ),
    },
  };
};

const border: Liar = (world, random) => {
  const { given, openers } = world;
  const count = derivePassages(given.declaration).passages.length;
  const first = random(count + 1);
  const item = openOf(world, given.own.contribution, random(given.own.items.length + 1), 0, 0);
  if (item.type !== 'item') return undefined;
  return {
    type: 'border',
    value: { passages: openers.passages(first, random(count + 1 - first)), item: item.value },
  };
};

const malformed: Liar = (world, random) => {
  const { own } = world.given;
  const item = random(own.items.length + 1);
  const tokens = own.items[item]?.tokens.count ?? 0;
  const start = random(tokens + 1);
  return {
    type: 'malformed',
    value: {
      text: 'contribution',
      opening: openOf(world, own.contribution, item, start, start + random(130)),
    },
  };
};

const LIARS: readonly Liar[] = [held, held, held, held, harvest, copied, border, malformed];

/** @param kept - witnesses that were upheld, of this case and of others */
export const declaredLieOf = (
  world: DisputedCase,
  kept: readonly Witness[],
  random: Random,
): Witness | undefined => {
  const borrowed =
    kept.length > 0 && random(8) === 0 ? pick(random, kept) : pick(random, LIARS)(world, random);
  return borrowed && random(4) === 0 ? mutated(random, borrowed) : borrowed;
};
