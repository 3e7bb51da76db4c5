/**
 * Cases for attribution, each grown from one number: a corpus of several Datanets with commons, clones and void
 * contributions, what of it is eligible, a prompt, an output and the rules.
 */

import { acceptedAt, COMMONS, commonsAt } from '../../../src/attribution/engine/segment.ts';
import type { TraceRules } from '../../../src/attribution/tracer.ts';
import type { ContributionId, DatanetId } from '../../../src/lib/ids.ts';
import type { NovelRun } from '../../../state/attribution/novel-runs.ts';
import { pick, type Random, randomFrom, times } from '../../../tools/lib/random.ts';
import type { OracleOrigin } from '../../oracle/oracle.ts';
import { type Words, type Writer, writerOf } from './texts.ts';

export type Contribution = {
  readonly contribution: ContributionId;
  readonly datanet: DatanetId;
  /** Its place: the index at which its Datanet accepted it, marked if it is a commons; or COMMONS. */
  readonly index: number;
  readonly voided: boolean;
  /** Who brought it, and the heights of its commit and of its reveal; null for a commons. */
  readonly brought: OracleOrigin | null;
  readonly items: readonly Words[];
  /** What it declared to be novel, and the indices of those runs that are struck; none for a commons. */
  readonly novelRuns: readonly NovelRun[];
  readonly struck: readonly number[];
};

export type FuzzCase = {
  readonly rules: TraceRules;
  /** Stands between the words of every text. */
  readonly glue: string;
  /** By Datanet: how many of its acceptances the manifest pins; null if it does not name the Datanet. */
  readonly pins: readonly (number | null)[];
  /** Ascending contribution ids, with gaps. */
  readonly contributions: readonly Contribution[];
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

const isEligible = ({ datanet, index, voided }: Contribution, { pins }: Scoped): boolean => {
  const pinned = pins[datanet] ?? null;
  return pinned !== null && !voided && (acceptedAt(index) ?? -1) < pinned;
};

/** What a trace may lead to: every contribution, those that may not being empty. */
export const eligibleOf = (given: Scoped): readonly Contribution[] =>
  given.contributions.map((each) => (isEligible(each, given) ? each : { ...each, items: [] }));

const cut = (random: Random, text: Words, most: number): Words => {
  const start = random(2) === 0 ? 0 : random(text.length + 1);
  return text.slice(start, start + 1 + (most >> 2) + random(most));
};

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
    const voided = kind !== 'commons' && random(12) === 0;
    height += random(3);
    const brought =
      kind === 'contribution'
        ? { owner: String(random(owners)), commit: height, reveal: height + random(12) }
        : null;
    const index = kind === 'commons' ? COMMONS : 0;
    out.push({ contribution, datanet, index, voided, brought, items, novelRuns: [], struck: [] });
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

/** Pieces of the corpus, stitched across every border, with words changed here and there. */
const grownOutput = (random: Random, writer: Writer, sources: readonly Words[], size: number): Words => {
  const noise = (): Words => times(random(4), writer.letter);
  const source = (): Words => (sources.length === 0 ? [] : pick(random, sources));
  const piece = (): Words => {
    switch (random(6)) {
      // The end of one and the start of another, as if no border were between them.
      case 0: {
        const [left, right] = [source(), source()];
        return [...left.slice(-1 - random(size)), ...right.slice(0, 1 + random(size))];
      }
      case 1: {
        const every = 2 + random(30);
        return cut(random, source(), size).map((word, i) =>
          i % every === every - 1 ? writer.letter() : word,
        );
      }
      case 2:
        return source();
      default:
        return cut(random, source(), size);
    }
  };
  return times(random(12) === 0 ? 0 : 1 + random(5), () => [...noise(), ...piece()]).flat();
};

/** A prompt that the output echoes, or that tries to deny a rival by quoting some of it. */
const grownPrompt = (
  random: Random,
  writer: Writer,
  output: Words,
  rules: TraceRules,
  size: number,
): Words => {
  switch (random(7)) {
    case 0:
    case 1:
      return [];
    // All but the ends: what bears Imin outside of it is long.
    case 6:
      return output.slice(1 + random(16), -1 - random(16));
    case 2: {
      // A run as long as promptMin, or one less, every so often.
      const run = Math.max(1, rules.promptMin - random(2));
      const every = run + random(20);
      const out: string[] = [];
      for (let at = random(every); at < output.length; at += every)
        out.push(...output.slice(at, at + run), writer.letter());
      return out;
    }
    case 3:
      return cut(random, output, size);
    default:
      return [...writer.text(random(size)), ...cut(random, output, size), writer.letter()];
  }
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

/** About a third of the contributions declare all to be novel, and the others runs that may reach past the ends of items. */
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
  return { ...contribution, novelRuns, struck: [...novelRuns.keys()].filter(() => random(8) === 0) };
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
  // Mostly of what may be traced to, sometimes of what may not.
  const sources = (random(4) > 0 ? eligibleOf(scoped) : contributions)
    .flatMap(({ items }) => items)
    .filter(({ length }) => length > 0);
  const output = grownOutput(random, writer, sources, size).slice(0, long ? 600 : 400);
  const prompt = grownPrompt(random, writer, output, rules, size);
  const sealEvery = random(3) === 0 ? 1 + random(3) : 0;
  return {
    ...scoped,
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
