/** Reveals what was committed: the content's root and its declared facts. The content itself never enters a block. */
import type { Root } from '../../src/lib/brands.ts';
import { choice } from '../../src/lib/choice.ts';
import { bytes, container, list, root32, type Ssz, text, uint32, uint64 } from '../../src/lib/ssz.ts';

/** Tokens [start, end) of item `item` that no earlier item of the Datanet holds in matches (attribution.md §8). */
export type NovelRun = { readonly item: number; readonly start: number; readonly end: number };

export type ContributionRole = 'data' | 'label' | 'correction' | 'feedback';

export type DataContribution = {
  /** Of the commit. */
  readonly seq: number;
  readonly datanet: number;
  /** Of the commitment. */
  readonly salt: Uint8Array;
  /** The content root: of the roots of its items. */
  readonly root: Root;
  /** `contentDigest`: two contributions of the same text share it, whatever their salts. */
  readonly digest: Root;
  readonly items: number;
  readonly tokens: bigint;
  /** Of the items' texts, UTF-8. */
  readonly bytes: bigint;
  /** Ascending by item and start, apart from each other. */
  readonly novelRuns: readonly NovelRun[];
  readonly role: ContributionRole;
  /** Seqs of accepted contributions that this one builds on, ascending. */
  readonly parents: readonly number[];
  /** The Datanet's. */
  readonly licence: string;
};

/** 12 bytes each: leaves room in the largest transaction for all else. */
export const NOVEL_RUNS_MAX = 16_384;
export const PARENTS_MAX = 16;

export const NovelRunsType: Ssz<readonly NovelRun[]> = list(
  container<NovelRun>({ item: uint32, start: uint32, end: uint32 }),
  NOVEL_RUNS_MAX,
);

export const DataContributionType: Ssz<DataContribution> = container<DataContribution>({
  seq: uint32,
  datanet: uint32,
  salt: bytes(32),
  root: root32,
  digest: root32,
  items: uint32,
  tokens: uint64,
  bytes: uint64,
  novelRuns: NovelRunsType,
  role: choice(['data', 'label', 'correction', 'feedback']),
  parents: list(uint32, PARENTS_MAX),
  licence: text(64),
});
