/** Witnesses of runs that two contributions hold, and that make nothing shared. */
import type { ContributionId } from '../../../src/lib/ids.ts';
import type { Witness } from '../../../state/attribution/witness/types.ts';
import { pick, type Random } from '../../../tools/lib/random.ts';
import { areIndependent } from './cases.ts';
import { drawnFrom, itemsOf, type Liar, openItem, openOutput, openPassages } from './openings.ts';
import type { CommittedContribution, World } from './world.ts';

/** A place at which a contribution holds a word of the output, and how much before and after it. */
const around = (
  { given }: World,
  { items, contribution }: CommittedContribution,
  t: number,
  random: Random,
) => {
  const { words } = given.output;
  const places = items.flatMap((item, i) =>
    item.words.flatMap((word, pos) => (word === words[t] ? [{ item: i, pos, source: item.words }] : [])),
  );
  if (places.length === 0) return undefined;
  const { item, pos, source } = pick(random, places);
  let before = 0;
  while (before < t && before < pos && words[t - before - 1] === source[pos - before - 1]) before += 1;
  let after = 0;
  while (t + after < words.length && words[t + after] === source[pos + after]) after += 1;
  return { contribution, item, shift: pos - t, start: t - before, end: t + after };
};

/** The passages over a run of an item, which a receipt does not show. */
const passagesOver = (
  world: World,
  { contribution, item, shift }: { contribution: ContributionId; item: number; shift: number },
  start: number,
  end: number,
  random: Random,
) =>
  world.given.draw === undefined
    ? undefined
    : openPassages(itemsOf(world, contribution), item, start + shift, end + shift, random);

/**
 * What two hold over a position: shown already, brought too late, by one owner, by a commons, too short, claimed for nobody,
 * of the drawn owner; echoed, or copied.
 */
export const shared: Liar = (world, _claim, random) => {
  const { given, truth, contributions } = world;
  const { matchTokensMin } = given.rules;
  let best: Witness | undefined;
  // Rather one over what is owned and not shared, and as long as a run has to be.
  for (let tries = 0; tries < 12; tries++) {
    const t = random(Math.max(1, given.output.words.length));
    const first = itemsOf(world, truth.owners[t] ?? -1);
    const seconds = first === undefined ? [] : contributions.filter((each) => areIndependent(first, each));
    // Rather one that could share it, if both held it.
    const second = pick(random, seconds.length > 0 && random(3) > 0 ? seconds : contributions);
    const [own, other] = [first && around(world, first, t, random), around(world, second, t, random)];
    if (own === undefined || other === undefined || first === second) continue;
    const most = { start: Math.max(own.start, other.start), end: Math.min(own.end, other.end) };
    const isLong = most.end - most.start >= matchTokensMin - 1;
    if (best !== undefined && (!isLong || truth.shared[t] === true)) continue;
    const length = pick(random, [
      most.end - most.start,
      most.end - most.start,
      matchTokensMin,
      matchTokensMin - 1,
      matchTokensMin + random(20),
    ]);
    const start = random(2) === 0 ? most.start : Math.max(most.start, Math.min(t, most.end - length));
    const end = start + length;
    const open = [own, other].map(({ contribution, item, shift }) =>
      openItem(world, contribution, item, start + shift, end + shift, random),
    );
    const [left, right] = open;
    if (left === undefined || right === undefined) continue;
    best = {
      type: 'shared',
      value: {
        position: random(8) === 0 ? start + random(Math.max(1, length)) : t,
        start,
        end,
        ownItem: own.item,
        ownPos: start + own.shift,
        contribution: other.contribution,
        item: other.item,
        pos: start + other.shift,
        output: openOutput(world, start, end, random),
        own: left,
        source: right,
        outputPassages:
          given.draw === undefined
            ? undefined
            : openPassages(drawnFrom(world), given.draw.item, given.from + start, given.from + end, random),
        ownPassages: passagesOver(world, own, start, end, random),
        sourcePassages: passagesOver(world, other, start, end, random),
      },
    };
    if (isLong && truth.shared[t] !== true) break;
  }
  return best;
};
