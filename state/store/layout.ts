/**
 * The keys of the database, one LevelDB for a home. Heights are 16 hex digits, so that keys sort as heights do and new
 * tree nodes are written one after the other.
 *
 *   format                STATE_FORMAT
 *   genesis               genesis hash                       header/<height>    Header
 *   tip                   TipRecord of the last height       commit/<height>    Commit that decided it
 *   state/<key>           latest value of a key              validators/<height> the set that decides the height
 *   root/<height>         root of the state tree             events/<height>/<chunk>  events of the height
 *   node/<height>/<path>  tree node made at this height      index/<term>/<height>  places at the height of what the
 *   stale/<height>        node keys superseded at it                             term finds (event-index.ts)
 *                                                            past/<key>/<height>  what a key held after it
 *
 *   block/<height>/<piece>      bytes of its Block           ids/<height>/<chunk>   ids of its transactions
 *   results/<height>/<chunk>    results of its transactions  tx/<id>                where a transaction stands, its result
 *                                                            (transactions.ts)
 *
 *   waiting/<datanet>/<contribution>    under review         reviews/<reviewer>/<datanet>  who reviews (review-queue.ts)
 */
import { type Height, type Root, toHeight } from '../../src/lib/brands.ts';
import { toBareHex } from '../../src/lib/bytes.ts';
import { height64, ValidatorSetType } from '../../src/lib/chain.ts';
import { container, root32, type Ssz, text, uint32, uint64, type ValueOf } from '../../src/lib/ssz.ts';
import type { NodeKey } from '../jmt/tree.ts';
import { ParamsType } from '../params.ts';
import type { Key } from '../view.ts';

const heightKey = (height: Height): string => height.toString(16).padStart(16, '0');

/**
 * Which records a database holds. **Raised with each change** of a stored record (of the state, blocks, results, events or
 * this layout): what another version wrote would be read as damaged, or as something else, at some later block.
 */
export const STATE_FORMAT = 17;
export const StateFormatType: Ssz<number> = uint32;

export const FORMAT_KEY = 'format';
export const GENESIS_KEY = 'genesis';
export const TIP_KEY = 'tip';
export const STATE_PREFIX = 'state/';
/** The first key past all of {@link STATE_PREFIX}: '0' follows '/'. */
export const STATE_END = 'state0';
export const stateKey = (key: Key): string => STATE_PREFIX + key;
export const rootKey = (height: Height): string => `root/${heightKey(height)}`;
export const nodeKey = ({ version, path }: NodeKey): string => `node/${heightKey(toHeight(version))}/${path}`;
export const staleKey = (height: Height): string => `stale/${heightKey(height)}`;
export const headerKey = (height: Height): string => `header/${heightKey(height)}`;
export const commitKey = (height: Height): string => `commit/${heightKey(height)}`;
/** Numbers below 2^32. */
const placeKey = (place: number): string => place.toString(16).padStart(8, '0');

export const blockKey = (height: Height, piece: number): string =>
  `block/${heightKey(height)}/${placeKey(piece)}`;
export const resultsKey = (height: Height, chunk: number): string =>
  `results/${heightKey(height)}/${placeKey(chunk)}`;
export const EVENTS_PREFIX = 'events/';
/** The first key past all of {@link EVENTS_PREFIX}. */
export const EVENTS_END = 'events0';
export const eventsKey = (height: Height, chunk: number): string =>
  `events/${heightKey(height)}/${placeKey(chunk)}`;
/** The height and the chunk that an {@link eventsKey} names. */
export const placeOfEventsKey = (key: string): { readonly height: Height; readonly chunk: number } => ({
  height: toHeight(BigInt(`0x${key.slice(EVENTS_PREFIX.length, EVENTS_PREFIX.length + 16)}`)),
  chunk: Number.parseInt(key.slice(-8), 16),
});
export const idsKey = (height: Height, chunk: number): string =>
  `ids/${heightKey(height)}/${placeKey(chunk)}`;
/** Keys of the index begin with it, and end with the height. */
export const indexPrefix = (term: string): string => `index/${term}/`;
export const pastPrefix = (key: Key): string => `past/${key}/`;
export const atHeight = (prefix: string, height: Height): string => prefix + heightKey(height);
/** The height at the end of a key. */
export const heightOfKey = (key: string): Height => toHeight(BigInt(`0x${key.slice(-16)}`));
export const validatorsKey = (height: Height): string => `validators/${heightKey(height)}`;
export const transactionKey = (id: Root): string => `tx/${toBareHex(id)}`;

export const TipRecordType = container({
  chainId: uint64,
  height: height64,
  time: uint64,
  hash: root32,
  resultsRoot: root32,
  validators: ValidatorSetType,
  nextValidators: ValidatorSetType,
  params: ParamsType,
});
/** The tip without its state root, which is read from the tree. */
export type TipRecord = ValueOf<typeof TipRecordType>;

/** Of one height, one key a line: written for every block, read when old versions are pruned. */
export const StaleType: Ssz<string> = text(1 << 28);
export const staleLines = (keys: readonly NodeKey[]): string => keys.map(nodeKey).join('\n');
