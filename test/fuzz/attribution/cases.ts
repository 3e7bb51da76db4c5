/**
 * Cases for attribution, each grown from one number: a corpus of several Datanets with commons and clones, when which of
 * its contributions became void and which novel runs were struck, what of it is pinned, the heights as of which a claim is
 * made, a prompt, an output and the rules.
 */

import { acceptedAt, COMMONS, commonsAt } from '../../../src/attribution/engine/segment.ts';
import type { TraceRules } from '../../../src/attribution/tracer.ts';
import type { ContributionId, DatanetId } from '../../../src/lib/ids.ts';
import type { NovelRun } from '../../../state/attribution/novel-runs.ts';
import { pick, type Random, randomFrom, times } from '../../../tools/lib/random.ts';
import type { OracleOrigin } from '../../oracle/oracle.ts';
import { grownOutput, grownPrompt } from './answers.ts';
import { type Words, type Writer, writerOf } from './texts.ts';

export type Contribution = {
  readonly contribution: ContributionId;
  readonly datanet: DatanetId;
  /** Its place: the index at which its Datanet accepted it, marked if it is a commons; or COMMONS. */
  readonly index: number;
  /** The height at which it became void; null if it did not. */
  readonly voidedAt: number | null;
  /** Who brought it, and the heights of its commit and of its reveal; null for a commons. */
  readonly brought: OracleOrigin | null;
  readonly items: readonly Words[];
  /** What it declared to be novel; nothing for a commons. */
  readonly novelRuns: readonly NovelRun[];
  /** Which of these runs were struck one by one, ascending, and when. */
  readonly strikes: readonly Strike[];
  /** The height at which all of them were struck together; null if they were not. */
  readonly allStruckAt: number | null;
};

/** A novel run by its index in the declaration, and the height at which it was struck. */
export type Strike = { readonly index: number; readonly height: number };

export type FuzzCase = {
  readonly rules: TraceRules;
  /** Stands between the words of every text. */
  readonly glue: string;
  /** By Datanet: how many of its acceptances the manifest pins; null if it does not name the Datanet. */
  readonly pins: readonly (number | null)[];
  /** Ascending contribution ids, with gaps. */
  readonly contributions: readonly Contribution[];
  /** The heights as of which claims are made, one after another, by one engine. */
  readonly asOf: readonly number[];
  readonly prompt: Words;
  readonly output: Words;
  /** After how many contributions each what was added is sealed; 0 for once, at the end. */
  readonly sealEvery: number;
  /** Whether it is traced after every seal, and not only after the last. */
  readonly stepwise: boolean;
  /** What the engine's hashes are multiplied by, weak ones among them. */
  readonly multiplier: number;
  readonly patience: number;
};

type Scoped = Pick<FuzzCase, 'contributions' | 'pins'>;

/** Whether something happened in a block up to this height. */
const isBy = (height: number | null, asOf: number): boolean => height !== null && height <= asOf;

const isEligible = ({ datanet, index, voidedAt }: Contribution, { pins }: Scoped, asOf: number): boolean => {
  const pinned = pins[datanet] ?? null;
  return pinned !== null && !isBy(voidedAt, asOf) && (acceptedAt(index) ?? -1) < pinned;
};

/** What a trace may lead to as of a height: every contribution, those that may not being empty. */
export const eligibleOf = (given: Scoped, asOf: number): readonly Contribution[] =>
  given.contributions.map((each) => (isEligible(each, given, asOf) ? each : { ...each, items: [] }));

/** The indices of the novel runs of a contribution that are struck as of a height. */
export const struckOf = (
  { novelRuns, strikes, allStruckAt }: Contribution,
  asOf: number,
): ReadonlySet<number> =>
  isBy(allStruckAt, asOf)
    ? new Set(novelRuns.keys())
    : new Set(strikes.filter(({ height }) => isBy(height, asOf)).map(({ index }) => index));

/** Copies that try to take what an earlier contribution owns. */
const cloneOf = (random: Random, { letter }: Writer, items: readonly Words[]): readonly Words[] => {
  const every = 2 + random(24);
  switch (random(6)) {
    case 0:
      return items;
    case 1:
      return items.map((item) => [...item, letter()]);
    case 2:
      return items.map((item) => [letter(), ...item, letter()]);
    // The same words with a border elsewhere, or none.
    case 3:
      return [items.flat()];
    case 4:
      return items.flatMap((item) => [item.slice(0, item.length >> 1), item.slice(item.length >> 1)]);
    default:
      return items.map((item) => item.flatMap((word, i) => (i % every === 0 ? [letter(), word] : [word])));
  }
};

/** The height of something that happens to what was brought at a height: no block has height 0. */
const heightFrom = (random: Random, height: number): number => height + random(HEIGHTS);

const grownContributions = (random: Random, writer: Writer, size: number): readonly Contribution[] => {
  const out: Contribution[] = [];
  const datanets = 1 + random(3);
  let contribution = 0;
  let height = 1;
  const owners = 1 + random(4);
  const add = (
    datanet: DatanetId,
    kind: 'contribution' | 'commons' | 'proposal',
    items: readonly Words[],
  ): void => {
    contribution += random(3) === 0 ? random(5) : 0;
    height += random(3);
    const brought =
      kind === 'contribution'
        ? { owner: String(random(owners)), commit: height, reveal: height + random(12) }
        : null;
    const index = kind === 'commons' ? COMMONS : 0;
    out.push({
      contribution,
      datanet,
      index,
      voidedAt: random(8) === 0 ? heightFrom(random, height) : null,
      brought,
      items,
      novelRuns: [],
      strikes: [],
      allStruckAt: null,
    });
    contribution += 1;
  };
  const text = (): Words => writer.text(random(5) === 0 ? random(size + 1) : (size >> 1) + random(size >> 1));
  // Most Datanets are there from the beginning; a later one has a commons with a high id.
  const late = new Map<number, number>();
  for (let datanet = 0; datanet < datanets; datanet++)
    if (random(4) === 0) {
      if (random(2) === 0) add(datanet, 'commons', [text()]);
      else late.set(random(6), datanet);
    }
  const count = random(12) === 0 ? 0 : 1 + random(6);
  for (let i = 0; i < count; i++) {
    const created = late.get(i);
    if (created !== undefined) {
      const { items } = out.length > 0 ? pick(random, out) : { items: [text()] };
      add(created, 'commons', cloneOf(random, writer, items));
    }
    const earlier = out.length > 0 && random(2) === 0 ? pick(random, out).items : undefined;
    const items = earlier
      ? cloneOf(random, writer, earlier)
      : times(random(8) === 0 ? 0 : 1 + random(3), text);
    add(random(datanets), 'contribution', items);
    // Somebody else has it too, or proposes it as a commons.
    if (random(2) === 0)
      add(random(datanets), random(3) === 0 ? 'proposal' : 'contribution', cloneOf(random, writer, items));
  }
  return accepted(random, out);
};

/** Accepted in another order than that of their contribution ids, as often as not. */
const accepted = (random: Random, contributions: readonly Contribution[]): readonly Contribution[] => {
  const inOrder = random(2) === 0;
  const counts = new Map<number, number>();
  const indices = new Map<Contribution, number>();
  const order = contributions.map((contribution, i) => ({ contribution, key: inOrder ? i : random(1000) }));
  for (const { contribution } of order.sort((a, b) => a.key - b.key)) {
    if (contribution.index === COMMONS) continue;
    const index = counts.get(contribution.datanet) ?? 0;
    counts.set(contribution.datanet, index + 1);
    // Of what is no commons from the beginning, only a proposal is nobody's.
    indices.set(contribution, contribution.brought === null ? commonsAt(index) : index);
  }
  return contributions.map((each) => ({ ...each, index: indices.get(each) ?? COMMONS }));
};

const IMINS = [0, 1, 16, 96, 96, 96, 128, 192, 512] as const;

const grownRules = (random: Random, long: boolean): TraceRules => {
  const matchTokensMin = pick(random, [8, 8, 8, 8, 8, 8, 9, 10, 16] as const);
  return {
    version: pick(random, [1, 2, 2] as const),
    matchTokensMin,
    matchTokensMax: random(4) > 0 ? 256 : matchTokensMin + random(60),
    matchBitsMin: random(3) > 0 ? random(long ? 1200 : 100) : pick(random, IMINS),
    promptMin: pick(random, [8, 8, 8, 5, 12] as const),
  };
};

/** The heights of a case are about so many, from 1 on. */
const HEIGHTS = 24;

/** No text of a case that is not long has more words. */
const MIDDLING = 120;

/** About how many words the longest text has: mostly few, as the oracle compares everything with everything. */
const sizeOf = (random: Random): number => {
  const roll = random(100);
  if (roll < 60) return 20 + random(40);
  if (roll < 97) return 40 + random(80);
  // Beyond Lmax.
  return 260 + random(120);
};

/**
 * About a third of the contributions declare all to be novel, and the others runs that may reach past the ends of items. Some
 * runs are struck, and of one contribution in twelve all that are left at some height.
 */
const declared = (random: Random, contribution: Contribution): Contribution => {
  if (contribution.brought === null) return contribution;
  const whole = random(3) === 0;
  const novelRuns = contribution.items.flatMap(({ length }, item) => {
    if (whole) return [{ item, start: 0, end: length + 1 }];
    const runs: NovelRun[] = [];
    for (let at = random(8); at < length; ) {
      const end = at + 1 + random(random(2) === 0 ? 4 : 60);
      runs.push({ item, start: at, end });
      at = end + random(12);
    }
    return runs;
  });
  const { commit } = contribution.brought;
  const strikes = [...novelRuns.keys()]
    .filter(() => random(6) === 0)
    .map((index) => ({ index, height: heightFrom(random, commit) }));
  return {
    ...contribution,
    novelRuns,
    strikes,
    allStruckAt: random(12) === 0 ? heightFrom(random, commit) : null,
  };
};

/** One height or several, in any order: often that of a change or of the block before it, at times of before or after all. */
const heightsOf = (random: Random, contributions: readonly Contribution[]): readonly number[] => {
  const changes = contributions.flatMap(({ voidedAt, strikes, allStruckAt }) =>
    [voidedAt, allStruckAt, ...strikes.map(({ height }) => height)].filter((height) => height !== null),
  );
  return times(random(2) === 0 ? 1 : 2 + random(2), () =>
    changes.length > 0 && random(2) === 0 ? pick(random, changes) - random(2) : random(3 * HEIGHTS),
  );
};

export const caseOf = (seed: number): FuzzCase => {
  const random = randomFrom(seed);
  const writer = writerOf(random);
  const size = sizeOf(random);
  const long = size > MIDDLING;
  const rules = grownRules(random, long);
  // The long ones hold little else.
  const novelty = randomFrom(seed ^ 0x5bd1_e995);
  const contributions = grownContributions(random, writer, size)
    .slice(0, long ? 2 : undefined)
    .map((each) => declared(novelty, each));
  const pins = times(3, () => {
    const roll = random(12);
    return roll === 0 ? null : roll < 4 ? random(6) : contributions.length;
  });
  const scoped: Scoped = { contributions, pins };
  const asOf = heightsOf(random, contributions);
  // Mostly of what may be traced to, sometimes of what may not.
  const sources = (random(4) > 0 ? eligibleOf(scoped, pick(random, asOf)) : contributions)
    .flatMap(({ items }) => items)
    .filter(({ length }) => length > 0);
  const output = grownOutput(random, writer, sources, size).slice(0, long ? 600 : 400);
  const prompt = grownPrompt(random, writer, output, rules, size);
  const sealEvery = random(3) === 0 ? 1 + random(3) : 0;
  return {
    ...scoped,
    asOf,
    rules,
    glue: writer.glue,
    prompt,
    output,
    sealEvery,
    stepwise: sealEvery > 0 && random(3) === 0,
    multiplier: random(4) === 0 ? random(4) : random(2 ** 32),
    patience: pick(random, [-1, 0, 4, 4, 1e9] as const),
  };
};

/**
 * The case as an engine of files and threads can be asked it: such a one answers only if everything pinned was added.
 */
export const heldWholly = (given: FuzzCase): FuzzCase => ({ ...given, stepwise: false });
