/** The JSON form of an event in every method. Each type of event has a form of its own, so that the type tells a client what its data is. */
import Type from 'typebox';
import type { Hex } from '../../src/lib/bytes.ts';
import type { Json } from '../../src/lib/ssz.ts';
import { EVENT_SCHEMAS, EVENT_TYPES, type EventData, type EventType } from '../../state/events.ts';
import type { ReceiptId } from '../../state/receipt-id.ts';

/** The JSON form of the data of an event: {@link JsonForm}, except that the form of a receipt is its id. */
type DataJson<T> = T extends Uint8Array
  ? Hex
  : T extends bigint
    ? string
    : T extends number
      ? T
      : T extends undefined
        ? null
        : T extends ReceiptId
          ? string
          : T extends readonly (infer E)[]
            ? readonly DataJson<E>[]
            : T extends object
              ? { readonly [K in keyof T]: DataJson<T[K]> }
              : T;

type ShownEvent<T extends EventType> = {
  /** The place of the event: `height/index`. */
  readonly cursor: string;
  readonly type: T;
  readonly data: DataJson<EventData<T>>;
  /** The id of its transaction; null at the end of the block. */
  readonly transaction: Hex | null;
};

/** The schema of an event: `type` selects the form of its data. */
export type ChainEvent = { readonly [T in EventType]: ShownEvent<T> }[EventType];

const CURSOR: Json = {
  type: 'string',
  pattern: '^[0-9]+/[0-9]+$',
  description: 'height/index: transactions in order, then the end of the block.',
};
const TRANSACTION: Json = { anyOf: [{ type: 'string', pattern: '^0x[0-9a-f]{64}$' }, { type: 'null' }] };

export const EventOut = Type.Unsafe<ChainEvent>({
  type: 'object',
  description:
    '{cursor, type, data, transaction}: its place as height/index, its type, its data as docs/events.md says, and the id ' +
    'of its transaction or null at the end of the block.',
  oneOf: EVENT_TYPES.map((type) => ({
    type: 'object',
    properties: {
      cursor: CURSOR,
      type: { const: type },
      data: EVENT_SCHEMAS[type],
      transaction: TRANSACTION,
    },
    required: ['cursor', 'type', 'data', 'transaction'],
    additionalProperties: false,
  })),
});
