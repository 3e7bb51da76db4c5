/**
 * Cases for attribution, each grown from one number: a corpus of several Datanets with commons, clones and retired
 * contributions, what of it is eligible, a prompt, an output and the rules.
 */
import type { TraceRules } from '../../../src/attribution/tracer.ts';
import { pick, type Random, randomFrom, times } from './random.ts';
import { type Words, type Writer, writerOf } from './texts.ts';

export type Contribution = {
  readonly seq: number;
  readonly datanet: number;
  /** Without an owner: the first of its Datanet. */
  readonly commons: boolean;
  readonly retired: boolean;
  readonly items: readonly Words[];
};

export type FuzzCase = {
  readonly rules: TraceRules;
  /** Stands between the words of every text. */
  readonly glue: string;
  /** By Datanet: how many of its contributions the manifest pins, in the order of seq. */
  readonly pins: readonly number[];
  /** Ascending seqs, with gaps. */
  readonly contributions: readonly Contribution[];
  readonly prompt: Words;
  readonly output: Words;
  /** Whether it is traced after every contribution added, and not only after the last. */
  readonly stepwise: boolean;
};

/** What a trace may lead to: commons, and pinned contributions that are not retired. */
export const eligibleOf = ({
  contributions,
  pins,
}: Pick<FuzzCase, 'contributions' | 'pins'>): readonly Contribution[] => {
  const accepted = pins.map(() => 0);
  return contributions.filter(({ datanet, commons, retired }) => {
    if (commons) return true;
    const index = accepted[datanet] ?? 0;
    accepted[datanet] = index + 1;
    return !retired && index < (pins[datanet] ?? 0);
  });
};

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
  let seq = 0;
  const add = (datanet: number, commons: boolean, items: readonly Words[]): void => {
    seq += random(3) === 0 ? random(5) : 0;
    out.push({ seq, datanet, commons, retired: !commons && random(12) === 0, items });
    seq += 1;
  };
  const text = (): Words => writer.text(random(5) === 0 ? random(size + 1) : (size >> 1) + random(size >> 1));
  for (let datanet = 0; datanet < datanets; datanet++) if (random(4) === 0) add(datanet, true, [text()]);
  const count = random(12) === 0 ? 0 : 1 + random(6);
  for (let i = 0; i < count; i++) {
    const earlier = out.length > 0 && random(3) === 0 ? pick(random, out).items : undefined;
    const items = earlier
      ? cloneOf(random, writer, earlier)
      : times(random(8) === 0 ? 0 : 1 + random(3), text);
    add(random(datanets), false, items);
  }
  return out;
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

export const caseOf = (seed: number): FuzzCase => {
  const random = randomFrom(seed);
  const writer = writerOf(random);
  const size = sizeOf(random);
  const long = size > MIDDLING;
  const rules = grownRules(random, long);
  // The long ones hold little else.
  const contributions = grownContributions(random, writer, size).slice(0, long ? 2 : undefined);
  const pins = times(3, () => (random(5) === 0 ? random(6) : contributions.length));
  // Mostly of what may be traced to, sometimes of what may not.
  const sources = (random(4) > 0 ? eligibleOf({ contributions, pins }) : contributions).flatMap(
    ({ items }) => items,
  );
  const output = grownOutput(random, writer, sources, size).slice(0, long ? 600 : 400);
  const prompt = grownPrompt(random, writer, output, rules, size);
  return { rules, glue: writer.glue, pins, contributions, prompt, output, stepwise: random(12) === 0 };
};
