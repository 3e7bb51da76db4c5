/** The events of one block: their numbering, and how they are stored. */
import { fromUtf8, utf8 } from '../../src/lib/bytes.ts';
import { unwrap } from '../../src/lib/errors.ts';
import { byteList, container, elementsOf, list, uint32 } from '../../src/lib/ssz.ts';
import { decodeEvent, EVENT_TYPES, type Event, encodeEventData } from '../events.ts';

/** The events of a block, as execution emits them. */
export type BlockEvents = {
  /** The events of each transaction, in the order of the block. */
  readonly transactions: readonly (readonly Event[])[];
  /** The events at the end of the block. */
  readonly end: readonly Event[];
};

/** An event and its place in its block. It is written by hand because it is stored without its number, as bytes. */
export type BlockEvent = {
  /** Its number: the events of the transactions in order, then those of the end of the block. */
  readonly index: number;
  /** The place of its transaction in the block. Undefined at the end of the block. */
  readonly transaction: number | undefined;
  readonly event: Event;
};

/** All events of a block in the order of their numbers. */
export const numberEvents = ({ transactions, end }: BlockEvents): readonly BlockEvent[] => {
  const numbered: BlockEvent[] = [];
  const add = (events: readonly Event[], transaction: number | undefined): void => {
    for (const event of events) numbered.push({ index: numbered.length, transaction, event });
  };
  for (const [place, events] of transactions.entries()) add(events, place);
  add(end, undefined);
  return numbered;
};

/** Events are stored in chunks, so that reading one event of a large block reads little. */
const CHUNK_BITS = 6;
const CHUNK_EVENTS = 1 << CHUNK_BITS;
/** The chunk that holds the event of this number. */
export const eventChunkOf = (index: number): number => index >>> CHUNK_BITS;

const MAX_EVENT_BYTES = 1 << 20;
/**
 * A chunk of events. It uses numbers and bytes alone: it is encoded for every event, and other types would
 * be converted first.
 */
const StoredEventType = container({
  /** 1 + the place of its transaction; 0 at the end of the block. */
  transaction: uint32,
  /** The name of the type, UTF-8. */
  type: byteList(64),
  data: byteList(MAX_EVENT_BYTES),
});
const ChunkType = list(StoredEventType, CHUNK_EVENTS);

const NAMES: ReadonlyMap<string, Uint8Array> = new Map(EVENT_TYPES.map((type) => [type, utf8(type)]));

/** The chunks of a block's events, in order. */
export const encodeEventChunks = (events: readonly BlockEvent[]): readonly Uint8Array[] => {
  const chunks: Uint8Array[] = [];
  for (let first = 0; first < events.length; first += CHUNK_EVENTS)
    chunks.push(
      ChunkType.encode(
        events.slice(first, first + CHUNK_EVENTS).map(({ transaction, event }) => ({
          transaction: transaction === undefined ? 0 : 1 + transaction,
          type: NAMES.get(event.type) ?? utf8(event.type),
          data: encodeEventData(event),
        })),
      ),
    );
  return chunks;
};

/** An event as it is stored. Its data is decoded only when it is asked for, because it may be large. */
export type StoredEvent = {
  readonly index: number;
  /** The number of bytes of its data. */
  readonly size: number;
  /** @throws CodedError `SSZ_DECODE` for bytes that {@link encodeEventChunks} did not make. */
  readonly decode: () => BlockEvent;
};

/** A chunk of events. None of them is read before it is asked for. */
export type EventChunk = {
  /** The number of its first event. */
  readonly first: number;
  /** The number after that of its last event. */
  readonly end: number;
  /**
   * Returns the event of this number; undefined if it is in another chunk.
   * @throws CodedError `SSZ_DECODE` for bytes that {@link encodeEventChunks} did not make.
   */
  readonly at: (index: number) => StoredEvent | undefined;
};

export const openEventChunk = (chunk: number, bytes: Uint8Array): EventChunk => {
  const elements = elementsOf(bytes);
  const first = chunk * CHUNK_EVENTS;
  return {
    first,
    end: first + elements.count,
    at: (index) => {
      const encoded = index < first ? undefined : elements.at(index - first);
      if (encoded === undefined) return undefined;
      const { transaction, type, data } = unwrap(StoredEventType.decode(encoded));
      return {
        index,
        size: data.length,
        decode: () => ({
          index,
          transaction: transaction === 0 ? undefined : transaction - 1,
          event: unwrap(decodeEvent(unwrap(fromUtf8(type)), data)),
        }),
      };
    },
  };
};
