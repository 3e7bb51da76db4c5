/** Witnesses that prove nothing against a true claim, however much they look like those that prove something. */

import type { Json } from '../../../src/lib/ssz.ts';
import { bordersOf } from '../../../state/attribution/borders.ts';
import { CITING_PARTS, CLAIM_LISTS, type Claim, type Match } from '../../../state/attribution/claim.ts';
import { type Witness, WitnessType } from '../../../state/attribution/witness/types.ts';
import { pick, type Random, times } from '../../../tools/lib/random.ts';
import { inOrder } from './cases.ts';
import { randomMatch } from './changes.ts';
import {
  drawnFrom,
  itemsOf,
  type Liar,
  openItem,
  openOutput,
  openPassages,
  openPrompt,
  within,
} from './openings.ts';
import { shared } from './shared-lies.ts';
import type { World } from './world.ts';

/** The positions of [start, end) that are neither echoed nor claimed. */
const openIn = ({ truth }: World, { matches }: Claim, from: number, to: number): readonly number[] =>
  times(Math.max(0, to - from), (i) => from + i).filter(
    (t) => truth.echoed[t] === false && !matches.some(({ start, end }) => start <= t && t < end),
  );

/** The positions of a run whose owner comes after its contribution in the order of the other version alone. */
const lateIn = ({ given, truth }: World, { start, end, contribution }: Match): readonly number[] => {
  const version = given.rules.version === 1 ? 2 : 1;
  const other = inOrder({ ...given, rules: { ...given.rules, version } });
  const place = (id: number): number => other.findIndex((each) => each.contribution === id);
  return times(end - start, (i) => start + i).filter((t) => {
    const owner = truth.owners[t];
    return owner !== undefined && place(owner) > place(contribution);
  });
};

/** Whether the claim leaves some of the run open, and it is nearly as long as a match. */
const isTempting = (world: World, claim: Claim, match: Match | undefined): boolean =>
  match !== undefined &&
  match.end - match.start >= world.given.rules.matchTokensMin - 1 &&
  openIn(world, claim, match.start, match.end).length + lateIn(world, match).length > 0;

/** True runs of the output in any item: too short, of too little information, late, ineligible or copied. */
const better: Liar = (world, claim, random) => {
  let match = randomMatch(world, random);
  // Rather one over what is not claimed and might be.
  for (let tries = 0; tries < 8 && !isTempting(world, claim, match); tries++)
    match = randomMatch(world, random) ?? match;
  if (match === undefined) return undefined;
  const { given } = world;
  const { matchTokensMin } = given.rules;
  const cut = random(3) === 0 ? 0 : random(Math.max(1, match.end - match.start - matchTokensMin));
  const start = match.start + cut;
  const pos = match.pos + cut;
  const whole = match.end - start;
  const lengths = [
    whole,
    whole,
    whole,
    whole + 1,
    matchTokensMin - 1,
    matchTokensMin - 1,
    matchTokensMin,
    matchTokensMin + random(20),
  ];
  const end = start + Math.max(0, pick(random, lengths));
  const source = openItem(world, match.contribution, match.item, pos, pos + end - start, random);
  if (source === undefined) return undefined;
  const own = given.draw?.item ?? 0;
  const open = [...openIn(world, claim, start, end), ...lateIn(world, { ...match, start, end })];
  const inside = (): number =>
    open.length > 0 && random(4) > 0 ? pick(random, open) : start + random(Math.max(1, end - start));
  return {
    type: 'better',
    value: {
      position: random(8) === 0 ? within(start - 1, 65_535) : inside(),
      start,
      end,
      contribution: match.contribution,
      item: match.item,
      pos,
      output: openOutput(world, start, end, random),
      source,
      outputPassages:
        given.draw === undefined
          ? undefined
          : openPassages(drawnFrom(world), own, given.from + start, given.from + end, random),
      sourcePassages:
        given.draw === undefined
          ? undefined
          : openPassages(itemsOf(world, match.contribution), match.item, pos, pos + end - start, random),
    },
  };
};

/** True runs of the prompt, too short or over what is claimed echoed; and others. */
const echo: Liar = (world, _claim, random) => {
  const { output, prompt, rules } = world.given;
  let start = random(Math.max(1, output.words.length));
  const places = prompt.words.flatMap((word, at) => (word === output.words[start] ? [at] : []));
  let place = places.length === 0 ? random(9) : pick(random, places);
  let end = start;
  while (end < output.words.length && output.words[end] === prompt.words[place + end - start]) end += 1;
  while (start > 0 && place > 0 && output.words[start - 1] === prompt.words[place - 1]) {
    start -= 1;
    place -= 1;
  }
  end = start + pick(random, [end - start, rules.promptMin - 1, rules.promptMin, end - start + 1]);
  return {
    type: 'echo',
    value: {
      position: random(8) === 0 ? end : start + random(Math.max(1, end - start)),
      start,
      end,
      place,
      output: openOutput(world, start, end, random),
      prompt: openPrompt(world, place, place + end - start, random),
    },
  };
};

/** Places where claimed runs are what they say, or beyond them. */
const invalid: Liar = (world, claim, random) => {
  const part = pick(random, [
    'match',
    'echo',
    ...(claim.shared.length > 0 ? (['shared'] as const) : []),
  ] as const);
  const runs = { match: claim.matches, echo: claim.x, shared: claim.shared }[part];
  if (runs.length === 0 && random(8) > 0) return undefined;
  const index = random(runs.length + 1);
  const run = runs[index] ?? pick(random, [...runs, { start: 0, end: 1, place: 0 }]);
  const at = random(run.end - run.start + 2);
  const [contribution, item, place] =
    'contribution' in run ? [run.contribution, run.item, run.pos] : [0, 0, run.place];
  const text = openOutput(world, run.start + at, run.start + at + 1, random);
  const source =
    part !== 'echo'
      ? openItem(world, contribution, random(8) === 0 ? 0 : item, place + at, place + at + 1, random)
      : openPrompt(world, place + at, place + at + 1, random);
  return source && { type: 'invalid', value: { part, index, at, text, source } };
};

const info: Liar = (world, claim, random) => {
  const { given } = world;
  const borders = bordersOf(claim, given.output.tokens.count);
  const border = random(borders.length + 1);
  const from = borders[border - 1] ?? 0;
  const to = borders[border] ?? from;
  // Of a receipt, the chunk of the border.
  const start = given.draw === undefined ? to - (to % 64) : from;
  return {
    type: 'info',
    value: {
      border,
      output: openOutput(world, start, given.draw === undefined ? to + 1 : to, random),
      passages:
        given.draw === undefined
          ? undefined
          : openPassages(drawnFrom(world), given.draw.item, given.from + from, given.from + to, random),
    },
  };
};

const inert: Liar = (world, claim, random) => {
  if (claim.matches.length === 0) return undefined;
  const part = claim.shared.length > 0 ? pick(random, CITING_PARTS) : 'match';
  const runs = claim[CLAIM_LISTS[part].name];
  const index = random(runs.length);
  const match = runs[index];
  if (match === undefined) return undefined;
  const side = pick(random, ['output', 'source'] as const);
  const at = random(match.end - match.start + 1);
  const { given } = world;
  const passages =
    side === 'output'
      ? openPassages(
          drawnFrom(world),
          given.draw?.item ?? 0,
          given.from + match.start + at,
          given.from + match.start + at + 1,
          random,
        )
      : openPassages(
          itemsOf(world, match.contribution),
          match.item,
          match.pos + at,
          match.pos + at + 1,
          random,
        );
  return passages && { type: 'inert', value: { part, index, at, side, passages } };
};

const draw: Liar = (world, _claim, random) => {
  const contribution = drawnFrom(world) ?? pick(random, world.contributions);
  const { passages } = contribution.passages;
  const first = random(passages.length + 1);
  const item = random(8) === 0 ? random(contribution.items.length) : (world.given.draw?.item ?? 0);
  if (contribution.items[item] === undefined) return undefined;
  const opening = contribution.item(item).openChunks(0, 0);
  return opening.type === 'item'
    ? {
        type: 'draw',
        value: {
          passages: contribution.passages.open(first, random(passages.length + 1 - first)),
          item: opening.value,
        },
      }
    : undefined;
};

const LIARS: readonly Liar[] = [better, better, better, shared, shared, echo, invalid, info, inert, draw];

/** What holds against some other claim, receipt or draw. */
const borrowed = (random: Random, held: readonly Witness[]): Witness | undefined =>
  held.length === 0 ? undefined : pick(random, held);

/** With some of its bytes changed, or some moved; undefined if they are no witness any more. */
export const mutated = (random: Random, witness: Witness): Witness | undefined => {
  const bytes = WitnessType.encode(witness);
  for (let i = 1 + random(3); i > 0; i--) {
    // The fields before the openings are few: half the changes are to them.
    const at = random(random(2) === 0 ? Math.min(40, bytes.length) : bytes.length);
    if (random(6) === 0) bytes.copyWithin(at, random(bytes.length), random(bytes.length));
    else bytes[at] = random(3) === 0 ? random(256) : (bytes[at] ?? 0) + pick(random, [1, -1, 64, 128]);
  }
  const decoded = WitnessType.decode(bytes);
  return decoded.ok ? decoded.value : undefined;
};

const fieldsOf = (json: Json | undefined): ReadonlyMap<string, Json> =>
  new Map(typeof json === 'object' && json !== null ? Object.entries<Json>({ ...json }) : []);

/** One with the parts of two of its kind. */
const spliced = (random: Random, a: Witness, b: Witness): Witness | undefined => {
  if (a.type !== b.type) return undefined;
  const [left, right] = [a, b].map((each) => fieldsOf(fieldsOf(WitnessType.toJson(each)).get('value')));
  const value = Object.fromEntries(
    [...(left ?? [])].map(([name, field]) => [name, random(2) === 0 ? (right?.get(name) ?? field) : field]),
  );
  const parsed = WitnessType.fromJson({ type: a.type, value });
  return parsed.ok ? parsed.value : undefined;
};

/** @param held - witnesses that were accepted against other claims, of this case and of others */
export const lieOf = (
  world: World,
  claim: Claim,
  held: readonly Witness[],
  random: Random,
): Witness | undefined => {
  switch (random(12)) {
    case 0:
      return borrowed(random, held);
    case 1: {
      const [a, b] = [borrowed(random, held), borrowed(random, held)];
      return a && b && spliced(random, a, b);
    }
    case 2:
    case 3:
    case 4: {
      const from = random(2) === 0 ? borrowed(random, held) : pick(random, LIARS)(world, claim, random);
      return from && mutated(random, from);
    }
    default:
      return pick(random, LIARS)(world, claim, random);
  }
};
