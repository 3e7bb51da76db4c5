/**
 * What the batch of a height writes so that its events and transactions are found later.
 *
 *     events/<height>/<chunk>   the events of the height, 64 to a chunk
 *     ids/<height>/<chunk>      the ids of its transactions, 64 to a chunk
 *     index/<term>/<height>     the numbers of its events, and the places of its transactions, that the term finds
 *     past/<key>/<height>       the value that an accumulator of rewards has after the height
 *
 * A term is a field and a value, such as `model/7` (state/events/entities.ts). One key per term and height holds all of a
 * height, so that a block of many transfers adds one key for their type and one or two for each account.
 */
import type { Height, Root } from '../../src/lib/brands.ts';
import { concat } from '../../src/lib/bytes.ts';
import { container, list, uint32, type ValueOf } from '../../src/lib/ssz.ts';
import { type BlockEvent, encodeEventChunks } from '../events/block-events.ts';
import { accountTerm, type Term, termsOf } from '../events/entities.ts';
import { NOVELTY_PREFIX } from '../modules/data/novelty-shares.ts';
import type { VerifiedTransaction } from '../tx/transaction.ts';
import type { Writes } from '../view.ts';
import type { Put } from './database.ts';
import { atHeight, eventsKey, idsKey, indexPrefix, pastPrefix } from './layout.ts';

const PLACES_MAX = 1 << 26;

/** Both ascending. */
export const PostingsType = container({
  /** Numbers of events. */
  events: list(uint32, PLACES_MAX),
  /** Places of transactions. Only accounts find transactions. */
  transactions: list(uint32, PLACES_MAX),
});
export type Postings = ValueOf<typeof PostingsType>;

const ID_CHUNK_BITS = 6;
const ID_BYTES = 32;

/** Where the id of a transaction is stored: the chunk, and the first byte in it. */
export const idPlaceOf = (place: number): { readonly chunk: number; readonly from: number } => ({
  chunk: place >>> ID_CHUNK_BITS,
  from: (place & ((1 << ID_CHUNK_BITS) - 1)) * ID_BYTES,
});

const idPuts = (height: Height, ids: readonly Root[]): readonly Put[] => {
  const puts: Put[] = [];
  const size = 1 << ID_CHUNK_BITS;
  for (let first = 0; first < ids.length; first += size)
    puts.push({
      key: idsKey(height, first >>> ID_CHUNK_BITS),
      value: concat(...ids.slice(first, first + size)),
    });
  return puts;
};

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
  puts.push(
    ...idPuts(
      height,
      transactions.map(({ id }) => id),
    ),
  );
  for (const [term, postings] of found)
    puts.push({ key: atHeight(indexPrefix(term), height), value: PostingsType.encode(postings) });
  for (const [key, value] of writes)
    if (key.startsWith(NOVELTY_PREFIX)) puts.push({ key: atHeight(pastPrefix(key), height), value });
  return puts;
};
