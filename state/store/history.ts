/** What a node can tell of past heights: events, transactions by account, and earlier values of accumulators. */
import { type Address, type Height, nextHeight, type Root } from '../../src/lib/brands.ts';
import { invariant } from '../../src/lib/errors.ts';
import { minBig } from '../../src/lib/math.ts';
import {
  type BlockEvent,
  type EventChunk,
  eventChunkOf,
  openEventChunk,
  type StoredEvent,
} from '../events/block-events.ts';
import { accountTerm, type Term } from '../events/entities.ts';
import { type BlockResult, decodeResult, decodeRow, type TransactionRow } from '../results.ts';
import type { Key } from '../view.ts';
import type { Database } from './database.ts';
import {
  atHeight,
  EVENTS_END,
  EVENTS_PREFIX,
  eventsKey,
  pastPrefix,
  placeOfEventsKey,
  transactionKey,
} from './layout.ts';
import { createPace, type Pace } from './pace.ts';
import { type WaitingPage, type WaitingQuery, waitingFor } from './review-queue.ts';
import { type Position, type Search, search } from './search.ts';
import { PlaceReader, readTransaction } from './transactions.ts';

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

/** A transaction of a block, and the result of its execution. */
export type ExecutedTransaction = { readonly id: Root; readonly result: BlockResult };
export type ExecutedPage = {
  readonly transactions: readonly ExecutedTransaction[];
  /** The place of the next transaction in the block. Undefined after the last one. */
  readonly next: number | undefined;
};

/**
 * What each call reads and decodes is bounded by what it returns, however much the heights hold. Calls of the RPC give their
 * pace; others have one of their own.
 */
export type History = {
  /** The events that match, in order. Without terms: all events. A page may be short, even empty, and still have a next one. */
  readonly events: (query: Search, pace?: Pace) => Promise<EventPage>;
  /** The events of one transaction, in order. */
  readonly eventsOf: (row: TransactionRow, pace?: Pace) => Promise<readonly BlockEvent[]>;
  /** The encoding of a transaction as its block has it. */
  readonly bytesOf: (row: TransactionRow) => Uint8Array;
  /** The transactions of an account that were executed, in order. */
  readonly transactions: (
    query: Omit<Search, 'terms'> & { readonly account: Address },
    pace?: Pace,
  ) => Promise<TransactionPage>;
  /** The transactions of a height from a place on, at most `limit`; none of a height that is not stored. */
  readonly executed: (
    query: { readonly height: Height; readonly from: number; readonly limit: number },
    pace?: Pace,
  ) => Promise<ExecutedPage>;
  /**
   * The value of an accumulator of rewards after a height: of a key that `event-index.ts` keeps the past of. Undefined if
   * it had none.
   */
  readonly past: (key: Key, height: Height) => Promise<Uint8Array | undefined>;
  /** The contributions that wait for the review of an account now. */
  readonly waiting: (query: WaitingQuery, pace?: Pace) => Promise<WaitingPage>;
};

/** Chunks of events that a page without terms reads. */
const CHUNKS_MAX = 256;

/** The bytes of stored events after which a page ends. A page has at least one event, however large it is. */
const PAGE_BYTES_MAX = 1 << 20;

/** Reads events by their place. Many stand in the same chunk, so it keeps the last one. */
class EventReader {
  readonly #database: Database;
  #chunk: { readonly key: string; readonly events: EventChunk } | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  stored({ height, index }: Position): StoredEvent {
    const chunk = eventChunkOf(index);
    const key = eventsKey(height, chunk);
    if (this.#chunk?.key !== key)
      this.#chunk = { key, events: openEventChunk(chunk, this.#database.get(key) ?? new Uint8Array()) };
    const event = this.#chunk.events.at(index);
    invariant(event !== undefined, 'what the index names is stored');
    return event;
  }
}

/** The events of one page, in order. */
class PageOfEvents {
  readonly #places: PlaceReader;
  readonly #pace: Pace;
  readonly #events: PastEvent[] = [];
  #bytes = 0;

  constructor(database: Database, pace: Pace) {
    this.#places = new PlaceReader(database);
    this.#pace = pace;
  }

  get events(): readonly PastEvent[] {
    return this.#events;
  }

  #shown(height: Height, event: BlockEvent): PastEvent {
    const { transaction } = event;
    return {
      ...event,
      height,
      id: transaction === undefined ? undefined : this.#places.id(height, transaction),
    };
  }

  /** Adds an event to the page and returns true, or returns false if the page has no room for its bytes. */
  async add(height: Height, event: StoredEvent): Promise<boolean> {
    if (this.#events.length > 0 && this.#bytes + event.size > PAGE_BYTES_MAX) return false;
    this.#bytes += event.size;
    this.#events.push(this.#shown(height, event.decode()));
    await this.#pace();
    return true;
  }
}

/** Every event from a position on. */
const allEvents = async (
  database: Database,
  { from, to, limit }: Omit<Search, 'terms'>,
  pace: Pace,
): Promise<EventPage> => {
  const page = new PageOfEvents(database, pace);
  const walk = database.walk(EVENTS_PREFIX, EVENTS_END);
  try {
    let key = eventsKey(from.height, eventChunkOf(from.index));
    let least = from.index;
    for (let chunks = 0; ; chunks++) {
      const entry = await walk.seek(key);
      if (entry === undefined) return { events: page.events, next: undefined };
      const { height, chunk } = placeOfEventsKey(entry[0]);
      if (height > to) return { events: page.events, next: undefined };
      const stored = openEventChunk(chunk, entry[1]);
      if (height > from.height) least = 0;
      for (let index = Math.max(least, stored.first); index < stored.end; index++) {
        const isFull = page.events.length === limit || chunks >= CHUNKS_MAX;
        const event = isFull ? undefined : stored.at(index);
        if (event === undefined || !(await page.add(height, event)))
          return { events: page.events, next: { height, index } };
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
    events: async (query, pace = createPace()) => {
      if (query.terms.length === 0) return allEvents(database, bounded(query), pace);
      const { positions, next } = await search(database, 'events', bounded(query), pace);
      const reader = new EventReader(database);
      const page = new PageOfEvents(database, pace);
      for (const position of positions)
        if (!(await page.add(position.height, reader.stored(position))))
          return { events: page.events, next: position };
      return { events: page.events, next };
    },
    eventsOf: async ({ height, events: { first, count } }, pace = createPace()) => {
      const reader = new EventReader(database);
      const events: BlockEvent[] = [];
      for (let index = first; index < first + count; index++) {
        events.push(reader.stored({ height, index }).decode());
        await pace();
      }
      return events;
    },
    bytesOf: (row) => readTransaction(database, row),
    transactions: async ({ account, ...query }, pace = createPace()) => {
      const terms: readonly (readonly Term[])[] = [[accountTerm(account)]];
      const { positions, next } = await search(database, 'transactions', bounded({ ...query, terms }), pace);
      const reader = new PlaceReader(database);
      const transactions: PastTransaction[] = [];
      for (const { height, index } of positions) {
        const id = reader.id(height, index);
        const row = database.get(transactionKey(id));
        invariant(row !== undefined, 'a transaction that was executed has a row');
        transactions.push({ id, row: decodeRow(row) });
        await pace();
      }
      return { transactions, next };
    },
    executed: async ({ height, from, limit }, pace = createPace()) => {
      const reader = new PlaceReader(database);
      const transactions: ExecutedTransaction[] = [];
      for (let place = from; ; place++) {
        const result = reader.encodedResult(height, place);
        if (result === undefined) return { transactions, next: undefined };
        if (transactions.length === limit) return { transactions, next: place };
        transactions.push({ id: reader.id(height, place), result: decodeResult(result) });
        await pace();
      }
    },
    past: async (key, height) => {
      const prefix = pastPrefix(key);
      const entry = await database.last(prefix, atHeight(prefix, nextHeight(height)));
      return entry?.[1];
    },
    waiting: (query, pace) => waitingFor(database, query, pace),
  };
};
