/** What a lying witness is made of: openings of what is there, now and then of less or more than it takes. */
import type { ContributionId } from '../../../src/lib/ids.ts';
import type { Claim } from '../../../state/attribution/claim.ts';
import type { Opening, PassagesOpening } from '../../../state/attribution/openings.ts';
import type { Witness } from '../../../state/attribution/witness/types.ts';
import type { Random } from '../../../tools/lib/random.ts';
import type { CommittedContribution, World } from './world.ts';

export type Liar = (world: World, claim: Claim, random: Random) => Witness | undefined;

export const within = (value: number, most: number): number => Math.max(0, Math.min(value, most));

/** Tokens [start, end) and, now and then, less or more. */
export const opened = (
  open: (start: number, end: number) => Opening,
  tokens: number,
  start: number,
  end: number,
  random: Random,
): Opening => {
  const by = random(4) === 0 ? random(130) - 65 : 0;
  const from = within(start, tokens);
  return open(from, within(Math.max(from, end + by), tokens));
};

export const itemsOf = (
  { contributions }: World,
  contribution: ContributionId,
): CommittedContribution | undefined => contributions.find((each) => each.contribution === contribution);

export const openItem = (
  world: World,
  contribution: ContributionId,
  item: number,
  start: number,
  end: number,
  random: Random,
): Opening | undefined => {
  const source = itemsOf(world, contribution);
  const tokens = source?.items[item]?.tokens.count;
  if (source === undefined || tokens === undefined) return undefined;
  return opened(source.item(item).open, tokens, start, end, random);
};

/** Mostly with the tokens before, which decide about the information of the first ones. */
export const openOutput = (world: World, start: number, end: number, random: Random): Opening =>
  opened(
    world.output.open,
    world.given.output.tokens.count,
    random(4) === 0 ? start : Math.max(0, start - 7),
    end,
    random,
  );

export const openPrompt = (world: World, start: number, end: number, random: Random): Opening =>
  opened(world.prompt.open, world.given.prompt.tokens.count, start, end, random);

/** Passages over a stretch of an item, mostly. */
export const openPassages = (
  contribution: CommittedContribution | undefined,
  item: number,
  start: number,
  end: number,
  random: Random,
): PassagesOpening | undefined => {
  if (contribution === undefined || contribution.commons || random(12) === 0) return undefined;
  const { passages } = contribution;
  if (random(6) > 0) return passages.over(item, start, end);
  const first = random(passages.passages.length + 1);
  return passages.open(first, random(passages.passages.length + 1 - first));
};

export const drawnFrom = (world: World): CommittedContribution | undefined =>
  world.given.draw && itemsOf(world, world.given.draw.contribution);
