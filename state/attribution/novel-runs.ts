/** The runs of tokens that a contribution declares to be new (docs/attribution.md#the-unattributed-remainder). */
import { container, list, type Ssz, uint32, type ValueOf } from '../../src/lib/ssz.ts';

/**
 * The most novel runs. At 12 bytes each they leave room for the rest in the largest transaction. It is a power of two,
 * the width of their tree.
 */
export const NOVEL_RUNS_MAX = 16_384;

export const NovelRunType = container({
  /** The index of the item in the contribution. */
  item: uint32,
  /** The first token of the run. */
  start: uint32,
  /** The token after its last one. */
  end: uint32,
});
/** Tokens [start, end) of item `item` that no match with an earlier item of the Datanet covers. */
export type NovelRun = ValueOf<typeof NovelRunType>;

/** The novel runs, ascending by item and start, without overlap. */
export const NovelRunsType: Ssz<readonly NovelRun[]> = list(NovelRunType, NOVEL_RUNS_MAX);

export const novelTokensOf = (runs: readonly NovelRun[]): bigint =>
  BigInt(runs.reduce((sum, { start, end }) => sum + end - start, 0));
