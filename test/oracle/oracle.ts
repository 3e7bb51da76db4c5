/**
 * The brute-force oracle: attribution as the rules define it, by looking at everything. Written from the rules alone,
 * and sharing nothing with the code it judges: its own tokenizer over the frozen code points, its own information from
 * the reference counts, sets and strings instead of indexes and borders. Slow on purpose.
 */

import { readFileSync } from 'node:fs';
import type { ContributionId } from '../../src/lib/ids.ts';

/** The versions of the rules: in 2, marks separate words, and what repeats within seven tokens bears nothing. */
export type OracleVersion = 1 | 2;

// ------------------------------------------------------------------------------------------------------------ tokens

type Ranges = readonly (readonly [string, string])[];
type CodePoints = {
  readonly space: Ranges;
  readonly removed: Ranges;
  readonly word: Ranges;
  readonly fold: readonly (readonly [string, string, number, number])[];
};

const frozen = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`../../tools/info-1/${name}`, import.meta.url), 'utf8')) as T;

const codePoints = frozen<CodePoints>('pt1.json');

const setOf = (ranges: Ranges): Set<number> => {
  const out = new Set<number>();
  for (const [first, last] of ranges)
    for (let c = Number.parseInt(first, 16); c <= Number.parseInt(last, 16); c++) out.add(c);
  return out;
};

const SPACE = setOf(codePoints.space);
const REMOVED = setOf(codePoints.removed);
const WORD = setOf(codePoints.word);
const MARK = setOf(frozen<{ readonly mark: Ranges }>('pt2.json').mark);
const FOLD = new Map<number, number>();
for (const [first, last, step, delta] of codePoints.fold)
  for (let c = Number.parseInt(first, 16); c <= Number.parseInt(last, 16); c += step) FOLD.set(c, c + delta);

const byteLength = (text: string): number => Buffer.byteLength(text, 'utf8');

/** The folded tokens of a text, as strings. */
export const oracleTokens = (text: string, version: OracleVersion): string[] => {
  const tokens: string[] = [];
  let word = '';
  const close = (): void => {
    if (word !== '') tokens.push(word);
    word = '';
  };
  for (const character of text) {
    const original = character.codePointAt(0) ?? 0;
    if (REMOVED.has(original)) continue;
    const c = FOLD.get(original) ?? original;
    const folded = String.fromCodePoint(c);
    if (WORD.has(c)) {
      if (byteLength(word) + byteLength(folded) > 16) close();
      word += folded;
    } else {
      close();
      const separates = SPACE.has(c) || (version === 2 && MARK.has(c));
      if (!separates) tokens.push(folded);
    }
  }
  close();
  return tokens;
};

/** Whether a token is a word, and no letter or sign that is a token of its own. */
export const isOracleWord = (token: string): boolean => WORD.has(token.codePointAt(0) ?? 0);

// ------------------------------------------------------------------------------------------------------- information

const counts = readFileSync(new URL('../../tools/info-1/counts.u32be', import.meta.url));
let countTotal = 0n;
for (let bucket = 0; bucket < 65_536; bucket++) countTotal += BigInt(counts.readUInt32BE(4 * bucket));
const wholeTo256 = (countTotal + 65_536n) ** 256n;

const known = new Map<number, number>();

/** ⌊256·log2((N + 65536)/(n + 1))⌋ clamped to 256 .. 6144: the length in bits of the integer quotient of the powers. */
const informationOfCount = (count: number): number => {
  const before = known.get(count);
  if (before !== undefined) return before;
  // 2^k·(n+1)^256 <= W holds exactly if 2^k <= ⌊W/(n+1)^256⌋.
  const quotient = wholeTo256 / BigInt(count + 1) ** 256n;
  const value = Math.min(6144, Math.max(256, quotient.toString(2).length - 1));
  known.set(count, value);
  return value;
};

/** Q8 bits of one token that stands alone. */
export const oracleInfo = (token: string): number => {
  let hash = 0x811c9dc5n;
  for (const byte of Buffer.from(token, 'utf8')) hash = ((hash ^ BigInt(byte)) * 0x01000193n) % (1n << 32n);
  const bucket = Number((hash >> 16n) ^ (hash & 0xffffn));
  return informationOfCount(counts.readUInt32BE(4 * bucket));
};

/** Q8 bits of each token of a text. @param info - those of a token that stands alone */
export const oracleInformation = (
  tokens: readonly string[],
  version: OracleVersion,
  info: (token: string) => number = oracleInfo,
): number[] =>
  tokens.map((token, t) =>
    version === 2 && tokens.slice(Math.max(0, t - 7), t).includes(token) ? 0 : info(token),
  );

// ------------------------------------------------------------------------------------------------------- attribution

/** Who brought a contribution: the account, and the heights of the blocks with its commit and its reveal. */
export type OracleOrigin = { readonly owner: string; readonly commit: number; readonly reveal: number };

export type OracleCase = {
  readonly version: OracleVersion;
  readonly output: readonly string[];
  readonly prompt: readonly string[];
  /** Contributions by contribution id, each a list of items, each a list of tokens. */
  readonly corpus: readonly (readonly (readonly string[])[])[];
  /** Imin, in bits. */
  readonly imin: number;
  /** Contribution ids of contributions without an owner. */
  readonly commons?: ReadonlySet<number>;
  /** By contribution id, for what is no commons. Without it, all is of one owner. */
  readonly origins?: readonly (OracleOrigin | undefined)[];
  readonly info?: (token: string) => number;
  /** Lmin, Lmax and promptMin, where they are not those of genesis. */
  readonly lmin?: number;
  readonly lmax?: number;
  readonly promptMin?: number;
};

export type OracleAnswer = {
  readonly tokens: number;
  readonly excluded: readonly (readonly [number, number])[];
  /** The first holder of each position, whether others brought it too or not. */
  readonly owners: readonly (number | null)[];
  /** The second holder of each position that belongs to nobody because of it. */
  readonly seconds: readonly (number | null)[];
  readonly spans: readonly {
    readonly start: number;
    readonly end: number;
    readonly contribution: ContributionId;
    readonly score: number;
  }[];
  /** The runs of positions that several owners brought, by their first holder. */
  readonly sharedSpans: readonly {
    readonly start: number;
    readonly end: number;
    readonly contribution: ContributionId;
    readonly score: number;
  }[];
  readonly scores: readonly { readonly contribution: ContributionId; readonly score: number }[];
  readonly total: number;
  readonly covered: number;
  /** N: the information of what several owners brought. */
  readonly shared: number;
  readonly coverageBps: number;
};

/** How many tokens of a from i and of b from j on are equal. */
const commonRun = (a: readonly string[], i: number, b: readonly string[], j: number): number => {
  let length = 0;
  while (i + length < a.length && j + length < b.length && a[i + length] === b[j + length]) length += 1;
  return length;
};

/** Rule 1. */
export const oracleEcho = (
  output: readonly string[],
  prompt: readonly string[],
  promptMin = 8,
): boolean[] => {
  const echoed = output.map(() => false);
  for (let i = 0; i < output.length; i++)
    for (let j = 0; j < prompt.length; j++) {
      const run = commonRun(output, i, prompt, j);
      if (run >= promptMin) echoed.fill(true, i, i + run);
    }
  return echoed;
};

/** The longest run of the output from each position on that some item holds, up to `most` tokens. */
const longestRuns = (
  output: readonly string[],
  items: readonly (readonly string[])[],
  most: number,
): readonly number[] =>
  output.map((_, start) => {
    let longest = 0;
    for (const item of items)
      for (let pos = 0; pos < item.length; pos++)
        longest = Math.max(longest, Math.min(most, commonRun(output, start, item, pos)));
    return longest;
  });

/**
 * What several owners brought: of each position of which this is so, the first other contribution that holds a window
 * over it which its owner holds too, and which was committed no later than the owner's was revealed.
 */
const oracleSeconds = (
  { version, output, corpus, imin, origins, commons = new Set(), lmin = 8, lmax = 256 }: OracleCase,
  owners: readonly (number | null)[],
  informationOutside: (start: number, end: number) => number,
): (number | null)[] => {
  const seconds: (number | null)[] = output.map(() => null);
  if (version === 1 || origins === undefined) return seconds;
  const runs = corpus.map((items) => longestRuns(output, items, Math.min(128, lmax)));
  const others = corpus.map((_, contribution) => contribution).filter((each) => !commons.has(each));
  for (const first of new Set(owners)) {
    if (first === null || commons.has(first)) continue;
    for (const second of others) {
      const [own, other] = [origins[first], origins[second]];
      if (own === undefined || other === undefined || own.owner === other.owner) continue;
      if (other.commit > own.reveal) continue;
      for (let start = 0; start < output.length; start++) {
        // Of the windows from this start the longest that both hold covers what all the others cover, and bears no less.
        const length = Math.min(runs[first]?.[start] ?? 0, runs[second]?.[start] ?? 0);
        if (length < lmin || informationOutside(start, start + length) < 256 * imin) continue;
        for (let t = start; t < start + length; t++)
          if (owners[t] === first && seconds[t] === null) seconds[t] = second;
      }
    }
  }
  return seconds;
};

/** Rules 1 to 5. */
export const oracleTrace = (given: OracleCase): OracleAnswer => {
  const { version, output, prompt, corpus, imin, lmin = 8, lmax = 256 } = given;
  const info = oracleInformation(output, version, given.info);
  const echoed = oracleEcho(output, prompt, given.promptMin);
  const owners: (number | null)[] = output.map(() => null);
  const informationOutside = (start: number, end: number): number => {
    let sum = 0;
    for (let t = start; t < end; t++) if (!echoed[t]) sum += info[t] ?? 0;
    return sum;
  };
  const inOrder = corpus.map((items, contribution) => ({ items, contribution }));
  // In version 2 what a commons holds is nobody's, whatever its id.
  const first = version === 2 ? given.commons : undefined;
  inOrder.sort((a, b) => Number(first?.has(b.contribution) ?? 0) - Number(first?.has(a.contribution) ?? 0));
  for (const { items, contribution } of inOrder)
    for (const item of items)
      for (let start = 0; start < output.length; start++)
        for (let pos = 0; pos < item.length; pos++) {
          if (output[start] !== item[pos]) continue;
          // Of the matches of this start and place the longest covers what all the others cover, and bears no less.
          const length = Math.min(lmax, commonRun(output, start, item, pos));
          if (length < lmin || informationOutside(start, start + length) < 256 * imin) continue;
          for (let t = start; t < start + length; t++)
            if (!echoed[t] && owners[t] === null) owners[t] = contribution;
        }
  const seconds = oracleSeconds(given, owners, informationOutside);

  const excluded: [number, number][] = [];
  type OracleSpan = { start: number; end: number; contribution: ContributionId; score: number };
  const spans: OracleSpan[] = [];
  const sharedSpans: OracleSpan[] = [];
  const extend = (list: OracleSpan[], t: number, contribution: ContributionId, bits: number): void => {
    const span = list.at(-1);
    if (span !== undefined && span.end === t && span.contribution === contribution) {
      span.end = t + 1;
      span.score += bits;
    } else list.push({ start: t, end: t + 1, contribution, score: bits });
  };
  const scores = new Map<number, number>();
  let total = 0;
  let covered = 0;
  let shared = 0;
  for (let t = 0; t < output.length; t++) {
    const bits = info[t] ?? 0;
    total += bits;
    if (echoed[t]) {
      const run = excluded.at(-1);
      if (run !== undefined && run[1] === t) run[1] = t + 1;
      else excluded.push([t, t + 1]);
    }
    const contribution = owners[t] ?? null;
    if (contribution === null) continue;
    if (seconds[t] !== null) {
      extend(sharedSpans, t, contribution, bits);
      shared += bits;
      continue;
    }
    extend(spans, t, contribution, bits);
    if (given.commons?.has(contribution)) continue;
    scores.set(contribution, (scores.get(contribution) ?? 0) + bits);
    covered += bits;
  }
  total = Math.max(1, total);
  return {
    tokens: output.length,
    excluded,
    owners,
    seconds,
    spans,
    sharedSpans,
    scores: [...scores].sort(([a], [b]) => a - b).map(([contribution, score]) => ({ contribution, score })),
    total,
    covered,
    shared,
    coverageBps: Number((10_000n * BigInt(covered)) / BigInt(total)),
  };
};

/** Novel tokens of an item: those that no match with an earlier item covers (Lmin, `imin` bits, no prompt). */
export const oracleNovel = (
  item: readonly string[],
  earlier: readonly (readonly string[])[],
  imin: number,
  version: OracleVersion,
): boolean[] =>
  oracleTrace({ version, output: item, prompt: [], corpus: [earlier], imin }).owners.map(
    (owner) => owner === null,
  );
