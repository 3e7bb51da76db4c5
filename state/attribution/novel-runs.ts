/** What a contribution declares to be new (docs/attribution.md#the-unattributed-remainder). */
import { container, list, type Ssz, uint32 } from '../../src/lib/ssz.ts';

/** Tokens [start, end) of item `item` that no match with an earlier item of the Datanet covers. */
export type NovelRun = { readonly item: number; readonly start: number; readonly end: number };

/** 12 bytes each: leaves room in the largest transaction for all else. A power of two: the width of their tree. */
export const NOVEL_RUNS_MAX = 16_384;

export const NovelRunType: Ssz<NovelRun> = container<NovelRun>({ item: uint32, start: uint32, end: uint32 });

/** Ascending by item and start, without overlap. */
export const NovelRunsType: Ssz<readonly NovelRun[]> = list(NovelRunType, NOVEL_RUNS_MAX);

export const novelTokensOf = (runs: readonly NovelRun[]): bigint =>
  BigInt(runs.reduce((sum, { start, end }) => sum + end - start, 0));
