/** Creates a Datanet: where contributions of one sort are committed, revealed, reviewed and versioned. */
import type { Address, Root } from '../../src/lib/brands.ts';
import { choice } from '../../src/lib/choice.ts';
import {
  address20,
  container,
  list,
  root32,
  type Ssz,
  text,
  uint8,
  uint16,
  uint32,
  uint64,
  uint128,
} from '../../src/lib/ssz.ts';

/**
 * What an item of this Datanet is: the text of its fields, in order, joined by newlines. The first `promptFields` of
 * them are its prompt part.
 */
export type ItemSchema = { readonly fields: readonly string[]; readonly promptFields: number };

/**
 * What belongs to nobody: templates, notices, licences. A contribution without an owner; it is given its seq when the
 * Datanet is created, below those of all its contributors.
 */
export type Commons = {
  /** The content root, as of any contribution. */
  readonly root: Root;
  readonly items: number;
  readonly tokens: bigint;
  readonly bytes: bigint;
};

/** The least a model that pins this Datanet may ask, base units per 1,000 tokens. */
export type PriceFloors = { readonly inMin: bigint; readonly outMin: bigint };

export type DatanetAccess = 'open' | 'permissioned';

export type DatanetCreate = {
  readonly name: string;
  readonly domain: string;
  /** An SPDX identifier: what every contribution is given under. */
  readonly licence: string;
  readonly schema: ItemSchema;
  /** None or one. */
  readonly commons: readonly Commons[];
  /** Floor for the Imin of every model that pins this Datanet, bits; 0 for none. */
  readonly matchBitsFloor: number;
  readonly access: DatanetAccess;
  /** Who may contribute, where the access is permissioned; empty where it is open. */
  readonly contributors: readonly Address[];
  readonly reviewers: readonly Address[];
  /** Verdicts of one mind that decide. */
  readonly quorum: number;
  /** Posted with a reveal for each byte of content, returned with acceptance. */
  readonly bondPerByte: bigint;
  readonly prices: PriceFloors;
};

const NAME_BYTES = 64;
/** Enough for a benchmark's record; an item is one text in the end. */
const FIELDS_MAX = 16;
export const REVIEWERS_MAX = 64;
export const CONTRIBUTORS_MAX = 256;
/** No step of calibration asks for more (attribution.md §5). */
export const MATCH_BITS_MAX = 512;

export const DatanetCreateType: Ssz<DatanetCreate> = container<DatanetCreate>({
  name: text(NAME_BYTES),
  domain: text(NAME_BYTES),
  licence: text(NAME_BYTES),
  schema: container<ItemSchema>({ fields: list(text(NAME_BYTES), FIELDS_MAX), promptFields: uint8 }),
  commons: list(container<Commons>({ root: root32, items: uint32, tokens: uint64, bytes: uint64 }), 1),
  matchBitsFloor: uint16,
  access: choice(['open', 'permissioned']),
  contributors: list(address20, CONTRIBUTORS_MAX),
  reviewers: list(address20, REVIEWERS_MAX),
  quorum: uint16,
  bondPerByte: uint128,
  prices: container<PriceFloors>({ inMin: uint128, outMin: uint128 }),
});
