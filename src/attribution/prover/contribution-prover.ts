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
import type { Tokens } from '../../../state/attribution/tokens.ts';
import type { Height, Root } from '../../lib/brands.ts';
import type { ContributionId } from '../../lib/ids.ts';
import { windowsOf } from '../copied-runs.ts';
import type { CorpusIndex } from '../corpus-index.ts';
import type { Place } from '../first-holders.ts';
import { type Answer, batchesOf } from '../many-texts.ts';
import { type NoveltyRules, noveltyWindows } from '../novelty.ts';
import { NOWHERE, type WindowList } from '../suffix-automaton.ts';
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
  readonly index: CorpusIndex;
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
  readonly datanet: CorpusIndex;
  readonly source: (contribution: ContributionId, item: number) => Tokens | undefined;
  readonly outputs: readonly KnownOutputs[];
  readonly rules: NoveltyRules;
  readonly table: InfoTable;
};

/** An item of the contribution, and its tokens. */
type Own = readonly [item: number, tokens: Tokens];

/** Returns, for each of these items, the windows of it that an earlier item of its Datanet holds. */
const heldBefore = (
  { contribution, datanet }: ContributionTruth,
  own: readonly Own[],
  windows: (tokens: Tokens) => WindowList,
): readonly (readonly Match[])[] => {
  const batches = batchesOf(
    datanet,
    own.map(([, tokens]) => tokens),
  );
  const answers = [...batches].flatMap((batch) => batch.ask(windows));
  return own.map(([item], n) => {
    const isEarlier = (place: Place): boolean =>
      place.contribution < contribution || (place.contribution === contribution && place.item < item);
    return foundIn(answers[n]).flatMap(({ found, ...window }) => {
      // This is the first place that holds it. If it is not earlier, none is.
      const place = datanet.locate(found);
      return isEarlier(place) ? [{ ...window, ...place }] : [];
    });
  });
};

/** Returns the windows of an answer that are held, each with its first place. */
const foundIn = (answer: Answer | undefined): readonly (Stretch & { readonly found: number })[] =>
  answer === undefined
    ? []
    : Array.from(answer.places.entries()).flatMap(([i, found]) =>
        found === NOWHERE
          ? []
          : [{ start: answer.windows.starts[i] ?? 0, end: answer.windows.ends[i] ?? 0, found }],
      );

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

const copyWindows =
  ({ copyMin }: NoveltyRules) =>
  ({ count }: Tokens): WindowList =>
    windowsOf(count, copyMin);

const undeclaredCopies = (truth: ContributionTruth): readonly ContributionFinding[] => {
  const { passages } = derivePassages(truth.declaration);
  const open = byItem(passages, ({ type }, i) => type !== 'copied' && !truth.struckPassages.has(i));
  const own = truth.items.map(({ tokens }, item): Own => [item, tokens]);
  return heldBefore(truth, own, copyWindows(truth.rules)).flatMap((held, item) =>
    [...firstMeeting(open.get(item) ?? [], held)].map(([passage, run]) => ({
      type: 'passage' as const,
      passage,
      ...run,
    })),
  );
};

const overstatedRuns = (truth: ContributionTruth): readonly ContributionFinding[] => {
  const { declaration, struckRuns, items, table, rules, outputs, committedAt } = truth;
  const open = byItem(declaration.novelRuns, (_, i) => !struckRuns.has(i));
  const own = [...open.keys()].flatMap((item): readonly Own[] => {
    const tokens = items[item]?.tokens;
    return tokens === undefined ? [] : [[item, tokens]];
  });
  const matches = heldBefore(truth, own, noveltyWindows(table, rules));
  const harvested = heldByOutputs(outputs, own, rules, committedAt);
  return own.flatMap(([item], n) => {
    const runs = open.get(item) ?? [];
    const found = new Map<number, ContributionFinding>();
    for (const [run, match] of firstMeeting(runs, matches[n] ?? []))
      found.set(run, { type: 'overlap', run, ...match });
    for (const [run, { start, end, ...where }] of firstMeeting(runs, harvested[n] ?? []))
      if (!found.has(run)) found.set(run, { type: 'harvest', run, start, end, ...where });
    return [...found.values()];
  });
};

type Harvested = Stretch & { readonly batch: Root; readonly index: number; readonly at: number };

/** Returns the runs of each item that an output of an earlier block holds, each with the first such output of one list. */
const heldByOutputs = (
  outputs: readonly KnownOutputs[],
  own: readonly Own[],
  rules: NoveltyRules,
  before: bigint,
): readonly (readonly Harvested[])[] => {
  const texts = own.map(([, tokens]) => tokens);
  const answers = outputs.map(({ index }) =>
    [...batchesOf(index, texts)].flatMap((batch) => batch.ask(copyWindows(rules))),
  );
  return own.map((_, n) => {
    const first = new Map<number, Harvested>();
    for (const [list, { index, output }] of outputs.entries())
      for (const { start, end, found } of foundIn(answers[list]?.[n])) {
        if (first.has(start)) continue;
        const { contribution, pos } = index.locate(found);
        const { batch, index: receipt, height } = output(contribution);
        if (height < before) first.set(start, { start, end, batch, index: receipt, at: pos });
      }
    return [...first.values()].sort((a, b) => a.start - b.start);
  });
};

/** Returns everything false in the declaration; a single finding if it makes the contribution void. */
export const refuteContribution = (truth: ContributionTruth): readonly ContributionFinding[] => {
  const voiding = misshapen(truth) ?? inventedCopy(truth);
  // Runs come first: if the owner is at fault, one of them forfeits the bond and all other runs.
  return voiding === undefined ? [...overstatedRuns(truth), ...undeclaredCopies(truth)] : [voiding];
};
