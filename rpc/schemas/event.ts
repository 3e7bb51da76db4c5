/** An event in the results of methods. Each type of event has a form of its own, so that the type tells what its data is. */
import * as Type from 'typebox';
import type { Root } from '../../src/lib/brands.ts';
import { unwrap } from '../../src/lib/errors.ts';
import { at } from '../../src/lib/ssz/type.ts';
import type { Json } from '../../src/lib/ssz.ts';
import {
  EVENT_SCHEMAS,
  EVENT_TYPES,
  type Event,
  type EventOf,
  type EventType,
  eventFromJson,
  eventToJson,
  isEventType,
} from '../../state/events.ts';
import { nullable, rootOut } from './fields.ts';
import { formOf, hasFields, misfit, withForm } from './form.ts';

type Place = {
  /** The place of the event: `height/index`. */
  readonly cursor: string;
  /** The id of its transaction; null at the end of the block. */
  readonly transaction: Root | null;
};

/** An event and its place in the chain: `type` selects the form of its `data`. */
export type ChainEvent = { readonly [T in EventType]: EventOf<T> & Place }[EventType];

const CURSOR = '^[0-9]+/[0-9]+$';
const CURSOR_SCHEMA: Json = {
  type: 'string',
  pattern: CURSOR,
  description: 'height/index: transactions in order, then the end of the block.',
};
const TransactionOut = nullable(rootOut());
const cursorForm = new RegExp(CURSOR);
const transactionForm = formOf(TransactionOut);

export const EventOut = withForm(
  Type.Unsafe<ChainEvent>({
    type: 'object',
    description:
      '{cursor, type, data, transaction}: its place as height/index, its type, its data as docs/events.md says, and the id ' +
      'of its transaction or null at the end of the block.',
    oneOf: EVENT_TYPES.map((type) => ({
      type: 'object',
      properties: {
        cursor: CURSOR_SCHEMA,
        type: { const: type },
        data: EVENT_SCHEMAS[type],
        transaction: TransactionOut,
      },
      required: ['cursor', 'type', 'data', 'transaction'],
      additionalProperties: false,
    })),
  }),
  {
    read: (json, path): ChainEvent => {
      if (!hasFields(json)) return misfit(json, path, 'an event');
      const { cursor, type, data, transaction } = json;
      if (typeof cursor !== 'string' || !cursorForm.test(cursor))
        return misfit(cursor, at(path, 'cursor'), 'height/index');
      if (typeof type !== 'string' || !isEventType(type))
        return misfit(type, at(path, 'type'), 'the type of an event');
      const event: Event = unwrap(eventFromJson(type, data as Json, at(path, 'data')));
      return {
        cursor,
        ...event,
        transaction: transactionForm.read(transaction, at(path, 'transaction')) as Root | null,
      };
    },
    write: ({ cursor, transaction, ...event }) => ({
      cursor,
      ...eventToJson(event),
      transaction: transactionForm.write(transaction),
    }),
  },
);
