/** What a node can tell of past heights: events, transactions by account, and earlier values of accumulators. */
import { type Address, type Height, nextHeight, type Root } from '../../src/lib/brands.ts';
import { invariant } from '../../src/lib/errors.ts';
import { minBig } from '../../src/lib/math.ts';
import { type BlockEvent, eventChunkOf, openEventChunk, type StoredEvent } from '../events/block-events.ts';
import { accountTerm, type Term } from '../events/entities.ts';
import { decodeRow, type TransactionRow } from '../results.ts';
import type { Key } from '../view.ts';
import type { Database } from './database.ts';
import { idPlaceOf } from './event-index.ts';
import {
  atHeight,
  EVENTS_END,
  EVENTS_PREFIX,
  eventsKey,
  idsKey,
  pastPrefix,
  placeOfEventsKey,
  transactionKey,
} from './layout.ts';
import { createPace } from './pace.ts';
import { type WaitingPage, type WaitingQuery, waitingFor } from './review-queue.ts';
import { type Position, type Search, search } from './search.ts';

/** An event, its height and the id of its transaction, if it has one. */
export type PastEvent = BlockEvent & { readonly height: Height; readonly id: Root | undefined };
export type EventPage = {
  readonly events: readonly PastEvent[];
  /** Where to go on. Undefined when everything was looked at. */
  readonly next: Position | undefined;
};

export type PastTransaction = { readonly id: Root; readonly row: TransactionRow };
export type TransactionPage = {
  readonly transactions: readonly PastTransaction[];
  readonly next: Position | undefined;
};

export type History = {
  /** The events that match, in order. Without terms: all events. A page may be short, even empty, and still have a next one. */
  readonly events: (query: Search) => Promise<EventPage>;
  /** The transactions of an account that were executed, in order. */
  readonly transactions: (
    query: Omit<Search, 'terms'> & { readonly account: Address },
  ) => Promise<TransactionPage>;
  /** The ids of the transactions of a height, of which there are `count`. */
  readonly ids: (height: Height, count: number) => readonly Root[];
  /**
   * The value of an accumulator of rewards after a height: of a key that `event-index.ts` keeps the past of. Undefined if
   * it had none.
   */
  readonly past: (key: Key, height: Height) => Promise<Uint8Array | undefined>;
  /** The contributions that wait for the review of an account now. */
  readonly waiting: (query: WaitingQuery) => Promise<WaitingPage>;
};

/** Chunks of events that a page without terms reads. */
const CHUNKS_MAX = 256;

/** The bytes of stored events after which a page ends. A page has at least one event, however large it is. */
const PAGE_BYTES_MAX = 1 << 20;

/** Reads the events of one page, in order. Many of them stand in the same chunk, so it keeps the last one. */
class PageReader {
  readonly #database: Database;
  readonly #pace = createPace();
  #chunk: { readonly key: string; readonly events: readonly StoredEvent[] } | undefined;
  readonly #events: PastEvent[] = [];
  #bytes = 0;

  constructor(database: Database) {
    this.#database = database;
  }

  id(height: Height, place: number): Root {
    const { chunk, from } = idPlaceOf(place);
    const bytes = this.#database.get(idsKey(height, chunk))?.subarray(from, from + 32);
    invariant(bytes?.length === 32, 'every transaction of a block has its id stored');
    // LevelDB returns a Buffer, which would keep the whole chunk in memory.
    return new Uint8Array(bytes) as Root;
  }

  #shown(height: Height, event: BlockEvent): PastEvent {
    const { transaction } = event;
    return { ...event, height, id: transaction === undefined ? undefined : this.id(height, transaction) };
  }

  get events(): readonly PastEvent[] {
    return this.#events;
  }

  /** Adds an event to the page and returns true, or returns false if the page has no room for its bytes. */
  async add(height: Height, event: StoredEvent): Promise<boolean> {
    if (this.#events.length > 0 && this.#bytes + event.size > PAGE_BYTES_MAX) return false;
    this.#bytes += event.size;
    this.#events.push(this.#shown(height, event.decode()));
    await this.#pace();
    return true;
  }

  stored({ height, index }: Position): StoredEvent {
    const chunk = eventChunkOf(index);
    const key = eventsKey(height, chunk);
    if (this.#chunk?.key !== key) {
      const bytes = this.#database.get(key);
      this.#chunk = { key, events: bytes === undefined ? [] : openEventChunk(chunk, bytes) };
    }
    const event = this.#chunk.events.find((each) => each.index === index);
    invariant(event !== undefined, 'what the index names is stored');
    return event;
  }
}

/** Every event from a position on. */
const allEvents = async (
  database: Database,
  { from, to, limit }: Omit<Search, 'terms'>,
): Promise<EventPage> => {
  const reader = new PageReader(database);
  const walk = database.walk(EVENTS_PREFIX, EVENTS_END);
  try {
    let key = eventsKey(from.height, eventChunkOf(from.index));
    for (let chunks = 0; ; chunks++) {
      const entry = await walk.seek(key);
      if (entry === undefined) return { events: reader.events, next: undefined };
      const { height, chunk } = placeOfEventsKey(entry[0]);
      if (height > to) return { events: reader.events, next: undefined };
      for (const event of openEventChunk(chunk, entry[1])) {
        if (height === from.height && event.index < from.index) continue;
        const full = reader.events.length === limit || chunks >= CHUNKS_MAX;
        if (full || !(await reader.add(height, event)))
          return { events: reader.events, next: { height, index: event.index } };
      }
      key = eventsKey(height, chunk + 1);
    }
  } finally {
    await walk.close();
  }
};

/** @param tip - the last height that is committed: what a search sees past it is not whole */
export const openHistory = (database: Database, tip: () => bigint): History => {
  const bounded = <Q extends Omit<Search, 'terms'>>(query: Q): Q => ({
    ...query,
    to: minBig(query.to, tip()),
  });
  return {
    events: async (query) => {
      if (query.terms.length === 0) return allEvents(database, bounded(query));
      const { positions, next } = await search(database, 'events', bounded(query));
      const reader = new PageReader(database);
      for (const position of positions)
        if (!(await reader.add(position.height, reader.stored(position))))
          return { events: reader.events, next: position };
      return { events: reader.events, next };
    },
    transactions: async ({ account, ...query }) => {
      const terms: readonly (readonly Term[])[] = [[accountTerm(account)]];
      const { positions, next } = await search(database, 'transactions', bounded({ ...query, terms }));
      const reader = new PageReader(database);
      const transactions = positions.map(({ height, index }) => {
        const id = reader.id(height, index);
        const row = database.get(transactionKey(id));
        invariant(row !== undefined, 'a transaction that was executed has a row');
        return { id, row: decodeRow(row) };
      });
      return { transactions, next };
    },
    ids: (height, count) => {
      const reader = new PageReader(database);
      return Array.from({ length: count }, (_, place) => reader.id(height, place));
    },
    past: async (key, height) => {
      const prefix = pastPrefix(key);
      const entry = await database.last(prefix, atHeight(prefix, nextHeight(height)));
      return entry?.[1];
    },
    waiting: (query) => waitingFor(database, query),
  };
};
