/** What of a gossip RPC is handed to the library. Its own encoding of what an honest node sends is the oracle. */
import { RPC } from '@chainsafe/libp2p-gossipsub/message';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isHonestField } from '../../../p2p/gossip-fields.ts';
import { GossipFrames } from '../../../p2p/gossip-frames.ts';
import { concat, utf8 } from '../../../src/lib/bytes.ts';

const varint = (value: number): Uint8Array =>
  value < 128
    ? Uint8Array.of(value)
    : concat(Uint8Array.of((value % 128) + 128), varint(Math.floor(value / 128)));
const field = (number: number, bytes: Uint8Array): Uint8Array =>
  concat(varint((number << 3) | 2), varint(bytes.length), bytes);
const many = (times: number, bytes: Uint8Array): Uint8Array => {
  const out = new Uint8Array(times * bytes.length);
  for (let i = 0; i < times; i++) out.set(bytes, i * bytes.length);
  return out;
};

const id = new Uint8Array(20).fill(7);
const topic = utf8(`/openledger/${'0'.repeat(32)}/transactions/1`);
const message = (bytes: Uint8Array): Uint8Array => field(2, bytes);
const control = (entry: number, bytes: Uint8Array): Uint8Array => field(3, field(entry, bytes));

test('whatever the library encodes for an honest node is handed over', () => {
  const topicID = fc.constantFrom(
    ...['votes', 'proposals', 'transactions', 'content'].map(
      (name) => `/openledger/${'a'.repeat(32)}/${name}/1`,
    ),
  );
  const messageIDs = fc.array(fc.uint8Array({ minLength: 20, maxLength: 20 }), { maxLength: 20 });
  const rpc = fc.record({
    subscriptions: fc.array(fc.record({ subscribe: fc.boolean(), topic: topicID }), { maxLength: 4 }),
    messages: fc.array(fc.record({ topic: topicID, data: fc.uint8Array({ maxLength: 300 }) }), {
      maxLength: 4,
    }),
    control: fc.option(
      fc.record({
        ihave: fc.array(fc.record({ topicID, messageIDs }), { maxLength: 8 }),
        iwant: fc.array(fc.record({ messageIDs }), { maxLength: 2 }),
        graft: fc.array(fc.record({ topicID }), { maxLength: 4 }),
        prune: fc.array(
          fc.record({
            topicID,
            peers: fc.constant<RPC.PeerInfo[]>([]),
            backoff: fc.integer({ min: 0, max: 60 }),
          }),
          { maxLength: 4 },
        ),
        idontwant: fc.array(fc.record({ messageIDs }), { maxLength: 4 }),
      }),
      { nil: undefined },
    ),
  });
  fc.assert(
    fc.property(rpc, (each) => {
      const { control, ...rest } = each;
      const encoded = RPC.encode(control === undefined ? rest : { ...rest, control });
      const stream = concat(varint(encoded.length), encoded);
      const read = new GossipFrames().read(stream, 0, 1_000);
      expect(read?.next).toBe(stream.length);
      expect(read?.frames).toEqual(encoded.length === 0 ? new Uint8Array(0) : stream);
    }),
    { numRuns: 300 },
  );
});

test('the longest lists that the library sends are handed over', () => {
  const ids = Array.from({ length: 5_000 }, () => id);
  const control = {
    ihave: [{ topicID: 'a', messageIDs: ids.slice(0, 900) }],
    iwant: [{ messageIDs: ids }],
    graft: [],
    prune: [],
    idontwant: [],
  };
  const encoded = RPC.encode({ subscriptions: [], messages: [], control });
  expect(new GossipFrames().read(concat(varint(encoded.length), encoded), 0, 9)?.fields).toBe(1);
});

describe('is not handed over:', () => {
  test.each<[string, Uint8Array]>([
    ['a message id without a byte', control(2, field(1, new Uint8Array(0)))],
    ['a message id of another length', control(1, concat(field(1, topic), field(2, id.subarray(1))))],
    ['more ids than the library names', control(2, many(5_001, field(1, id)))],
    ['more ids that are not wanted than the library counts', control(5, many(513, field(1, id)))],
    ['many entries of control', field(3, many(65, field(3, field(1, topic))))],
    ['many empty entries of control', field(3, many(65, field(2, new Uint8Array(0))))],
    ['an entry of control with a number that there is not', control(6, field(1, id))],
    ['a topic that stands twice', control(3, concat(field(1, topic), field(1, topic)))],
    ['a topic longer than any', control(3, field(1, new Uint8Array(129)))],
    ['peers in PRUNE', control(4, concat(field(1, topic), field(2, field(1, id))))],
    ['a backoff that stands twice', control(4, Uint8Array.of(3 << 3, 1, 3 << 3, 1))],
    ['a backoff that does not end', control(4, concat(Uint8Array.of(3 << 3), new Uint8Array(12).fill(0xff)))],
    ['a subscription that stands twice', field(1, Uint8Array.of(1 << 3, 1, 1 << 3, 1))],
    ['a message whose data stands twice', message(concat(field(2, id), field(2, id), field(4, topic)))],
    ['a message whose topic stands 200,000 times', message(many(200_000, field(4, new Uint8Array(0))))],
    ['a message with a sender', message(concat(field(1, id), field(2, id), field(4, topic)))],
    ['a message with a signature', message(concat(field(2, id), field(4, topic), field(5, id)))],
    [
      'a message with a field that there is not',
      message(concat(field(2, id), field(4, topic), field(9, id))),
    ],
    ['a message with a number', message(Uint8Array.of(9 << 3, 1))],
    ['a message whose data runs past its end', message(concat(varint((2 << 3) | 2), varint(99), id))],
    ['a message that ends in a tag', message(Uint8Array.of(0x92))],
  ])('%s', (_, bytes) => {
    expect(isHonestField(bytes)).toBe(false);
    expect(new GossipFrames().read(concat(varint(bytes.length), bytes), 0, 16)).toBeUndefined();
  });
});

test('whatever the bytes of a field, it is judged, and what is handed over names no more than it has room for', () => {
  fc.assert(
    fc.property(fc.constantFrom(1, 2, 3), fc.uint8Array({ maxLength: 300 }), (number, bytes) => {
      const whole = field(number, bytes);
      if (!isHonestField(whole)) return;
      const { control } = RPC.decode(whole);
      for (const { messageIDs } of [
        ...(control?.ihave ?? []),
        ...(control?.iwant ?? []),
        ...(control?.idontwant ?? []),
      ])
        for (const each of messageIDs) expect(each.length).toBe(20);
    }),
    { numRuns: 1_000 },
  );
});
