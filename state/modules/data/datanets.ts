import { height64 } from '../../../src/lib/chain.ts';
import { invariant } from '../../../src/lib/errors.ts';
import { contributionId, type DatanetId, datanetId } from '../../../src/lib/ids.ts';
import { address20, container, optional, root32, uint64, type ValueOf } from '../../../src/lib/ssz.ts';
import { DatanetTermsType } from '../../tx/datanet-create.ts';
import { type Key, numberKey, type ReadView, type View } from '../../view.ts';
import { append, EMPTY_FRONTIER, FrontierType, frontierRoot } from '../kit/frontier.ts';
import { load, save } from '../kit/stored.ts';

const DatanetType = container({
  owner: address20,
  /** The height of the block that created it. */
  height: height64,
  /** The contribution id of its commons, if it has one. */
  commonsContribution: optional(contributionId),
  terms: DatanetTermsType,
});
export type Datanet = ValueOf<typeof DatanetType>;

const GrowthType = container({
  frontier: FrontierType,
  items: uint64,
  tokens: uint64,
  bytes: uint64,
  /** The number of novel tokens as declared, struck runs included. */
  novelTokens: uint64,
  dataTokens: uint64,
});
/** The totals over all accepted contributions. */
export type Growth = ValueOf<typeof GrowthType>;

const NO_GROWTH: Growth = {
  frontier: EMPTY_FRONTIER,
  items: 0n,
  tokens: 0n,
  bytes: 0n,
  novelTokens: 0n,
  dataTokens: 0n,
};

const VersionType = container({
  root: root32,
  /** The contribution whose acceptance made this version: its last leaf. */
  contribution: contributionId,
  /** The number of novel tokens of all contributions of the version, as declared, struck runs included. */
  novelTokens: uint64,
  /** The number of tokens of all contributions of the version that a calibration may draw. */
  dataTokens: uint64,
});
export type Version = ValueOf<typeof VersionType>;

export const VersionLeafType = container({
  contribution: contributionId,
  root: root32,
});
/** A leaf of a version's tree. */
export type VersionLeaf = ValueOf<typeof VersionLeafType>;

const NEXT_KEY: Key = 'datanets/next';
const termsKey = (id: DatanetId): Key => `datanets/${numberKey(id)}/terms`;
const growthKey = (id: DatanetId): Key => `datanets/${numberKey(id)}/growth`;
const versionKey = (id: DatanetId, count: number): Key =>
  `datanets/${numberKey(id)}/version/${numberKey(count)}`;

/** Returns the next Datanet id. Ids start at 1. */
export const nextDatanet = (view: ReadView): DatanetId => load(view, NEXT_KEY, datanetId) ?? 1;

export const datanetOf = (view: ReadView, id: DatanetId): Datanet | undefined =>
  load(view, termsKey(id), DatanetType);

/** Returns the Datanet with an id that the state itself names. */
export const knownDatanet = (view: ReadView, id: DatanetId): Datanet => {
  const datanet = datanetOf(view, id);
  invariant(datanet !== undefined, `datanet ${id} was created`);
  return datanet;
};

export const growthOf = (view: ReadView, id: DatanetId): Growth =>
  load(view, growthKey(id), GrowthType) ?? NO_GROWTH;

/** The version of `count` accepted contributions, if there were ever that many. */
export const versionOf = (view: ReadView, id: DatanetId, count: number): Version | undefined =>
  load(view, versionKey(id, count), VersionType);

/** Stores a new Datanet and returns its id. */
export const addDatanet = (view: View, datanet: Datanet): DatanetId => {
  const id = nextDatanet(view);
  save(view, NEXT_KEY, datanetId, id + 1);
  save(view, termsKey(id), DatanetType, datanet);
  return id;
};

/** Adds a contribution to the Datanet's newest version and returns its place there, the acceptance index. */
export const addToVersion = (
  view: View,
  id: DatanetId,
  accepted: VersionLeaf & {
    readonly items: number;
    readonly tokens: bigint;
    readonly bytes: bigint;
    readonly novelTokens: bigint;
    readonly dataTokens: bigint;
  },
): number => {
  const { contribution, root } = accepted;
  const before = growthOf(view, id);
  const frontier = append(before.frontier, VersionLeafType.root({ contribution, root }));
  const novelTokens = before.novelTokens + accepted.novelTokens;
  const dataTokens = before.dataTokens + accepted.dataTokens;
  save(view, growthKey(id), GrowthType, {
    frontier,
    items: before.items + BigInt(accepted.items),
    tokens: before.tokens + accepted.tokens,
    bytes: before.bytes + accepted.bytes,
    novelTokens,
    dataTokens,
  });
  const version = { root: frontierRoot(frontier), contribution, novelTokens, dataTokens };
  save(view, versionKey(id, frontier.count), VersionType, version);
  return before.frontier.count;
};
