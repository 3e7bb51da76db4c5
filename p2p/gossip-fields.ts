/**
 * Walks a field of a gossip RPC before the library decodes it. The library makes an object of every message id and entry that
 * a field names, before it looks at how many there are. So a field may be no longer than an honest one, and nothing in it may
 * stand where it has no meaning (the protobuf of meshsub 1.2):
 *
 *     subscription    subscribe 1 ‖ topic 2, once each
 *     message         data 2 ‖ topic 4, once each           StrictNoSign: nothing else
 *     control         (1 IHAVE ‖ 2 IWANT ‖ 3 GRAFT ‖ 4 PRUNE ‖ 5 IDONTWANT)*
 *     IHAVE           topic 1 once ‖ message ids 2
 *     IWANT, IDONTWANT                message ids 1
 *     GRAFT           topic 1 once
 *     PRUNE           topic 1 once ‖ backoff 3 once         peers 2 are not exchanged
 */
import { TOPIC_BYTES_MAX } from './protocols.ts';

export const MESSAGE_ID_BYTES = 20;

/** The entries of a control field: four topics have a few each. */
export const CONTROL_ENTRIES_MAX = 64;
/** The most message ids of one entry: those that a node has or asks for, and those that it does not want. */
export const MESSAGE_IDS_MAX = { asked: 5_000, unwanted: 512 } as const;
/** A topic has some sixty bytes. */
const TOPIC_NAME_BYTES_MAX = 128;

/** The fields of an RPC by their tags, which are field << 3 | 2. */
export const FIELD = { SUBSCRIPTION: (1 << 3) | 2, MESSAGE: (2 << 3) | 2, CONTROL: (3 << 3) | 2 } as const;

/** The bytes of a field, at most, by its tag. Of ids there is room for a full IWANT and what is sent along with it. */
export const FIELD_BYTES_MAX: ReadonlyMap<number, number> = new Map([
  [FIELD.SUBSCRIPTION, 1_024],
  [FIELD.MESSAGE, Math.max(...Object.values(TOPIC_BYTES_MAX)) + 1_024],
  [FIELD.CONTROL, 128 << 10],
]);

/** A walk through the bytes of one protobuf. */
type Walk = { readonly bytes: Uint8Array; at: number };

/** Reads an unsigned LEB128 number of at most five bytes. Undefined if there is none. */
const readVarint = (walk: Walk): number | undefined => {
  let value = 0;
  for (let i = 0; i < 5; i++) {
    const byte = walk.bytes[walk.at];
    if (byte === undefined) return undefined;
    walk.at += 1;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return value;
  }
  return undefined;
};

/** Reads the length of what follows, and steps over it. Undefined if there is less. */
const readBytes = (walk: Walk): Uint8Array | undefined => {
  const length = readVarint(walk);
  if (length === undefined || length > walk.bytes.length - walk.at) return undefined;
  walk.at += length;
  return walk.bytes.subarray(walk.at - length, walk.at);
};

/** How often a field may stand in its place, and how long it is. */
type FieldRule =
  | { readonly type: 'bytes'; readonly times: number; readonly least: number; readonly most: number }
  | { readonly type: 'number'; readonly times: 1 };
/** By the field's number. */
type Shape = ReadonlyMap<number, FieldRule>;

const TOPIC: FieldRule = { type: 'bytes', times: 1, least: 0, most: TOPIC_NAME_BYTES_MAX };
const idsOf = (times: number): FieldRule => ({
  type: 'bytes',
  times,
  least: MESSAGE_ID_BYTES,
  most: MESSAGE_ID_BYTES,
});
const ASKED = idsOf(MESSAGE_IDS_MAX.asked);
const UNWANTED = idsOf(MESSAGE_IDS_MAX.unwanted);

const ONCE: FieldRule = { type: 'number', times: 1 };
const SUBSCRIPTION: Shape = new Map<number, FieldRule>([
  [1, ONCE],
  [2, TOPIC],
]);
const MESSAGE: Shape = new Map<number, FieldRule>([
  [2, { type: 'bytes', times: 1, least: 0, most: Number.POSITIVE_INFINITY }],
  [4, TOPIC],
]);
const ENTRIES: ReadonlyMap<number, Shape> = new Map<number, Shape>([
  [
    1,
    new Map([
      [1, TOPIC],
      [2, ASKED],
    ]),
  ],
  [2, new Map([[1, ASKED]])],
  [3, new Map([[1, TOPIC]])],
  [
    4,
    new Map<number, FieldRule>([
      [1, TOPIC],
      [3, ONCE],
    ]),
  ],
  [5, new Map([[1, UNWANTED]])],
]);

/** The wire types of protobuf. */
const VARINT = 0;
const LENGTH = 2;

const hasShape = (bytes: Uint8Array, shape: Shape): boolean => {
  const walk: Walk = { bytes, at: 0 };
  const times = new Map<number, number>();
  while (walk.at < bytes.length) {
    const tag = readVarint(walk);
    if (tag === undefined) return false;
    const rule = shape.get(tag >>> 3);
    if (rule === undefined || (tag & 7) !== (rule.type === 'number' ? VARINT : LENGTH)) return false;
    const count = (times.get(tag) ?? 0) + 1;
    if (count > rule.times) return false;
    times.set(tag, count);
    if (rule.type === 'number') {
      if (readVarint(walk) === undefined) return false;
      continue;
    }
    const value = readBytes(walk);
    if (value === undefined || value.length < rule.least || value.length > rule.most) return false;
  }
  return true;
};

const isControl = (bytes: Uint8Array): boolean => {
  const walk: Walk = { bytes, at: 0 };
  for (let entries = 0; walk.at < bytes.length; entries++) {
    const tag = readVarint(walk);
    if (tag === undefined || (tag & 7) !== LENGTH || entries === CONTROL_ENTRIES_MAX) return false;
    const shape = ENTRIES.get(tag >>> 3);
    const entry = readBytes(walk);
    if (shape === undefined || entry === undefined || !hasShape(entry, shape)) return false;
  }
  return true;
};

/** Whether a field of an RPC, from its tag on, is one that an honest node may send. Its length was checked before. */
export const isHonestField = (field: Uint8Array): boolean => {
  const walk: Walk = { bytes: field, at: 0 };
  const tag = readVarint(walk);
  const content = readBytes(walk);
  if (content === undefined) return false;
  switch (tag) {
    case FIELD.SUBSCRIPTION:
      return hasShape(content, SUBSCRIPTION);
    case FIELD.MESSAGE:
      return hasShape(content, MESSAGE);
    case FIELD.CONTROL:
      return isControl(content);
    default:
      return false;
  }
};
