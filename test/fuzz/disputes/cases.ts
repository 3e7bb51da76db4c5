/**
 * Cases for disputes over claims, each grown from one number: contributions of which some may be drawn on, a receipt's
 * output and prompt or a draw of a calibration, and the rules.
 */

import type { TraceRules } from '../../../src/attribution/tracer.ts';
import { utf8 } from '../../../src/lib/bytes.ts';
import type { ContributionId } from '../../../src/lib/ids.ts';
import { stretchOf } from '../../../state/attribution/calibration.ts';
import type { CopiedRun, Declaration } from '../../../state/attribution/declaration.ts';
import { derivePassages } from '../../../state/attribution/declaration.ts';
import type { RulesVersion } from '../../../state/attribution/rules.ts';
import { type Tokens, tokenAt } from '../../../state/attribution/tokens.ts';
import { pick, type Random, randomFrom, times } from '../../../tools/lib/random.ts';
import { tokensOf } from '../../unit/attribution/support.ts';
import { type Words, type Writer, writerOf } from '../attribution/texts.ts';

export type Item = {
  readonly source: Uint8Array;
  readonly tokens: Tokens;
  /** The same, to look at. */
  readonly words: Words;
  readonly promptTokens: number;
};

export type Contribution = {
  readonly contribution: ContributionId;
  readonly commons: boolean;
  readonly owner: string;
  /** The heights of the blocks with its commit, in the order of contribution ids, and with its reveal. */
  readonly commit: number;
  readonly reveal: number;
  /** What the claim may draw on; the others are there to be refused. */
  readonly eligible: boolean;
  readonly items: readonly Item[];
  readonly declaration: Declaration;
  readonly struck: ReadonlySet<number>;
};

export type Draw = {
  readonly contribution: ContributionId;
  readonly item: number;
  readonly position: number;
  readonly rank: number;
  readonly complete: boolean;
};

export type Case = {
  readonly contributions: readonly Contribution[];
  readonly rules: TraceRules;
  /** Of a calibration's draw they are stretches of its item. */
  readonly output: Item;
  readonly prompt: Item;
  /** Where the output begins in the item drawn. */
  readonly from: number;
  readonly draw: Draw | undefined;
};

/** Whether a commons comes before all others, and whether what several owners brought is nobody's, in runs of how many words. */
export const hasNobodys = ({ rules, draw }: Pick<Case, 'rules' | 'draw'>) => ({
  commonsFirst: rules.version > 1,
  shared: rules.version > 1,
  sharedMax: draw === undefined ? 128 : 64,
});

/** The contributions in the order in which they own positions. */
export const inOrder = (given: Pick<Case, 'contributions' | 'rules' | 'draw'>): readonly Contribution[] => {
  const { commonsFirst } = hasNobodys(given);
  const isFirst = ({ commons }: Contribution): number => Number(commonsFirst && commons);
  return given.contributions.toSorted((a, b) => isFirst(b) - isFirst(a) || a.contribution - b.contribution);
};

/** Whether both are of owners, of two, and the second was committed no later than the first was revealed. */
export const areIndependent = (first: Contribution, second: Contribution): boolean =>
  !first.commons && !second.commons && first.owner !== second.owner && second.commit <= first.reveal;

/** Whether all of a contribution is left out where a draw is traced. */
export const isOfDrawnOwner = (
  { contributions, draw, rules }: Pick<Case, 'contributions' | 'draw' | 'rules'>,
  { commons, owner }: Pick<Contribution, 'commons' | 'owner'>,
): boolean =>
  rules.version > 1 &&
  !commons &&
  contributions.some((each) => each.contribution === draw?.contribution && each.owner === owner);

const decoder = new TextDecoder();

export const itemOf = (text: string, version: RulesVersion, promptTokens = 0): Item => {
  const tokens = tokensOf(text, version);
  const words = times(tokens.count, (i) => decoder.decode(tokenAt(tokens, i)));
  return { source: utf8(text), tokens, words, promptTokens: Math.min(promptTokens, tokens.count) };
};

/** Runs in the form that a declaration asks for, anywhere: of a claim they are right as they stand. */
const copiedIn = (random: Random, item: number, tokens: number): readonly CopiedRun[] => {
  const runs: CopiedRun[] = [];
  let last = { start: -1, end: 0 };
  let first = { start: -1, end: 0 };
  for (let i = random(4); i > 0; i--) {
    const start = Math.max(last.start + 1, first.end, random(tokens + 1));
    const end = Math.max(start + 1, last.end + 1) + random(20);
    if (end > tokens) break;
    runs.push({ item, start, end, contribution: 0, sourceItem: 0, sourcePos: 0 });
    first = last;
    last = { start, end };
  }
  return runs;
};

const contributionOf = (
  random: Random,
  {
    contribution,
    commit,
    texts,
    copies,
    strikes,
    owners,
    version,
  }: {
    contribution: ContributionId;
    commit: number;
    texts: readonly string[];
    copies: boolean;
    /** Whether a passage may be struck. */
    strikes: boolean;
    owners: number;
    version: RulesVersion;
  },
): Contribution => {
  const items = texts.map((text) => itemOf(text, version, random(3) === 0 ? random(40) : 0));
  const declaration = {
    shapes: items.map(({ tokens, promptTokens }) => ({ tokens: tokens.count, promptTokens })),
    copied: copies ? items.flatMap(({ tokens }, item) => copiedIn(random, item, tokens.count)) : [],
    novelRuns: [],
  };
  const { passages } = derivePassages(declaration);
  return {
    contribution,
    commons: random(6) === 0,
    owner: `owner ${random(owners)}`,
    commit,
    reveal: commit + 1 + random(12),
    eligible: random(8) > 0,
    items,
    declaration,
    struck: new Set(strikes && random(3) === 0 ? [random(passages.length + 1)] : []),
  };
};

const cut = (random: Random, text: Words, most: number): Words => {
  const start = random(2) === 0 ? 0 : random(text.length + 1);
  return text.slice(start, start + 1 + (most >> 2) + random(most));
};

/** Mostly a few chunks, sometimes longer than the longest match. */
const sizeOf = (random: Random): number => {
  const roll = random(100);
  return roll < 50 ? 16 + random(60) : roll < 95 ? 60 + random(120) : 300 + random(60);
};

/** @param together - whether several bring the same, mostly */
const textsOf = (
  random: Random,
  writer: Writer,
  {
    size,
    together,
    least,
    matchTokensMin,
  }: { size: number; together: boolean; least: number; matchTokensMin: number },
): readonly (readonly Words[])[] => {
  // Runs just as long as a match, or one token shorter.
  const broken = (item: Words): Words => {
    const run = matchTokensMin - (random(4) === 0 ? 0 : 1);
    return item.flatMap((word, i) => (i > 0 && i % run === 0 ? ['☃', word] : [word]));
  };
  const copyOf = (item: Words): Words => {
    switch (random(together ? 6 : 4)) {
      case 0:
      case 1:
        return item;
      case 2:
      case 3:
        return [...cut(random, item, size), writer.letter()];
      default:
        return broken(item);
    }
  };
  const out: (readonly Words[])[] = [];
  for (let i = least + random(4); i > 0; i--) {
    const earlier = out.length > 0 && random(together ? 6 : 2) > 0 ? pick(random, out) : undefined;
    out.push(
      earlier?.map(copyOf) ??
        times(1 + random(3), () =>
          writer.text(random(6) === 0 ? random(size + 1) : (size >> 1) + random(size >> 1)),
        ),
    );
  }
  return out;
};

const rulesOf = (
  random: Random,
  { size, together, isDrawn }: { size: number; together: boolean; isDrawn: boolean },
): TraceRules => {
  const matchTokensMin = pick(random, [8, 8, 8, 9, 12] as const);
  return {
    version: together ? pick(random, [2, 2, 2, 2, 1] as const) : pick(random, [1, 2, 2] as const),
    matchTokensMin,
    matchTokensMax: random(3) > 0 ? 256 : matchTokensMin + random(60),
    // Where all repeats, few bits are many.
    matchBitsMin:
      random(together ? 4 : 3) > 0
        ? random(
            pick(random, together ? (isDrawn ? [40, 12, 6, 6] : [5 * size, 40, 12, 12]) : [5 * size, 40]),
          )
        : pick(random, together ? [0, 1] : [0, 1, 96, 192]),
    promptMin: pick(random, [8, 8, 5, 12] as const),
  };
};

/** A token drawn from what is neither copied nor in a prompt part; undefined if there is none. */
const drawOf = (random: Random, contributions: readonly Contribution[]): Draw | undefined => {
  const drawable = contributions.filter(
    ({ commons, eligible, declaration }) =>
      eligible && !commons && derivePassages(declaration).dataTokens > 0,
  );
  if (drawable.length === 0) return undefined;
  // Rather of a long item: little matches in a short one.
  const drawn = times(3, () => {
    const { contribution, declaration } = pick(random, drawable);
    const { passages, dataTokens } = derivePassages(declaration);
    const rank = random(dataTokens);
    const found = passages.find(
      ({ type, before, start, end }) => type === 'data' && before <= rank && rank < before + end - start,
    );
    return { contribution, rank, found, tokens: found === undefined ? 0 : found.end - found.start };
  });
  const { contribution, rank, found } = drawn.reduce((a, b) => (b.tokens > a.tokens ? b : a));
  if (found === undefined) return undefined;
  return {
    contribution,
    item: found.item,
    position: found.start + rank - found.before,
    rank,
    complete: random(3) > 0,
  };
};

// Tokens set apart by spaces are the same tokens.
const slice = (item: Item, start: number, end: number, version: RulesVersion): Item =>
  itemOf(item.words.slice(start, end).join(' '), version);

const calibrationOf = (given: Omit<Case, 'output' | 'prompt' | 'from'>, draw: Draw): Case | undefined => {
  const own = given.contributions.find(({ contribution }) => contribution === draw.contribution)?.items[
    draw.item
  ];
  if (own === undefined) return undefined;
  const { promptTokens } = own;
  const { start, end } = stretchOf({ position: draw.position, tokens: own.tokens.count, promptTokens });
  const { version } = given.rules;
  return {
    ...given,
    output: slice(own, start, end, version),
    prompt: slice(own, 0, promptTokens, version),
    from: start,
  };
};

export const caseOf = (seed: number): Case => {
  const random = randomFrom(seed);
  const writer = writerOf(random);
  const size = sizeOf(random);
  const isDrawn = random(3) === 0;
  const together = random(2) === 0;
  // Where much is copied, little is left that several brought.
  const copies = isDrawn && (!together || random(3) === 0);
  const rules = rulesOf(random, { size, together, isDrawn });
  const least = together ? (isDrawn ? 4 : 2) : 1;
  const texts = textsOf(random, writer, { size, together, least, matchTokensMin: rules.matchTokensMin });
  const { version } = rules;
  let contribution = random(3);
  let commit = 1;
  const contributions = texts.map((items) => {
    contribution += 1 + (random(3) === 0 ? random(5) : 0);
    commit += random(together ? 3 : 5);
    return contributionOf(random, {
      contribution,
      commit,
      texts: items.map((words) => words.join(writer.glue)),
      copies,
      strikes: isDrawn,
      // A draw leaves out one of them, and what is shared takes two others.
      owners: isDrawn && together ? 8 : 4,
      version,
    });
  });
  const draw = isDrawn ? drawOf(random, contributions) : undefined;
  const calibration = draw && calibrationOf({ contributions, rules, draw }, draw);
  if (calibration !== undefined) return calibration;
  const sources = texts.flat();
  const pieceOf = (source: Words): Words => {
    switch (random(6)) {
      case 0:
        return source;
      // Just as long as a match, or one token shorter.
      case 1: {
        const start = random(source.length + 1);
        return source.slice(start, start + rules.matchTokensMin - (random(3) === 0 ? 0 : 1));
      }
      default:
        return cut(random, source, size);
    }
  };
  const piece = (): Words => [...times(random(4), writer.letter), ...pieceOf(pick(random, sources))];
  const output =
    random(12) === 0
      ? []
      : times(1 + random(3), piece)
          .flat()
          .slice(0, 420);
  const prompts: (() => Words)[] = [
    ...times(together ? 6 : 2, () => (): Words => []),
    () => cut(random, output, size),
    () => [...writer.text(random(size)), ...cut(random, output, size), writer.letter()],
    // Runs just as long as an echo takes, or one token shorter.
    () => {
      const every = rules.promptMin - random(2);
      return output.flatMap((word, i) => (i % every === 0 ? ['☃', word] : [word]));
    },
  ];
  return {
    contributions,
    rules,
    output: itemOf(output.join(writer.glue), version),
    prompt: itemOf(pick(random, prompts)().join(writer.glue), version),
    from: 0,
    draw: undefined,
  };
};
