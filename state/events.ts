/**
 * What happened on the chain, for those who watch it. Execution never reads events. Each event has one SSZ type, from
 * which its TypeScript type, its JSON form and its JSON schema follow; docs/events.md lists them all. JSON: amounts are
 * decimal strings, bytes 0x-hex.
 */
import { ok } from '../src/lib/errors.ts';
import type { Json, JsonSchema, Ssz, ValueOf } from '../src/lib/ssz.ts';
import { fail, type Result } from './errors/chain.ts';
import { DATA_EVENTS } from './events/data.ts';
import { DISPUTE_EVENTS } from './events/disputes.ts';
import { LEDGER_EVENTS } from './events/ledger.ts';
import { MODEL_EVENTS } from './events/models.ts';
import { PAY_EVENTS } from './events/pay.ts';
import { RECEIPT_EVENTS } from './events/receipts.ts';

export const EVENTS = {
  ...LEDGER_EVENTS,
  ...DATA_EVENTS,
  ...MODEL_EVENTS,
  ...RECEIPT_EVENTS,
  ...PAY_EVENTS,
  ...DISPUTE_EVENTS,
};

export type EventType = keyof typeof EVENTS;
export type EventData<T extends EventType> = ValueOf<(typeof EVENTS)[T]>;
export type EventOf<T extends EventType> = { readonly type: T; readonly data: EventData<T> };
export type Event = { readonly [T in EventType]: EventOf<T> }[EventType];

export type EventJson = { readonly type: EventType; readonly data: Json };

/** The types of {@link EVENTS}, for code that treats all events alike. */
const TYPES: Readonly<Record<EventType, Ssz<unknown>>> = EVENTS;

export const isEventType = (name: string): name is EventType => Object.hasOwn(EVENTS, name);
export const EVENT_TYPES: readonly EventType[] = Object.keys(EVENTS).filter(isEventType);

/** The schema of each event's data in its JSON form. */
export const EVENT_SCHEMAS: Readonly<Record<EventType, JsonSchema>> = Object.fromEntries(
  EVENT_TYPES.map((type) => [type, TYPES[type].schema]),
) as Record<EventType, JsonSchema>;

export const eventToJson = ({ type, data }: Event): EventJson => ({ type, data: TYPES[type].toJson(data) });

/**
 * Reads the data of an event of this type, with fields that this version does not know left out. `path` is where the data
 * stands. Fault `JSON_INVALID`.
 */
export const eventFromJson = (type: EventType, json: Json | undefined, path: string): Result<Event> => {
  const data = TYPES[type].fromJson(json, path, 'ignored');
  return data.ok ? ok({ type, data: data.value } as Event) : data;
};

/** @throws CodedError `SSZ_RANGE` */
export const encodeEventData = ({ type, data }: Event): Uint8Array => TYPES[type].encode(data);

/** Faults: `EVENT_TYPE_UNKNOWN`, `SSZ_DECODE`. */
export const decodeEvent = (type: string, bytes: Uint8Array): Result<Event> => {
  if (!isEventType(type)) return fail('EVENT_TYPE_UNKNOWN', `there is no event ${type.slice(0, 64)}`);
  const data = TYPES[type].decode(bytes);
  return data.ok ? ok({ type, data: data.value } as Event) : data;
};
