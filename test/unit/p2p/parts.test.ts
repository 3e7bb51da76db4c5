import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GOSSIP_FRAME_BYTES_MAX, GossipFrames } from '../../../p2p/gossip-frames.ts';
import { meshDegrees } from '../../../p2p/gossip-router.ts';
import { BATCH_BYTES, BATCH_TRANSACTIONS } from '../../../p2p/protocols.ts';
import { BAN_AT, OFFENCES, PeerScores } from '../../../p2p/scores.ts';
import { TransactionBatcher } from '../../../p2p/transaction-batcher.ts';
import { concat } from '../../../src/lib/bytes.ts';
import { FairQueue } from '../../../src/lib/fair-queue.ts';
import { TokenBucket } from '../../../src/lib/token-bucket.ts';

describe('fair queue', () => {
  test('serves peers in turn, each in its own order', () => {
    const queue = new FairQueue<string>({ entries: 10, bytes: 100 });
    for (const value of ['a1', 'a2', 'a3', 'b1', 'c1', 'b2']) queue.push(value.charAt(0), value, 1);
    const served = Array.from({ length: 7 }, () => queue.shift());
    expect(served).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3', undefined]);
  });

  test('serves peers equally by bytes, and a new peer with a short entry at once', () => {
    const queue = new FairQueue<string>({ entries: 100, bytes: 10_000 });
    for (let i = 0; i < 8; i++) queue.push('long', `long ${i}`, 100);
    for (let i = 0; i < 40; i++) queue.push('short', `short ${i}`, 10);
    const served = Array.from({ length: 33 }, () => queue.shift() ?? '');
    expect(served.filter((value) => value.startsWith('long'))).toHaveLength(3);
    queue.push('late', 'late', 10);
    expect([queue.shift(), queue.shift(), queue.shift()]).toContain('late');
  });

  test('does not favour a peer that has one entry at a time', () => {
    const queue = new FairQueue<string>({ entries: 100, bytes: 10_000 });
    for (let i = 0; i < 40; i++) queue.push('short', 'short', 10);
    const served: string[] = [];
    for (let i = 0; i < 22; i++) {
      if (served.at(-1) !== 'short') queue.push('long', 'long', 100);
      served.push(queue.shift() ?? '');
    }
    expect(served.filter((value) => value === 'long').length).toBeLessThan(5);
  });

  test('a flood of one peer costs that peer alone', () => {
    const queue = new FairQueue<string>({ entries: 100, bytes: 1_000 });
    queue.push('honest', 'vote', 10);
    const dropped = Array.from({ length: 500 }, (_, i) => queue.push('flood', `spam ${i}`, 10)).flat();
    expect(dropped).not.toContain('vote');
    expect(dropped[0]).toBe('spam 0');
    expect([queue.shift(), queue.shift()]).toContain('vote');
  });

  test('never holds more than its bounds, and accounts for everything', () => {
    const pushes = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(40), fc.boolean()), {
      maxLength: 200,
    });
    fc.assert(
      fc.property(pushes, (actions) => {
        const queue = new FairQueue<number>({ entries: 8, bytes: 100 });
        let pushed = 0;
        let gone = 0;
        for (const [peer, bytes, serve] of actions) {
          gone += queue.push(peer, pushed, bytes).length;
          pushed += 1;
          if (serve && queue.shift() !== undefined) gone += 1;
          expect(queue.length).toBeLessThanOrEqual(8);
          expect(queue.bytes).toBeLessThanOrEqual(100);
          expect(queue.length).toBe(pushed - gone);
        }
        while (queue.shift() !== undefined) gone += 1;
        expect([gone, queue.length, queue.bytes]).toEqual([pushed, 0, 0]);
      }),
    );
  });

  test('what is larger than the whole queue does not push out the rest', () => {
    const queue = new FairQueue<string>({ entries: 8, bytes: 100 });
    queue.push('a', 'small', 10);
    expect(queue.push('b', 'huge', 101)).toEqual(['huge']);
    expect(queue.shift()).toBe('small');
  });
});

test('a token bucket allows its burst, then its rate', () => {
  const bucket = new TokenBucket({ burst: 3, perSecond: 10 }, 0);
  expect([0, 0, 0, 0].map((now) => bucket.take(1, now))).toEqual([true, true, true, false]);
  expect(bucket.take(1, 99)).toBe(false);
  expect(bucket.take(1, 200)).toBe(true);
  expect([10_000, 10_000, 10_000, 10_000].map((now) => bucket.take(1, now))).toEqual([
    true,
    true,
    true,
    false,
  ]);
});

describe('scores', () => {
  const make = () => {
    const bans: [string, number][] = [];
    const clock = { now: 0 };
    const scores = new PeerScores({
      now: () => clock.now,
      onOffence: () => undefined,
      onBan: (peer, milliseconds) => bans.push([peer, milliseconds]),
    });
    return { scores, bans, clock };
  };

  test('three false answers are a ban, which ends, and is longer the next time', () => {
    const { scores, bans, clock } = make();
    for (let i = 0; i < 3; i++) scores.penalise('bad', 'false-answer');
    expect(bans).toEqual([['bad', 60_000]]);
    expect([scores.isBanned('bad'), scores.isBanned('other'), scores.banned()]).toEqual([true, false, 1]);
    clock.now = 60_001;
    expect(scores.isBanned('bad')).toBe(false);
    for (let i = 0; i < 3; i++) scores.penalise('bad', 'false-answer');
    expect(bans[1]).toEqual(['bad', 120_000]);
  });

  test('points fade', () => {
    const { scores, clock } = make();
    scores.penalise('clumsy', 'malformed');
    clock.now = 30_000;
    expect(scores.points('clumsy')).toBeCloseTo(OFFENCES.malformed - 15);
    clock.now = 1_000_000;
    expect(scores.points('clumsy')).toBe(0);
  });

  test('a peer that is merely slow, every four seconds for ever, is never banned', () => {
    const { scores, bans, clock } = make();
    for (let i = 0; i < 10_000; i++) {
      clock.now = i * 4_000;
      scores.penalise('slow', 'slow');
    }
    expect(bans).toEqual([]);
  });

  test('what it remembers is bounded, and the banned are not what it forgets', () => {
    const { scores, clock } = make();
    for (let i = 0; i < 3; i++) scores.penalise('bad', 'malformed');
    for (let i = 0; i < 5_000; i++) {
      clock.now = i;
      scores.penalise(`sybil ${i}`, 'slow');
    }
    expect(scores.points('bad')).toBe(BAN_AT);
    expect(scores.points('sybil 0')).toBe(0);
  });
});

describe('gossip frames', () => {
  const varint = (value: number): Uint8Array => {
    const out: number[] = [];
    for (let rest = value; ; rest = Math.floor(rest / 128)) {
      if (rest < 128) return Uint8Array.from([...out, rest]);
      out.push((rest % 128) + 128);
    }
  };
  const prefixed = (tag: number, bytes: Uint8Array): Uint8Array =>
    concat(varint((tag << 3) | 2), varint(bytes.length), bytes);
  /** A field as an honest node sends it: a subscription, data of a message, or IWANT of so many bytes of ids. */
  const field = (tag: number, size: number): Uint8Array => {
    const bytes = new Uint8Array(size).fill(0xff);
    if (tag === 2) return prefixed(2, prefixed(2, bytes));
    if (tag !== 3) return prefixed(tag, prefixed(2, bytes.subarray(0, 128)));
    const ids = Array.from({ length: Math.floor(size / 20) }, (_, i) => bytes.subarray(20 * i, 20 * i + 20));
    return prefixed(3, prefixed(2, concat(...ids.map((id) => prefixed(1, id)))));
  };
  const frame = (...fields: Uint8Array[]): Uint8Array => {
    const body = concat(...fields);
    return concat(varint(body.length), body);
  };
  type Read = { readonly fields: number; readonly frames: Uint8Array };
  const readAll = (bytes: Uint8Array, cuts: readonly number[], most: number): Read | undefined => {
    const frames = new GossipFrames();
    const out: Uint8Array[] = [];
    let fields = 0;
    let from = 0;
    for (const cut of [...cuts.map((c) => c % (bytes.length + 1)).sort((a, b) => a - b), bytes.length])
      while (from < cut) {
        const read = frames.read(bytes.subarray(0, cut), from, most);
        if (read === undefined) return undefined;
        expect(read.fields).toBeLessThanOrEqual(most);
        out.push(read.frames);
        fields += read.fields;
        from = read.next;
      }
    return { fields, frames: concat(...out) };
  };
  /** The fields of whole frames. */
  const fieldsIn = (bytes: Uint8Array): Uint8Array[] => {
    const out: Uint8Array[] = [];
    let at = 0;
    const next = (): number => {
      for (let value = 0, scale = 1; ; scale *= 128) {
        const byte = bytes[at++] ?? 0;
        value += (byte & 0x7f) * scale;
        if (byte < 0x80) return value;
      }
    };
    while (at < bytes.length)
      for (const length = next(), end = at + length; at < end; ) {
        const start = at;
        next();
        const size = next();
        at += size;
        out.push(bytes.slice(start, at));
      }
    return out;
  };
  const shape = fc.array(fc.array(fc.tuple(fc.constantFrom(1, 2, 3), fc.nat(300)), { maxLength: 6 }), {
    minLength: 1,
    maxLength: 6,
  });

  test('the fields of every well-formed stream pass, however it is cut, and so many at a time', () => {
    fc.assert(
      fc.property(
        shape,
        fc.array(fc.nat(), { maxLength: 10 }),
        fc.integer({ min: 1, max: 9 }),
        (stream, cuts, most) => {
          const bytes = concat(...stream.map((fields) => frame(...fields.map(([tag, n]) => field(tag, n)))));
          const read = readAll(bytes, cuts, most);
          expect(read?.fields).toBe(stream.reduce((sum, fields) => sum + Math.max(1, fields.length), 0));
          expect(fieldsIn(read?.frames ?? new Uint8Array(0))).toEqual(
            stream.flat().map(([tag, n]) => field(tag, n)),
          );
        },
      ),
    );
  });

  test.each<[string, Uint8Array]>([
    ['a field of another number', frame(field(4, 3))],
    ['a field of another wire type', frame(Uint8Array.of(2 << 3, 1))],
    ['a field that runs past its frame', concat(varint(4), Uint8Array.of((2 << 3) | 2, 9, 0, 0))],
    ['a frame that ends within a tag', concat(varint(1), Uint8Array.of(0x92, 0x01))],
    ['a frame that ends before a length', concat(varint(1), Uint8Array.of((2 << 3) | 2))],
    ['a field longer than any message', frame(field(2, 3 << 20))],
    ['a subscription longer than any', frame(prefixed(1, new Uint8Array(1_025)))],
    ['more of control than any node says', frame(field(3, 5_990 * 20))],
    ['an over-long frame', varint(GOSSIP_FRAME_BYTES_MAX + 1)],
    ['an over-long varint', new Uint8Array(6).fill(0xff)],
  ])('%s is found', (_, bytes) => {
    expect(readAll(bytes, [], 16)).toBeUndefined();
    expect(readAll(bytes, [1, 2, 3], 1)).toBeUndefined();
  });
});

test('the mesh of three peers is 3, 2, 4, and of many 8, 7, 12', () => {
  expect(meshDegrees(3)).toEqual({ D: 3, Dlo: 2, Dhi: 4 });
  expect(meshDegrees(1)).toEqual(meshDegrees(3));
  expect(meshDegrees(99)).toEqual({ D: 8, Dlo: 7, Dhi: 12 });
});

describe('batches of transactions', () => {
  test('leave when full, by number or by bytes, and soon in any case', async () => {
    const sizes: number[] = [];
    const batcher = new TransactionBatcher((batch) => sizes.push(batch.length));
    batcher.add(Array.from({ length: BATCH_TRANSACTIONS + 3 }, () => new Uint8Array(10)));
    expect(sizes).toEqual([BATCH_TRANSACTIONS]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(sizes).toEqual([BATCH_TRANSACTIONS, 3]);
    batcher.add(Array.from({ length: 3 }, () => new Uint8Array(BATCH_BYTES / 2)));
    expect(sizes).toEqual([BATCH_TRANSACTIONS, 3, 2]);
    batcher.flush();
    expect(sizes).toEqual([BATCH_TRANSACTIONS, 3, 2, 1]);
  });
});
