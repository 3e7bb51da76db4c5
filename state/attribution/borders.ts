/**
 * The borders of a claim cut its output into pieces. Each piece is wholly inside or wholly outside of every run and
 * match. All rules are decided per piece, so the cost grows with the claim and not with the output.
 */
import { ok } from '../../src/lib/errors.ts';
import { CITING_PARTS, CLAIM_LISTS, CLAIM_PARTS, type Claim, type ClaimedRuns } from './claim.ts';
import { fail, type Result } from './errors.ts';
import { INFO_MAX } from './info1.ts';
import { Q8 } from './parameters.ts';

/**
 * Returns every start and end of an echo, a match or a shared run, and the end of the output: distinct and ascending.
 */
export const bordersOf = (claim: ClaimedRuns, outputTokens: number): number[] => {
  const borders = new Set<number>([outputTokens]);
  for (const part of CLAIM_PARTS)
    for (const { start, end } of claim[CLAIM_LISTS[part].name]) borders.add(start).add(end);
  return [...borders].sort((a, b) => a - b);
};

/** Returns the information before each border of a claim, and 0 before the output, in Q8 bits, by its position. */
export const sumsByBorder = (
  claim: ClaimedRuns & Pick<Claim, 'info'>,
  outputTokens: number,
): Map<number, number> => {
  const sums = new Map([[0, 0]]);
  for (const [i, border] of bordersOf(claim, outputTokens).entries()) sums.set(border, claim.info[i] ?? 0);
  return sums;
};

/**
 * Checks that the claimed sums are possible for an output: one sum for each border, and from `least` to 24 bits for each token
 * between two borders. Faults: `CLAIM_INFO_COUNT`, `CLAIM_INFO_SUM`.
 */
export const checkInformation = (
  info: readonly number[],
  borders: readonly number[],
  least: number,
): Result<void> => {
  if (info.length !== borders.length)
    return fail('CLAIM_INFO_COUNT', `${borders.length} borders, but ${info.length} sums`, {
      borders: borders.length,
      sums: info.length,
    });
  let border = 0;
  let sum = 0;
  for (const [index, next] of borders.entries()) {
    const claimed = info[index] ?? 0;
    const tokens = next - border;
    if (claimed < sum + least * tokens || claimed > sum + INFO_MAX * tokens)
      return fail('CLAIM_INFO_SUM', `the information before position ${next} cannot be ${claimed}`, {
        border: next,
        claimed,
      });
    border = next;
    sum = claimed;
  }
  return ok(undefined);
};

/** The pieces of an output between its borders. Piece i is [borders[i], borders[i + 1]); the first starts at 0. */
export type Pieces = {
  /** The borders, ascending. The first is 0, the last is the end of the output. */
  readonly borders: readonly number[];
  /** The information before each border, in Q8 bits. */
  readonly info: readonly number[];
  /** True for pieces inside of X. */
  readonly echoed: readonly boolean[];
  /** The information outside of X before each border, in Q8 bits. */
  readonly free: readonly number[];
  /** The index of a border by its position. */
  readonly indexOf: ReadonlyMap<number, number>;
};

/**
 * Returns the pieces of an output.
 * @param x - structurally checked, so its starts and ends both ascend
 */
export const piecesOf = (
  x: Claim['x'],
  claimedBorders: readonly number[],
  claimedInfo: readonly number[],
): Pieces => {
  const startsAtZero = claimedBorders[0] === 0;
  const borders = startsAtZero ? claimedBorders : [0, ...claimedBorders];
  const info = startsAtZero ? claimedInfo : [0, ...claimedInfo];
  const echoed: boolean[] = [];
  const free = [0];
  let next = 0;
  let echoEnd = 0;
  for (let i = 0; i + 1 < borders.length; i++) {
    const start = borders[i] ?? 0;
    for (let run = x[next]; run !== undefined && run.start <= start; run = x[++next]) echoEnd = run.end;
    const inside = start < echoEnd;
    echoed.push(inside);
    free.push((free[i] ?? 0) + (inside ? 0 : (info[i + 1] ?? 0) - (info[i] ?? 0)));
  }
  return { borders, info, echoed, free, indexOf: new Map(borders.map((border, i) => [border, i])) };
};

/** What messages call a run, and the code of one that bears too little. */
const BEARERS = {
  match: { called: 'match', code: 'CLAIM_MATCH_INFORMATION' },
  shared: { called: 'shared run', code: 'CLAIM_SHARED_INFORMATION' },
} as const;

/**
 * Checks that each match, and then each shared run, has at least Imin bits, by the claimed sums. Echoed words do not
 * interrupt a run, but they do not count. Faults: `CLAIM_MATCH_INFORMATION`, `CLAIM_SHARED_INFORMATION`.
 */
export const checkRunInformation = (
  claim: ClaimedRuns,
  { free, indexOf }: Pieces,
  matchBitsMin: number,
): Result<void> => {
  const before = (border: number): number => free[indexOf.get(border) ?? 0] ?? 0;
  for (const part of CITING_PARTS) {
    const { called, code } = BEARERS[part];
    for (const [index, { start, end }] of claim[CLAIM_LISTS[part].name].entries()) {
      const information = before(end) - before(start);
      if (information < Q8 * matchBitsMin)
        return fail(code, `${called} ${index} bears fewer than ${matchBitsMin} bits outside of the echo`, {
          index,
          information,
        });
    }
  }
  return ok(undefined);
};
