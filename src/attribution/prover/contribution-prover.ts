/**
 * Checks the declaration of a contribution against its text, and against what was revealed before it in the order of
 * contributions:
 * - `malformed`: it has another number of items than declared.
 * - `border`: an item has another length or another prompt.
 * - `copied`: a passage declared copied does not stand where it says.
 * - `passage`: a passage not declared copied holds a run of copyMin tokens of an earlier item.
 * - `overlap`: a run declared novel holds a token that a match with an earlier item covers.
 * - `harvest`: a run declared novel holds a token of a run of copyMin tokens that an earlier output holds.
 *
 * Each of the first three makes all of it void, so one is enough. Each of the others strikes one passage or one run, so
 * all of them are found.
 */

import type { Match } from '../../../state/attribution/claim.ts';
import { type Declaration, derivePassages } from '../../../state/attribution/declaration.ts';
import type { InfoTable } from '../../../state/attribution/info1.ts';
import { rulesOf } from '../../../state/attribution/rules.ts';
import type { Tokens } from '../../../state/attribution/tokens.ts';
import type { Height, Root } from '../../lib/brands.ts';
import type { ContributionId } from '../../lib/ids.ts';
import { windowsOf } from '../copied-runs.ts';
import type { Query } from '../corpus-index.ts';
import type { FirstHolders, Place } from '../first-holders.ts';
import type { NoveltyRules } from '../novelty.ts';
import { NOWHERE, type WindowList } from '../suffix-automaton.ts';
import { shortestWindows } from '../windows.ts';
import { compareTokens } from './partial-tokens.ts';

/** Tokens [start, end) of the item of the passage or run in question, and their place in an earlier text. */

export type ContributionFinding =
  | { readonly type: 'malformed' }
  /** It is proven by `count` passages from `first` on. */
  | { readonly type: 'border'; readonly item: number; readonly first: number; readonly count: number }
  /** Findings about the passages that follow from the declaration. */
  | { readonly type: 'copied'; readonly passage: number; readonly at: number }
  | ({ readonly type: 'passage'; readonly passage: number } & Match)
  /** Findings about the declared novel runs. */
  | ({ readonly type: 'overlap'; readonly run: number } & Match)
  | {
      readonly type: 'harvest';
      readonly run: number;
      readonly start: number;
      readonly end: number;
      readonly batch: Root;
      readonly index: number;
      readonly at: number;
    };

/** Outputs of receipts, in the order of their blocks. The n-th has contribution id n. */
export type KnownOutputs = {
  readonly index: FirstHolders<Query>;
  readonly output: (n: number) => { readonly batch: Root; readonly index: number; readonly height: Height };
};

export type ContributionTruth = {
  readonly contribution: ContributionId;
  /** The height of the block with the contribution's commit. */
  readonly committedAt: Height;
  /** The declared number of items. */
  readonly itemCount: number;
  readonly declaration: Declaration;
  /** The passages and runs that no longer count as declared. */
  readonly struckPassages: ReadonlySet<number>;
  readonly struckRuns: ReadonlySet<number>;
  /** The text. */
  readonly items: readonly { readonly tokens: Tokens; readonly promptTokens: number }[];
  /** An index of everything that was revealed in its Datanet, including the contribution itself and the commons. */
  readonly datanet: FirstHolders<Query>;
  readonly source: (contribution: ContributionId, item: number) => Tokens | undefined;
  readonly outputs: readonly KnownOutputs[];
  readonly rules: NoveltyRules;
  readonly table: InfoTable;
};

/** Returns the windows of an item that an earlier item of its Datanet holds. */
const heldBefore = (
  { contribution, datanet }: ContributionTruth,
  item: number,
  tokens: Tokens,
  windows: WindowList,
): readonly Match[] => {
  const isEarlier = (place: Place): boolean =>
    place.contribution < contribution || (place.contribution === contribution && place.item < item);
  const held: Match[] = [];
  for (const [i, found] of datanet.firsts(datanet.prepare(tokens), windows).entries()) {
    if (found === NOWHERE) continue;
    // This is the first place that holds it. If it is not earlier, none is.
    const place = datanet.locate(found);
    if (isEarlier(place)) held.push({ start: windows.starts[i] ?? 0, end: windows.ends[i] ?? 0, ...place });
  }
  return held;
};

type Stretch = { readonly start: number; readonly end: number };

const meets = (a: Stretch, b: Stretch): boolean => a.start < b.end && b.start < a.end;

/** Returns, for each stretch in order, the first run that overlaps it. Both ascend by start and by end. */
const firstMeeting = function* <S extends Stretch, R extends Stretch>(
  stretches: Iterable<readonly [number, S]>,
  runs: readonly R[],
): Generator<readonly [number, R]> {
  let next = 0;
  for (const [index, stretch] of stretches) {
    for (let run = runs[next]; run !== undefined && run.end <= stretch.start; run = runs[++next]);
    const run = runs[next];
    if (run !== undefined && meets(run, stretch)) yield [index, run];
  }
};

/** Groups elements, with their indexes, by their item. */
const byItem = <T extends { readonly item: number }>(
  all: readonly T[],
  wanted: (each: T, index: number) => boolean,
): ReadonlyMap<number, readonly (readonly [number, T])[]> => {
  const groups = new Map<number, (readonly [number, T])[]>();
  for (const [index, each] of all.entries()) {
    if (!wanted(each, index)) continue;
    const group = groups.get(each.item);
    if (group === undefined) groups.set(each.item, [[index, each]]);
    else group.push([index, each]);
  }
  return groups;
};

/**
 * Finds a wrong shape of an item. Declared shapes only count through the passages that follow from them. If these are
 * right, as they are if a wrong prompt lies under copied text, there is no finding.
 */
const misshapen = ({ items, itemCount, declaration }: ContributionTruth): ContributionFinding | undefined => {
  if (items.length !== itemCount) return { type: 'malformed' };
  const { passages } = derivePassages(declaration);
  for (const [first, { item, start, end, type }] of passages.entries()) {
    const own = items[item];
    if (own === undefined) continue;
    const { tokens, promptTokens } = own;
    const next = passages[first + 1];
    if (next?.item !== item && end < tokens.count)
      return { type: 'border', item, first, count: next === undefined ? 1 : 2 };
    const isBeside = type === 'prompt' ? end > promptTokens : type === 'data' && start < promptTokens;
    if (end > tokens.count || isBeside) return { type: 'border', item, first, count: 1 };
  }
  return undefined;
};

const inventedCopy = (truth: ContributionTruth): ContributionFinding | undefined => {
  for (const [index, passage] of derivePassages(truth.declaration).passages.entries()) {
    if (passage.type !== 'copied') continue;
    const { item, start, end, contribution, sourceItem, sourcePos } = passage;
    const own = truth.items[item]?.tokens;
    const source =
      contribution === truth.contribution
        ? truth.items[sourceItem]?.tokens
        : truth.source(contribution, sourceItem);
    if (own === undefined || source === undefined) continue;
    for (let at = 0; at < end - start; at++)
      if (
        sourcePos + at >= source.count ||
        compareTokens(own, start + at, source, sourcePos + at) === 'different'
      )
        return { type: 'copied', passage: index, at };
  }
  return undefined;
};

const undeclaredCopies = (truth: ContributionTruth): readonly ContributionFinding[] => {
  const { passages } = derivePassages(truth.declaration);
  const open = byItem(passages, ({ type }, i) => type !== 'copied' && !truth.struckPassages.has(i));
  return truth.items.flatMap(({ tokens }, item) => {
    const held = heldBefore(truth, item, tokens, windowsOf(tokens.count, truth.rules.copyMin));
    return [...firstMeeting(open.get(item) ?? [], held)].map(([passage, run]) => ({
      type: 'passage' as const,
      passage,
      ...run,
    }));
  });
};

const overstatedRuns = (truth: ContributionTruth): readonly ContributionFinding[] => {
  const { declaration, struckRuns, items, table, rules, outputs, committedAt } = truth;
  const open = byItem(declaration.novelRuns, (_, i) => !struckRuns.has(i));
  return [...open].flatMap(([item, runs]) => {
    const tokens = items[item]?.tokens;
    if (tokens === undefined) return [];
    const sums = new Float64Array(tokens.count + 1);
    const info = rulesOf(rules.version).informationOf(table, tokens);
    for (const [i, bits] of info.entries()) sums[i + 1] = (sums[i] ?? 0) + bits;
    const found = new Map<number, ContributionFinding>();
    const matches = heldBefore(truth, item, tokens, shortestWindows(sums, rules));
    for (const [run, match] of firstMeeting(runs, matches))
      found.set(run, { type: 'overlap', run, ...match });
    const harvested = heldByOutputs(outputs, tokens, rules.copyMin, committedAt);
    for (const [run, { start, end, ...where }] of firstMeeting(runs, harvested))
      if (!found.has(run)) found.set(run, { type: 'harvest', run, start, end, ...where });
    return [...found.values()];
  });
};

/** Returns the runs of an item that an output of an earlier block holds, each with the first such output of one list. */
const heldByOutputs = (
  outputs: readonly KnownOutputs[],
  tokens: Tokens,
  copyMin: number,
  before: bigint,
): readonly (Stretch & { readonly batch: Root; readonly index: number; readonly at: number })[] => {
  const windows = windowsOf(tokens.count, copyMin);
  const firsts = outputs.map(({ index }) => index.firsts(index.prepare(tokens), windows));
  return Array.from({ length: windows.count }, (_, i) => i).flatMap((i) => {
    for (const [n, { index, output }] of outputs.entries()) {
      const found = firsts[n]?.[i] ?? NOWHERE;
      if (found === NOWHERE) continue;
      const { contribution, pos } = index.locate(found);
      const { batch, index: receipt, height } = output(contribution);
      if (height < before)
        return [{ start: windows.starts[i] ?? 0, end: windows.ends[i] ?? 0, batch, index: receipt, at: pos }];
    }
    return [];
  });
};

/** Returns everything false in the declaration; a single finding if it makes the contribution void. */
export const refuteContribution = (truth: ContributionTruth): readonly ContributionFinding[] => {
  const voiding = misshapen(truth) ?? inventedCopy(truth);
  // Runs come first: if the owner is at fault, one of them forfeits the bond and all other runs.
  return voiding === undefined ? [...overstatedRuns(truth), ...undeclaredCopies(truth)] : [voiding];
};
