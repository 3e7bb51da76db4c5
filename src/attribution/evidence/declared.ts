/** Opens the declaration of a contribution: its passages and its novel runs. */
import { depthOf } from '../../../state/attribution/merkle-range.ts';
import {
  NOVEL_RUNS_MAX,
  type NovelRun,
  NovelRunsType,
  NovelRunType,
} from '../../../state/attribution/novel-runs.ts';
import type {
  NovelRunOpening,
  NovelRunsOpening,
  PassagesOpening,
} from '../../../state/attribution/openings.ts';
import {
  PASSAGES_MAX,
  type Passage,
  PassagesType,
  PassageType,
} from '../../../state/attribution/passages.ts';
import type { Root } from '../../lib/brands.ts';
import { invariant } from '../../lib/errors.ts';
import { branchOf, nodesOf } from './merkle-nodes.ts';

export type PassagesEvidence = {
  readonly root: Root;
  readonly passages: readonly Passage[];
  /** Opens passages [first, first + count). */
  open(first: number, count: number): PassagesOpening;
  /** Opens the passages that lie over tokens [start, end) of an item. */
  over(item: number, start: number, end: number): PassagesOpening;
};

/** Returns the first index from `low` on at which `is` holds. From some index on it must hold for all. */
const firstWhere = (length: number, is: (index: number) => boolean): number => {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (is(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
};

export const provePassages = (passages: readonly Passage[]): PassagesEvidence => {
  const depth = depthOf(PASSAGES_MAX);
  const nodes = nodesOf(
    passages.map((passage) => PassageType.root(passage)),
    depth,
  );
  const open = (first: number, count: number): PassagesOpening => {
    invariant(first + count <= passages.length, 'the passages opened are there');
    const branch = branchOf(nodes, depth, first, count);
    return { count: passages.length, first, passages: passages.slice(first, first + count), branch };
  };
  /** Finds a passage by its start or its end, both of which ascend. */
  const firstPast = (item: number, position: number, edge: 'start' | 'end'): number =>
    firstWhere(passages.length, (index) => {
      const passage = passages[index];
      return (
        passage === undefined ||
        passage.item > item ||
        (passage.item === item && (edge === 'end' ? passage.end > position : passage.start >= position))
      );
    });
  return {
    root: PassagesType.root(passages),
    passages,
    open,
    over: (item, start, end) => {
      const first = firstPast(item, start, 'end');
      return open(first, Math.max(0, firstPast(item, end, 'start') - first));
    },
  };
};

export type NovelRunsEvidence = {
  readonly root: Root;
  open(index: number): NovelRunOpening;
  /** Opens runs [first, first + count). If there are none to open, it shows their number alone. */
  openRange(first: number, count: number): NovelRunsOpening;
};

/** Returns evidence for all novel runs that a contribution declared. */
export const proveNovelRuns = (runs: readonly NovelRun[]): NovelRunsEvidence => {
  const depth = depthOf(NOVEL_RUNS_MAX);
  const nodes = nodesOf(
    runs.map((run) => NovelRunType.root(run)),
    depth,
  );
  return {
    root: NovelRunsType.root(runs),
    open: (index) => {
      const run = runs[index];
      invariant(run !== undefined, 'the run opened is there');
      return { count: runs.length, index, run, branch: branchOf(nodes, depth, index, 1) };
    },
    openRange: (first, count) => {
      invariant(first + count <= runs.length, 'the runs opened are there');
      const branch = branchOf(nodes, depth, first, count);
      return { count: runs.length, first, runs: runs.slice(first, first + count), branch };
    },
  };
};
