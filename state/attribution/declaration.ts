/**
 * What a contribution declares about its own text when it is revealed (docs/attribution.md#declarations). The chain
 * checks that the parts of a declaration agree with each other. Anyone can refute a declaration that is wrong about the
 * text with a witness.
 */
import { type ContributionId, contributionId } from '../../src/lib/ids.ts';
import { container, list, type Ssz, uint32, type ValueOf } from '../../src/lib/ssz.ts';
import { type Fault, fault } from './errors.ts';
import { type NovelRun, NovelRunsType } from './novel-runs.ts';
import { ITEM_TOKENS_MAX, ITEMS_MAX } from './parameters.ts';
import type { Passage } from './passages.ts';

const ItemShapeType = container({
  /** The number of tokens of the item, from 1 to 65536. */
  tokens: uint32,
  /** The number of them that are its prompt part, with which it begins. */
  promptTokens: uint32,
});
/** The length of an item in tokens, and how many of them are its prompt, with which it begins. */
export type ItemShape = ValueOf<typeof ItemShapeType>;

const CopiedRunType = container({
  /** The index of the item that holds the copy. */
  item: uint32,
  /** The first token of the copy. */
  start: uint32,
  /** The token after its last one. */
  end: uint32,
  /** The contribution that it is copied from; the own one for an earlier item of it. */
  contribution: contributionId,
  /** The index of the item that it is copied from. */
  sourceItem: uint32,
  /** The token of that item at which the source begins. */
  sourcePos: uint32,
});
/**
 * Tokens [start, end) of item `item`, at least copyMin, that also stand in an earlier item (by contribution id, then
 * item) of the Datanet: in item `sourceItem` of contribution `contribution`, from its token `sourcePos` on
 * (docs/attribution.md#declarations).
 */
export type CopiedRun = ValueOf<typeof CopiedRunType>;

/** 24 bytes each: the largest transaction holds no more. */
export const COPIED_RUNS_MAX = 16_384;

/**
 * Returns how many tokens the copied runs of each source cover; a token that two of them cover counts once.
 * @param runs - in any order
 */
export const tokensBySource = (
  runs: readonly Pick<CopiedRun, 'item' | 'start' | 'end' | 'contribution'>[],
): ReadonlyMap<ContributionId, number> => {
  const covered = new Map<ContributionId, number>();
  for (const [contribution, all] of Map.groupBy(runs, (each) => each.contribution)) {
    let tokens = 0;
    let last = { item: -1, end: 0 };
    for (const { item, start, end } of all.toSorted((a, b) => a.item - b.item || a.start - b.start)) {
      const from = item === last.item ? Math.max(start, last.end) : start;
      if (end <= from) continue;
      tokens += end - from;
      last = { item, end };
    }
    covered.set(contribution, tokens);
  }
  return covered;
};

export const ItemShapesType: Ssz<readonly ItemShape[]> = list(ItemShapeType, ITEMS_MAX);

export const CopiedRunsType: Ssz<readonly CopiedRun[]> = list(CopiedRunType, COPIED_RUNS_MAX);

/** The fields of a declaration. The payload that reveals a contribution has them among its own. */
export const declarationFields = {
  /** The shapes of the items, in order. */
  shapes: ItemShapesType,
  /**
   * Ascending by item; in an item each starts after, and reaches further than, the one before it, and begins where the
   * one before that has ended, or later. Every union of runs has a smallest set of this form.
   */
  copied: CopiedRunsType,
  /** Ascending by item and start, without overlap. */
  novelRuns: NovelRunsType,
};
const DeclarationType = container(declarationFields);
export type Declaration = ValueOf<typeof DeclarationType>;

const checkShapes = (shapes: readonly ItemShape[], tokens: bigint): Fault | undefined => {
  let sum = 0;
  for (const [item, shape] of shapes.entries()) {
    const bad = (message: string): Fault =>
      fault('CONTRIBUTION_SHAPES', `shapes[${item}]: ${message}`, { item });
    if (shape.tokens < 1 || shape.tokens > ITEM_TOKENS_MAX)
      return bad(`item ${item} has ${shape.tokens} tokens, where 1 to ${ITEM_TOKENS_MAX} are allowed`);
    if (shape.promptTokens > shape.tokens)
      return bad(`the prompt part of item ${item} is longer than the item`);
    sum += shape.tokens;
  }
  if (BigInt(sum) !== tokens)
    return fault('CONTRIBUTION_SHAPES', `shapes: the items have ${sum} tokens together, not ${tokens}`);
  return undefined;
};

const checkNovelRuns = ({ novelRuns, shapes }: Declaration): Fault | undefined => {
  let before: NovelRun | undefined;
  for (const [index, run] of novelRuns.entries()) {
    const bad = (message: string): Fault =>
      fault('CONTRIBUTION_NOVEL_RUNS', `novelRuns[${index}]: ${message}`, { index });
    const shape = shapes[run.item];
    if (shape === undefined) return bad(`novel run ${index} is of item ${run.item}, of ${shapes.length}`);
    if (run.start >= run.end || run.end > shape.tokens)
      return bad(`novel run ${index} is no stretch of item ${run.item}`);
    if (
      before !== undefined &&
      (run.item < before.item || (run.item === before.item && run.start < before.end))
    )
      return bad(`novel run ${index} does not come after the one before`);
    before = run;
  }
  return undefined;
};

const checkCopiedRuns = (
  { copied, shapes }: Declaration,
  contribution: ContributionId,
  copyMin: number,
): Fault | undefined => {
  for (const [index, run] of copied.entries()) {
    const bad = (message: string): Fault =>
      fault('CONTRIBUTION_COPIED', `copied[${index}]: ${message}`, { index });
    const shape = shapes[run.item];
    if (shape === undefined) return bad(`copied run ${index} is of item ${run.item}, of ${shapes.length}`);
    if (run.start >= run.end || run.end > shape.tokens)
      return bad(`copied run ${index} is no stretch of item ${run.item}`);
    if (run.end - run.start < copyMin)
      return bad(`copied run ${index} has ${run.end - run.start} tokens, at least ${copyMin} are asked`);
    if (run.contribution > contribution || (run.contribution === contribution && run.sourceItem >= run.item))
      return bad(`copied run ${index} has no earlier source`);
    const limit = run.contribution === contribution ? (shapes[run.sourceItem]?.tokens ?? 0) : ITEM_TOKENS_MAX;
    if (run.sourcePos + (run.end - run.start) > limit)
      return bad(`copied run ${index} extends past the end of its source`);
    const before = copied[index - 1];
    if (before === undefined) continue;
    if (
      run.item < before.item ||
      (run.item === before.item && (run.start <= before.start || run.end <= before.end))
    )
      return bad(`copied run ${index} does not end after the one before`);
    const first = copied[index - 2];
    if (first !== undefined && first.item === run.item && run.start < first.end)
      return bad(`copied run ${index} overlaps the last but one, so the one between them is superfluous`);
  }
  return undefined;
};

/** What a declaration is checked against. */
type DeclarationContext = {
  readonly contribution: ContributionId;
  /** The sum over all items. */
  readonly tokens: bigint;
  readonly copyMin: number;
};

/**
 * Checks that a declaration of contribution `contribution`, with `tokens` tokens in total, does not contradict itself.
 * Faults: `CONTRIBUTION_SHAPES`, `CONTRIBUTION_NOVEL_RUNS`, `CONTRIBUTION_COPIED`. The state checks what the sources of
 * copied runs are.
 */
export const checkDeclaration = (
  declaration: Declaration,
  { contribution, tokens, copyMin }: DeclarationContext,
): Fault | undefined => declarationFaults(declaration, { contribution, tokens, copyMin })[0];

/** Returns the first fault of each part of a declaration, as {@link checkDeclaration} finds them. */
export const declarationFaults = (
  declaration: Declaration,
  { contribution, tokens, copyMin }: DeclarationContext,
): readonly Fault[] =>
  [
    checkShapes(declaration.shapes, tokens),
    checkNovelRuns(declaration),
    checkCopiedRuns(declaration, contribution, copyMin),
  ].filter((each) => each !== undefined);

export type DerivedPassages = {
  readonly passages: readonly Passage[];
  /** The number of tokens in passages of type `data`. */
  readonly dataTokens: number;
};

/** Returns the passages that follow from a declaration that {@link checkDeclaration} has passed. */
export const derivePassages = ({
  shapes,
  copied,
}: Pick<Declaration, 'shapes' | 'copied'>): DerivedPassages => {
  const passages: Passage[] = [];
  let before = 0;
  const add = (item: number, start: number, end: number, type: 'prompt' | 'data'): void => {
    if (start >= end) return;
    passages.push({ item, start, end, before, type, contribution: 0, sourceItem: 0, sourcePos: 0 });
    if (type === 'data') before += end - start;
  };
  let next = 0;
  for (const [item, { tokens, promptTokens }] of shapes.entries()) {
    let from = 0;
    const fill = (to: number): void => {
      add(item, from, Math.min(to, promptTokens), 'prompt');
      add(item, Math.max(from, promptTokens), to, 'data');
    };
    for (let run = copied[next]; run?.item === item; run = copied[++next]) {
      fill(run.start);
      passages.push({ ...run, before, type: 'copied' });
      from = run.end;
    }
    fill(tokens);
  }
  return { passages, dataTokens: before };
};
