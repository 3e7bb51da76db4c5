/**
 * What the batch of a height writes so that its events and transactions are found later.
 *
 *     events/<height>/<chunk>   the events of the height, 64 to a chunk
 *     index/<term>/<height>     the numbers of its events, and the places of its transactions, that the term finds
 *     past/<key>/<height>       the value that an accumulator of rewards has after the height
 *
 * A term is a field and a value, such as `model/7` (state/events/entities.ts). One key per term and height holds all of a
 * height, so that a block of many transfers adds one key for their type and one or two for each account.
 */
import type { Height } from '../../src/lib/brands.ts';
import { container, list, uint32, type ValueOf } from '../../src/lib/ssz.ts';
import { type BlockEvent, encodeEventChunks } from '../events/block-events.ts';
import { accountTerm, type Term, termsOf } from '../events/entities.ts';
import { NOVELTY_PREFIX } from '../modules/data/novelty-shares.ts';
import type { VerifiedTransaction } from '../tx/transaction.ts';
import type { Writes } from '../view.ts';
import type { Put } from './database.ts';
import { atHeight, eventsKey, indexPrefix, pastPrefix } from './layout.ts';

const PLACES_MAX = 1 << 26;

/** Both ascending. */
export const PostingsType = container({
  /** Numbers of events. */
  events: list(uint32, PLACES_MAX),
  /** Places of transactions. Only accounts find transactions. */
  transactions: list(uint32, PLACES_MAX),
});
export type Postings = ValueOf<typeof PostingsType>;

/** The bytes of a number, and of an offset. */
const UINT32_BYTES = 4;

/** One of the lists of stored postings, from its first number to its last. A number is read where it stands. */
export class PostedNumbers {
  readonly #data: DataView;
  readonly #count: number;
  /** The place of the first number that may still be asked for. */
  #at = 0;

  constructor(postings: Uint8Array, part: keyof Postings) {
    const { buffer, byteOffset, length } = postings;
    const all = new DataView(buffer, byteOffset, length);
    // Two offsets come first: the one of the events, and the one of the transactions.
    const middle = all.getUint32(UINT32_BYTES, true);
    const [from, to] = part === 'events' ? [2 * UINT32_BYTES, middle] : [middle, length];
    this.#data = new DataView(buffer, byteOffset + from, to - from);
    this.#count = (to - from) >>> 2;
  }

  #read(place: number): number {
    return this.#data.getUint32(UINT32_BYTES * place, true);
  }

  /** Returns the first number that is not below `least`, undefined after the last. It must not be called with less later on. */
  first(least: number): number | undefined {
    // In steps that double, then halves: what is near is found at once, and what is far without reading what is between.
    let step = 1;
    while (this.#at + step < this.#count && this.#read(this.#at + step) < least) step *= 2;
    let high = Math.min(this.#count, this.#at + step);
    while (this.#at < high) {
      const middle = (this.#at + high) >>> 1;
      if (this.#read(middle) < least) this.#at = middle + 1;
      else high = middle;
    }
    return this.#at < this.#count ? this.#read(this.#at) : undefined;
  }
}

type Found = { readonly events: number[]; readonly transactions: number[] };

/** The accounts by which a transaction is found: its sender, and those that its payload names. */
const accountsIn = (tx: VerifiedTransaction): ReadonlySet<Term> =>
  new Set([tx.transaction.from, ...tx.body.accounts()].map(accountTerm));

export const indexPuts = (
  height: Height,
  transactions: readonly VerifiedTransaction[],
  events: readonly BlockEvent[],
  writes: Writes,
): readonly Put[] => {
  const found = new Map<Term, Found>();
  const at = (term: Term): Found => {
    const known = found.get(term) ?? { events: [], transactions: [] };
    found.set(term, known);
    return known;
  };
  for (const { index, event } of events) for (const term of termsOf(event)) at(term).events.push(index);
  for (const [place, tx] of transactions.entries())
    for (const term of accountsIn(tx)) at(term).transactions.push(place);
  const puts: Put[] = encodeEventChunks(events).map((value, chunk) => ({
    key: eventsKey(height, chunk),
    value,
  }));
  for (const [term, postings] of found)
    puts.push({ key: atHeight(indexPrefix(term), height), value: PostingsType.encode(postings) });
  for (const [key, value] of writes)
    if (key.startsWith(NOVELTY_PREFIX)) puts.push({ key: atHeight(pastPrefix(key), height), value });
  return puts;
};
