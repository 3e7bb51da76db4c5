/**
 * Reveals a committed contribution: its content root and its declared facts. The content itself never enters a block.
 */
import type { Root } from '../../src/lib/brands.ts';
import { choice } from '../../src/lib/choice.ts';
import { bytes, container, list, root32, type Ssz, text, uint32, uint64 } from '../../src/lib/ssz.ts';
import {
  CopiedRunsType,
  checkDeclaration,
  type Declaration,
  ItemShapesType,
} from '../attribution/declaration.ts';
import { NovelRunsType } from '../attribution/novel-runs.ts';
import { ITEM_BYTES_MAX, ITEM_TOKENS_MAX, ITEMS_MAX } from '../attribution/parameters.ts';
import { SKETCH_BINS, type Sketch, SketchType } from '../attribution/sketch.ts';
import type { Params } from '../params.ts';
import { type Fault, fault } from './errors.ts';
import { type Kind, noAccounts } from './kind.ts';
import { isAscending } from './order.ts';

export type ContributionRole = 'data' | 'label' | 'correction' | 'feedback';

export const PARENTS_MAX = 16;

export const ContributionRoleType: Ssz<ContributionRole> = choice([
  'data',
  'label',
  'correction',
  'feedback',
]);

export type DataContribution = Declaration & {
  /** The contribution id of the commit. */
  readonly contribution: number;
  readonly datanet: number;
  /** The salt of the commitment. */
  readonly salt: Uint8Array;
  /** The content root, which follows from the roots of the items. */
  readonly root: Root;
  /** The `contentDigest`: two contributions with the same text have the same one, whatever their salts. */
  readonly digest: Root;
  readonly items: number;
  /** The number of tokens of all items together. */
  readonly tokens: bigint;
  /** The number of bytes of the items' texts, UTF-8. */
  readonly bytes: bigint;
  readonly sketch: Sketch;
  readonly role: ContributionRole;
  /** Contribution ids of accepted contributions that this one builds on, ascending. */
  readonly parents: readonly number[];
  /** The licence of the Datanet. */
  readonly licence: string;
};

const check = (payload: DataContribution, { attribution }: Params): Fault | undefined => {
  const { items, tokens, bytes: size, parents, contribution, shapes, sketch } = payload;
  if (items < 1 || items > ITEMS_MAX)
    return fault('CONTRIBUTION_ITEMS', `a contribution holds 1 to ${ITEMS_MAX} items`);
  if (tokens > BigInt(items) * BigInt(ITEM_TOKENS_MAX))
    return fault('CONTRIBUTION_TOKENS', `an item holds at most ${ITEM_TOKENS_MAX} tokens`);
  if (tokens > size) return fault('CONTRIBUTION_BYTES', 'a token is at least one byte');
  if (size > BigInt(items) * BigInt(ITEM_BYTES_MAX))
    return fault('CONTRIBUTION_BYTES', `an item has at most ${ITEM_BYTES_MAX} bytes`);
  if (!isAscending(parents) || parents.some((parent) => parent >= contribution))
    return fault('CONTRIBUTION_PARENTS', 'parents are earlier contributions, in ascending order');
  if (shapes.length !== items)
    return fault('CONTRIBUTION_SHAPES', `${shapes.length} shapes, but ${items} items`);
  if (sketch.length !== SKETCH_BINS)
    return fault('CONTRIBUTION_SKETCH', `a sketch has ${SKETCH_BINS} bins, not ${sketch.length}`);
  return checkDeclaration(payload, { contribution, tokens, copyMin: attribution.copyMin });
};

export const dataContribution: Kind<DataContribution> = {
  id: 6,
  version: 2,
  name: 'dataContribution',
  payload: container<DataContribution>({
    contribution: uint32,
    datanet: uint32,
    salt: bytes(32),
    root: root32,
    digest: root32,
    items: uint32,
    tokens: uint64,
    bytes: uint64,
    shapes: ItemShapesType,
    copied: CopiedRunsType,
    novelRuns: NovelRunsType,
    sketch: SketchType,
    role: ContributionRoleType,
    parents: list(uint32, PARENTS_MAX),
    licence: text(64),
  }),
  action: ({ items, bytes: size, datanet, licence, role }) =>
    `contribute ${items} items, ${size} bytes, to datanet ${datanet} under ${licence}` +
    (role === 'data' ? '' : `, as ${role}`),
  check,
  // An item has at most two passages, and a copied run adds two. Hashing their tree takes most of the time.
  gas: ({ shapes, copied, novelRuns }) =>
    10_000n + BigInt(100 * shapes.length + 200 * copied.length + 10 * novelRuns.length),
  accounts: noAccounts,
  contentRoots: ({ root }) => [root],
};
