/** The events of one block: their numbering, and how they are stored. */
import { invariant, unwrap } from '../../src/lib/errors.ts';
import { byteList, container, list, optional, text, uint32 } from '../../src/lib/ssz.ts';
import { decodeEvent, type Event, encodeEventData } from '../events.ts';

/** The events of a block, as execution emits them. */
export type BlockEvents = {
  /** The events of each transaction, in the order of the block. */
  readonly transactions: readonly (readonly Event[])[];
  /** The events at the end of the block. */
  readonly end: readonly Event[];
};

/** An event and its place in its block. */
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
const ChunkType = list(
  container({
    transaction: optional(uint32),
    type: text(64),
    data: byteList(MAX_EVENT_BYTES),
  }),
  CHUNK_EVENTS,
);

/** The chunks of a block's events, in order. */
export const encodeEventChunks = (events: readonly BlockEvent[]): readonly Uint8Array[] => {
  const chunks: Uint8Array[] = [];
  for (let first = 0; first < events.length; first += CHUNK_EVENTS)
    chunks.push(
      ChunkType.encode(
        events.slice(first, first + CHUNK_EVENTS).map(({ transaction, event }) => ({
          transaction,
          type: event.type,
          data: encodeEventData(event),
        })),
      ),
    );
  return chunks;
};

/** @throws CodedError `SSZ_DECODE` for bytes that {@link encodeEventChunks} did not make. */
export const decodeEventChunk = (chunk: number, bytes: Uint8Array): readonly BlockEvent[] =>
  unwrap(ChunkType.decode(bytes)).map(({ transaction, type, data }, place) => {
    const event = decodeEvent(type, data);
    invariant(event.ok, `a stored event of type ${type} decodes`);
    return { index: chunk * CHUNK_EVENTS + place, transaction, event: event.value };
  });
