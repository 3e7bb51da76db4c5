/**
 * Datanets, and their versions. A version is the Merkle root over the accepted contributions in the order of acceptance,
 * each leaf holding its seq and content root; it is named by how many there are.
 *
 *     datanets/next               the id of the next one
 *     datanets/<id>/terms         who made it, and how it is to be
 *     datanets/<id>/growth        the right edge of its tree, and sums
 *     datanets/<id>/version/<n>   its version of n accepted contributions
 */
import type { Address, Root } from '../../../src/lib/brands.ts';
import { address20, container, list, root32, type Ssz, uint32, uint64 } from '../../../src/lib/ssz.ts';
import { type DatanetTerms, DatanetTermsType } from '../../tx/datanet-create.ts';
import { type Key, numberKey, type ReadView, type View } from '../../view.ts';
import { append, EMPTY_FRONTIER, type Frontier, FrontierType, frontierRoot } from '../kit/frontier.ts';
import { load, save } from '../kit/stored.ts';

export type Datanet = {
  readonly owner: Address;
  /** Of the block that created it. */
  readonly height: bigint;
  /** None, or the seq of its commons. */
  readonly commonsSeq: readonly number[];
  readonly terms: DatanetTerms;
};

const DatanetType: Ssz<Datanet> = container<Datanet>({
  owner: address20,
  height: uint64,
  commonsSeq: list(uint32, 1),
  terms: DatanetTermsType,
});

/** Over all accepted contributions. */
export type Growth = {
  readonly frontier: Frontier;
  readonly items: bigint;
  readonly tokens: bigint;
  readonly bytes: bigint;
  /** As declared, struck runs included. */
  readonly novelTokens: bigint;
  readonly dataTokens: bigint;
};

const GrowthType: Ssz<Growth> = container<Growth>({
  frontier: FrontierType,
  items: uint64,
  tokens: uint64,
  bytes: uint64,
  novelTokens: uint64,
  dataTokens: uint64,
});

const NO_GROWTH: Growth = {
  frontier: EMPTY_FRONTIER,
  items: 0n,
  tokens: 0n,
  bytes: 0n,
  novelTokens: 0n,
  dataTokens: 0n,
};

export type Version = {
  readonly root: Root;
  /** The contribution whose acceptance made this version: its last leaf. */
  readonly seq: number;
  /** Of all contributions of the version, as declared, struck runs included. */
  readonly novelTokens: bigint;
  /** Likewise, of the tokens that a calibration may draw. */
  readonly dataTokens: bigint;
};

const VersionType: Ssz<Version> = container<Version>({
  root: root32,
  seq: uint32,
  novelTokens: uint64,
  dataTokens: uint64,
});

/** A leaf of a version's tree. */
export type VersionLeaf = { readonly seq: number; readonly root: Root };
export const VersionLeafType: Ssz<VersionLeaf> = container<VersionLeaf>({ seq: uint32, root: root32 });

const NEXT_KEY: Key = 'datanets/next';
const termsKey = (id: number): Key => `datanets/${numberKey(id)}/terms`;
const growthKey = (id: number): Key => `datanets/${numberKey(id)}/growth`;
const versionKey = (id: number, count: number): Key =>
  `datanets/${numberKey(id)}/version/${numberKey(count)}`;

/** Ids run from 1. */
export const nextDatanet = (view: ReadView): number => load(view, NEXT_KEY, uint32) ?? 1;

export const datanetOf = (view: ReadView, id: number): Datanet | undefined =>
  load(view, termsKey(id), DatanetType);

export const growthOf = (view: ReadView, id: number): Growth =>
  load(view, growthKey(id), GrowthType) ?? NO_GROWTH;

/** The version of `count` accepted contributions, if there were ever that many. */
export const versionOf = (view: ReadView, id: number, count: number): Version | undefined =>
  load(view, versionKey(id, count), VersionType);

/** Stores a new Datanet and returns its id. */
export const addDatanet = (view: View, datanet: Datanet): number => {
  const id = nextDatanet(view);
  save(view, NEXT_KEY, uint32, id + 1);
  save(view, termsKey(id), DatanetType, datanet);
  return id;
};

/** Adds a contribution to the Datanet's newest version and returns its place there, the acceptance index. */
export const addToVersion = (
  view: View,
  id: number,
  contribution: VersionLeaf & {
    readonly items: number;
    readonly tokens: bigint;
    readonly bytes: bigint;
    readonly novelTokens: bigint;
    readonly dataTokens: bigint;
  },
): number => {
  const { seq, root } = contribution;
  const before = growthOf(view, id);
  const frontier = append(before.frontier, VersionLeafType.root({ seq, root }));
  const novelTokens = before.novelTokens + contribution.novelTokens;
  const dataTokens = before.dataTokens + contribution.dataTokens;
  save(view, growthKey(id), GrowthType, {
    frontier,
    items: before.items + BigInt(contribution.items),
    tokens: before.tokens + contribution.tokens,
    bytes: before.bytes + contribution.bytes,
    novelTokens,
    dataTokens,
  });
  const version = { root: frontierRoot(frontier), seq, novelTokens, dataTokens };
  save(view, versionKey(id, frontier.count), VersionType, version);
  return before.frontier.count;
};
