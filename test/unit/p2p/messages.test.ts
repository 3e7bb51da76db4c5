import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GossipFrames } from '../../../p2p/gossip-frames.ts';
import {
  AnnouncementMessageType,
  AnnouncementType,
  BLOCKS,
  CLOCK,
  CONTENT,
  PROPOSAL,
  ProposalMessageType,
  protocolId,
  STATUS,
  TOPIC_BYTES_MAX,
  TOPIC_NAMES,
  TransactionsMessageType,
  topicOf,
  VoteMessageType,
} from '../../../p2p/protocols.ts';
import { equal, utf8 } from '../../../src/lib/bytes.ts';
import { MAX_TRANSACTION_BYTES } from '../../../src/lib/chain.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import type { Ssz } from '../../../src/lib/ssz.ts';
import { blockAt, GENESIS } from './networks.ts';

/** A type with one honest message of it. */
type Case = { readonly type: Ssz<unknown>; readonly sample: Uint8Array };
const one = <T>(type: Ssz<T>, value: T): Case => ({ type: type, sample: type.encode(value) });

const root = sha256(utf8('a root'));
const CASES: Readonly<Record<string, Case>> = {
  vote: one(VoteMessageType, { repetition: 3, payload: new Uint8Array(200).fill(1) }),
  proposal: one(ProposalMessageType, { repetition: 0, payload: new Uint8Array(2_000).fill(2) }),
  transactions: one(TransactionsMessageType, [new Uint8Array(3), new Uint8Array(0), new Uint8Array(90)]),
  announcement: one(AnnouncementMessageType, {
    repetition: 5,
    payload: AnnouncementType.encode({ holder: '12D3KooW', roots: [root, root] }),
  }),
  'what is announced': one(AnnouncementType, { holder: '12D3KooW', roots: [root, root] }),
  status: one(STATUS.request, { chainId: 7n, genesisHash: GENESIS, height: 9n, version: '0.1.0' }),
  clock: one(CLOCK.request, { time: 5n }),
  'blocks request': one(BLOCKS.request, { from: 5n, count: 16 }),
  'blocks chunk': one(BLOCKS.chunk, blockAt(5n)),
  'proposal request': one(PROPOSAL.request, { height: 5n, round: 1, id: root }),
  'content request': one(CONTENT.request, { roots: [root] }),
  'content chunk': one(CONTENT.chunk, { root, encoded: new Uint8Array(50) }),
};

describe('messages', () => {
  test.each(Object.entries(CASES))(
    '%s: hostile bytes do not decode, or are the one encoding of what they decode to',
    (_, { type, sample }) => {
      const mutated = fc
        .array(fc.tuple(fc.nat(sample.length - 1), fc.integer({ min: 0, max: 255 })), {
          minLength: 1,
          maxLength: 4,
        })
        .map((changes) => {
          const bytes = sample.slice();
          for (const [at, value] of changes) bytes[at] = value;
          return bytes;
        });
      const cut = fc.nat(sample.length).map((length) => sample.slice(0, length));
      const longer = fc
        .uint8Array({ minLength: 1, maxLength: 8 })
        .map((tail) => Buffer.concat([sample, tail]));
      let refused = 0;
      fc.assert(
        fc.property(fc.oneof(fc.uint8Array({ maxLength: 400 }), mutated, cut, longer), (bytes) => {
          const decoded = type.decode(bytes);
          if (decoded.ok) expect(equal(type.encode(decoded.value), bytes)).toBe(true);
          else {
            refused += 1;
            expect(['SSZ_DECODE', 'SSZ_RANGE']).toContain(decoded.fault.code);
          }
        }),
        { numRuns: 500 },
      );
      expect(refused).toBeGreaterThan(0);
    },
  );

  test('what is past the limits of its type does not decode', () => {
    const past: readonly (readonly [Ssz<unknown>, Uint8Array])[] = [
      [VoteMessageType, new Uint8Array(VoteMessageType.maxBytes + 1)],
      [ProposalMessageType, new Uint8Array(ProposalMessageType.maxBytes + 1)],
      [CONTENT.request, new Uint8Array(32 * 65)],
    ];
    for (const [type, bytes] of past) expect(type.decode(bytes).ok).toBe(false);
  });

  test('a transaction of the largest size fits its topic', () => {
    const message = TransactionsMessageType.encode([new Uint8Array(MAX_TRANSACTION_BYTES)]);
    expect(message.length).toBeLessThanOrEqual(TOPIC_BYTES_MAX.transactions);
  });

  test('every name but that of the status holds the genesis hash', () => {
    const other = sha256(utf8('another genesis'));
    for (const name of TOPIC_NAMES) expect(topicOf(GENESIS, name)).not.toBe(topicOf(other, name));
    for (const protocol of [BLOCKS, PROPOSAL, CONTENT])
      expect(protocolId(GENESIS, protocol)).not.toBe(protocolId(other, protocol));
    expect(protocolId(GENESIS, STATUS)).toBe(protocolId(other, STATUS));
  });
});

test('whatever the bytes, reading the frames of a gossip stream ends, and counts no more fields than bytes', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 }), (parts) => {
      const frames = new GossipFrames();
      for (const part of parts) {
        for (let from = 0; from < part.length; ) {
          const read = frames.read(part, from, 16);
          if (read === undefined) return;
          expect(read.next).toBeGreaterThan(from);
          expect(read.fields).toBeLessThanOrEqual(read.next - from);
          from = read.next;
        }
      }
    }),
    { numRuns: 500 },
  );
});
